-- Training: courses of a campaign, their dates with seats, and the days of a date.

create table course (
    id uuid primary key,
    campaign_id uuid not null references campaign (id),
    title text not null,
    -- Markdown
    description text not null,
    created_at timestamptz not null,
    retired_at timestamptz,
    constraint course_title check (length(title) between 1 and 120)
);
create index course_campaign on course (campaign_id) where retired_at is null;

create table training_date (
    id uuid primary key,
    course_id uuid not null references course (id),
    trainer_id uuid not null references account (id),
    -- where it is held, or the link to it
    place text not null,
    seats smallint not null,
    -- seats taken or held by an offer; never more than there are
    taken smallint not null default 0,
    -- until then one may leave
    leave_until timestamptz not null,
    created_at timestamptz not null,
    cancelled_at timestamptz,
    constraint training_date_place check (length(place) between 1 and 300),
    constraint training_date_seats_some check (seats between 1 and 100),
    constraint training_date_seats check (taken between 0 and seats)
);
create index training_date_course on training_date (course_id);
create index training_date_trainer on training_date (trainer_id);

-- A date may last several days; their spans share the overlap rule of bookings.
create table training_day (
    id uuid primary key,
    date_id uuid not null references training_date (id),
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    during tstzrange not null generated always as (tstzrange(starts_at, ends_at)) stored,
    constraint training_day_span unique (id, during),
    constraint training_day_order check (ends_at > starts_at and ends_at <= starts_at + interval '12 hours'),
    constraint training_day_overlap exclude using gist (date_id with =, during with &&)
);
create index training_day_date on training_day (date_id, starts_at);
