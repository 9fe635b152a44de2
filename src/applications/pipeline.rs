//! All applications as staff see them: by state, by due date, narrowed and searched. Drafts are not staff's to see.

use std::collections::BTreeMap;

use sqlx::{PgConnection, PgExecutor};
use time::{Date, Duration, OffsetDateTime};

use super::application::State;
use super::introduction::Kind;
use crate::id::ApplicationId;

/// Rows of a page of the list.
pub const PER_PAGE: i64 = 50;
/// Cards of a column of the board; the rest is a link away.
pub const PER_COLUMN: i64 = 12;
/// Rows of an export: far more than there can be within six months.
const MOST: i64 = 20_000;

/// The states that staff see, in the order of the way.
pub const STATES: [State; 7] =
    [State::New, State::Introduced, State::Invited, State::Talked, State::Accepted, State::Refused, State::Withdrawn];

/// What a state is called.
pub fn label(state: State) -> &'static str {
    match state {
        State::Draft => "begonnen",
        State::New => "neu",
        State::Introduced => "vorgestellt",
        State::Invited => "eingeladen",
        State::Talked => "gesprochen",
        State::Accepted => "angenommen",
        State::Refused => "abgesagt",
        State::Withdrawn => "zurückgezogen",
    }
}

/// A state's word in addresses.
pub fn slug(state: State) -> &'static str {
    match state {
        State::Draft => "begonnen",
        State::New => "neu",
        State::Introduced => "vorgestellt",
        State::Invited => "eingeladen",
        State::Talked => "gesprochen",
        State::Accepted => "angenommen",
        State::Refused => "abgesagt",
        State::Withdrawn => "zurueckgezogen",
    }
}

/// The day until which staff want to have taken the next step, for an application that came into this state `today`.
/// A closed one waits for nothing.
pub fn due_on(state: State, today: Date) -> Option<Date> {
    let days = match state {
        State::New | State::Invited => 7,
        State::Introduced | State::Talked => 3,
        State::Draft | State::Accepted | State::Refused | State::Withdrawn => return None,
    };
    today.checked_add(Duration::days(days))
}

/// Which due dates are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Due {
    #[default]
    Any,
    /// Before today.
    Overdue,
    /// Until today.
    Today,
    /// Until in a week.
    Week,
}

impl Due {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 4] = [Self::Any, Self::Overdue, Self::Today, Self::Week];

    /// Its word in addresses.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Overdue => "ueberfaellig",
            Self::Today => "heute",
            Self::Week => "woche",
        }
    }

    /// Its words in the form.
    pub fn label(self) -> &'static str {
        match self {
            Self::Any => "jederzeit",
            Self::Overdue => "überfällig",
            Self::Today => "bis heute",
            Self::Week => "in den nächsten 7 Tagen",
        }
    }

    fn until(self, today: Date) -> Option<Date> {
        match self {
            Self::Any => None,
            Self::Overdue => today.previous_day(),
            Self::Today => Some(today),
            Self::Week => today.checked_add(Duration::days(7)),
        }
    }
}

/// What the list is narrowed to; empty means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Part of a name or place.
    pub text: String,
    /// A campaign's slug.
    pub campaign: String,
    pub due: Due,
    /// `None`: every open one.
    pub state: Option<State>,
    /// Only these, such as those whose erasure date is near.
    pub among: Option<Vec<ApplicationId>>,
}

impl Filter {
    fn states(&self) -> Vec<State> {
        self.state.map_or_else(|| STATES.into_iter().filter(|state| state.is_open()).collect(), |state| vec![state])
    }

    fn ids(&self) -> Option<Vec<uuid::Uuid>> {
        self.among.as_ref().map(|ids| ids.iter().map(|id| id.0).collect())
    }
}

/// How many applications stand in each state.
#[derive(Debug, Clone, Default)]
pub struct Counts(BTreeMap<State, i64>);

impl Counts {
    /// How many stand in this state.
    pub fn of(&self, state: State) -> i64 {
        self.0.get(&state).copied().unwrap_or_default()
    }

    /// How many are open.
    pub fn open(&self) -> i64 {
        self.0.iter().filter(|(state, _)| state.is_open()).map(|(_, n)| n).sum()
    }

