-- The copy of one's own data (GDPR articles 15 and 20; privacy.md): asked for, made in the background, handed out, gone.

create table data_copy (
    id uuid primary key,
    account_id uuid not null references account (id) on delete cascade,
    requested_at timestamptz not null,
    -- who makes it holds it until then; whoever is killed meanwhile lets go by that
    held_until timestamptz,
    attempts smallint not null default 0,
    -- progress, in bytes of what is put in
    done_bytes bigint not null default 0,
    total_bytes bigint not null default 0,
    -- the file that is being written, or the finished one
    blob_id uuid references blob (id),
    finished_at timestamptz,
    expires_at timestamptz,
    -- given up after some attempts
    failed_at timestamptz,
    constraint data_copy_one_end check (finished_at is null or failed_at is null),
    constraint data_copy_finished check ((finished_at is null) = (expires_at is null) and (finished_at is null or blob_id is not null)),
    constraint data_copy_progress check (done_bytes >= 0 and total_bytes >= 0)
);

-- one at a time, so that a double click makes one
create unique index data_copy_one on data_copy (account_id) where finished_at is null and failed_at is null;
create index data_copy_account on data_copy (account_id);
create index data_copy_blob on data_copy (blob_id) where blob_id is not null;
create index data_copy_expiry on data_copy (expires_at) where expires_at is not null;

-- who fetched it and when
create table data_copy_download (
    id bigint generated always as identity primary key,
    copy_id uuid not null references data_copy (id) on delete cascade,
    at timestamptz not null
);

create index data_copy_download_copy on data_copy_download (copy_id, at);

-- the link of the mail that says that the copy is there
alter type applicant_link_page add value 'copy';
