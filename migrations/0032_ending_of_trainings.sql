-- The end of a campaign ends enrolments in its coming trainings, too, and taking it back brings them back.
alter type ending_step_kind add value 'enrolment';
alter table ending_step
    add enrolment_id uuid references enrolment (id),
    -- what it was before
    add enrolment_state enrolment_state,
    -- as text: the new value cannot be named in the transaction that adds it
    add constraint ending_step_enrolment check ((kind::text = 'enrolment') = (enrolment_id is not null)),
    add constraint ending_step_enrolment_state check ((enrolment_id is null) = (enrolment_state is null));
create index ending_step_enrolment on ending_step (enrolment_id) where enrolment_id is not null;

-- The nightly comparison of training_date.taken with the enrolments, once per business date (Berlin).
create table training_recount (
    business_date date primary key,
    ran_at timestamptz not null,
    dates bigint not null,
    differences jsonb not null
);
