-- Twenty hot shifts of the first day, whose seats are gone, the last five to people who take no part in the load.
insert into booking (id, shift_id, freelancer_id, during, booked_at)
select gen_random_uuid(), s.id, bench_id(9000 + s.id * 5 + n), s.during, now() from shift s, generate_series(1, 5) n where s.id <= 20;
update shift set seats = booked + 5, booked = booked + 5 where id <= 20;
