-- Postings: the public page of a campaign that is recruiting, and the questions that its applicants answer.

create type difficulty as enum ('simple', 'medium', 'demanding');

create table posting (
    -- the page's address is the campaign's slug: /stellen/{slug}
    campaign_id uuid primary key references campaign (id),
    title text not null,
    summary text not null,
    -- Markdown: what one does
    tasks text not null,
    -- Markdown: what this campaign needs beyond the general requirements; may be empty
    needs text not null,
    difficulty difficulty not null,
    -- languages in which the work is done, as BCP 47 tags
    languages text[] not null,
    -- countries in which one may work, as ISO 3166-1 alpha-2 codes; empty: anywhere (FAQ fact 1)
    countries text[] not null,
    -- a restriction in words, or null
    restriction text,
    -- the first day on which a training may begin; null: as soon as there is a date
    starts_on date,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    -- null: a draft that nobody outside sees
    published_at timestamptz,
    -- since when nobody can apply any more
    closed_at timestamptz,
    constraint posting_title_length check (length(title) between 1 and 120),
    constraint posting_summary_length check (length(summary) between 1 and 300),
    constraint posting_tasks_length check (length(tasks) between 1 and 8000),
    constraint posting_needs_length check (length(needs) <= 8000),
    constraint posting_restriction_length check (length(restriction) between 1 and 300),
    constraint posting_languages check (cardinality(languages) between 1 and 8),
    constraint posting_closed check (closed_at is null or published_at is not null)
);

-- A version of a posting's questions. Editing makes a new version; answers stay with the one they were given to.
create table question_set (
    id uuid primary key,
    campaign_id uuid not null references posting (campaign_id),
    version integer not null,
    created_at timestamptz not null,
    created_by uuid references account (id),
    constraint question_set_version unique (campaign_id, version)
);

create type question_kind as enum ('text', 'yes_no', 'choice', 'number');

create table question (
    id uuid primary key,
    set_id uuid not null references question_set (id),
    position smallint not null,
    kind question_kind not null,
    wording text not null,
    hint text not null default '',
    required boolean not null,
    -- the options of a choice
    options text[] not null default '{}',
    -- knock-out: 'yes' or 'no' (yes_no), an option (choice), or the least number: without it one cannot take part,
    -- and the form says so
    must_be text,
    constraint question_place unique (set_id, position),
    constraint question_wording_length check (length(wording) between 1 and 300),
    constraint question_hint_length check (length(hint) <= 300),
    constraint question_options check ((kind = 'choice') = (cardinality(options) > 1)),
    constraint question_must_be check (must_be is null or kind <> 'text')
);
