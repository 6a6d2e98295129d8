//! What the board shows of a case and the words by which it is found, kept up to date in the transaction that appends an event.

use std::collections::BTreeMap;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::{NewEvent, SubjectKind};
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::likelihood::Word;
use podlinnik_domain::notice::NoticeText;
use podlinnik_domain::original::{CopyMatchKind, CopyMatchState};
use podlinnik_domain::search::{folded_words, searchable};
use podlinnik_domain::trace::KnownCopy;
use podlinnik_domain::verdict::Proposal;
use podlinnik_storage::StoreError;
use podlinnik_storage::row::json;
use serde_json::Value;
use sqlx::{query, query_scalar};
use uuid::Uuid;

use super::decisions::case_must_exist;
use super::matches::copy_match_list_by_media;
use super::store::{read, record, repeat};
use super::{Answer, canonical, micros};
use crate::engine::{Connection, Handle};

/// Cases that are filled in at a time.
const PORTION: i64 = 128;
/// Hand-ins whose words count, from the first.
const MOST_HAND_INS: i64 = 500;
/// Characters of a note that stand in for a file's name.
const TITLE_CHARS: usize = 80;

/// Brings the board up to date with an event that is being appended. The caller's transaction holds the history's lock.
pub(super) async fn follow(connection: &mut Connection, event: &NewEvent) -> Answer<()> {
    let Some(case) = case_of(connection, event).await? else { return Ok(()) };
    touch(connection, case, event.at).await?;
    let kind = event.kind.as_str();
    match event.subject_kind {
        SubjectKind::Submission if kind == "submission_received" => words(connection, case).await,
        SubjectKind::Case if kind == "case_triaged" => words(connection, case).await,
        SubjectKind::Case if kind == "case_reanalysed" => findings(connection, case).await,
        SubjectKind::Verdict if kind == "verdict_approved" => words(connection, case).await,
        SubjectKind::Notice | SubjectKind::Note => words(connection, case).await,
        SubjectKind::Analysis if matches!(kind, "analysis_done" | "analysis_partial") => {
            findings(connection, case).await
        }
        SubjectKind::CopyMatch => copies(connection, case).await,
        _ => Ok(()),
    }
}

/// Fills in what is missing: cases from before there was a board, and words that a migration took away to have them written anew.
pub(crate) async fn fill(store: &Handle) -> Result<(), StoreError> {
    loop {
        let waiting = read!(store, connection => missing(connection))?;
        if waiting.is_empty() {
            return Ok(());
        }
        let filled = record!(store, connection => fill_in(connection))?;
        tracing::info!(board.filled = filled, "took {filled} earlier cases onto the board");
    }
}

/// A portion; what another process was faster with is not there any more.
async fn fill_in(connection: &mut Connection) -> Answer<usize> {
    let waiting = missing(connection).await?;
    for case in &waiting {
        let subject = case.to_string();
        let changed_at = query_scalar!(
            r#"select max(occurred_at) as "at?: i64" from events where subject_kind = 'case' and subject_id = $1"#,
            subject,
        )
        .fetch_one(&mut *connection)
        .await?;
        let changed_at = changed_at.and_then(|at| Timestamp::from_microsecond(at).ok());
        touch(connection, *case, changed_at.unwrap_or(Timestamp::UNIX_EPOCH)).await?;
        words(connection, *case).await?;
        findings(connection, *case).await?;
        copies(connection, *case).await?;
    }
    Ok(waiting.len())
}

async fn missing(connection: &mut Connection) -> Answer<Vec<Uuid>> {
    let cases = query_scalar!(
        r#"select id as "id!: Uuid"
        from cases
        where not exists (select 1 from case_board where case_board.case_id = cases.id)
            or not exists (select 1 from case_texts where case_texts.case_id = cases.id)
        order by first_seen_at, id
        limit $1"#,
        PORTION,
    )
    .fetch_all(connection)
    .await?;
    Ok(cases)
}

