-- The week of performance.md: 10,000 freelancers with sessions, 3 campaigns, 5 published weeks, 5,040 shifts.
-- Person n has the account 00000000-0000-4000-8000-<n in hex> and the session token <n as 64 hex digits>.
-- On each of the 35 days there are 50 shifts of each campaign; in the last week the third has 20.
create function bench_id(n bigint) returns uuid language sql immutable as
    $$ select ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
create function bench_token(n bigint) returns bytea language sql immutable as
    $$ select sha256(convert_to(lpad(to_hex(n), 64, '0'), 'UTF8')) $$;

insert into account (id, email, name, created_at)
select bench_id(n), 'person' || n || '@bench.example', 'Person ' || n, now() from generate_series(1, 10000) n;
insert into account_role (account_id, role, granted_at)
select bench_id(n), 'freelancer', now() from generate_series(1, 10000) n;
insert into freelancer (id, joined_at) select bench_id(n), now() from generate_series(1, 10000) n;
insert into session (id, token_hash, account_id, created_at, last_seen_at, expires_at, device)
select bench_id(n), bench_token(n), bench_id(n), now(), now(), now() + interval '30 days', 'Firefox unter Linux'
from generate_series(1, 10000) n;

insert into campaign (id, slug, client, name, requirements, channels, zone, horizon_weeks, publication_time,
                      release_deadline_hours, expected_hours_min, expected_hours_max, planner_contact, created_at)
select bench_id(c), 'kampagne-' || c, 'Blattgrün Pflanzenversand', 'Bestellhotline ' || c, '', '{phone,chat}', 'Europe/Berlin', 8,
       '12:00', 24, 15, 20, 'planung@bench.example', now()
from generate_series(1, 3) c;
insert into qualification (freelancer_id, campaign_id, granted_at, reason)
select bench_id(n), bench_id(c), now(), 'Schulung besucht' from generate_series(1, 10000) n, generate_series(1, 3) c;

-- Shift `at` of a day: every half hour from 6 to 18, four hours, by telephone and by chat, for each campaign in turn.
insert into shift (id, campaign_id, channel, week, starts_at, ends_at, seats, published_at, created_at)
overriding system value
select case when day < 28 then day * 150 + at + 1 else 4200 + (day - 28) * 120 + at + 1 end,
       bench_id(case when day < 28 then at % 3 else case when at < 100 then at % 2 else 2 end end + 1),
       (case when slot < 25 then 'phone' else 'chat' end)::channel,
       monday + day / 7 * 7,
       (monday + day + interval '6 hours' + slot % 25 * interval '30 minutes') at time zone 'Europe/Berlin',
       (monday + day + interval '10 hours' + slot % 25 * interval '30 minutes') at time zone 'Europe/Berlin',
       100, now(), now()
from (select (date_trunc('week', now()) + interval '7 days')::date as monday) as next,
     generate_series(0, 34) as day,
     generate_series(0, case when day < 28 then 149 else 119 end) as at,
     lateral (select case when day < 28 then at / 3 when at < 100 then at / 2 else at - 100 end as slot) as place;

analyze;
