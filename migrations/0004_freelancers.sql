-- Freelancers: people with access to the portal, and the campaigns whose shifts they may book.

create table freelancer (
    -- the account's id: one person, one row each
    id uuid primary key references account (id),
    joined_at timestamptz not null
);

-- "Einsatzbereit": may book shifts of this campaign. For now granted by hand, with a reason that is kept.
create table qualification (
    freelancer_id uuid not null references freelancer (id),
    campaign_id uuid not null references campaign (id),
    granted_at timestamptz not null,
    granted_by uuid references account (id),
    reason text not null,
    ended_at timestamptz,
    constraint qualification_once primary key (freelancer_id, campaign_id),
    constraint qualification_reason check (length(reason) between 1 and 500)
);
create index qualification_campaign on qualification (campaign_id) where ended_at is null;
