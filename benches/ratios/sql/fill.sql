-- Persons 1 to 9,000 have two bookings in each week: every plan page has reasons of the person's own.
insert into booking (id, shift_id, freelancer_id, during, booked_at)
select gen_random_uuid(), s.id, bench_id(p + 1), s.during, now()
from generate_series(0, 8999) as p, generate_series(0, 9) as turn,
     lateral (select (p + turn * 3 + turn / 2) % 35 as day) as d,
     lateral (select case when day < 28 then day * 150 + p / 35 % 150 else 4200 + (day - 28) * 120 + p / 35 % 120 end + 1 as id) as pick
join shift s using (id);
update shift set booked = (select count(*) from booking b where b.shift_id = shift.id) where id < 10000;
update shift set seats = booked where id < 10000 and id % 4 = 0 and booked > 0;
vacuum analyze booking, shift;
