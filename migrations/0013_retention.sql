-- What decides the erasure date beside the clock: consents, wishes, and the record of the nightly runs.

-- Consent to longer keeping (separate, unticked, with an end).
create table consent (
    id uuid primary key,
    application_id uuid not null references application (id) on delete cascade,
    text_version integer not null,
    granted_at timestamptz not null,
    withdrawn_at timestamptz
);
create unique index consent_one on consent (application_id) where withdrawn_at is null;
create index consent_application on consent (application_id);

create type wish as enum ('copy', 'erasure');

-- A recorded wish for a copy of all data, or for erasure at once.
create table data_request (
    id uuid primary key,
    account_id uuid not null references account (id) on delete cascade,
    wish wish not null,
    requested_at timestamptz not null,
    done_at timestamptz
);
create index data_request_account on data_request (account_id);
create unique index data_request_one on data_request (account_id, wish) where done_at is null;

-- What decides each dossier's erasure date; the rule itself is `retention::erase_on`.
create view dossier_clock as
select a.id as application_id, a.applicant_id, a.edited_at, a.submitted_on, p.confirmed_at,
       c.granted_at as consented_at, w.requested_at as wished_at,
       (select max(withdrawn_at) from consent where application_id = a.id) as consent_withdrawn_at
from application a
join applicant p on p.id = a.applicant_id
left join consent c on c.application_id = a.id and c.withdrawn_at is null
left join data_request w on w.account_id = a.applicant_id and w.wish = 'erasure' and w.done_at is null;

-- One successful nightly run per business date (Berlin), over all servers.
create table erasure_run (
    business_date date primary key,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    erased integer not null,
    failed integer not null,
    constraint erasure_run_counts check (erased >= 0 and failed >= 0)
);

-- People whose erasure failed: recorded, skipped, tried again by the next run. By id, without a reference: it outlives them.
create table erasure_failure (
    id bigint generated always as identity primary key,
    applicant_id uuid not null,
    at timestamptz not null,
    sqlstate text not null
);
create index erasure_failure_at on erasure_failure (at);

-- The clocks that the nightly task reads.
create index application_clock on application (submitted_on);
create index application_draft_clock on application (edited_at) where submitted_on is null;

-- With a person's last dossier their account goes, and the database looks for whatever refers to it: by an index, since
-- ten thousand dossiers a night must not read these tables ten thousand times.
create index mail_account on mail (account_id) where account_id is not null;
create index account_role_granted_by on account_role (granted_by) where granted_by is not null;
create index qualification_granted_by on qualification (granted_by) where granted_by is not null;
create index booking_released_by on booking (released_by) where released_by is not null;