    /// The number of the last page of what the filter asks for.
    pub fn last_page(&self, filter: &Filter) -> i64 {
        let total: i64 = filter.states().into_iter().map(|state| self.of(state)).sum();
        ((total + PER_PAGE - 1) / PER_PAGE).max(1)
    }
}

/// A row of the list.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: ApplicationId,
    pub name: String,
    pub email: String,
    pub place: Option<String>,
    pub client: String,
    pub title: String,
    pub state: State,
    pub submitted_at: OffsetDateTime,
    pub submitted_on: Date,
    /// Of an open one always some day: the one set, or three days after it was sent.
    pub due_on: Option<Date>,
    pub review_started_at: Option<OffsetDateTime>,
    pub offered_at: Option<OffsetDateTime>,
    pub introduction: Option<Kind>,
    /// Length of the recording in milliseconds.
    pub length_ms: Option<i32>,
    pub opinions: i64,
    /// Its place in its column, from 1.
    pub place_in_state: i64,
}

/// How many applications fit the filter, by state; the filter's own state does not matter.
pub async fn counts(db: impl PgExecutor<'_>, filter: &Filter, today: Date) -> Result<Counts, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.state as "state: State", count(*) as "n!"
           from application a
           join account k on k.id = a.applicant_id
           join applicant p on p.id = a.applicant_id
           join campaign c on c.id = a.campaign_id
           where a.submitted_at is not null and a.state <> 'draft'
             and ($1 = '' or strpos(lower(k.name), lower($1)) > 0 or strpos(lower(p.place), lower($1)) > 0)
             and ($2 = '' or c.slug = $2)
             and ($3::date is null or (a.state in ('new', 'introduced', 'invited', 'talked')
                  and coalesce(a.due_on, a.submitted_on + 3) <= $3))
             and ($4::uuid[] is null or a.id = any ($4))
           group by a.state"#,
        filter.text,
        filter.campaign,
        filter.due.until(today),
        filter.ids() as Option<Vec<uuid::Uuid>>,
    )
    .fetch_all(db)
    .await?;
    Ok(Counts(rows.into_iter().map(|row| (row.state, row.n)).collect()))
}

/// What part of the applications is asked for.
struct Window {
    limit: i64,
    offset: i64,
    per_state: i64,
}

/// A page of the list (from 1): what is due first stands first, so overdue ones do; closed ones the latest first.
pub async fn list(db: impl PgExecutor<'_>, filter: &Filter, page: i64, today: Date) -> Result<Vec<Row>, sqlx::Error> {
    let window = Window { limit: PER_PAGE, offset: (page.max(1) - 1) * PER_PAGE, per_state: MOST };
    rows(db, filter, filter.states(), &window, today).await
}

/// Everything that fits, for a file.
pub async fn all(db: impl PgExecutor<'_>, filter: &Filter, today: Date) -> Result<Vec<Row>, sqlx::Error> {
    rows(db, filter, filter.states(), &Window { limit: MOST, offset: 0, per_state: MOST }, today).await
}

/// The first cards of every column of the board.
pub async fn board(db: impl PgExecutor<'_>, filter: &Filter, today: Date) -> Result<Vec<Row>, sqlx::Error> {
    rows(db, filter, STATES.to_vec(), &Window { limit: MOST, offset: 0, per_state: PER_COLUMN }, today).await
}

