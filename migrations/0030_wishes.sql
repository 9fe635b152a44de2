-- Consents with an end and a history, legal holds, requests by mail address, and receipts of erasures.

-- About one's own data: requests and receipts. Cannot be switched off.
alter type mail_topic add value 'privacy';

-- A renewal is a row of its own: every grant and every end of one stays on record as long as the application.
alter table consent
    -- the first day on which it no longer keeps anything; null: granted before ends were noted, the policy's period counts
    add column ends_on date,
    -- a newer grant took its place
    add column renewed_at timestamptz,
    -- when the mail about its coming end was written
    add column reminded_at timestamptz,
    add constraint consent_one_end check (withdrawn_at is null or renewed_at is null);
drop index consent_one;
create unique index consent_one on consent (application_id) where withdrawn_at is null and renewed_at is null;
create index consent_ending on consent (ends_on)
    where withdrawn_at is null and renewed_at is null and reminded_at is null;

-- The link in mails about a consent, by which it is withdrawn without signing in.
create table consent_link (
    token_hash bytea primary key,
    -- follows a renewal to the newer grant
    consent_id uuid not null references consent (id) on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    constraint consent_link_token_sha256 check (length(token_hash) = 32)
);
create index consent_link_consent on consent_link (consent_id);
create index consent_link_expiry on consent_link (expires_at);

-- Legal holds: what is disputed must not be erased. Nobody sets one alone, and none lasts longer than three months.
create table legal_hold (
    id uuid primary key,
    -- whose data are held
    account_id uuid not null references account (id) on delete cascade,
    reason text not null,
    set_by uuid not null references account (id),
    set_at timestamptz not null,
    -- Berlin's date of set_at
    starts_on date not null,
    -- the last day of the hold
    held_until date not null,
    -- the second person; before they confirm, it holds nothing
    confirmed_by uuid references account (id),
    confirmed_at timestamptz,
    lifted_by uuid references account (id),
    lifted_at timestamptz,
    constraint legal_hold_reason check (length(btrim(reason)) between 1 and 1000),
    constraint legal_hold_end check (held_until >= starts_on and held_until <= starts_on + interval '3 months'),
    constraint legal_hold_confirmed check ((confirmed_by is null) = (confirmed_at is null)),
    constraint legal_hold_second_person check (confirmed_by <> set_by),
    constraint legal_hold_lifted check ((lifted_by is null) = (lifted_at is null)),
    -- nobody sits in judgement on their own data
    constraint legal_hold_not_own check (set_by <> account_id and confirmed_by is distinct from account_id)
);
create index legal_hold_account on legal_hold (account_id);
create index legal_hold_set_by on legal_hold (set_by);
create index legal_hold_confirmed_by on legal_hold (confirmed_by) where confirmed_by is not null;
create index legal_hold_lifted_by on legal_hold (lifted_by) where lifted_by is not null;

-- What decides each dossier's erasure date; the rule itself is `retention::erase_on`.
create or replace view dossier_clock as
select a.id as application_id, a.applicant_id, a.edited_at, a.submitted_on, p.confirmed_at,
       c.granted_at as consented_at, w.requested_at as wished_at,
       (select max(withdrawn_at) from consent where application_id = a.id) as consent_withdrawn_at,
       c.ends_on as consent_ends_on, h.held_until, h.lifted_at as hold_lifted_at
from application a
join applicant p on p.id = a.applicant_id
left join consent c on c.application_id = a.id and c.withdrawn_at is null and c.renewed_at is null
left join data_request w on w.account_id = a.applicant_id and w.wish = 'erasure' and w.done_at is null
left join lateral (
    select max(held_until) filter (where lifted_at is null) as held_until, max(lifted_at) as lifted_at
    from legal_hold where account_id = a.applicant_id and confirmed_at is not null
) h on true;

-- A request that came by mail address waits for the click on its link; only then it is a row of data_request.
create table data_request_link (
    token_hash bytea primary key,
    account_id uuid not null references account (id) on delete cascade,
    wish wish not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint data_request_link_token_sha256 check (length(token_hash) = 32)
);
create index data_request_link_account on data_request_link (account_id);
create index data_request_link_expiry on data_request_link (expires_at);

-- Files that go with one erasure are marked by it, so that its receipt can wait for them.
alter table blob add column doomed_with uuid;
create index blob_doomed_with on blob (doomed_with) where doomed_with is not null;
create function blob_is_doomed_with() returns trigger language plpgsql as $$
begin
    new.doomed_with := nullif(current_setting('portal.erasure', true), '')::uuid;
    return new;
end $$;
create trigger blob_doomed_with before update of state on blob
    for each row when (new.state = 'doomed' and old.state <> 'doomed') execute function blob_is_doomed_with();

-- The receipt of an erasure, written in its transaction; becomes a mail when the person's files are gone.
create table erasure_receipt (
    -- blob.doomed_with of the person's files
    erasure_id uuid primary key,
    -- the ledger's entry: the receipt's number
    entry_id uuid not null references erasure_entry (id),
    recipient text not null,
    -- what was erased, one for each entry in the ledger
    kinds erasure_kind[] not null,
    files integer not null,
    by_wish boolean not null,
    erased_at timestamptz not null,
    constraint erasure_receipt_files check (files >= 0)
);
create index erasure_receipt_entry on erasure_receipt (entry_id);

-- Receipts leave nothing behind: recipient and text go at hand-over, not days later.
alter table mail add column is_receipt boolean not null default false;
