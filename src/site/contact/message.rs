//! What visitors write, and what becomes of it. Whoever acts on an older state of a message is told what happened
//! meanwhile: `version` counts answers and changes of state.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use super::READERS;
use crate::accounts::role::Role;
use crate::id::{AccountId, MessageId};

/// Messages on one page of the inbox.
pub const PER_PAGE: i64 = 25;

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "contact_state", rename_all = "snake_case")]
pub enum State {
    Open,
    Answered,
    Closed,
}

impl State {
    /// The state's German name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "offen",
            Self::Answered => "beantwortet",
            Self::Closed => "abgeschlossen",
        }
    }

    /// The value of `data-s` of its badge.
    pub fn badge(self) -> &'static str {
        match self {
            Self::Open => "warn",
            Self::Answered => "ok",
            Self::Closed => "",
        }
    }

    /// Its icon.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Open => "inbox",
            Self::Answered => "check",
            Self::Closed => "lock",
        }
    }
}

/// A proven message.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub stamp: [u8; 16],
    pub name: String,
    pub email: String,
    pub subject: String,
    pub body: String,
}

/// A message as the inbox shows it.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: MessageId,
    pub name: String,
    pub email: String,
    pub subject: String,
    pub body: String,
    pub received_at: OffsetDateTime,
    pub state: State,
    pub assigned_to: Option<AccountId>,
    /// The name of whoever looks after it.
    pub assignee: Option<String>,
    pub answered_at: Option<OffsetDateTime>,
    pub version: i32,
}

/// An answer that was sent.
#[derive(Debug, Clone)]
pub struct Reply {
    pub author: String,
    pub at: OffsetDateTime,
    pub body: String,
}

/// Somebody who may look after messages.
#[derive(Debug, Clone)]
pub struct Reader {
    pub id: AccountId,
    pub name: String,
}

/// What the inbox is narrowed to.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// None: all states.
    pub state: Option<State>,
    pub who: Who,
}

/// Whose messages are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Everybody,
    Nobody,
    This(AccountId),
}

/// Somebody else did something meanwhile; nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overtaken;

/// Keeps a message; false if the same form was sent before.
pub async fn receive(db: impl PgExecutor<'_>, message: &NewMessage, now: OffsetDateTime) -> Result<bool, sqlx::Error> {
    let kept = sqlx::query!(
        "insert into contact_message (id, stamp, name, email, subject, body, received_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict on constraint contact_message_stamp do nothing",
        Uuid::new_v4(),
        &message.stamp[..],
        message.name,
        message.email,
        message.subject,
        message.body,
        now,
    )
    .execute(db)
    .await?;
    Ok(kept.rows_affected() == 1)
}

/// One page of the inbox and how many messages fit the filter; open ones are read oldest first, all others newest first.
pub async fn list(db: &sqlx::PgPool, filter: Filter, page: i64) -> Result<(Vec<Message>, i64), sqlx::Error> {
    let (nobody, person) = match filter.who {
        Who::Everybody => (false, None),
        Who::Nobody => (true, None),
        Who::This(person) => (false, Some(person.0)),
    };
    let total = sqlx::query_scalar!(
        r#"select count(*) as "n!" from contact_message m
           where ($1::contact_state is null or m.state = $1) and (not $2 or m.assigned_to is null)
             and ($3::uuid is null or m.assigned_to = $3)"#,
        filter.state as Option<State>,
        nobody,
        person,
    )
    .fetch_one(db)
    .await?;
    let rows = sqlx::query_as!(
        Message,
        r#"select m.id as "id: MessageId", m.name, m.email, m.subject, m.body, m.received_at, m.state as "state: State",
                  m.assigned_to as "assigned_to: AccountId", a.name as "assignee?", m.answered_at, m.version
           from contact_message m left join account a on a.id = m.assigned_to
           where ($1::contact_state is null or m.state = $1) and (not $2 or m.assigned_to is null)
             and ($3::uuid is null or m.assigned_to = $3)
           order by case when m.state = 'open' then m.received_at end, m.received_at desc, m.id
           limit $4 offset $5"#,
        filter.state as Option<State>,
        nobody,
        person,
        PER_PAGE,
        (page.clamp(1, 1_000_000) - 1) * PER_PAGE,
    )
    .fetch_all(db)
    .await?;
    Ok((rows, total))
}

