//! Counting.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::figures::{Counts, Minutes};
use podlinnik_domain::situation::Group;
use podlinnik_storage::row::{code, number};
use sqlx::{query, query_scalar};
use uuid::Uuid;

use super::{Answer, micros, text};
use crate::engine::Connection;

/// Counts of `[from, until)`, of one region if given; `now` decides what is overdue. All in one snapshot on PostgreSQL only if the caller's transaction
/// has one: between two statements a record may come in, which no figure depends on.
pub(super) async fn figure_counts(
    connection: &mut Connection,
    from: Timestamp,
    until: Timestamp,
    region: Option<&str>,
    now: Timestamp,
) -> Answer<Counts> {
    let (from, until, now) = (micros(from), micros(until), micros(now));
    let region = region.map(text);
    let submissions = query_scalar!(
        r#"select count(*) as "count!: i64"
        from submissions
        where received_at >= $1
            and received_at < $2
            and (region = $3 or $3 is null)"#,
        from,
        until,
        region,
    )
    .fetch_one(&mut *connection)
    .await?;
    let items = query_scalar!(
        r#"select count(*) as "count!: i64"
        from cases
        where first_seen_at >= $1
            and first_seen_at < $2
            and (region = $3 or $3 is null)"#,
        from,
        until,
        region,
    )
    .fetch_one(&mut *connection)
    .await?;
    let notices = query_scalar!(
        r#"select count(*) as "count!: i64"
        from notices
        where published_at >= $1
            and published_at < $2
            and (region = $3 or $3 is null)"#,
        from,
        until,
        region,
    )
    .fetch_one(&mut *connection)
    .await?;
    let mut counts = Counts {
        submissions: number("submissions", submissions)?,
        items: number("items", items)?,
        notices: number("notices", notices)?,
        first_answer: first_answers(connection, from, until, region.as_deref()).await?,
        verdict: first_verdicts(connection, from, until, region.as_deref()).await?,
        ..Counts::default()
    };
    by_kind(connection, from, until, region.as_deref(), &mut counts).await?;
    let released = query!(
        r#"select
            count(*) as "count!: i64",
            coalesce(sum(case when coalesce(verdicts.second_at, $4) > releases.second_look_due_at then 1 else 0 end), 0) as "overdue!: i64"
        from releases
        join verdicts on verdicts.id = releases.verdict_id
        join cases on cases.id = verdicts.case_id
        where releases.released_at >= $1
            and releases.released_at < $2
            and (cases.region = $3 or $3 is null)"#,
        from,
        until,
        region,
        now,
    )
    .fetch_one(connection)
    .await?;
    counts.break_glass = number("releases", released.count)?;
    counts.break_glass_overdue = number("overdue releases", released.overdue)?;
    Ok(counts)
}

async fn first_answers(
    connection: &mut Connection,
    from: i64,
    until: i64,
    region: Option<&str>,
) -> Answer<Minutes> {
    let rows = query!(
        r#"select minutes as "minutes!: i64", count(*) as "count!: i64"
        from (
            select (min(analyses.finished_at) - cases.first_seen_at) / 60000000 as minutes
            from cases
            join analyses on analyses.media_sha256 = cases.media_sha256
            where cases.first_seen_at >= $1
                and cases.first_seen_at < $2
                and (cases.region = $3 or $3 is null)
                and analyses.finished_at is not null
            group by cases.id, cases.first_seen_at
        ) as answered
        group by minutes
        order by minutes"#,
        from,
        until,
        region,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| minutes(row.minutes, row.count)).collect()
}

