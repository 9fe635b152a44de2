-- The privacy briefing: a versioned text with a short quiz, confirmed by each freelancer. Published versions never change.
create table briefing_version (
    id uuid primary key,
    version integer not null,
    title text not null,
    -- Markdown
    body text not null,
    created_at timestamptz not null,
    created_by uuid references account (id),
    published_at timestamptz,
    -- who confirmed an earlier version has until this local day (Berlin)
    confirm_by date,
    constraint briefing_version_once unique (version),
    constraint briefing_version_title check (length(title) between 1 and 120),
    constraint briefing_version_body check (length(body) between 1 and 60000)
);

create table briefing_confirmation (
    version_id uuid not null references briefing_version (id),
    freelancer_id uuid not null references freelancer (id),
    confirmed_at timestamptz not null,
    constraint briefing_confirmation_once primary key (version_id, freelancer_id)
);
create index briefing_confirmation_person on briefing_confirmation (freelancer_id);
