//! Time stamps of the log's checkpoints.

use podlinnik_storage::LogStamp;
use podlinnik_storage::row::{LogStampRow, all, number};
use sqlx::{query, query_as, query_scalar};

use super::{Answer, micros, size};
use crate::engine::Connection;

pub(super) async fn stamp_put(
    connection: &mut Connection,
    public_key: [u8; 32],
    stamp: &LogStamp,
) -> Answer<()> {
    let public_key = public_key.as_slice();
    let entries = size("stamp", stamp.size)?;
    let authority = stamp.authority.as_str();
    let token = stamp.token.as_slice();
    let stamped_at = micros(stamp.stamped_at);
    let received_at = micros(stamp.received_at);
    query!(
        "insert into log_stamps (public_key, size, authority, token, stamped_at, received_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (public_key, size, authority) do nothing",
        public_key,
        entries,
        authority,
        token,
        stamped_at,
        received_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn stamp_list(
    connection: &mut Connection,
    public_key: [u8; 32],
    entries: u64,
    limit: u32,
) -> Answer<Vec<LogStamp>> {
    let public_key = public_key.as_slice();
    let entries = i64::try_from(entries).unwrap_or(i64::MAX);
    let limit = i64::from(limit);
    let rows = query_as!(
        LogStampRow,
        "select size, authority, token, stamped_at, received_at
        from log_stamps
        where public_key = $1
            and size >= $2
        order by size, authority
        limit $3",
        public_key,
        entries,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn stamped_size(
    connection: &mut Connection,
    public_key: [u8; 32],
    authority: &str,
) -> Answer<Option<u64>> {
    let public_key = public_key.as_slice();
    let largest = query_scalar!(
        "select size from log_stamps where public_key = $1 and authority = $2 order by size desc limit 1",
        public_key,
        authority,
    )
    .fetch_optional(connection)
    .await?;
    Ok(largest.map(|largest| number("size of a stamped log", largest)).transpose()?)
}
