-- Applications: from the first step of the form to the decision. The applicant is an account with the role 'applicant'.

create type trade_state as enum ('registered', 'planned', 'vat_id', 'unknown');

-- The profile that a person's applications share; it goes with the last of them.
create table applicant (
    id uuid primary key references account (id),
    -- null until the link from the mail was used: the double opt-in
    confirmed_at timestamptz,
    phone text,
    place text,
    -- ISO 3166-1 alpha-2
    country text,
    -- languages spoken fluently, as BCP 47 tags
    languages text[] not null default '{}',
    -- requirements that the person says they meet (FAQ facts 2, 3)
    has_windows boolean,
    has_headset boolean,
    has_lan boolean,
    has_line boolean,
    has_room boolean,
    trade trade_state,
    -- voluntary
    other_clients text,
    experience text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint applicant_phone_length check (length(phone) between 3 and 40),
    constraint applicant_place_length check (length(place) between 1 and 120),
    constraint applicant_other_clients_length check (length(other_clients) <= 1000),
    constraint applicant_experience_length check (length(experience) <= 2000)
);

create type application_state as enum (
    'draft', 'new', 'introduced', 'invited', 'talked', 'accepted', 'refused', 'withdrawn'
);

create table application (
    id uuid primary key,
    applicant_id uuid not null references applicant (id),
    campaign_id uuid not null references posting (campaign_id),
    question_set_id uuid not null references question_set (id),
    state application_state not null default 'draft',
    created_at timestamptz not null,
    -- the last change by the applicant: the clock of a draft (privacy.md: 30 days)
    edited_at timestamptz not null,
    submitted_at timestamptz,
    -- the local day in Berlin: the clock of the dossier (privacy.md: 6 calendar months)
    submitted_on date,
    introduced_at timestamptz,
    -- since when staff look at the introduction: it can no longer be replaced
    review_started_at timestamptz,
    -- until when the next step of staff is due
    due_on date,
    decided_at timestamptz,
    decided_by uuid references account (id),
    -- both sides decide: staff's yes waits for the applicant's
    offered_at timestamptz,
    withdrawn_at timestamptz,
    -- the reason that the refusal's mail gave
    refusal text,
    constraint application_submitted check ((state = 'draft') = (submitted_at is null) or state = 'withdrawn'),
    constraint application_submitted_on check ((submitted_at is null) = (submitted_on is null)),
    constraint application_decided check (state not in ('accepted', 'refused') or decided_at is not null),
    constraint application_withdrawn check ((state = 'withdrawn') = (withdrawn_at is not null)),
    constraint application_refusal check (refusal is null or state = 'refused')
);
-- One open application per posting and person.
create unique index application_open on application (applicant_id, campaign_id)
    where state not in ('refused', 'withdrawn', 'accepted');
create index application_applicant on application (applicant_id);
create index application_campaign on application (campaign_id, state);
create index application_decided_by on application (decided_by) where decided_by is not null;
create index application_due on application (due_on) where state in ('new', 'introduced', 'invited', 'talked');

-- Where a link leads: the application's own page, or the choice of a slot.
create type applicant_link_page as enum ('application', 'interview');

-- Links from mails: they confirm the address the first time and open the applicant's session; single use, expiring.
create table applicant_link (
    id uuid primary key,
    token_hash bytea not null,
    applicant_id uuid not null references applicant (id) on delete cascade,
    -- the application that the mail is about; the session begins on its page
    application_id uuid references application (id) on delete cascade,
    page applicant_link_page not null default 'application',
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint applicant_link_token unique (token_hash),
    constraint applicant_link_token_sha256 check (length(token_hash) = 32)
);
create index applicant_link_applicant on applicant_link (applicant_id);
create index applicant_link_application on applicant_link (application_id) where application_id is not null;

