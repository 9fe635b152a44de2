-- A new mail address that waits for its confirmation by a link sent to it. Single use, expiring; the latest one counts.
create table address_change (
    id uuid primary key,
    account_id uuid not null references account (id) on delete cascade,
    token_hash bytea not null,
    email text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    constraint address_change_one unique (account_id),
    constraint address_change_token unique (token_hash),
    constraint address_change_sha256 check (length(token_hash) = 32),
    constraint address_change_email check (email = lower(email) and length(email) between 3 and 254)
);
