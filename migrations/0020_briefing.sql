-- The privacy briefing: a versioned text with a short quiz, confirmed by each freelancer. Published versions never change.
create table briefing_version (
    id uuid primary key,
    version integer not null,
    title text not null,
    -- Markdown
    body text not null,
    created_at timestamptz not null,
    created_by uuid references account (id),
    -- of the draft: counts its changes, so that nobody overwrites what they have not seen
    revision integer not null default 0,
    published_at timestamptz,
    published_by uuid references account (id),
    -- everybody has until this local day (Berlin), also who confirmed an earlier version
    confirm_by date,
    constraint briefing_version_once unique (version),
    constraint briefing_version_title check (length(title) between 1 and 120),
    constraint briefing_version_body check (length(body) between 1 and 60000),
    constraint briefing_version_published check ((published_at is null) = (confirm_by is null))
);
-- One draft at a time.
create unique index briefing_draft_one on briefing_version ((published_at is null)) where published_at is null;

create table briefing_question (
    id uuid primary key,
    version_id uuid not null references briefing_version (id),
    position smallint not null,
    wording text not null,
    answers text[] not null,
    -- counted from 1
    right_answer smallint not null,
    -- said to whoever chose another answer
    explanation text not null,
    constraint briefing_question_place unique (version_id, position),
    constraint briefing_question_wording check (length(wording) between 1 and 300),
    constraint briefing_question_answers check (cardinality(answers) between 2 and 4),
    constraint briefing_question_right check (right_answer between 1 and cardinality(answers)),
    constraint briefing_question_explanation check (length(explanation) between 1 and 500)
);

create function refuse_briefing_change() returns trigger language plpgsql as $$
begin
    raise exception 'a published briefing is never changed'
        using errcode = 'integrity_constraint_violation', constraint = 'briefing_immutable';
end $$;
create trigger briefing_immutable before update or delete on briefing_version for each row
    when (old.published_at is not null) execute function refuse_briefing_change();

create function refuse_briefing_question_change() returns trigger language plpgsql as $$
begin
    if exists (select from briefing_version v
               where v.id in (case when tg_op <> 'INSERT' then old.version_id end, case when tg_op <> 'DELETE' then new.version_id end)
                 and v.published_at is not null) then
        raise exception 'a published briefing is never changed'
            using errcode = 'integrity_constraint_violation', constraint = 'briefing_immutable';
    end if;
    return coalesce(new, old);
end $$;
create trigger briefing_question_immutable before insert or update or delete on briefing_question for each row
    execute function refuse_briefing_question_change();

-- Progress: the questions that somebody has answered rightly.
create table briefing_answer (
    question_id uuid not null references briefing_question (id),
    freelancer_id uuid not null references freelancer (id),
    answered_at timestamptz not null,
    constraint briefing_answer_once primary key (question_id, freelancer_id)
);
create index briefing_answer_person on briefing_answer (freelancer_id);

-- The result. It stands for itself: once access has ended it is kept under its random id alone (privacy.md: 3 years).
create table briefing_confirmation (
    id uuid primary key default gen_random_uuid(),
    version_id uuid not null references briefing_version (id),
    freelancer_id uuid references freelancer (id),
    confirmed_at timestamptz not null,
    constraint briefing_confirmation_once unique (version_id, freelancer_id)
);
create index briefing_confirmation_person on briefing_confirmation (freelancer_id);

-- Who was reminded of which version: once each.
create table briefing_reminder (
    version_id uuid not null references briefing_version (id),
    freelancer_id uuid not null references freelancer (id),
    reminded_at timestamptz not null,
    constraint briefing_reminder_once primary key (version_id, freelancer_id)
);