async fn rows(
    db: impl PgExecutor<'_>,
    filter: &Filter,
    states: Vec<State>,
    window: &Window,
    today: Date,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"with fitting as (
               select a.*, k.name, k.email, p.place, c.client, q.title,
                      case when a.state in ('new', 'introduced', 'invited', 'talked')
                           then coalesce(a.due_on, a.submitted_on + 3) end as due
               from application a
               join account k on k.id = a.applicant_id
               join applicant p on p.id = a.applicant_id
               join campaign c on c.id = a.campaign_id
               join posting q on q.campaign_id = a.campaign_id
               where a.submitted_at is not null and a.state = any ($4::application_state[])
                 and ($1 = '' or strpos(lower(k.name), lower($1)) > 0 or strpos(lower(p.place), lower($1)) > 0)
                 and ($2 = '' or c.slug = $2)
                 and ($8::uuid[] is null or a.id = any ($8))
           ), placed as (
               select f.*, row_number() over (
                   partition by f.state
                   order by f.due nulls last, coalesce(f.decided_at, f.withdrawn_at) desc, f.submitted_at, f.id
               ) as place_in_state
               from fitting f where $3::date is null or f.due <= $3
           ), shown as (
               select * from placed where place_in_state <= $7
               order by due nulls last, coalesce(decided_at, withdrawn_at) desc, submitted_at, id
               limit $5 offset $6
           )
           select s.id as "id!: ApplicationId", s.name as "name!", s.email as "email!", s.place, s.client as "client!",
                  s.title as "title!", s.state as "state!: State", s.submitted_at as "submitted_at!",
                  s.submitted_on as "submitted_on!", s.due as due_on, s.review_started_at, s.offered_at,
                  i.kind as "introduction?: Kind", i.length_ms as "length_ms?",
                  (select count(*) from opinion o where o.application_id = s.id) as "opinions!",
                  s.place_in_state as "place_in_state!"
           from shown s left join introduction i on i.application_id = s.id
           order by s.due nulls last, coalesce(s.decided_at, s.withdrawn_at) desc, s.submitted_at, s.id"#,
        filter.text,
        filter.campaign,
        filter.due.until(today),
        states as Vec<State>,
        window.limit,
        window.offset,
        window.per_state,
        filter.ids() as Option<Vec<uuid::Uuid>>,
    )
    .fetch_all(db)
    .await
}

/// A campaign that has applications.
#[derive(Debug, Clone)]
pub struct Recruiting {
    pub slug: String,
    pub title: String,
}

/// The campaigns with a posting, by client and title.
pub async fn campaigns(db: impl PgExecutor<'_>) -> Result<Vec<Recruiting>, sqlx::Error> {
    sqlx::query_as!(
        Recruiting,
        r#"select c.slug, c.client || ' · ' || p.title as "title!" from posting p join campaign c on c.id = p.campaign_id
           order by c.client, p.title, c.slug"#
    )
    .fetch_all(db)
    .await
}

/// What waits for staff, in two figures: open applications, and those past their day.
#[derive(Debug, Clone, Copy, Default)]
pub struct Waiting {
    pub open: i64,
    pub overdue: i64,
}

/// What waits for staff.
pub async fn waiting(db: impl PgExecutor<'_>, today: Date) -> Result<Waiting, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        r#"select count(*) as "open!",
                  count(*) filter (where coalesce(due_on, submitted_on + 3) < $1) as "overdue!"
           from application where state in ('new', 'introduced', 'invited', 'talked')"#,
        today,
    )
    .fetch_one(db)
    .await
}

/// A step of an application's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "application_step_kind", rename_all = "snake_case")]
pub enum Step {
    Review,
    Asked,
    Invited,
    Talked,
    Offered,
    Accepted,
    Declined,
    Refused,
    Due,
}

/// Notes a step; `by` is nobody if the applicant took it.
pub async fn note_step(
    db: &mut PgConnection,
    id: ApplicationId,
    step: Step,
    by: Option<crate::id::AccountId>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into application_step (application_id, at, actor_id, kind) values ($1, $2, $3, $4)",
        id.0,
        now,
        by.map(|a| a.0),
        step as Step,
    )
    .execute(db)
    .await
    .map(drop)
}

/// Where an application stands; a draft is not there for staff.
pub async fn state(db: impl PgExecutor<'_>, id: ApplicationId) -> Result<Option<State>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select state as "state: State" from application where id = $1 and state <> 'draft' and submitted_at is not null"#,
        id.0
    )
    .fetch_optional(db)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn closed_applications_wait_for_nothing() {
        for state in STATES {
            assert_eq!(due_on(state, date!(2026 - 11 - 23)).is_some(), state.is_open(), "{state:?}");
        }
        assert_eq!(due_on(State::Introduced, date!(2026 - 11 - 23)), Some(date!(2026 - 11 - 26)));
    }

    #[test]
    fn pages_count_what_the_filter_asks_for() {
        let counts = Counts(BTreeMap::from([(State::New, 30), (State::Talked, 21), (State::Refused, 700)]));
        assert_eq!(counts.open(), 51);
        assert_eq!(counts.last_page(&Filter::default()), 2);
        assert_eq!(counts.last_page(&Filter { state: Some(State::Refused), ..Filter::default() }), 14);
        assert_eq!(counts.last_page(&Filter { state: Some(State::Invited), ..Filter::default() }), 1);
    }
}
