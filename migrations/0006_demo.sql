-- Marks a database that the portal's own demo data filled; one row at most.
create table demo (
    single boolean primary key default true,
    loaded_at timestamptz not null,
    -- the day from which the demo data was computed
    today date not null,
    constraint demo_single check (single)
);
