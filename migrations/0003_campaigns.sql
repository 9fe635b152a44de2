-- Campaigns: work for one client, with channels, opening hours and booking rules.

create type channel as enum ('phone', 'email', 'chat');

create table campaign (
    id uuid primary key,
    slug text not null,
    client text not null,
    name text not null,
    requirements text not null,
    channels channel[] not null,
    -- IANA name; opening hours and shifts are thought of in this wall time
    zone text not null,
    -- FAQ fact 12: people book shifts of the next 3-8 weeks
    horizon_weeks smallint not null,
    -- FAQ fact 12: the plan is published on Wednesdays, at this hour of the campaign's wall time
    publication_time time not null,
    -- until so many hours before its start a booking may be released freely
    release_deadline_hours smallint not null,
    -- FAQ fact 13: hours a week expected on average, shown as information only
    expected_hours_min smallint not null,
    expected_hours_max smallint not null,
    -- whom to write to when a booking can no longer be released
    planner_contact text not null,
    created_at timestamptz not null,
    ended_at timestamptz,
    constraint campaign_slug unique (slug),
    constraint campaign_slug_form check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 60),
    constraint campaign_client_length check (length(client) between 1 and 80),
    constraint campaign_name_length check (length(name) between 1 and 80),
    constraint campaign_channels_some check (cardinality(channels) between 1 and 3),
    constraint campaign_horizon check (horizon_weeks between 3 and 8),
    constraint campaign_deadline check (release_deadline_hours between 0 and 336),
    constraint campaign_expected check (0 <= expected_hours_min and expected_hours_min <= expected_hours_max and expected_hours_max <= 60)
);

-- Opening hours as minutes since local midnight of the day; past 1440 means the next day (opening past midnight).
create table opening_hours (
    campaign_id uuid not null references campaign (id) on delete cascade,
    -- 1 = Monday ... 7 = Sunday (ISO 8601)
    weekday smallint not null,
    opens_minute smallint not null,
    closes_minute smallint not null,
    constraint opening_hours_once primary key (campaign_id, weekday, opens_minute),
    constraint opening_hours_weekday check (weekday between 1 and 7),
    constraint opening_hours_span check (opens_minute between 0 and 1439 and closes_minute > opens_minute and closes_minute <= opens_minute + 1440)
);

-- A day that differs from its weekday: other hours, or closed (both null).
create table opening_exception (
    campaign_id uuid not null references campaign (id) on delete cascade,
    day date not null,
    label text not null,
    opens_minute smallint,
    closes_minute smallint,
    constraint opening_exception_once primary key (campaign_id, day),
    constraint opening_exception_label check (length(label) between 1 and 80),
    constraint opening_exception_span check (
        (opens_minute is null and closes_minute is null)
        or (opens_minute between 0 and 1439 and closes_minute > opens_minute and closes_minute <= opens_minute + 1440)
    )
);
