-- Ten thousand applicants with a dossier each that is due, and a recording: number n has the id 00000000-0000-4000-a000-<n in hex>.
create or replace function bench_dossier(n bigint) returns uuid language sql immutable as $$
    select ('00000000-0000-4000-a000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
insert into posting (campaign_id, title, summary, tasks, needs, difficulty, languages, countries, created_at, updated_at, published_at)
values (bench_id(1), 'Bestellhotline', 'Bestellungen', 'Bestellungen', '', 'simple', '{de}', '{}', now(), now(), now()) on conflict do nothing;
insert into question_set (id, campaign_id, version, created_at) values (bench_id(1), bench_id(1), 1, now()) on conflict do nothing;
insert into question (id, set_id, position, kind, wording, required)
values (bench_dossier(0), bench_id(1), 1, 'text', 'Worauf freust du dich?', true) on conflict do nothing;
insert into account (id, email, name, created_at)
select bench_dossier(n), 'past' || n || '@bench.example', 'Past Applicant ' || n, now() from generate_series(1, 10000) n;
insert into account_role (account_id, role, granted_at) select bench_dossier(n), 'applicant', now() from generate_series(1, 10000) n;
insert into applicant (id, confirmed_at, phone, place, created_at, updated_at)
select bench_dossier(n), now(), '0461 55' || n, 'Flensburg', now(), now() from generate_series(1, 10000) n;
insert into application (id, applicant_id, campaign_id, question_set_id, state, created_at, edited_at, submitted_at, submitted_on)
select bench_dossier(n), bench_dossier(n), bench_id(1), bench_id(1), 'introduced', now(), now(), now(), current_date - 400
from generate_series(1, 10000) n;
insert into answer select bench_dossier(n), bench_dossier(0), 'Auf alles' from generate_series(1, 10000) n;
-- The master key of a data folder that came without one is called so.
insert into file_key (id, person_id, master, created_at)
select bench_dossier(n), bench_dossier(n), 'first', now() from generate_series(1, 10000) n;
insert into blob (id, state, media_type, bytes, key_id, created_at)
select bench_dossier(n), 'live', 'video/webm', 8192, bench_dossier(n), now() from generate_series(1, 10000) n;
insert into introduction (application_id, kind, blob_id, sent_at)
select bench_dossier(n), 'video', bench_dossier(n), now() from generate_series(1, 10000) n;
insert into mail (id, account_id, topic, recipient, subject, body, created_at, due_at, sent_at)
select gen_random_uuid(), bench_dossier(n), 'application', 'past' || n || '@bench.example', 'Deine Bewerbung', repeat('Hallo ', 100), now(), now(), now()
from generate_series(1, 10000) n;
analyze;
