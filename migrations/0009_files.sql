-- Files: every object of the store has a row here before it exists, and until after it is gone.

create type blob_state as enum ('uploading', 'live', 'doomed');

create table blob (
    -- also the object's key in the store
    id uuid primary key,
    state blob_state not null,
    -- decided by the content, never by the name
    media_type text,
    bytes bigint not null default 0,
    created_at timestamptz not null,
    -- since when its object is to be deleted; the row goes after the object
    doomed_at timestamptz,
    -- attempts to delete that failed
    attempts smallint not null default 0,
    constraint blob_bytes check (bytes >= 0),
    constraint blob_live_type check (state <> 'live' or media_type is not null),
    constraint blob_doomed check ((state = 'doomed') = (doomed_at is not null))
);
create index blob_doomed_at on blob (doomed_at) where state = 'doomed';
create index blob_uploading on blob (created_at) where state = 'uploading';

-- An upload in progress (tus 1.0). Its bytes arrive as part objects of at most 1 MiB; completing streams them into one.
create table upload (
    id uuid primary key,
    -- whose it is; nobody else sees it (404)
    account_id uuid not null references account (id) on delete cascade,
    -- what it is for, such as an application
    subject uuid not null,
    length bigint not null,
    -- what is safe; the last part is counted only with what it completes
    received bigint not null default 0,
    -- length of a recording in milliseconds, as the sender measured it
    length_ms integer,
    created_at timestamptz not null,
    -- unfinished uploads are swept 24 hours after the last byte (privacy.md)
    expires_at timestamptz not null,
    completed_at timestamptz,
    constraint upload_length check (length between 1 and 209715200),
    constraint upload_received check (received between 0 and length),
    constraint upload_complete check (completed_at is null or received = length)
);
create index upload_account on upload (account_id);
create index upload_subject on upload (subject);
create index upload_expiry on upload (expires_at);

create table upload_part (
    upload_id uuid not null references upload (id) on delete cascade,
    position bigint not null,
    length integer not null,
    -- stays 'uploading': a part is never a file of its own
    blob_id uuid not null references blob (id),
    constraint upload_part_once primary key (upload_id, position),
    constraint upload_part_length check (length between 1 and 1048576)
);
create index upload_part_blob on upload_part (blob_id);
