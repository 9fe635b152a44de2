-- The end of a campaign: one stored plan, previewed, carried out in one transaction, taken back as a whole within a week.

-- What becomes of a group of people.
create type ending_choice as enum ('finish', 'move');

create table ending_plan (
    id uuid primary key,
    campaign_id uuid not null references campaign (id),
    -- where those go who are moved
    target_id uuid references campaign (id),
    preparations ending_choice not null,
    qualifications ending_choice not null,
    -- said to everybody concerned
    reason text not null,
    created_at timestamptz not null,
    created_by uuid not null references account (id),
    carried_out_at timestamptz,
    carried_out_by uuid references account (id),
    reversed_at timestamptz,
    reversed_by uuid references account (id),
    constraint ending_plan_reason check (length(reason) between 1 and 500),
    constraint ending_plan_target check ((target_id is null) = (preparations = 'finish' and qualifications = 'finish') and target_id <> campaign_id),
    constraint ending_plan_order check (reversed_at is null or carried_out_at is not null)
);
create index ending_plan_campaign on ending_plan (campaign_id, created_at);
create index ending_plan_created_by on ending_plan (created_by);
create index ending_plan_carried_out_by on ending_plan (carried_out_by) where carried_out_by is not null;
create index ending_plan_reversed_by on ending_plan (reversed_by) where reversed_by is not null;
-- A campaign ends once at a time.
create unique index ending_plan_once on ending_plan (campaign_id) where carried_out_at is not null and reversed_at is null;

create type ending_step_kind as enum ('preparation', 'qualification', 'booking', 'preparation_there', 'qualification_there');

-- What a plan did, so that it can be taken back.
create table ending_step (
    id bigint generated always as identity primary key,
    plan_id uuid not null references ending_plan (id),
    kind ending_step_kind not null,
    freelancer_id uuid not null references freelancer (id),
    booking_id uuid references booking (id),
    -- what a qualification was before, where it rested
    suspended_at timestamptz,
    decision_reason text,
    constraint ending_step_booking check ((kind = 'booking') = (booking_id is not null))
);
create index ending_step_plan on ending_step (plan_id);
create index ending_step_person on ending_step (freelancer_id);
