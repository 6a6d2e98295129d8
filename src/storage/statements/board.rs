//! The board: one statement per page, whatever is asked.

use podlinnik_domain::case::CaseState;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::{OrganisationId, UserId};
use podlinnik_domain::search::search_pattern;
use podlinnik_storage::record::{
    BoardCounts, BoardOrder, BoardQuestion, BoardRecord, ClaimedBy, Page, Position, Steps,
};
use podlinnik_storage::row::{BoardRow, number, page};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::case_board::network_key;
use super::{Answer, micros, one_more, start, text};
use crate::engine::Connection;

/// Reads a page: first the cases that are shown, then what is shown of them. `$among` is what narrows them to an index, `$from` to `$shown` are what differs
/// between the orders.
macro_rules! board {
    ($among:tt, $from:tt, $beyond:tt, $order:tt, $shown:tt $(, $argument:expr)*) => {
        query_as!(
            BoardRow,
            r#"with recursive sight as (
                select id from organisations where id = $1
                union
                select organisations.id from organisations join sight on organisations.parent_id = sight.id
            ),
            chosen as (
                select cases.id "# + $from + r#"
                where "# + $among + r#"
                    and (cases.organisation_id in (select id from sight) or cast($2 as bigint) = 1)
                    and cases.state in ($3, $4, $5, $6, $7, $8, $9, $10, $11)
                    and (cases.region = $12 or $12 is null)
                    and (cases.risk = $13 or $13 is null)
                    and (cases.topic = $14 or $14 is null)
                    and (cast($15 as bigint) = 0 or coalesce(cases.claimed_by = $16, false) or (cases.claimed_by is null and cast($15 as bigint) = 1))
                    and (
                        cast($17 as text) is null
                        or exists (
                            select 1
                            from case_board as named
                            where named.case_id = cases.id
                                and named.network_keys like $17 escape '\'
                        )
                    )
                    and (
                        exists (
                            select 1
                            from series_members
                            where series_members.sha256 = cases.media_sha256
                                and series_members.series_id = $18
                        )
                        or $18 is null
                    )
                    and (
                        cast($19 as text) is null
                        or cases.id in (
                            select case_texts.case_id
                            from case_texts
                            where case
                                    when cast($28 as bigint) = 1 then coalesce(case_texts.with_notes, case_texts.words)
                                    else case_texts.words
                                end like $19 escape '\'
                                and (case_texts.organisation_id in (select id from sight) or cast($2 as bigint) = 1)
                        )
                    )
                    and (
                        cast($20 as bigint) = 0
                        or (cast($21 as bigint) = 1 and cases.claimed_by = $24 and cases.state in ('triaged', 'in_analysis', 'disputed'))
                        or (cast($21 as bigint) = 1 and exists (
                            select 1
                            from verdicts
                            where verdicts.case_id = cases.id
                                and verdicts.state = 'proposed'
                                and verdicts.author_id <> $24
                                and not exists (
                                    select 1 from releases where releases.verdict_id = verdicts.id and releases.approver_id = $24
                                )
                        ))
                        or (cast($22 as bigint) = 1 and exists (
                            select 1
                            from verdicts
                            where verdicts.case_id = cases.id
                                and verdicts.state = 'agreed'
                                and verdicts.author_id <> $24
                                and verdicts.second_analyst_id <> $24
                        ))
                        or (cast($22 as bigint) = 1 and exists (
                            select 1
                            from notices
                            join verdicts on verdicts.id = notices.verdict_id
                            where notices.case_id = cases.id
                                and notices.state = 'in_review'
                                and (
                                    verdicts.state = 'approved'
                                    or (
                                        verdicts.state in ('proposed', 'agreed')
                                        and exists (select 1 from releases where releases.verdict_id = verdicts.id)
                                    )
                                )
                                and not exists (
                                    select 1
                                    from notice_versions
                                    where notice_versions.notice_id = notices.id
                                        and notice_versions.author_id = $24
                                )
                        ))
                        or (cast($23 as bigint) = 1 and exists (
                            select 1
                            from notices
                            join verdicts on verdicts.id = notices.verdict_id
                            where notices.case_id = cases.id
                                and notices.state = 'approved'
                                and (
                                    verdicts.state = 'approved'
                                    or (
                                        verdicts.state in ('proposed', 'agreed')
                                        and exists (select 1 from releases where releases.verdict_id = verdicts.id)
                                    )
                                )
                        ))
                    )
                    and "# + $beyond + r#"
                order by "# + $order + r#"
                limit $27
            )
            select
                cases.id as "id!: Uuid", cases.media_sha256 as "media_sha256!", cases.organisation_id as "organisation_id!: Uuid",
                cases.region as "region?", cases.state as "state!", cases.analysis_id as "analysis_id!: Uuid",
                cases.first_seen_at as "first_seen_at!", cases.topic as "topic?", cases.place as "place?", cases.network as "network?",
                cases.views as "views?", cases.risk as "risk?", cases.spread_since as "spread_since?",
                cases.claimed_by as "claimed_by?: Uuid", cases.claimed_at as "claimed_at?", cases.parked_reason as "parked_reason?",
                cases.wake_at as "wake_at?", cases.version as "version!", case_board.title as "title?",
                case_board.networks as "networks!", case_board.submissions as "submissions!", case_board.changed_at as "changed_at!",
                users.display_name as "claimant?", analyses.state as "analysis_state!", case_board.word as "word?",
                case_board.original_found as "original_found!", case_board.poster as "poster?",
                (
                    select series.id
                    from series_members
                    join series on series.id = series_members.series_id
                    where series_members.sha256 = cases.media_sha256
                        and series.merged_into is null
                ) as "series_id?: Uuid",
                (
                    select count(*)
                    from series_members as others
                    where others.series_id = (
                        select series.id
                        from series_members
                        join series on series.id = series_members.series_id
                        where series_members.sha256 = cases.media_sha256
                            and series.merged_into is null
                    )
                ) as "series_members!: i64",
                (
                    select count(*)
                    from cases as known
                    where known.media_sha256 = case_board.copy_of
                        and (
                            known.organisation_id in (select id from sight)
                            or cast($2 as bigint) = 1
                            or exists (select 1 from verdicts where verdicts.case_id = known.id and verdicts.state = 'approved')
                            or exists (select 1 from notices where notices.case_id = known.id and notices.published_at is not null)
                        )
                ) as "known_copies!: i64",
                (
                    select verdicts.kind from verdicts where verdicts.case_id = cases.id and verdicts.state = 'approved'
                ) as "verdict?"
            from chosen
            join cases on cases.id = chosen.id
            join case_board on case_board.case_id = cases.id
            join analyses on analyses.id = cases.analysis_id
            left join users on users.id = cases.claimed_by
            order by "# + $shown
            $(, $argument)*
        )
    };
}

