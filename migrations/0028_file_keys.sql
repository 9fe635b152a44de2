-- Files are encrypted, each with the key of the person whose it is. The keys are not here but in the store, below `keys/`,
-- wrapped by the master key: a dump of the database opens nothing, and a key that is gone there closes every copy of a file.

create table file_key (
    -- also the name of its object: keys/ID
    id uuid primary key,
    -- whose files it locks; no reference, since it may outlive the account by a moment
    person_id uuid not null,
    -- the master key that wrapped it last
    master text not null,
    created_at timestamptz not null,
    -- since when it is to be forgotten; no file is begun with it any more
    doomed_at timestamptz,
    -- when its object was deleted; the row goes after the last row of its files
    forgotten_at timestamptz,
    constraint file_key_forgotten check (forgotten_at is null or doomed_at is not null)
);
create unique index file_key_person on file_key (person_id) where doomed_at is null;
create index file_key_doomed on file_key (doomed_at) where doomed_at is not null;

-- Null: stored before files were encrypted.
alter table blob add key_id uuid references file_key (id);
create index blob_key on blob (key_id) where key_id is not null;

-- The weekly comparison of store and rows: once per week over all servers.
create table file_comparison (
    -- the Monday of its ISO week in Berlin
    week date primary key,
    began_at timestamptz not null,
    -- null: under way, or its server has ended
    finished_at timestamptz,
    -- objects without a row that were deleted
    deleted integer not null default 0,
    -- objects without a row that were left alone because there were too many of them
    spared integer not null default 0,
    -- files and keys whose object is not there
    missing integer not null default 0,
    constraint file_comparison_monday check (extract(isodow from week) = 1),
    constraint file_comparison_counts check (deleted >= 0 and spared >= 0 and missing >= 0)
);
