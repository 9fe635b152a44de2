-- Accounts that stay without a personal field, what the law keeps of them, and what the leftover check found.

-- Since when nothing tells any more whose account this was; the row stays as the target of references.
alter table account
    add erased_at timestamptz,
    add constraint account_erased check (erased_at is null or (password_hash is null and access_ended_at is not null));
create index account_to_erase on account (access_ended_at) where access_ended_at is not null and erased_at is null;

-- Who confirmed, written when the account loses its name: a confirmation without one proves nothing.
alter table contract_confirmation add name text;

-- Of a result that is kept under its random id: the year in which access ended.
alter table briefing_confirmation
    add access_ended_year smallint,
    add constraint briefing_confirmation_random check ((freelancer_id is null) = (access_ended_year is not null));
create index briefing_confirmation_kept on briefing_confirmation (access_ended_year) where access_ended_year is not null;

-- What remains of rows that are erased: counts, per campaign and year.
create type erased_what as enum ('enrolment', 'first_shift', 'qualification', 'system_access', 'booking');
create table erased_count (
    campaign_id uuid not null references campaign (id),
    year smallint not null,
    what erased_what not null,
    n bigint not null,
    constraint erased_count_once primary key (campaign_id, year, what),
    constraint erased_count_n check (n > 0)
);

-- What the leftover check found after a run: where, and of whom by the id in the ledger. Never what was found.
create table erasure_leftover (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    -- a column, `table.column`, or the folder of mails
    place text not null,
    subject uuid not null,
    -- found in so many rows
    n bigint not null,
    constraint erasure_leftover_n check (n > 0)
);
create index erasure_leftover_at on erasure_leftover (at);

alter table erasure_run
    add accounts integer not null default 0,
    -- places where the leftover check found something
    add leftovers integer not null default 0,
    add constraint erasure_run_more check (accounts >= 0 and leftovers >= 0);
