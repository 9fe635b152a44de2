-- A whole booking request in one round trip: what the database itself can do (R1b). Only the bench has it.
create function bench_book(token bytea, shift_wanted bigint, at timestamptz, subject text, body text, message jsonb)
returns boolean language plpgsql as $$
declare
    person record;
    wanted record;
    made bigint;
begin
    select s.id as session, a.id, a.email into person
    from session s join account a on a.id = s.account_id
    where s.token_hash = token and s.ended_at is null and s.expires_at > at and a.access_ended_at is null;
    select s.id, s.during into wanted
    from shift s join qualification q on q.campaign_id = s.campaign_id and q.freelancer_id = person.id and lets_book(q, at)
    where s.id = shift_wanted and s.published_at is not null and s.withdrawn_at is null and s.starts_at > at and s.booked < s.seats;
    if wanted.id is null then
        return false;
    end if;
    insert into booking (id, shift_id, freelancer_id, during, booked_at)
    values (gen_random_uuid(), wanted.id, person.id, wanted.during, at)
    on conflict do nothing returning shift_id into made;
    if made is null then
        return false;
    end if;
    insert into mail (id, account_id, topic, recipient, subject, body, created_at, due_at)
    select gen_random_uuid(), person.id, 'booking', person.email, bench_book.subject, bench_book.body, at, at
    where not exists (select from mail_opt_out o where o.account_id = person.id and o.topic = 'booking');
    update session set flash = message where id = person.session;
    update shift set booked = booked + 1 where id = made;
    return true;
end $$;
