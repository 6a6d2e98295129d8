//! How the public finds notices, kept up to date in the transaction that appends an event.

use async_trait::async_trait;
use podlinnik_domain::event::{NewEvent, SubjectKind};
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::OrganisationId;
use podlinnik_domain::notice::{Notice, NoticeText};
use podlinnik_domain::search::{search_pattern, searchable};
use podlinnik_domain::verdict::Verdict;
use podlinnik_storage::record::{MediaKnowledge, Page, Position, PublicQuestion};
use podlinnik_storage::row::{NoticeVerdictRow, page};
use podlinnik_storage::{PublicStore, StoreError};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::known_media::media_known;
use super::notices::notice_get;
use super::store::{read, repeat, update};
use super::{Answer, one_more, start, text};
use crate::engine::{Connection, Handle};

/// Notices that are filled in at a time.
const PORTION: i64 = 128;

/// Brings the words up to date with an event that is being appended.
pub(super) async fn follow(connection: &mut Connection, event: &NewEvent) -> Answer<()> {
    let changes = matches!(event.kind.as_str(), "notice_published" | "correction_settled");
    match event.subject_id.parse::<Uuid>() {
        Ok(notice) if changes && event.subject_kind == SubjectKind::Notice => words(connection, notice).await,
        _ => Ok(()),
    }
}

/// Writes down the words and the rating of a notice as it is now.
async fn words(connection: &mut Connection, id: Uuid) -> Answer<()> {
    let Some(notice) = notice_get(connection, id.into()).await? else { return Ok(()) };
    let rating = notice.text.rating.map(|rating| rating.code());
    let words = searchable(texts(&notice.text));
    query!(
        "insert into public_notices (notice_id, rating, words)
        values ($1, $2, $3)
        on conflict (notice_id) do update
        set rating = excluded.rating, words = excluded.words",
        id,
        rating,
        words,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Everything in a notice that somebody may remember.
fn texts(text: &NoticeText) -> impl Iterator<Item = &str> {
    let always = [text.title.as_str(), text.body.as_str(), text.truth.as_str()];
    let optional = [
        &text.claim,
        &text.spread,
        &text.title_en,
        &text.claim_en,
        &text.body_en,
        &text.spread_en,
        &text.truth_en,
    ];
    let sources = text.sources.iter().map(|source| source.title.as_str());
    always.into_iter().chain(optional.into_iter().filter_map(Option::as_deref)).chain(sources)
}

/// Public notices whose words are not written down: those from before there was a search.
async fn missing(connection: &mut Connection) -> Answer<Vec<Uuid>> {
    let ids = query_scalar!(
        r#"select notices.id as "id: Uuid"
        from notices
        where notices.published_at is not null
            and not exists (select 1 from public_notices where public_notices.notice_id = notices.id)
        order by notices.id
        limit $1"#,
        PORTION,
    )
    .fetch_all(connection)
    .await?;
    Ok(ids)
}

/// Fills in what is missing. Costs one look where nothing is.
pub(crate) async fn fill(store: &Handle) -> Result<(), StoreError> {
    loop {
        let waiting = read!(store, connection => missing(connection))?;
        if waiting.is_empty() {
            return Ok(());
        }
        let filled = update!(store, connection => fill_in(connection))?;
        tracing::info!(notices.filled = filled, "made {filled} earlier notices searchable");
    }
}

/// A portion; what another process was faster with is not there any more.
async fn fill_in(connection: &mut Connection) -> Answer<usize> {
    let waiting = missing(connection).await?;
    for notice in &waiting {
        words(connection, *notice).await?;
    }
    Ok(waiting.len())
}

async fn notice_search(
    connection: &mut Connection,
    question: &PublicQuestion,
    after: Option<Position>,
    limit: u32,
) -> Answer<Page<(Notice, Verdict)>> {
    let region = question.region.as_deref().map(text);
    let rating = question.rating.map(|rating| rating.code());
    let pattern = question.search.as_deref().and_then(search_pattern);
    let (at, id) = start(after);
    let rows_wanted = one_more(limit);
    let rows = query_as!(
        NoticeVerdictRow,
        r#"select
            notices.id as "id: Uuid", notices.case_id as "case_id: Uuid", notices.verdict_id as "verdict_id: Uuid",
            verdicts.revision as verdict_revision, notices.organisation_id as "organisation_id: Uuid", notices.region,
            notices.version, notices.text, notices.state, notices.author_id as "author_id: Uuid",
            notices.approver_id as "approver_id: Uuid", notices.created_at, notices.updated_at, notices.published_at,
            verdicts.proposal, verdicts.state as verdict_state, verdicts.author_id as "verdict_author_id: Uuid",
            verdicts.second_analyst_id as "second_analyst_id: Uuid", verdicts.second_kind,
            verdicts.approver_id as "verdict_approver_id: Uuid", verdicts.analysis_id as "analysis_id: Uuid", verdicts.evidence_sha256,
            verdicts.proposed_at, verdicts.approved_at, releases.approver_id as "released_by?: Uuid", releases.ground as "ground?",
            releases.reason as "release_reason?", releases.released_at as "released_at?",
            releases.second_look_due_at as "second_look_due_at?"
        from notices
        join verdicts on verdicts.id = notices.verdict_id
        left join releases on releases.verdict_id = verdicts.id
        join public_notices on public_notices.notice_id = notices.id
        where notices.state in ('published', 'correction_open', 'corrected', 'clarified', 'upheld', 'retracted')
            and notices.published_at is not null
            and (notices.region = $1 or $1 is null)
            and (public_notices.rating = $2 or $2 is null)
            and (public_notices.words like $3 escape '\' or $3 is null)
            and (notices.published_at, notices.id) < ($4, $5)
        order by notices.published_at desc, notices.id desc
        limit $6"#,
        region,
        rating,
        pattern,
        at,
        id,
        rows_wanted,
    )
    .fetch_all(connection)
    .await?;
    Ok(page(rows, limit, |(notice, _): &(Notice, Verdict)| Position {
        at: notice.published_at.unwrap_or(notice.updated_at),
        id: notice.id.as_uuid(),
    })?)
}

#[async_trait]
impl PublicStore for Handle {
    async fn notice_search(
        &self,
        question: &PublicQuestion,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<(Notice, Verdict)>, StoreError> {
        read!(self, connection => notice_search(connection, question, after, limit))
    }

    async fn media_known(
        &self,
        sha256: Sha256,
        reader: OrganisationId,
    ) -> Result<Option<MediaKnowledge>, StoreError> {
        read!(self, connection => media_known(connection, sha256, reader))
    }
}
