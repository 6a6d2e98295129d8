//! Views of the board that people keep. They are nobody else's business: no event tells of them.

use podlinnik_domain::id::{UserId, ViewId};
use podlinnik_domain::note::SavedView;
use podlinnik_storage::StoreError;
use podlinnik_storage::row::{ViewRow, all};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::people::user_must_exist;
use super::{Answer, micros, text};
use crate::engine::{Connection, lock_user};

pub(super) async fn view_save(
    connection: &mut Connection,
    user: UserId,
    view: &SavedView,
    most: u32,
) -> Answer<SavedView> {
    lock_user(connection, user).await?;
    user_must_exist(connection, user).await?;
    let person = user.as_uuid();
    let (id, name, asked) = (view.id.as_uuid(), text(&view.name), text(&view.query));
    let saved_at = micros(view.saved_at);
    let others = query_scalar!(
        r#"select count(*) as "count!: i64" from saved_views where user_id = $1 and name <> $2"#,
        person,
        name
    )
    .fetch_one(&mut *connection)
    .await?;
    if others >= i64::from(most) {
        return Err(StoreError::WrongState { action: "save the view", state: "full".to_owned() }.into());
    }
    let row = query_as!(
        ViewRow,
        r#"insert into saved_views (id, user_id, name, query, saved_at)
        values ($1, $2, $3, $4, $5)
        on conflict (user_id, name) do update
        set query = excluded.query, saved_at = excluded.saved_at
        returning id as "id!: Uuid", name as "name!", query as "query!", saved_at as "saved_at!""#,
        id,
        person,
        name,
        asked,
        saved_at,
    )
    .fetch_one(connection)
    .await?;
    Ok(row.try_into()?)
}

pub(super) async fn view_list(connection: &mut Connection, user: UserId) -> Answer<Vec<SavedView>> {
    let person = user.as_uuid();
    let rows = query_as!(
        ViewRow,
        r#"select id as "id: Uuid", name, query, saved_at
        from saved_views
        where user_id = $1
        order by name"#,
        person,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn view_remove(connection: &mut Connection, user: UserId, id: ViewId) -> Answer<bool> {
    let (person, id) = (user.as_uuid(), id.as_uuid());
    let removed = query!("delete from saved_views where id = $1 and user_id = $2", id, person)
        .execute(connection)
        .await?
        .rows_affected();
    Ok(removed > 0)
}