/// A choice as SQL reads it.
const fn truth(value: bool) -> i64 {
    if value { 1 } else { 0 }
}

pub(super) async fn board_page(
    connection: &mut Connection,
    question: &BoardQuestion,
) -> Answer<Page<BoardRecord>> {
    let root = question.root.map(OrganisationId::as_uuid);
    let everything = truth(root.is_none());
    let [s0, s1, s2, s3, s4, s5, s6, s7, s8] = state_slots(&question.states);
    let region = question.region.as_deref().map(text);
    let risk = question.risk.map(|risk| risk.code());
    let topic = question.topic.map(|topic| topic.code());
    let (whose, one) = match question.claimed {
        ClaimedBy::Anybody => (0_i64, None),
        ClaimedBy::Nobody => (1, None),
        ClaimedBy::One(user) => (2, Some(user.as_uuid())),
    };
    let network = question.network.as_deref().map(|network| format!("%\n{}\n%", network_key(network)));
    let series = question.series.map(podlinnik_domain::id::SeriesId::as_uuid);
    let pattern = question.search.as_deref().and_then(search_pattern);
    let notes = truth(question.notes);
    let wants = truth(question.wants.is_some());
    let Steps { analyse, approve, publish } = question.wants.unwrap_or_default();
    let (analyse, approve, publish) = (truth(analyse), truth(approve), truth(publish));
    let person = question.person.as_uuid();
    let limit = one_more(question.limit);
    let (at, id) = match question.order {
        BoardOrder::Deadline => {
            question.after.map_or((i64::MIN, Uuid::nil()), |position| (micros(position.at), position.id))
        }
        BoardOrder::Newest | BoardOrder::Changed => start(question.after),
    };
    macro_rules! rows {
        ($among:tt, $from:tt, $beyond:tt, $order:tt, $shown:tt) => {
            board!(
                $among, $from, $beyond, $order, $shown, root, everything, s0, s1, s2, s3, s4, s5, s6, s7, s8,
                region, risk, topic, whose, one, network, series, pattern, wants, analyse, approve, publish,
                person, at, id, limit, notes
            )
            .fetch_all(connection)
            .await?
        };
    }
    macro_rules! ordered {
        ($among:tt) => {
            match question.order {
                BoardOrder::Deadline => rows!(
                    $among,
                    "from cases",
                    "(cases.first_seen_at, cases.id) > ($25, $26)",
                    "cases.first_seen_at, cases.id",
                    "cases.first_seen_at, cases.id"
                ),
                BoardOrder::Newest => rows!(
                    $among,
                    "from cases",
                    "(cases.first_seen_at, cases.id) < ($25, $26)",
                    "cases.first_seen_at desc, cases.id desc",
                    "cases.first_seen_at desc, cases.id desc"
                ),
                BoardOrder::Changed => rows!(
                    $among,
                    "from case_board as latest join cases on cases.id = latest.case_id",
                    "(latest.changed_at, latest.case_id) < ($25, $26)",
                    "latest.changed_at desc, latest.case_id desc",
                    "case_board.changed_at desc, case_board.case_id desc"
                ),
            }
        };
    }
    let rows = match Among::of(question) {
        Among::All => ordered!("true"),
        Among::Open => ordered!("cases.state not in ('approved', 'parked')"),
        Among::Parked => ordered!("cases.id in (select put_off.id from cases as put_off where put_off.state = 'parked')"),
        Among::Waiting => ordered!(
            "cases.id in (
                select verdicts.case_id from verdicts where verdicts.state in ('proposed', 'agreed', 'disputed')
                union all
                select notices.case_id from notices where notices.state in ('draft', 'in_review', 'approved', 'correction_open')
                union all
                select own.id from cases as own where own.claimed_by = $24
            )"
        ),
    };
    let order = question.order;
    Ok(page(rows, question.limit, |entry: &BoardRecord| Position {
        at: if order == BoardOrder::Changed { entry.changed_at } else { entry.case.first_seen_at },
        id: entry.case.id.as_uuid(),
    })?)
}

