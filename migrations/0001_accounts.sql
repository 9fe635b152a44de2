-- Accounts: who may sign in, in which roles, and with which sessions and links.
-- Secrets (tokens) are stored as SHA-256 only; passwords as argon2id.

create type role as enum (
    'freelancer', 'recruiter', 'trainer', 'planner', 'privacy_officer', 'bookkeeper', 'administrator'
);

create table account (
    id uuid primary key,
    email text not null,
    name text not null,
    -- null until the invitation is accepted
    password_hash text,
    created_at timestamptz not null,
    access_ended_at timestamptz,
    constraint account_email unique (email),
    constraint account_email_lower check (email = lower(email) and length(email) between 3 and 254),
    constraint account_name_length check (length(name) between 1 and 120)
);

create table account_role (
    account_id uuid not null references account (id) on delete cascade,
    role role not null,
    granted_at timestamptz not null,
    -- null: granted on the command line or by the demo data
    granted_by uuid references account (id),
    constraint account_role_once primary key (account_id, role),
    -- product.md part 8: nobody changes their own roles
    constraint account_role_not_own check (granted_by is distinct from account_id)
);

create table session (
    id uuid primary key,
    token_hash bytea not null,
    account_id uuid not null references account (id) on delete cascade,
    created_at timestamptz not null,
    -- written at most once a minute
    last_seen_at timestamptz not null,
    -- absolute limit: 30 days for freelancers, 12 hours for staff (privacy.md)
    expires_at timestamptz not null,
    ended_at timestamptz,
    -- a short description of browser and system, for the list of sessions
    device text not null,
    -- the message shown once on the next page
    flash jsonb,
    constraint session_token unique (token_hash),
    constraint session_token_sha256 check (length(token_hash) = 32)
);
create index session_account on session (account_id);

create type link_purpose as enum ('invitation', 'password_reset');

create table link (
    id uuid primary key,
    token_hash bytea not null,
    account_id uuid not null references account (id) on delete cascade,
    purpose link_purpose not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint link_token unique (token_hash),
    constraint link_token_sha256 check (length(token_hash) = 32)
);
create index link_account on link (account_id);

-- Failed sign-ins of the last 24 hours: limits that hold across servers and restarts.
create table sign_in_failure (
    id bigint generated always as identity primary key,
    -- SHA-256 of the address typed in, so that unknown addresses are not kept
    email_hash bytea not null,
    address inet not null,
    at timestamptz not null
);
create index sign_in_failure_email on sign_in_failure (email_hash, at);
create index sign_in_failure_address on sign_in_failure (address, at);

-- What was done by whom: ids only, no free text (privacy.md: 24 months).
create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    -- null: the portal itself or the command line
    actor_id uuid,
    action text not null,
    subject text not null,
    constraint audit_action_length check (length(action) between 1 and 60)
);
create index audit_at on audit (at);
