-- The FAQ's figures and the retention periods: settings with a valid-from and a history. A row is never changed.
create table policy_figure (
    -- the name of a `policy::Figure`; a figure without rows has its built-in value
    figure text not null,
    -- first local day (Berlin) on which the value holds
    valid_from date not null,
    value integer not null,
    noted_at timestamptz not null,
    -- null: the portal itself
    noted_by uuid references account (id),
    id bigint generated always as identity primary key,
    constraint policy_figure_form check (figure ~ '^[a-z_]{3,60}$'),
    constraint policy_figure_value check (value >= 0)
);
create index policy_figure_history on policy_figure (figure, valid_from, id);

-- Steps of one's own application are no matter of taste: their mails cannot be switched off.
alter table mail_opt_out drop constraint mail_opt_out_possible;
alter table mail_opt_out add constraint mail_opt_out_possible check (topic not in ('account', 'application'));
