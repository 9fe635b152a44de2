-- The proof of erasures: what was erased by which rule, without a name, chained by hashes. A copy lies outside the
-- database and is replayed after a restore.

create type erasure_kind as enum ('dossier', 'person');
create type erasure_rule as enum (
    -- the dossier's months are over
    'period',
    -- a draft or an unconfirmed address
    'draft',
    -- a consent to longer keeping has ended
    'consent',
    -- the person wished it
    'wish'
);

create table erasure_entry (
    -- without gaps, from 1
    position bigint primary key,
    -- random: the number of the receipt
    id uuid not null,
    kind erasure_kind not null,
    -- the erased row's id, meaningless once the row is gone
    subject uuid not null,
    rule erasure_rule not null,
    -- the newest policy_figure row that counted; 0: none
    policy bigint not null,
    -- recordings that went with it
    files integer not null,
    erased_at timestamptz not null,
    previous bytea not null,
    hash bytea not null,
    constraint erasure_entry_id unique (id),
    constraint erasure_entry_position check (position > 0),
    constraint erasure_entry_files check (files >= 0),
    constraint erasure_entry_sha256 check (length(previous) = 32 and length(hash) = 32)
);

create function erasure_entry_is_final() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger of erasures is never changed' using errcode = 'restrict_violation', constraint = 'erasure_entry_final';
end $$;
create trigger erasure_entry_final before update or delete on erasure_entry
    for each row execute function erasure_entry_is_final();
create trigger erasure_entry_final_all before truncate on erasure_entry
    for each statement execute function erasure_entry_is_final();

create type erasure_brake_reason as enum ('too_many', 'clock_behind', 'clock_ahead');

-- The nightly run stands still until somebody has looked (privacy.md, "Brakes"); gone with the next run.
create table erasure_brake (
    one boolean primary key default true,
    at timestamptz not null,
    reason erasure_brake_reason not null,
    -- dossiers due, and dossiers in all
    due bigint not null,
    live bigint not null,
    constraint erasure_brake_one check (one)
);
