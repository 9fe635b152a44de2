-- Whether the ledger of erasures is what was written, as the last check found it.
create type ledger_state as enum (
    -- the chain is whole, and the copy outside the database goes with it
    'intact',
    -- an entry does not follow from the one before
    'broken',
    -- the copy is unreadable, differs, or has more than the database
    'copy_differs'
);
create table ledger_check (
    -- the last one only
    one boolean primary key default true check (one),
    at timestamptz not null,
    state ledger_state not null,
    -- entries of a whole chain; of a broken one the position of the first that does not follow
    position bigint not null
);
