-- Eleven applicants with an application each: number n has the id 00000000-0000-4000-9000-<n in hex>.
insert into account (id, email, name, created_at)
select bench_id(4294901760 + n), 'applicant' || n || '@bench.example', 'Applicant ' || n, now() from generate_series(1, 11) n;
insert into account_role (account_id, role, granted_at)
select bench_id(4294901760 + n), 'applicant', now() from generate_series(1, 11) n;
insert into applicant (id, confirmed_at, created_at, updated_at)
select bench_id(4294901760 + n), now(), now(), now() from generate_series(1, 11) n;
insert into session (id, token_hash, account_id, created_at, last_seen_at, expires_at, device)
select bench_id(4294901760 + n), bench_token(4294901760 + n), bench_id(4294901760 + n), now(), now(), now() + interval '1 day', 'Firefox unter Linux'
from generate_series(1, 11) n;
insert into posting (campaign_id, title, summary, tasks, needs, difficulty, languages, countries, created_at, updated_at, published_at)
values (bench_id(1), 'Bestellhotline', 'Bestellungen', 'Bestellungen', '', 'simple', '{de}', '{}', now(), now(), now());
insert into question_set (id, campaign_id, version, created_at) values (bench_id(1), bench_id(1), 1, now());
insert into application (id, applicant_id, campaign_id, question_set_id, state, created_at, edited_at, submitted_at, submitted_on)
select ('00000000-0000-4000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, bench_id(4294901760 + n), bench_id(1), bench_id(1), 'new', now(), now(), now(), current_date
from generate_series(1, 11) n;
