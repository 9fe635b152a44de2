-- Deletes an account, unless other rows still name it; whether it is gone. One statement instead of a savepoint around one:
-- the nightly erasure does this for everybody whose time is up.
create function account_delete(whose uuid) returns boolean language plpgsql as $$
begin
    delete from account where id = whose;
    return true;
exception when foreign_key_violation then
    return false;
end $$;