create table answer (
    application_id uuid not null references application (id) on delete cascade,
    question_id uuid not null references question (id),
    -- as it was given; of a choice the option's words
    value text not null,
    constraint answer_once primary key (application_id, question_id),
    constraint answer_length check (length(value) between 1 and 2000)
);

create type introduction_kind as enum ('video', 'audio', 'text');

create table introduction (
    application_id uuid primary key references application (id) on delete cascade,
    kind introduction_kind not null,
    body text,
    blob_id uuid references blob (id),
    -- length of the recording in milliseconds, where it is known
    length_ms integer,
    sent_at timestamptz not null,
    constraint introduction_content check (
        (kind = 'text' and body is not null and blob_id is null) or (kind <> 'text' and body is null and blob_id is not null)
    ),
    constraint introduction_blob unique (blob_id),
    constraint introduction_body_length check (length(body) between 1 and 6000)
);

-- Staff's notes: the person may read them in a copy of their data, and the form says so.
create table note (
    id uuid primary key,
    application_id uuid not null references application (id) on delete cascade,
    author_id uuid not null references account (id),
    at timestamptz not null,
    body text not null,
    constraint note_length check (length(body) between 1 and 2000)
);
create index note_application on note (application_id, at);
create index note_author on note (author_id);

create type verdict as enum ('yes', 'unsure', 'no');

-- An opinion by fixed criteria; a second one comes from another person.
create table opinion (
    application_id uuid not null references application (id) on delete cascade,
    author_id uuid not null references account (id),
    at timestamptz not null,
    service verdict not null,
    language verdict not null,
    clarity verdict not null,
    equipment verdict not null,
    overall verdict not null,
    body text not null default '',
    constraint opinion_once primary key (application_id, author_id),
    constraint opinion_length check (length(body) <= 2000)
);
create index opinion_author on opinion (author_id);

-- Who looked at which recording or text (privacy.md: 24 months, ids only; no reference, since it outlives the dossier).
create table view_log (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    viewer_id uuid not null,
    application_id uuid not null
);
create index view_log_application on view_log (application_id, at);
create index view_log_at on view_log (at);

-- What happened to an application, for its history. By whom: null is the applicant, or the portal.
create type application_step_kind as enum (
    'review', 'asked', 'invited', 'talked', 'offered', 'accepted', 'declined', 'refused', 'due'
);

create table application_step (
    id bigint generated always as identity primary key,
    application_id uuid not null references application (id) on delete cascade,
    at timestamptz not null,
    actor_id uuid references account (id),
    kind application_step_kind not null
);
create index application_step_application on application_step (application_id, at);
create index application_step_actor on application_step (actor_id) where actor_id is not null;

-- Texts of mails to applicants that staff edited; a key without a row has its built-in text.
create table mail_text (
    key text primary key,
    subject text not null,
    body text not null,
    -- grows with each change: whoever edits an older one is told so
    version integer not null,
    updated_at timestamptz not null,
    updated_by uuid not null references account (id),
    constraint mail_text_key check (key in ('invitation', 'question', 'offer', 'refusal', 'accepted')),
    constraint mail_text_subject_length check (length(subject) between 1 and 120),
    constraint mail_text_subject_one_line check (subject !~ '[\r\n]'),
    constraint mail_text_body_length check (length(body) between 1 and 5000)
);

-- What the equipment check measured, if the person wants it beside their application.
create table equipment_check (
    id uuid primary key,
    application_id uuid not null references application (id) on delete cascade,
    at timestamptz not null,
    down_kbit integer not null,
    up_kbit integer not null,
    latency_ms integer not null,
    jitter_ms integer not null,
    microphone boolean,
    camera boolean,
    system text not null,
    constraint equipment_check_figures check (down_kbit >= 0 and up_kbit >= 0 and latency_ms >= 0 and jitter_ms >= 0),
    constraint equipment_check_system_length check (length(system) <= 200)
);
create index equipment_check_application on equipment_check (application_id, at);
