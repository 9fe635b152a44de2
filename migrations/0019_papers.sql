-- What a freelancer brings: profile, tax data, papers, confirmed contract papers.

-- When the session's holder last typed the password: papers and tax data want it again (privacy.md). Null: never, as with
-- a session that a link from a mail opened.
alter table session add confirmed_at timestamptz;

create table profile (
    freelancer_id uuid primary key references freelancer (id),
    street text not null,
    postcode text not null,
    city text not null,
    -- ISO 3166-1 alpha-2
    country text not null,
    phone text not null,
    -- declared by the person (FAQ facts 2 and 3)
    has_windows boolean not null,
    has_headset boolean not null,
    has_lan_cable boolean not null,
    has_line boolean not null,
    has_room boolean not null,
    -- has an employer who may have to permit it (FAQ fact 16)
    is_employed boolean not null,
    -- voluntary
    other_clients text,
    -- Umsatzsteuer-ID: `DE` and nine digits
    vat_id text,
    -- Wirtschafts-Identifikationsnummer: `DE`, nine digits, a hyphen, five digits; proves no trade
    business_id text,
    -- registration abroad, in the person's words; its paper is a document
    foreign_registration text,
    saved_at timestamptz not null,
    constraint profile_lengths check (
        length(street) between 1 and 120 and length(postcode) between 1 and 12 and length(city) between 1 and 80
        and length(phone) between 3 and 40 and length(other_clients) between 1 and 500
        and length(foreign_registration) between 1 and 300
    ),
    constraint profile_vat_id check (vat_id ~ '^DE[0-9]{9}$'),
    constraint profile_business_id check (business_id ~ '^DE[0-9]{9}-[0-9]{5}$'),
    constraint profile_country check (country ~ '^[A-Z]{2}$')
);

create type document_kind as enum (
    'trade_licence', 'foreign_registration', 'employer_permission', 'conduct_certificate', 'language_certificate'
);

-- Papers that a campaign wants besides those that everybody brings.
create table required_document (
    campaign_id uuid not null references campaign (id) on delete cascade,
    kind document_kind not null,
    constraint required_document_once primary key (campaign_id, kind),
    constraint required_document_special check (kind in ('conduct_certificate', 'language_certificate'))
);

-- 'expired' is no state of the row: it follows from valid_until and the day.
create type document_state as enum ('quarantined', 'submitted', 'accepted', 'refused', 'replaced');

create table document (
    id uuid primary key,
    freelancer_id uuid not null references freelancer (id),
    -- a paper serves every campaign that wants its kind
    kind document_kind not null,
    state document_state not null,
    -- null: its file is gone, the record of its review stays
    blob_id uuid references blob (id),
    submitted_at timestamptz not null,
    decided_at timestamptz,
    decided_by uuid references account (id),
    -- said to the person
    refusal text,
    -- last local day (Berlin) on which it is valid; null: without end
    valid_until date,
    replaced_at timestamptz,
    -- of the reminders before valid_until (30, 7, 1 days) the latest that was sent; 0: its end is in the history
    reminded smallint,
    constraint document_replaced check ((state = 'replaced') = (replaced_at is not null)),
    constraint document_reminded check (reminded in (30, 7, 1, 0)),
    constraint document_file check (blob_id is not null or state in ('refused', 'replaced')),
    constraint document_refusal check ((state = 'refused') = (refusal is not null) or state = 'replaced'),
    constraint document_decided check (state in ('quarantined', 'submitted', 'replaced') or decided_at is not null),
    constraint document_refusal_length check (length(refusal) between 1 and 500)
);
-- One that waits and one that is accepted, per kind.
create unique index document_waiting on document (freelancer_id, kind) where state in ('quarantined', 'submitted');
create unique index document_accepted on document (freelancer_id, kind) where state = 'accepted';
create index document_person on document (freelancer_id);
create index document_decider on document (decided_by) where decided_by is not null;
create index document_blob on document (blob_id) where blob_id is not null;
create index document_queue on document (submitted_at) where state = 'submitted';
create index document_scan on document (submitted_at) where state = 'quarantined';
create index document_expiry on document (valid_until) where state = 'accepted' and valid_until is not null;
create index document_leftover on document (replaced_at) where state = 'replaced' and blob_id is not null;

-- Who of staff looked at which paper (privacy.md: 24 months, ids only; no reference, since it outlives the account).
create table document_view (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    viewer_id uuid not null,
    document_id uuid not null
);
create index document_view_document on document_view (document_id, at);
create index document_view_at on document_view (at);

-- Contract papers: a versioned text per campaign that the freelancer confirms. Published ones are never changed.
create table contract_version (
    id uuid primary key,
    campaign_id uuid not null references campaign (id),
    version integer not null,
    title text not null,
    -- Markdown
    body text not null,
    created_at timestamptz not null,
    created_by uuid references account (id),
    published_at timestamptz,
    -- who confirmed an earlier version has until this local day (Berlin)
    confirm_by date,
    constraint contract_version_once unique (campaign_id, version),
    constraint contract_version_title check (length(title) between 1 and 120),
    constraint contract_version_body check (length(body) between 1 and 60000),
    constraint contract_version_published check ((published_at is null) = (confirm_by is null))
);
create unique index contract_version_draft on contract_version (campaign_id) where published_at is null;
create index contract_version_author on contract_version (created_by) where created_by is not null;

-- What people confirmed is proof: neither words nor date change any more.
create function contract_version_stays() returns trigger language plpgsql as $$
begin
    raise exception 'a published contract version is never changed'
        using errcode = 'check_violation', constraint = 'contract_version_published_stays';
end
$$;
create trigger contract_version_published_stays before update or delete on contract_version
    for each row when (old.published_at is not null) execute function contract_version_stays();

-- Kept as proof (privacy.md: 6 years).
create table contract_confirmation (
    version_id uuid not null references contract_version (id),
    freelancer_id uuid not null references freelancer (id),
    confirmed_at timestamptz not null,
    constraint contract_confirmation_once primary key (version_id, freelancer_id)
);
create index contract_confirmation_person on contract_confirmation (freelancer_id);
