-- Before each run: nobody has booked anything of the weeks to come, no mail waits, no message is kept.
delete from booking where shift_id < 10000;
truncate mail, sign_in_failure;
delete from session where device <> 'Firefox unter Linux';
update shift set seats = 100, booked = 0 where id < 10000 and (booked > 0 or seats <> 100);
update session set flash = null, last_seen_at = now();
vacuum analyze booking, shift, session;
checkpoint;
