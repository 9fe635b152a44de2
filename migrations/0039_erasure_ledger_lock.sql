-- Locks the ledger of erasures until the transaction ends, and reads its last entry, which is none at first. One statement for
-- both: the one within that reads sees whatever was committed while the first one waited.
create function erasure_ledger_lock(lock bigint, out "position" bigint, out hash bytea) returns setof record language plpgsql as $$
begin
    perform pg_advisory_xact_lock(lock);
    return query select e.position, e.hash from erasure_entry e order by e.position desc limit 1;
end $$;
