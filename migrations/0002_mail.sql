-- The outbox: a mail is a row written in the transaction that causes it, sent later by the worker.

-- Topics that a person can switch off, and 'account' (links, security), which cannot be.
create type mail_topic as enum (
    'account', 'publication', 'booking', 'release', 'change', 'help'
);

create table mail (
    id uuid primary key,
    account_id uuid references account (id) on delete set null,
    topic mail_topic not null,
    -- recipient, subject and body are scrubbed 7 days after sending (failed: 30)
    recipient text,
    subject text,
    body text,
    created_at timestamptz not null,
    -- the next attempt; pushed back after a failure and while a worker holds the row
    due_at timestamptz not null,
    attempts smallint not null default 0,
    sent_at timestamptz,
    failed_at timestamptz,
    scrubbed_at timestamptz,
    constraint mail_one_end check (sent_at is null or failed_at is null),
    constraint mail_content check (
        scrubbed_at is not null or (recipient is not null and subject is not null and body is not null)
    ),
    constraint mail_subject_one_line check (subject !~ '[\r\n]')
);
create index mail_due on mail (due_at) where sent_at is null and failed_at is null;
create index mail_failed on mail (failed_at) where failed_at is not null;
create index mail_done on mail (coalesce(sent_at, failed_at)) where scrubbed_at is null;

create table mail_opt_out (
    account_id uuid not null references account (id) on delete cascade,
    topic mail_topic not null,
    at timestamptz not null,
    constraint mail_opt_out_once primary key (account_id, topic),
    constraint mail_opt_out_possible check (topic <> 'account')
);
