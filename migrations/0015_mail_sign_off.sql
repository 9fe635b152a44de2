-- Signing off from a topic of mails without signing in: the link in the footer, and the mail program's own button (RFC 8058).
create table mail_sign_off (
    token_hash bytea primary key,
    account_id uuid not null references account (id) on delete cascade,
    topic mail_topic not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    constraint mail_sign_off_token_sha256 check (length(token_hash) = 32),
    constraint mail_sign_off_possible check (topic not in ('account', 'application'))
);
create index mail_sign_off_account on mail_sign_off (account_id);
create index mail_sign_off_expiry on mail_sign_off (expires_at);
