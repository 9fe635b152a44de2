-- The access list: the systems of a campaign that staff set up for each person. What is needed to sign in there never
-- stands here.

create table campaign_system (
    id uuid primary key,
    campaign_id uuid not null references campaign (id) on delete cascade,
    -- "Softphone"
    name text not null,
    -- whom to turn to when it does not work
    contact text not null,
    created_at timestamptz not null,
    created_by uuid references account (id),
    -- no longer used; what was ticked off stays
    retired_at timestamptz,
    constraint campaign_system_name check (length(name) between 1 and 80),
    constraint campaign_system_contact check (length(contact) between 1 and 200)
);
create unique index campaign_system_name_once on campaign_system (campaign_id, lower(name)) where retired_at is null;

-- Set up for a person; taking it back deletes the row, the history keeps both.
create table system_access (
    system_id uuid not null references campaign_system (id) on delete cascade,
    freelancer_id uuid not null references freelancer (id),
    set_up_at timestamptz not null,
    set_up_by uuid references account (id),
    constraint system_access_once primary key (system_id, freelancer_id)
);
create index system_access_person on system_access (freelancer_id);

-- When an account is erased, the database looks for whatever refers to it: by an index.
create index system_access_set_up_by on system_access (set_up_by) where set_up_by is not null;