/// One message.
pub async fn find(db: impl PgExecutor<'_>, id: MessageId) -> Result<Option<Message>, sqlx::Error> {
    sqlx::query_as!(
        Message,
        r#"select m.id as "id: MessageId", m.name, m.email, m.subject, m.body, m.received_at, m.state as "state: State",
                  m.assigned_to as "assigned_to: AccountId", a.name as "assignee?", m.answered_at, m.version
           from contact_message m left join account a on a.id = m.assigned_to
           where m.id = $1"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// The answers to a message, oldest first.
pub async fn replies(db: impl PgExecutor<'_>, id: MessageId) -> Result<Vec<Reply>, sqlx::Error> {
    sqlx::query_as!(
        Reply,
        "select a.name as author, r.at, r.body from contact_reply r join account a on a.id = r.author_id
         where r.message_id = $1 order by r.at, r.id",
        id.0,
    )
    .fetch_all(db)
    .await
}

/// Everybody who may look after messages, by name.
pub async fn readers(db: impl PgExecutor<'_>) -> Result<Vec<Reader>, sqlx::Error> {
    sqlx::query_as!(
        Reader,
        r#"select a.id as "id: AccountId", a.name from account a
           where a.access_ended_at is null
             and exists (select from account_role r where r.account_id = a.id and r.role = any ($1::role[]))
           order by a.name, a.id"#,
        READERS.to_vec() as Vec<Role>,
    )
    .fetch_all(db)
    .await
}

/// Notes an answer. The message is then answered, and looked after by whoever wrote it if nobody did before.
pub async fn reply(
    db: &mut PgConnection,
    id: MessageId,
    version: i32,
    body: &str,
    by: AccountId,
    now: OffsetDateTime,
) -> Result<Result<(), Overtaken>, sqlx::Error> {
    let moved = sqlx::query!(
        "update contact_message set state = 'answered', answered_at = $3, assigned_to = coalesce(assigned_to, $4),
             version = version + 1
         where id = $1 and version = $2",
        id.0,
        version,
        now,
        by.0,
    )
    .execute(&mut *db)
    .await?;
    if moved.rows_affected() == 0 {
        return Ok(Err(Overtaken));
    }
    sqlx::query!(
        "insert into contact_reply (id, message_id, author_id, at, body) values ($1, $2, $3, $4, $5)",
        Uuid::new_v4(),
        id.0,
        by.0,
        now,
        body,
    )
    .execute(db)
    .await?;
    Ok(Ok(()))
}

/// Closes a message, or opens it again.
pub async fn set_state(
    db: impl PgExecutor<'_>,
    id: MessageId,
    version: i32,
    state: State,
) -> Result<Result<(), Overtaken>, sqlx::Error> {
    let moved = sqlx::query!(
        "update contact_message set state = $3, version = version + 1 where id = $1 and version = $2",
        id.0,
        version,
        state as State,
    )
    .execute(db)
    .await?;
    Ok(if moved.rows_affected() == 0 { Err(Overtaken) } else { Ok(()) })
}

/// Deletes a message with its answers; false: it is gone already.
pub async fn delete(db: impl PgExecutor<'_>, id: MessageId) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query!("delete from contact_message where id = $1", id.0).execute(db).await?;
    Ok(deleted.rows_affected() == 1)
}

/// Says who looks after a message; `None`: nobody in particular.
pub async fn assign(db: impl PgExecutor<'_>, id: MessageId, to: Option<AccountId>) -> Result<(), sqlx::Error> {
    sqlx::query!("update contact_message set assigned_to = $2 where id = $1", id.0, to.map(|a| a.0))
        .execute(db)
        .await
        .map(drop)
}