async fn first_verdicts(
    connection: &mut Connection,
    from: i64,
    until: i64,
    region: Option<&str>,
) -> Answer<Minutes> {
    let rows = query!(
        r#"select minutes as "minutes!: i64", count(*) as "count!: i64"
        from (
            select (min(coalesce(releases.released_at, verdicts.approved_at)) - cases.first_seen_at) / 60000000 as minutes
            from cases
            join verdicts on verdicts.case_id = cases.id
            left join releases on releases.verdict_id = verdicts.id
            where cases.first_seen_at >= $1
                and cases.first_seen_at < $2
                and (cases.region = $3 or $3 is null)
                and (verdicts.approved_at is not null or releases.released_at is not null)
            group by cases.id, cases.first_seen_at
        ) as decided
        group by minutes
        order by minutes"#,
        from,
        until,
        region,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(|row| minutes(row.minutes, row.count)).collect()
}

/// A clock that was set back between the two times makes no negative minutes.
fn minutes(minutes: i64, count: i64) -> Answer<(u64, u64)> {
    Ok((number("minutes", minutes.max(0))?, number("count", count)?))
}

async fn by_kind(
    connection: &mut Connection,
    from: i64,
    until: i64,
    region: Option<&str>,
    counts: &mut Counts,
) -> Answer<()> {
    let verdicts = query!(
        r#"select verdicts.kind as "kind!", count(*) as "count!: i64"
        from verdicts
        join cases on cases.id = verdicts.case_id
        where verdicts.approved_at >= $1
            and verdicts.approved_at < $2
            and (cases.region = $3 or $3 is null)
        group by verdicts.kind
        order by verdicts.kind"#,
        from,
        until,
        region,
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in verdicts {
        counts.verdicts.push((code("verdict kind", &row.kind)?, number("count", row.count)?));
    }
    let corrections = query!(
        r#"select corrections.kind as "kind!", count(*) as "count!: i64"
        from corrections
        join notices on notices.id = corrections.notice_id
        where corrections.settled_at >= $1
            and corrections.settled_at < $2
            and (notices.region = $3 or $3 is null)
        group by corrections.kind
        order by corrections.kind"#,
        from,
        until,
        region,
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in corrections {
        counts.corrections.push((code("kind of correction", &row.kind)?, number("count", row.count)?));
    }
    let appeals = query!(
        r#"select appeals.state as "state!", count(*) as "count!: i64"
        from appeals
        join notices on notices.id = appeals.notice_id
        where appeals.received_at >= $1
            and appeals.received_at < $2
            and (notices.region = $3 or $3 is null)
        group by appeals.state
        order by appeals.state"#,
        from,
        until,
        region,
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in appeals {
        counts.appeals.push((code("state of the objection", &row.state)?, number("count", row.count)?));
    }
    Ok(())
}

pub(super) async fn situation(
    connection: &mut Connection,
    from: Timestamp,
    until: Timestamp,
    late_before: Timestamp,
) -> Answer<Vec<Group>> {
    let (from, until, late_before) = (micros(from), micros(until), micros(late_before));
    let rows = query!(
        r#"select
            organisation_id as "organisation_id!: Uuid", region as "region?", topic as "topic?", day as "day!: i64",
            verdict as "verdict?", late as "late!: i64",
            count(*) as "count!: i64"
        from (
            select
                cases.organisation_id, cases.region, cases.topic, cases.first_seen_at / 86400000000 as day, verdicts.kind as verdict,
                cast(case when verdicts.id is null and cases.first_seen_at < $3 then 1 else 0 end as bigint) as late
            from cases
            left join verdicts on verdicts.case_id = cases.id
                and verdicts.state = 'approved'
            where cases.first_seen_at >= $1
                and cases.first_seen_at < $2
        ) as seen
        group by organisation_id, region, topic, day, verdict, late
        order by organisation_id, region, topic, day, verdict, late"#,
        from,
        until,
        late_before,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Group {
                organisation: row.organisation_id.into(),
                region: row.region,
                topic: row.topic.map(|topic| code("topic", &topic)).transpose()?,
                day: row.day,
                verdict: row.verdict.map(|kind| code("verdict", &kind)).transpose()?,
                late: row.late != 0,
                count: number("items", row.count)?,
            })
        })
        .collect()
}
