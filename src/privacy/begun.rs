//! One person's erasure under way: what has to be known before it, and what has to be written once it is done.

use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;
use uuid::Uuid;

use super::traces::{self, Traces};
use super::{ledger, receipt};
use crate::accounts;
use crate::files::master::Master;
use crate::id::AccountId;
use crate::retention::Rule;
use crate::retention::gone::Erased;
use crate::site::erasure as site;

/// An erasure that has begun in a transaction.
#[derive(Debug)]
pub struct Begun {
    /// Marks the files that go with it.
    erasure: Uuid,
    /// Whose it is; none: there is no such account any more.
    person: Option<Person>,
}

#[derive(Debug)]
struct Person {
    email: String,
    /// Whether anybody ever confirmed that the address is theirs; otherwise nobody is written to.
    is_proven: bool,
    traces: Traces,
}

impl Begun {
    /// Begins the erasure of a person: remembers whose it is, and marks the files that are doomed from here to the end of
    /// the transaction. Nobody waits until its commit is on the disk: what a crash of the database takes back is due again,
    /// and files that were deleted meanwhile count as deleted.
    pub async fn of(db: impl PgExecutor<'_>, account: AccountId) -> Result<Self, sqlx::Error> {
        let erasure = Uuid::new_v4();
        let found = sqlx::query!(
            r#"select set_config('portal.erasure', $2, true) as "erasure!", set_config('synchronous_commit', 'off', true) as "commit!",
                      a.email as "email?", a.name as "name?",
                      a.password_hash is not null or a.access_ended_at is not null or p.confirmed_at is not null
                      or exists (select from data_request_link where account_id = a.id and used_at is not null) as "is_proven!",
                      array_remove(array[p.phone, f.phone, f.street, f.vat_id, f.business_id, f.foreign_registration], null)
                      || array(select email from address_change where account_id = $1)
                      || array(select encode(token_hash, 'hex') from session where account_id = $1
                               union all select encode(token_hash, 'hex') from link where account_id = $1
                               union all select encode(token_hash, 'hex') from address_change where account_id = $1
                               union all select encode(token_hash, 'hex') from mail_sign_off where account_id = $1
                               union all select encode(token_hash, 'hex') from data_request_link where account_id = $1
                               union all select encode(token_hash, 'hex') from applicant_link where applicant_id = $1
                               union all select encode(l.token_hash, 'hex') from data_copy c join data_copy_link l on l.copy_id = c.id
                                   where c.account_id = $1
                               union all select encode(l.token_hash, 'hex') from application t join consent c on c.application_id = t.id
                                   join consent_link l on l.consent_id = c.id where t.applicant_id = $1) as "others!"
               from (select) as nobody left join account a on a.id = $1 and a.erased_at is null
               left join applicant p on p.id = a.id left join profile f on f.freelancer_id = a.id"#,
            account.0,
            erasure.to_string(),
        )
        .fetch_one(db)
        .await?;
        let person = found.email.zip(found.name).map(|(email, name)| Person {
            traces: Traces::new(account, name, [email.clone()].into_iter().chain(found.others)),
            email,
            is_proven: found.is_proven,
        });
        Ok(Self { erasure, person })
    }

    /// By a wish what the person wrote as a visitor goes, too.
    pub async fn erase_messages(&self, db: impl PgExecutor<'_>, rule: Rule) -> Result<(), sqlx::Error> {
        match &self.person {
            Some(person) if rule == Rule::Wish => site::erase_from(db, &person.email).await,
            _ => Ok(()),
        }
    }

    /// Ends one that was replayed: who is gone by now will be searched for. An applicant who became a freelancer is still
    /// somebody.
    pub async fn end_again(
        self,
        db: &mut PgConnection,
        master: &Master,
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error> {
        let Some(person) = self.person else { return Ok(()) };
        if accounts::erasure::is_gone(&mut *db, AccountId(person.traces.subject)).await? {
            traces::keep(db, master, &person.traces, now).await?;
        }
        Ok(())
    }

    /// Ends it before the commit: with entries in the ledger, the receipt, and what the leftover check will search for.
    /// `policy`: the version that counted.
    pub async fn end(
        self,
        db: &mut PgConnection,
        master: &Master,
        erased: &Erased,
        policy: i64,
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error> {
        let number = ledger::append(&mut *db, &erased.gone, policy, now).await?;
        let (Some(number), Some(last), Some(person)) = (number, erased.gone.last(), &self.person) else {
            return Ok(());
        };
        self.erase_messages(&mut *db, last.rule).await?;
        if person.is_proven {
            receipt::write(&mut *db, (self.erasure, number), &person.email, erased, now).await?;
        }
        if erased.account {
            traces::keep(&mut *db, master, &person.traces, now).await?;
        }
        Ok(())
    }
}
