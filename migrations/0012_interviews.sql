-- Interviews: slots that recruiters offer, and the one that an applicant chooses.

create table interview_slot (
    id uuid primary key,
    interviewer_id uuid not null references account (id),
    -- null: for applicants of any campaign
    campaign_id uuid references campaign (id),
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    -- a telephone number, or the address of a video room; shown to whoever has the slot
    place text not null,
    created_at timestamptz not null,
    created_by uuid not null references account (id),
    cancelled_at timestamptz,
    cancellation text,
    constraint interview_slot_span check (ends_at > starts_at and ends_at <= starts_at + interval '4 hours'),
    constraint interview_slot_place_length check (length(place) between 1 and 300),
    constraint interview_slot_cancelled check ((cancelled_at is null) = (cancellation is null)),
    -- nobody interviews twice at the same time
    constraint interview_slot_overlap exclude using gist (
        interviewer_id with =, tstzrange(starts_at, ends_at) with &&
    ) where (cancelled_at is null)
);
create index interview_slot_starts on interview_slot (starts_at);
create index interview_slot_interviewer on interview_slot (interviewer_id);
create index interview_slot_creator on interview_slot (created_by);

create type interview_end as enum ('moved', 'cancelled_by_applicant', 'cancelled_by_staff', 'application_ended');

create table interview (
    id uuid primary key,
    slot_id uuid not null references interview_slot (id),
    application_id uuid not null references application (id) on delete cascade,
    chosen_at timestamptz not null,
    reminded_at timestamptz,
    ended_at timestamptz,
    ending interview_end,
    -- when the interviewer was told that the application ended
    told_at timestamptz,
    -- SEQUENCE of the calendar entry (RFC 5545); the UID is the application's
    sequence integer not null default 0,
    constraint interview_ended check ((ended_at is null) = (ending is null))
);
-- A slot goes to exactly one person, and a person has one slot at a time.
create unique index interview_slot_taken on interview (slot_id) where ended_at is null;
create unique index interview_one on interview (application_id) where ended_at is null;
create index interview_application on interview (application_id, sequence);
create index interview_of_slot on interview (slot_id);
create index interview_untold on interview (ended_at) where ending = 'application_ended' and told_at is null;
