//! Notices as the desk lists them: by state within a branch of the tree, with their versions.

use podlinnik_domain::id::{NoticeId, OrganisationId};
use podlinnik_domain::notice::NoticeState;
use podlinnik_storage::record::{NoticeEntry, NoticeQuestion, NoticeVersion, Page, Position};
use podlinnik_storage::row::{NoticeEntryRow, NoticeVersionRow, StateCountRow, all, page};
use sqlx::query_as;
use uuid::Uuid;

use super::{Answer, one_more, start, text};
use crate::engine::Connection;

/// States as one text in which each stands between bars: both engines search it alike.
fn barred(states: &[NoticeState]) -> String {
    states.iter().fold("|".to_owned(), |text, state| text + state.code() + "|")
}

/// States in which a step waits: the index `notices_open` holds them alone.
const OPEN: [NoticeState; 4] =
    [NoticeState::Draft, NoticeState::InReview, NoticeState::Approved, NoticeState::CorrectionOpen];

/// Reads a page of notices; `$among` is what narrows them to an index.
macro_rules! notices {
    ($among:tt $(, $argument:expr)*) => {
        query_as!(
            NoticeEntryRow,
            r#"with recursive branch (id) as (
                select organisations.id
                from organisations
                where organisations.id = $1
                union
                select organisations.id
                from organisations
                join branch on branch.id = organisations.parent_id
            )
            select
                notices.id as "id: Uuid", notices.case_id as "case_id: Uuid", notices.verdict_id as "verdict_id: Uuid",
                verdicts.revision as verdict_revision, notices.organisation_id as "organisation_id: Uuid", notices.region,
                notices.version, notices.text, notices.state, notices.author_id as "author_id: Uuid",
                notices.approver_id as "approver_id: Uuid", notices.created_at, notices.updated_at, notices.published_at,
                verdicts.kind as verdict_kind, verdicts.state as verdict_state,
                (select count(*) from releases where releases.verdict_id = verdicts.id) as "releases!: i64",
                (
                    select count(*)
                    from notice_versions
                    where notice_versions.notice_id = notices.id
                        and notice_versions.author_id = $7
                ) as "own_versions!: i64",
                corrections.id as "correction_id?: Uuid", corrections.drafted_by as "drafted_by?: Uuid"
            from notices
            join verdicts on verdicts.id = notices.verdict_id
            left join corrections on corrections.notice_id = notices.id and corrections.settled_at is null
            where "# + $among + r#"
                and ($1 is null or notices.organisation_id in (select branch.id from branch))
                and $2 like '%|' || notices.state || '|%'
                and (notices.region = $3 or $3 is null)
                and (notices.updated_at, notices.id) < ($4, $5)
            order by notices.updated_at desc, notices.id desc
            limit $6"#
            $(, $argument)*
        )
    };
}

pub(super) async fn notice_page(
    connection: &mut Connection,
    question: &NoticeQuestion,
) -> Answer<Page<NoticeEntry>> {
    let person = question.person.as_uuid();
    let root = question.root.map(OrganisationId::as_uuid);
    let states = barred(&question.states);
    let region = question.region.as_deref().map(text);
    let (at, id) = start(question.after);
    let rows_wanted = one_more(question.limit);
    macro_rules! rows {
        ($among:tt) => {
            notices!($among, root, states, region, at, id, rows_wanted, person).fetch_all(connection).await?
        };
    }
    let open = !question.states.is_empty() && question.states.iter().all(|state| OPEN.contains(state));
    let rows = if open {
        rows!("notices.state in ('draft', 'in_review', 'approved', 'correction_open')")
    } else {
        rows!("true")
    };
    Ok(page(rows, question.limit, |entry: &NoticeEntry| Position {
        at: entry.notice.updated_at,
        id: entry.notice.id.as_uuid(),
    })?)
}

pub(super) async fn notice_counts(
    connection: &mut Connection,
    root: Option<OrganisationId>,
    region: Option<&str>,
) -> Answer<Vec<(NoticeState, u64)>> {
    let root = root.map(OrganisationId::as_uuid);
    let region = region.map(text);
    let rows = query_as!(
        StateCountRow,
        r#"with recursive branch (id) as (
            select organisations.id
            from organisations
            where organisations.id = $1
            union
            select organisations.id
            from organisations
            join branch on branch.id = organisations.parent_id
        )
        select notices.state, count(*) as "count!: i64"
        from notices
        where ($1 is null or notices.organisation_id in (select branch.id from branch))
            and (notices.region = $2 or $2 is null)
        group by notices.state
        order by notices.state"#,
        root,
        region,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn notice_version_list(
    connection: &mut Connection,
    id: NoticeId,
) -> Answer<Vec<NoticeVersion>> {
    let id = id.as_uuid();
    let rows = query_as!(
        NoticeVersionRow,
        r#"select version, text, author_id as "author_id: Uuid", written_at
        from notice_versions
        where notice_id = $1
        order by version"#,
        id,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}
