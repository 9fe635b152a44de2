-- Getting ready: for which campaigns somebody prepares, what happened on the way, and what bars new bookings.

-- What decides whether somebody may book is no matter of taste: its mails cannot be switched off.
alter table mail_opt_out drop constraint mail_opt_out_possible;
alter table mail_opt_out add constraint mail_opt_out_possible check (topic not in ('account', 'application', 'readiness'));

-- Somebody prepares for a campaign: from the acceptance, or from another campaign on.
create table preparation (
    freelancer_id uuid not null references freelancer (id),
    campaign_id uuid not null references campaign (id),
    began_at timestamptz not null,
    -- given up, or the campaign ended; a qualification does not end it
    ended_at timestamptz,
    constraint preparation_once primary key (freelancer_id, campaign_id)
);
create index preparation_campaign on preparation (campaign_id) where ended_at is null;

-- A freelancer's history: every step, with who took it and the words that were said about it. Rows are never changed.
create table freelancer_event (
    id bigint generated always as identity primary key,
    freelancer_id uuid not null references freelancer (id),
    -- null: concerns all campaigns
    campaign_id uuid references campaign (id),
    at timestamptz not null,
    -- null: the portal itself
    actor_id uuid references account (id),
    -- the key of a `freelancers::history::Event`
    event text not null,
    -- a reason or a word to the person, shown to them
    note text,
    constraint freelancer_event_form check (event ~ '^[a-z_]{3,60}$'),
    constraint freelancer_event_note check (length(note) between 1 and 2000)
);
create index freelancer_event_person on freelancer_event (freelancer_id, id);
create index freelancer_event_actor on freelancer_event (actor_id) where actor_id is not null;

-- Who may book: from granted_at on, until valid_until, unless suspended or ended (revoked).
alter table qualification
    add valid_until timestamptz,
    add suspended_at timestamptz,
    -- the earliest of this person's bars in this campaign: from then on nothing new is booked
    add barred_from timestamptz,
    add constraint qualification_span check (valid_until > granted_at);

-- Whether this qualification lets its holder book at an instant. Inlined by the planner: costs nothing over the plain terms.
create function lets_book(q qualification, at timestamptz) returns boolean language sql immutable parallel safe
return q.ended_at is null and q.suspended_at is null and q.granted_at <= at
    and coalesce(q.valid_until > at, true) and coalesce(q.barred_from > at, true);

-- What bars new bookings from an instant on: an expired paper after its grace, a new briefing or contract not confirmed by
-- its date. Written by `freelancers::bar`, which keeps qualification.barred_from the earliest of them.
create type bar_cause as enum ('paper', 'contract', 'briefing');
create table bar (
    freelancer_id uuid not null references freelancer (id),
    campaign_id uuid not null references campaign (id),
    cause bar_cause not null,
    from_at timestamptz not null,
    constraint bar_once primary key (freelancer_id, campaign_id, cause)
);

-- So many first shifts beside a mentor lead to the qualification; none: passing the training does.
alter table campaign add first_shifts smallint not null default 3;
alter table campaign add constraint campaign_first_shifts check (first_shifts between 0 and 20);
