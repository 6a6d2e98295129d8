//! What media are recognised by.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_storage::record::{NewSignature, SignatureRecord};
use podlinnik_storage::row::{SignatureRow, all, digest};
use sqlx::{query, query_as, query_scalar};

use super::{Answer, micros, text};
use crate::engine::Connection;

/// Numbers are given in the order in which they become visible: the caller's transaction holds the history's lock. Answers whether it was
/// stored.
pub(super) async fn signature_insert(
    connection: &mut Connection,
    sha256: Sha256,
    signature: &NewSignature,
    at: Timestamp,
) -> Answer<bool> {
    let sha256 = sha256.as_bytes().as_slice();
    let kind = text(&signature.kind);
    let version = i64::from(signature.version);
    let bytes = signature.bytes.as_slice();
    let at = micros(at);
    let inserted = query!(
        "insert into signatures (sequence, sha256, kind, version, signature, created_at)
        values ((select coalesce(max(sequence), 0) + 1 from signatures), $1, $2, $3, $4, $5)
        on conflict (sha256, kind, version) do nothing",
        sha256,
        kind,
        version,
        bytes,
        at,
    )
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub(super) async fn signature_get(
    connection: &mut Connection,
    sha256: Sha256,
    kind: &str,
    version: u32,
) -> Answer<Option<Vec<u8>>> {
    let sha256 = sha256.as_bytes().as_slice();
    let kind = text(kind);
    let version = i64::from(version);
    let bytes = query_scalar!(
        "select signature
        from signatures
        where sha256 = $1
            and kind = $2
            and version = $3",
        sha256,
        kind,
        version,
    )
    .fetch_optional(connection)
    .await?;
    Ok(bytes)
}

pub(super) async fn signature_known(
    connection: &mut Connection,
    sha256: Sha256,
    kind: &str,
    version: u32,
) -> Answer<bool> {
    let sha256 = sha256.as_bytes().as_slice();
    let kind = text(kind);
    let version = i64::from(version);
    let count = query_scalar!(
        r#"select count(*) as "count!: i64"
        from signatures
        where sha256 = $1
            and kind = $2
            and version = $3"#,
        sha256,
        kind,
        version,
    )
    .fetch_one(connection)
    .await?;
    Ok(count > 0)
}

pub(super) async fn signature_since(
    connection: &mut Connection,
    kind: &str,
    version: u32,
    after: u64,
    limit: u32,
) -> Answer<Vec<SignatureRecord>> {
    let kind = text(kind);
    let version = i64::from(version);
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = i64::from(limit);
    let rows = query_as!(
        SignatureRow,
        "select sequence, sha256, signature
        from signatures
        where kind = $1
            and version = $2
            and sequence > $3
        order by sequence
        limit $4",
        kind,
        version,
        after,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn archive_signatures(
    connection: &mut Connection,
    kind: &str,
    version: u32,
    after: u64,
    limit: u32,
) -> Answer<Vec<SignatureRecord>> {
    let kind = text(kind);
    let version = i64::from(version);
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = i64::from(limit);
    let rows = query_as!(
        SignatureRow,
        "select archive_items.sequence, archive_items.sha256, signatures.signature
        from archive_items
        join signatures on signatures.sha256 = archive_items.sha256
        where signatures.kind = $1
            and signatures.version = $2
            and archive_items.withdrawn_at is null
            and archive_items.sequence > $3
        order by archive_items.sequence
        limit $4",
        kind,
        version,
        after,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn media_judged_between(
    connection: &mut Connection,
    first: Sha256,
    last: Sha256,
    limit: u32,
) -> Answer<Vec<Sha256>> {
    let first = first.as_bytes().as_slice();
    let last = last.as_bytes().as_slice();
    let limit = i64::from(limit);
    let found = query_scalar!(
        "select cases.media_sha256
        from cases
        where cases.media_sha256 >= $1
            and cases.media_sha256 <= $2
            and exists (
                select 1
                from verdicts
                where verdicts.case_id = cases.id
                    and verdicts.state = 'approved'
            )
        order by cases.media_sha256
        limit $3",
        first,
        last,
        limit,
    )
    .fetch_all(connection)
    .await?;
    found.iter().map(|bytes| Ok(digest("media digest", bytes)?)).collect()
}
