with own as materialized (
    select b.shift_id, b.during from booking b
    where b.freelancer_id = $1 and b.released_at is null
      and upper(b.during) > date_trunc('week', now()) + interval '6 days' and lower(b.during) < date_trunc('week', now()) + interval '15 days'
)
select s.id, s.channel, s.starts_at, s.ends_at, s.seats, s.booked,
       exists (select from qualification q where q.freelancer_id = $1 and q.campaign_id = s.campaign_id and q.ended_at is null) as qualified,
       o.shift_id = s.id as mine, lower(o.during) as overlaps_from, upper(o.during) as overlaps_until
from shift s
left join lateral (select * from own where own.during && s.during order by own.shift_id = s.id desc limit 1) as o on true
where s.week = (date_trunc('week', now()) + interval '7 days')::date and s.campaign_id = bench_id(1)
  and s.published_at is not null and s.withdrawn_at is null
