-- Training: courses of a campaign, their dates with seats, the days of a date, and who takes part.
--
-- The rules that must hold in every race are constraints here: never more people than seats (training_date_seats), one live
-- enrolment per person and course (enrolment_live), nobody in two places at once (booking_overlap, 0022).

create table course (
    id uuid primary key,
    campaign_id uuid not null references campaign (id),
    title text not null,
    -- Markdown
    description text not null,
    created_at timestamptz not null,
    retired_at timestamptz,
    constraint course_title check (length(title) between 1 and 120),
    constraint course_description check (length(description) <= 10000)
);
create index course_campaign on course (campaign_id) where retired_at is null;

-- What one reads or watches for a course: links, seen by who takes part.
create table course_material (
    id uuid primary key,
    course_id uuid not null references course (id),
    title text not null,
    link text not null,
    created_at timestamptz not null,
    constraint course_material_title check (length(title) between 1 and 120),
    constraint course_material_link check (link ~ '^https://' and length(link) <= 500)
);
create index course_material_course on course_material (course_id, created_at);

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
    -- the reason, as people are told
    cancellation text,
    constraint training_date_place check (length(place) between 1 and 300),
    constraint training_date_seats_some check (seats between 1 and 100),
    constraint training_date_seats check (taken between 0 and seats),
    constraint training_date_cancelled check ((cancelled_at is null) = (cancellation is null) and length(cancellation) between 1 and 500),
    constraint training_date_cancelled_untaken check (cancelled_at is null or taken = 0),
    -- so that an enrolment's course is its date's
    constraint training_date_of_course unique (id, course_id)
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

create type enrolment_state as enum (
    -- on the waiting list
    'waiting',
    -- a freed seat is held for them for a limited time
    'offered',
    -- has a seat
    'enrolled',
    'passed',
    -- to be repeated: another enrolment is possible
    'repeat',
    -- left, or declined an offer
    'left',
    -- an offer ran out, or the date began without a free seat
    'lapsed',
    -- the date was cancelled
    'cancelled'
);

create table enrolment (
    id uuid primary key,
    date_id uuid not null,
    course_id uuid not null,
    freelancer_id uuid not null references freelancer (id),
    state enrolment_state not null,
    -- when they joined; decides the place on the waiting list
    joined_at timestamptz not null,
    offered_until timestamptz,
    -- when they got their seat
    enrolled_at timestamptz,
    ended_at timestamptz,
    reminded_at timestamptz,
    result_at timestamptz,
    result_by uuid references account (id),
    -- a word of the trainer, for the person
    word text,
    -- SEQUENCE of the calendar entry
    sequence integer not null default 0,
    constraint enrolment_date foreign key (date_id, course_id) references training_date (id, course_id),
    constraint enrolment_offered check ((state = 'offered') = (offered_until is not null)),
    constraint enrolment_seat check (state not in ('enrolled', 'passed', 'repeat') or enrolled_at is not null),
    constraint enrolment_ended check ((state in ('left', 'lapsed', 'cancelled')) = (ended_at is not null)),
    constraint enrolment_result check ((state in ('passed', 'repeat')) = (result_at is not null) and (result_at is null) = (result_by is null)),
    constraint enrolment_word check (word is null or result_at is not null and length(word) between 1 and 1000)
);
create unique index enrolment_live on enrolment (course_id, freelancer_id) where state in ('waiting', 'offered', 'enrolled', 'passed');
create index enrolment_of_date on enrolment (date_id, joined_at);
create index enrolment_of_person on enrolment (freelancer_id);
create index enrolment_result_by on enrolment (result_by) where result_by is not null;
create index enrolment_offer on enrolment (offered_until) where state = 'offered';

-- On which days somebody took part.
create table attended_day (
    enrolment_id uuid not null references enrolment (id),
    day_id uuid not null references training_day (id),
    noted_at timestamptz not null,
    noted_by uuid not null references account (id),
    constraint attended_day_once primary key (enrolment_id, day_id)
);
create index attended_day_by on attended_day (noted_by);