/// Where the cases of a question can be found without walking past all others: each is an index of migration 0020 or before.
enum Among {
    All,
    Open,
    Parked,
    /// With a step that somebody can take.
    Waiting,
}

impl Among {
    fn of(question: &BoardQuestion) -> Self {
        if question.wants.is_some() {
            return Self::Waiting;
        }
        match question.states.as_slice() {
            [] => Self::All,
            states if states.iter().all(|state| *state == CaseState::Parked) => Self::Parked,
            states if states.iter().any(|state| matches!(state, CaseState::Approved | CaseState::Parked)) => {
                Self::All
            }
            _ => Self::Open,
        }
    }
}

/// As many slots as there are states: those wanted, or all. Slots that are left over repeat one.
fn state_slots(states: &[CaseState]) -> [&'static str; CaseState::ALL.len()] {
    let wanted = if states.is_empty() { CaseState::ALL } else { states };
    let mut slots = [wanted.first().map_or("", |state| state.code()); CaseState::ALL.len()];
    for (slot, state) in slots.iter_mut().zip(wanted) {
        *slot = state.code();
    }
    slots
}

pub(super) async fn board_counts(
    connection: &mut Connection,
    root: Option<OrganisationId>,
    acts_within: Option<OrganisationId>,
    person: UserId,
    steps: Steps,
    late_before: Timestamp,
) -> Answer<BoardCounts> {
    let (everything, everywhere) = (truth(root.is_none()), truth(acts_within.is_none()));
    let (root, acts_within) = (root.map(OrganisationId::as_uuid), acts_within.map(OrganisationId::as_uuid));
    let person = person.as_uuid();
    let late_before = micros(late_before);
    let (analyse, approve) = (truth(steps.analyse), truth(steps.approve));
    let row = query!(
        r#"with recursive sight as (
            select id from organisations where id = $1
            union
            select organisations.id from organisations join sight on organisations.parent_id = sight.id
        ),
        reach as (
            select id from organisations where id = $2
            union
            select organisations.id from organisations join reach on organisations.parent_id = reach.id
        )
        select
            count(*) as "open!: i64",
            count(*) filter (where claimed_by is null) as "unclaimed!: i64",
            count(*) filter (where first_seen_at < $6) as "overdue!: i64",
            (
                select count(*)
                from cases as own
                where own.claimed_by = $5
                    and (own.organisation_id in (select id from sight) or cast($3 as bigint) = 1)
            ) as "mine!: i64",
            (
                select count(*)
                from cases as put_off
                where put_off.state = 'parked'
                    and (put_off.organisation_id in (select id from sight) or cast($3 as bigint) = 1)
            ) as "parked!: i64",
            (
                select count(*)
                from verdicts
                join cases as looked on looked.id = verdicts.case_id
                where cast($7 as bigint) = 1
                    and verdicts.state in ('proposed', 'agreed', 'disputed')
                    and verdicts.state = 'proposed'
                    and verdicts.author_id <> $5
                    and (looked.organisation_id in (select id from reach) or cast($4 as bigint) = 1)
                    and not exists (
                        select 1 from releases where releases.verdict_id = verdicts.id and releases.approver_id = $5
                    )
            ) as "second_looks!: i64",
            (
                select count(*)
                from verdicts
                join cases as looked on looked.id = verdicts.case_id
                where cast($8 as bigint) = 1
                    and verdicts.state in ('proposed', 'agreed', 'disputed')
                    and verdicts.state = 'agreed'
                    and verdicts.author_id <> $5
                    and verdicts.second_analyst_id <> $5
                    and (looked.organisation_id in (select id from reach) or cast($4 as bigint) = 1)
            ) as "approvals!: i64"
        from cases
        where state not in ('approved', 'parked')
            and (organisation_id in (select id from sight) or cast($3 as bigint) = 1)"#,
        root,
        acts_within,
        everything,
        everywhere,
        person,
        late_before,
        analyse,
        approve,
    )
    .fetch_one(connection)
    .await?;
    Ok(BoardCounts {
        open: number("open cases", row.open)?,
        unclaimed: number("unclaimed cases", row.unclaimed)?,
        mine: number("claimed cases", row.mine)?,
        second_look_for_me: number("second looks", row.second_looks)?,
        approvals_for_me: number("approvals", row.approvals)?,
        overdue: number("overdue cases", row.overdue)?,
        parked: number("parked cases", row.parked)?,
    })
}

pub(super) async fn board_sequence(connection: &mut Connection) -> Answer<u64> {
    let last = query_scalar!(
        r#"select sequence as "sequence!: i64"
        from events
        where subject_kind in ('case', 'submission', 'analysis', 'verdict', 'notice', 'inquiry', 'appeal', 'copy_match', 'note')
        order by sequence desc
        limit 1"#
    )
    .fetch_optional(connection)
    .await?;
    Ok(last.map_or(Ok(0), |last| number("event sequence", last))?)
}
