-- A million bookings of a hundred days, all before the weeks of the average: 20 shifts a day of 500 seats, everybody once a day.
alter table booking drop constraint booking_overlap;
insert into shift (id, campaign_id, channel, week, starts_at, ends_at, seats, booked, published_at, created_at)
overriding system value
select 10000 + day * 20 + slot, bench_id(slot % 3 + 1), 'phone', date_trunc('week', today - day)::date,
       (today - day + interval '6 hours' + slot * interval '30 minutes') at time zone 'Europe/Berlin',
       (today - day + interval '10 hours' + slot * interval '30 minutes') at time zone 'Europe/Berlin',
       500, 500, now(), now()
from (select current_date as today) as t, generate_series(40, 139) as day, generate_series(0, 19) as slot;
insert into booking (id, shift_id, freelancer_id, during, booked_at)
select gen_random_uuid(), s.id, bench_id(n), s.during, s.starts_at - interval '7 days'
from shift s, lateral generate_series((s.id - 10000) % 20 * 500 + 1, (s.id - 10000) % 20 * 500 + 500) as n
where s.id >= 10000;
alter table booking add constraint booking_overlap exclude using gist (freelancer_id with =, during with &&) where (released_at is null);
vacuum analyze booking;
