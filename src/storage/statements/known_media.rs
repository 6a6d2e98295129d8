//! What partners ask for all day: what is known of these bytes, on one connection.

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{OrganisationId, VerdictId};
use podlinnik_domain::verdict::Verdict;
use podlinnik_storage::record::MediaKnowledge;
use sqlx::query_scalar;

use super::Answer;
use super::decisions::{case_by_media, verdict_list};
use super::notices::notice_list;
use crate::engine::Connection;

pub(super) async fn media_known(
    connection: &mut Connection,
    sha256: Sha256,
    reader: OrganisationId,
) -> Answer<Option<MediaKnowledge>> {
    let Some(case) = case_by_media(connection, sha256).await? else { return Ok(None) };
    let verdicts = verdict_list(connection, case.id).await?;
    let verdict = verdicts.into_iter().filter(Verdict::is_current).max_by_key(|verdict| verdict.revision);
    let read = match &verdict {
        Some(verdict) => has_read(connection, verdict.id, reader).await?,
        None => false,
    };
    let notices = notice_list(connection, case.id).await?;
    Ok(Some(MediaKnowledge { case, verdict, read, notices }))
}

async fn has_read(connection: &mut Connection, verdict: VerdictId, reader: OrganisationId) -> Answer<bool> {
    let verdict = verdict.as_uuid();
    let reader = reader.as_uuid();
    let read = query_scalar!(
        r#"select exists (select 1 from verdict_reads where verdict_id = $1 and organisation_id = $2) as "read!: bool""#,
        verdict,
        reader,
    )
    .fetch_one(connection)
    .await?;
    Ok(read)
}
