-- Whoever looks after privacy clears what the leftover check found, with a reason that is kept.
alter table erasure_leftover
    add cleared_at timestamptz,
    add cleared_by uuid references account (id),
    -- what was found and done about it; no name
    add note text,
    add constraint erasure_leftover_cleared check (num_nonnulls(cleared_at, cleared_by, note) in (0, 3)),
    add constraint erasure_leftover_note check (length(btrim(note)) between 1 and 1000);
create index erasure_leftover_open on erasure_leftover (at) where cleared_at is null;
create index erasure_leftover_cleared_by on erasure_leftover (cleared_by) where cleared_by is not null;
