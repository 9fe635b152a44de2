-- Whether a confirmed legal hold keeps this person's data on this day; the rule is `retention::hold::until`.
create function is_held(person uuid, day date) returns boolean stable language sql as $$
    select exists (
        select from legal_hold
        where account_id = person and confirmed_at is not null and lifted_at is null and held_until >= day
    )
$$;
