-- Shifts and bookings. The rules that must hold in every race are constraints here:
-- never more bookings than seats (shift_seats), nobody in two overlapping shifts (booking_overlap),
-- one live booking per person and shift (booking_once), a booking's span is its shift's (booking_shift).

create extension if not exists btree_gist;

-- One step of planning that can be undone as a whole while all of it is still a draft.
create table batch (
    id uuid primary key,
    campaign_id uuid not null references campaign (id),
    -- Monday of the ISO week
    week date not null,
    kind text not null,
    created_at timestamptz not null,
    created_by uuid references account (id),
    undone_at timestamptz,
    constraint batch_kind check (kind in ('pattern', 'copy', 'add', 'change', 'delete')),
    constraint batch_week_is_monday check (extract(isodow from week) = 1)
);
create index batch_week on batch (campaign_id, week, created_at);

create table shift (
    -- bigint: the id stands in every row of the plan page
    id bigint generated always as identity primary key,
    campaign_id uuid not null references campaign (id),
    channel channel not null,
    -- Monday of the ISO week in which the shift begins, in the campaign's wall time
    week date not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    -- half open: 12:00 after 12:00 is fine
    during tstzrange not null generated always as (tstzrange(starts_at, ends_at)) stored,
    seats smallint not null,
    -- counter of live bookings; the nightly recount compares it with the rows
    booked smallint not null default 0,
    -- null: draft
    published_at timestamptz,
    withdrawn_at timestamptz,
    created_at timestamptz not null,
    constraint shift_span unique (id, during),
    constraint shift_order check (ends_at > starts_at),
    constraint shift_length check (ends_at <= starts_at + interval '24 hours'),
    constraint shift_seats_some check (seats between 1 and 500),
    constraint shift_seats check (booked between 0 and seats),
    constraint shift_week_is_monday check (extract(isodow from week) = 1),
    constraint shift_draft_unbooked check (published_at is not null or booked = 0),
    constraint shift_withdrawn_unbooked check (withdrawn_at is null or booked = 0)
) with (fillfactor = 70);
create index shift_week on shift (week, campaign_id);
create index shift_draft on shift (campaign_id, week) where published_at is null;

create type release_kind as enum (
    -- by the freelancer
    'own',
    -- taken off by staff, with a reason
    'staff',
    -- the shift was withdrawn or changed by staff
    'shift'
);

create table booking (
    id uuid primary key,
    shift_id bigint not null,
    freelancer_id uuid not null references freelancer (id),
    during tstzrange not null,
    booked_at timestamptz not null,
    released_at timestamptz,
    release_kind release_kind,
    released_by uuid references account (id),
    release_reason text,
    constraint booking_shift foreign key (shift_id, during) references shift (id, during) on update cascade,
    constraint booking_release check ((released_at is null) = (release_kind is null)),
    constraint booking_reason check (release_kind is null or release_kind = 'own' or length(release_reason) > 0),
    constraint booking_overlap exclude using gist (freelancer_id with =, during with &&) where (released_at is null)
);
create unique index booking_once on booking (shift_id, freelancer_id) where released_at is null;
create index booking_of_shift on booking (shift_id);
-- Every page for freelancers asks for a person's live bookings from some weeks ago on. The GiST index of booking_overlap
-- answers that ten times slower than a B-tree: entries of one person lie scattered over its pages.
create index booking_of_person on booking (freelancer_id, upper(during)) where released_at is null;

-- A publication that ran. The scheduled one of a Wednesday happens once, however many servers run.
create table publication (
    id uuid primary key,
    campaign_id uuid not null references campaign (id),
    -- the Wednesday (campaign's wall time) of a scheduled run; null: "jetzt veröffentlichen"
    due_on date,
    ran_at timestamptz not null,
    by_id uuid references account (id),
    shifts integer not null,
    constraint publication_once unique (campaign_id, due_on),
    constraint publication_wednesday check (extract(isodow from due_on) = 3)
);

-- What a batch did to each shift, so that it can be undone.
create table batch_shift (
    batch_id uuid not null references batch (id) on delete cascade,
    -- no foreign key: the row outlives a deleted draft shift
    shift_id bigint not null,
    -- the shift before the batch; null: it was created by the batch
    before jsonb,
    constraint batch_shift_once primary key (batch_id, shift_id)
);

-- A campaign's weekly pattern: what "from the pattern" proposes for a week.
create table pattern_row (
    id uuid primary key,
    campaign_id uuid not null references campaign (id) on delete cascade,
    weekday smallint not null,
    starts_minute smallint not null,
    -- past 1440: ends on the next day
    ends_minute smallint not null,
    channel channel not null,
    seats smallint not null,
    constraint pattern_row_once unique (campaign_id, weekday, starts_minute, ends_minute, channel),
    constraint pattern_row_weekday check (weekday between 1 and 7),
    constraint pattern_row_span check (starts_minute between 0 and 1439 and ends_minute > starts_minute and ends_minute <= starts_minute + 1440),
    constraint pattern_row_seats check (seats between 1 and 500)
);

-- The nightly comparison of the seat counters with the bookings, once per business date (Berlin).
create table recount (
    business_date date primary key,
    ran_at timestamptz not null,
    shifts bigint not null,
    differences jsonb not null
);

-- A call for help that staff sent to everybody qualified: who asked, when, for what.
create table help_call (
    id uuid primary key,
    campaign_id uuid not null references campaign (id),
    week date not null,
    sent_at timestamptz not null,
    sent_by uuid not null references account (id),
    recipients integer not null
);
