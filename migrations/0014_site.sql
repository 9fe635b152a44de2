-- The public pages' own data: texts that staff edit, and what visitors write.

-- Texts of the FAQ in Markdown, with placeholders for the policy's figures.
create type faq_topic as enum ('requirements', 'application', 'work', 'self_employment');

create table faq_entry (
    -- the anchor of the deep link: /fragen#slug
    slug text primary key,
    topic faq_topic not null,
    -- its place among the questions of its topic
    position smallint not null,
    question text not null,
    -- Markdown; {placeholders} stand for figures
    answer text not null,
    -- one of the facts the operator states in public: it may be reworded, but not removed
    built_in boolean not null default false,
    updated_at timestamptz not null,
    -- null: as it came with the portal
    updated_by uuid references account (id),
    constraint faq_entry_slug check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    constraint faq_entry_question_length check (length(question) between 1 and 200),
    constraint faq_entry_answer_length check (length(answer) between 1 and 8000)
);

create type contact_state as enum ('open', 'answered', 'closed');

-- The key that signs the contact form's stamp: one per database, so that any server knows the stamps of all.
create table contact_key (
    single boolean primary key default true,
    key bytea not null,
    constraint contact_key_single check (single),
    constraint contact_key_length check (length(key) = 32)
);
insert into contact_key (key) values (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));

create table contact_message (
    id uuid primary key,
    -- the form's stamp: a form that is sent twice is one message
    stamp bytea not null,
    name text not null,
    email text not null,
    subject text not null,
    body text not null,
    received_at timestamptz not null,
    state contact_state not null default 'open',
    assigned_to uuid references account (id),
    answered_at timestamptz,
    -- counts answers and changes of state: whoever acts on an older one is told what happened meanwhile
    version integer not null default 0,
    constraint contact_message_stamp unique (stamp),
    constraint contact_message_name_one_line check (name !~ '[\r\n]'),
    constraint contact_message_body_length check (length(body) between 1 and 5000),
    constraint contact_message_subject_one_line check (subject !~ '[\r\n]')
);
create index contact_message_state on contact_message (state, received_at);
create index contact_message_assigned_to on contact_message (assigned_to) where assigned_to is not null;

create table contact_reply (
    id uuid primary key,
    message_id uuid not null references contact_message (id) on delete cascade,
    author_id uuid not null references account (id),
    at timestamptz not null,
    body text not null,
    constraint contact_reply_length check (length(body) between 1 and 5000)
);
create index contact_reply_message on contact_reply (message_id, at);
create index contact_reply_author on contact_reply (author_id);
