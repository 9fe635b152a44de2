-- One overlap rule for all that takes a person's time: seats in shifts, places beside a mentor, training days.
-- So all three are bookings, and `booking_overlap` keeps them apart.
create type booking_kind as enum (
    -- an ordinary seat of a shift, counted in shift.booked
    'seat',
    -- a trainee's place beside a mentor: takes no seat
    'beside',
    -- a day of a training
    'training'
);

alter table booking
    add kind booking_kind not null default 'seat',
    add training_day_id uuid,
    -- the seat of the mentor beside whom a trainee sits; null: for the time being nobody
    add mentor_booking_id uuid references booking (id),
    alter shift_id drop not null,
    add constraint booking_training_day foreign key (training_day_id, during) references training_day (id, during) on update cascade,
    add constraint booking_of check ((kind = 'training') = (training_day_id is not null) and (kind = 'training') = (shift_id is null)),
    add constraint booking_mentor check (mentor_booking_id is null or kind = 'beside');
create unique index booking_day_once on booking (training_day_id, freelancer_id) where released_at is null and kind = 'training';
-- One trainee per mentor and shift.
create unique index booking_mentor_once on booking (mentor_booking_id) where released_at is null and mentor_booking_id is not null;

-- A mentor who leaves the shift (releases, is taken off, the shift goes) leaves the trainee's place for the time being with
-- nobody. Here and not in the code, so that no way of ending a booking can forget it: a live place never points to a
-- released seat. Whoever books a place locks the mentor's row first, so one of the two sees the other.
alter table booking
    -- since when nobody sits beside; cleared when another mentor does
    add alone_since timestamptz,
    add constraint booking_alone check (alone_since is null or (kind = 'beside' and mentor_booking_id is null));
create index booking_alone on booking (shift_id) where alone_since is not null and released_at is null;

create function leave_trainee() returns trigger language plpgsql as $$
begin
    update booking set mentor_booking_id = null, alone_since = new.released_at
    where mentor_booking_id = new.id and released_at is null;
    return null;
end
$$;
create trigger booking_mentor_leaves after update of released_at on booking
    for each row when (old.released_at is null and new.released_at is not null and new.kind = 'seat')
    execute function leave_trainee();

-- Who passed the training of a campaign: what first shifts ask for.
create table training_result (
    freelancer_id uuid not null references freelancer (id),
    campaign_id uuid not null references campaign (id),
    passed_at timestamptz not null,
    constraint training_result_once primary key (freelancer_id, campaign_id)
);

-- Mentors: freelancers who offered to have trainees beside them, once confirmed by staff. Withdrawn by themselves at any time.
create table mentor (
    freelancer_id uuid not null references freelancer (id),
    campaign_id uuid not null references campaign (id),
    offered_at timestamptz not null,
    confirmed_at timestamptz,
    confirmed_by uuid references account (id),
    withdrawn_at timestamptz,
    constraint mentor_once primary key (freelancer_id, campaign_id)
);
create index mentor_campaign on mentor (campaign_id) where withdrawn_at is null;
create index mentor_confirmed_by on mentor (confirmed_by) where confirmed_by is not null;

-- Mentors' seats with nobody beside them yet: a trainee's place each.
create view free_mentor as
    select m.id as booking_id, m.shift_id, m.freelancer_id, m.booked_at
    from booking m
    join shift s on s.id = m.shift_id
    join mentor o on o.freelancer_id = m.freelancer_id and o.campaign_id = s.campaign_id
    join qualification q on q.freelancer_id = m.freelancer_id and q.campaign_id = s.campaign_id
        and q.ended_at is null and q.suspended_at is null
    where m.kind = 'seat' and m.released_at is null and o.confirmed_at is not null and o.withdrawn_at is null
        and not exists (select from booking t where t.mentor_booking_id = m.id and t.released_at is null);

create type sign_off_result as enum ('passed', 'again');
-- What became of a first shift, said by the mentor, or by staff where the mentor cannot. Once per place.
create table sign_off (
    booking_id uuid primary key references booking (id),
    freelancer_id uuid not null references freelancer (id),
    campaign_id uuid not null references campaign (id),
    result sign_off_result not null,
    -- to the trainee
    word text not null,
    signed_at timestamptz not null,
    signed_by uuid not null references account (id),
    constraint sign_off_word check (length(word) between 1 and 1000)
);
create index sign_off_person on sign_off (freelancer_id, campaign_id);
create index sign_off_signed_by on sign_off (signed_by);

-- Why a qualification rests or was revoked; null otherwise. The person's words against it, once per decision, with the answer.
alter table qualification
    add decision_reason text,
    add constraint qualification_decision_reason check (length(decision_reason) between 1 and 500),
    add constraint qualification_suspended_reason check (suspended_at is null or decision_reason is not null);
create table objection (
    id uuid primary key,
    freelancer_id uuid not null,
    campaign_id uuid not null,
    -- the suspended_at or ended_at it is about
    decided_at timestamptz not null,
    words text not null,
    raised_at timestamptz not null,
    answer text,
    answered_at timestamptz,
    answered_by uuid references account (id),
    constraint objection_qualification foreign key (freelancer_id, campaign_id) references qualification (freelancer_id, campaign_id),
    constraint objection_once unique (freelancer_id, campaign_id, decided_at),
    constraint objection_words check (length(words) between 1 and 2000),
    constraint objection_answer check (length(answer) between 1 and 2000 and (answer is null) = (answered_at is null))
);
create index objection_open on objection (raised_at) where answered_at is null;
create index objection_answered_by on objection (answered_by) where answered_by is not null;

-- A booking of somebody who may no longer book, or no longer has access, that staff looked at and left.
create table kept_booking (
    booking_id uuid primary key references booking (id),
    kept_at timestamptz not null,
    kept_by uuid not null references account (id),
    reason text not null,
    constraint kept_booking_reason check (length(reason) between 1 and 500)
);
create index kept_booking_kept_by on kept_booking (kept_by);

-- Live bookings that wait for such a decision: of people whose access or qualification ended or rests.
create view undecided_booking as
    select b.id as booking_id, b.freelancer_id, b.kind, s.id as shift_id, s.campaign_id, s.starts_at, s.ends_at
    from booking b
    join shift s on s.id = b.shift_id
    join account a on a.id = b.freelancer_id
    left join qualification q on q.freelancer_id = b.freelancer_id and q.campaign_id = s.campaign_id and b.kind = 'seat'
    left join kept_booking k on k.booking_id = b.id
    where b.released_at is null
        and greatest(a.access_ended_at, q.ended_at, q.suspended_at) is not null
        and coalesce(k.kept_at < greatest(a.access_ended_at, q.ended_at, q.suspended_at), true);

-- Deleting bookings (after their years) looks for places beside them: by an index.
create index booking_mentor on booking (mentor_booking_id) where mentor_booking_id is not null;