/// The case that an event is about, if it is about one.
async fn case_of(connection: &mut Connection, event: &NewEvent) -> Answer<Option<Uuid>> {
    let Ok(id) = Uuid::parse_str(&event.subject_id) else { return Ok(None) };
    let case = match event.subject_kind {
        SubjectKind::Case => return Ok(Some(id)),
        SubjectKind::Submission => {
            query_scalar!(r#"select case_id as "id: Uuid" from submissions where id = $1"#, id)
                .fetch_optional(connection)
                .await?
        }
        SubjectKind::Analysis => {
            query_scalar!(
                r#"select cases.id as "id: Uuid"
                from analyses
                join cases on cases.media_sha256 = analyses.media_sha256
                where analyses.id = $1"#,
                id,
            )
            .fetch_optional(connection)
            .await?
        }
        SubjectKind::Verdict => {
            query_scalar!(r#"select case_id as "id: Uuid" from verdicts where id = $1"#, id)
                .fetch_optional(connection)
                .await?
        }
        SubjectKind::Notice => {
            query_scalar!(r#"select case_id as "id: Uuid" from notices where id = $1"#, id)
                .fetch_optional(connection)
                .await?
        }
        SubjectKind::Inquiry => {
            query_scalar!(r#"select case_id as "id: Uuid" from inquiries where id = $1"#, id)
                .fetch_optional(connection)
                .await?
        }
        SubjectKind::Note => {
            query_scalar!(r#"select case_id as "id: Uuid" from case_notes where id = $1"#, id)
                .fetch_optional(connection)
                .await?
        }
        SubjectKind::Appeal => {
            query_scalar!(
                r#"select notices.case_id as "id: Uuid"
                from appeals
                join notices on notices.id = appeals.notice_id
                where appeals.id = $1"#,
                id,
            )
            .fetch_optional(connection)
            .await?
        }
        SubjectKind::CopyMatch => {
            query_scalar!(
                r#"select cases.id as "id: Uuid"
                from copy_matches
                join cases on cases.media_sha256 = copy_matches.suspect_sha256
                where copy_matches.id = $1"#,
                id,
            )
            .fetch_optional(connection)
            .await?
        }
        _ => None,
    };
    Ok(case)
}

/// Notes that something happened to the case.
async fn touch(connection: &mut Connection, case: Uuid, at: Timestamp) -> Answer<()> {
    let at = micros(at);
    query!(
        "insert into case_board (case_id, changed_at, networks, network_keys, submissions, original_found)
        values ($1, $2, '[]', '', 0, 0)
        on conflict (case_id) do update
        set changed_at = case when excluded.changed_at > case_board.changed_at then excluded.changed_at else case_board.changed_at end",
        case,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What was said by those who handed in.
#[derive(Debug, Default)]
struct HandedIn {
    identifiers: Vec<String>,
    words: Vec<String>,
}

/// What people said, ordered by whose words they are.
#[derive(Debug, Default)]
struct Said {
    /// Identifiers of the case, and what the desk decided and sorted: found however much others say.
    first: Vec<String>,
    /// Words of hand-ins that everybody may read who sees the case.
    desk: HandedIn,
    /// Words of other organisations that handed the same bytes in.
    others: BTreeMap<Uuid, HandedIn>,
    /// Notes, which not everybody may read who sees the case.
    notes: Vec<String>,
}

impl Said {
    /// What is searched for whoever sees the case and the words of `own`, without notes and, where there are any, with them.
    fn searchable(&self, own: Option<&HandedIn>) -> (String, Option<String>) {
        let spoken = || own.into_iter().chain([&self.desk]);
        let gathered = |notes: &[String]| {
            let identifiers = spoken().flat_map(|whose| &whose.identifiers);
            let words = spoken().flat_map(|whose| &whose.words);
            searchable(self.first.iter().chain(identifiers).chain(notes).chain(words).map(String::as_str))
        };
        (gathered(&[]), (!self.notes.is_empty()).then(|| gathered(&self.notes)))
    }
}

/// Title, networks, number of hand-ins, and the words by which the case is found.
async fn words(connection: &mut Connection, case: Uuid) -> Answer<()> {
    let stored = case_must_exist(connection, case.into()).await?;
    let mut said = Said::default();
    let mut networks: Vec<(String, String)> = Vec::new();
    let mut named = |network: Option<&str>| {
        let Some(network) = network else { return };
        let key = network_key(network);
        if !key.is_empty() && networks.iter().all(|(known, _)| *known != key) {
            networks.push((key, network.to_owned()));
        }
    };
    let mut title = None;
    let hand_ins = query!(
        r#"select
            submissions.id as "id: Uuid", submissions.organisation_id as "organisation_id: Uuid", submissions.file_name,
            submissions.source_url, submissions.network, submissions.region, submissions.note, organisations.level
        from submissions
        join organisations on organisations.id = submissions.organisation_id
        where submissions.case_id = $1
        order by submissions.received_at, submissions.id
        limit $2"#,
        case,
        MOST_HAND_INS,
    )
    .fetch_all(&mut *connection)
    .await?;
    for (number, hand_in) in hand_ins.into_iter().enumerate() {
        named(hand_in.network.as_deref());
        if number == 0 {
            title = hand_in.file_name.clone().or_else(|| hand_in.note.as_deref().map(beginning));
        }
        let texts = [hand_in.file_name, hand_in.source_url, hand_in.network, hand_in.region, hand_in.note];
        // What opened the case is the desk's, and so is what agencies beside the tree hand in.
        let of_desk = number == 0
            || hand_in.organisation_id == stored.organisation.as_uuid()
            || hand_in.level == "partner";
        let whose =
            if of_desk { &mut said.desk } else { said.others.entry(hand_in.organisation_id).or_default() };
        whose.identifiers.push(hand_in.id.to_string());
        whose.words.extend(texts.into_iter().flatten());
    }
    named(stored.triage.network.as_deref());
    said.first.extend([stored.id.to_string(), stored.analysis.to_string(), stored.media_sha256.to_string()]);
    said.first.extend([stored.triage.place, stored.triage.network].into_iter().flatten());
    said.first.extend(
        stored
            .triage
            .topic
            .into_iter()
            .flat_map(|topic| [topic.text().ru.to_owned(), topic.text().en.to_owned()]),
    );
    decided(connection, case, &mut said.first).await?;
    said.notes = notes(connection, case).await?;
    let submissions =
        query_scalar!(r#"select count(*) as "count!: i64" from submissions where case_id = $1"#, case)
            .fetch_one(&mut *connection)
            .await?;
    let keys = networks.iter().fold("\n".to_owned(), |keys, (key, _)| keys + key + "\n");
    let networks: Vec<String> = networks.into_iter().map(|(_, network)| network).collect();
    let networks = canonical("networks", &networks)?;
    query!(
        "update case_board
        set title = $2, networks = $3, network_keys = $4, submissions = $5
        where case_id = $1",
        case,
        title,
        networks,
        keys,
        submissions,
    )
    .execute(&mut *connection)
    .await?;
    words_put(connection, case, stored.organisation.as_uuid(), said.searchable(None)).await?;
    for (organisation, own) in &said.others {
        // Whoever sees a row sees the case too: words of both may be looked for together.
        words_put(connection, case, *organisation, said.searchable(Some(own))).await?;
    }
    Ok(())
}

async fn words_put(
    connection: &mut Connection,
    case: Uuid,
    organisation: Uuid,
    (words, with_notes): (String, Option<String>),
) -> Answer<()> {
    query!(
        "insert into case_texts (case_id, organisation_id, words, with_notes)
        values ($1, $2, $3, $4)
        on conflict (case_id, organisation_id) do update
        set words = excluded.words, with_notes = excluded.with_notes",
        case,
        organisation,
        words,
        with_notes,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Words of verdicts that were approved and of notices. A proposal's words stay out: whoever looks second finds nothing by them.
async fn decided(connection: &mut Connection, case: Uuid, texts: &mut Vec<String>) -> Answer<()> {
    let verdicts = query!(
        r#"select id as "id: Uuid", proposal
        from verdicts
        where case_id = $1
            and approved_at is not null
        order by revision"#,
        case,
    )
    .fetch_all(&mut *connection)
    .await?;
    for verdict in verdicts {
        let proposal: Proposal = json("proposal", &verdict.proposal)?;
        texts.extend([verdict.id.to_string(), proposal.rationale]);
    }
    let notices = query!(
        r#"select id as "id: Uuid", text from notices where case_id = $1 order by created_at, id"#,
        case
    )
    .fetch_all(connection)
    .await?;
    for notice in notices {
        let words: NoticeText = json("notice text", &notice.text)?;
        texts.extend([notice.id.to_string(), words.title]);
        texts.extend([words.claim, words.title_en, words.claim_en].into_iter().flatten());
    }
    Ok(())
}

/// The desk's notes that were not taken back.
async fn notes(connection: &mut Connection, case: Uuid) -> Answer<Vec<String>> {
    let notes = query_scalar!(
        "select text
        from case_notes
        where case_id = $1
            and withdrawn_at is null
        order by written_at, id",
        case,
    )
    .fetch_all(connection)
    .await?;
    Ok(notes)
}

/// What the latest analysis came to.
async fn findings(connection: &mut Connection, case: Uuid) -> Answer<()> {
    let analysis = case_must_exist(connection, case.into()).await?.analysis.as_uuid();
    let report = query_scalar!("select report from analyses where id = $1", analysis)
        .fetch_optional(&mut *connection)
        .await?
        .flatten();
    let report: Value =
        report.as_deref().map(|report| json("report", report)).transpose()?.unwrap_or_default();
    let word = report.pointer("/combined/word").and_then(Value::as_str);
    // A word that this version does not know is shown by the report alone.
    let word = word.filter(|word| word.parse::<Word>().is_ok());
    let original_found =
        i64::from(report.pointer("/trace/original").is_some_and(|original| !original.is_null()));
    let frames =
        query_scalar!("select name from derivatives where analysis_id = $1 and kind = 'frame'", analysis)
            .fetch_all(&mut *connection)
            .await?;
    let poster = frames.into_iter().min();
    query!(
        "update case_board
        set word = $2, original_found = $3, poster = $4
        where case_id = $1",
        case,
        word,
        original_found,
        poster,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Of which known item the case's own is a confirmed copy: a person says so, or both were held against each other.
async fn copies(connection: &mut Connection, case: Uuid) -> Answer<()> {
    let media = case_must_exist(connection, case.into()).await?.media_sha256;
    let found = copy_match_list_by_media(connection, media).await?;
    let confirmed: Option<Sha256> = found
        .into_iter()
        .filter(|one| one.suspect == media && one.kind == CopyMatchKind::KnownCopy)
        .find(|one| match one.state {
            CopyMatchState::Confirmed => true,
            CopyMatchState::Rejected => false,
            CopyMatchState::Suggested => {
                let copy = one.evidence.get("copy").cloned().map(serde_json::from_value::<KnownCopy>);
                copy.and_then(Result::ok).is_some_and(|copy| copy.is_copy())
            }
        })
        .map(|one| one.matched);
    let confirmed = confirmed.as_ref().map(|sha256| sha256.as_bytes().as_slice());
    query!("update case_board set copy_of = $2 where case_id = $1", case, confirmed)
        .execute(connection)
        .await?;
    Ok(())
}

/// A network's name as it is compared.
pub(super) fn network_key(network: &str) -> String {
    folded_words(network).join(" ")
}

/// The beginning of a text, up to a whole word where there is one.
fn beginning(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= TITLE_CHARS {
        return line;
    }
    let cut: String = line.chars().take(TITLE_CHARS).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    format!("{whole}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_note_is_cut_between_words() {
        assert_eq!(beginning("  Прислали\nв чат "), "Прислали в чат");
        let long = "слово ".repeat(30);
        let title = beginning(&long);
        assert!(title.ends_with("слово…") && title.chars().count() <= TITLE_CHARS + 1, "{title}");
        assert_eq!(beginning(&"я".repeat(100)), format!("{}…", "я".repeat(80)));
    }
}
