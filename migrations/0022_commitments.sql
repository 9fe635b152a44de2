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
