-- The ledger of fees (product.md part 6): one row per charge, correction or waiver, numbered without gaps, never changed.
-- It outlives the account (privacy.md: 8 years from the end of the year), so a row holds the debtor's name and address.

create type fee_kind as enum ('charge', 'correction', 'waiver');

-- The number of the ledger's last row. Whoever writes a row locks this one until the end of the transaction: what is
-- rolled back gives its number back, and numbers have no gaps.
create table fee_number (
    single boolean primary key default true,
    last bigint not null default 0,
    constraint fee_number_single check (single)
);
insert into fee_number default values;

create table fee (
    -- taken by the trigger below
    number bigint primary key,
    kind fee_kind not null,
    freelancer_id uuid not null references freelancer (id),
    -- first day of the month that the row is about
    month date not null,
    -- negative in the debtor's favour
    cents integer not null,
    debtor_name text not null,
    -- lines; empty if it was not known when the row was written
    debtor_address text not null,
    noted_at timestamptz not null,
    -- null: the monthly run
    noted_by uuid references account (id),
    reason text,
    -- one per shown form: sent twice, written once
    stamp uuid,
    constraint fee_month check (extract(day from month) = 1),
    constraint fee_cents check (case kind when 'charge' then cents > 0 when 'waiver' then cents < 0 else cents <> 0 end),
    constraint fee_reason check ((kind = 'charge') = (reason is null)),
    constraint fee_reason_length check (length(reason) between 1 and 500),
    constraint fee_noted_by check ((kind = 'charge') = (noted_by is null)),
    constraint fee_stamp_once unique (stamp)
);
-- Charged once per person and month, however often the run is started.
create unique index fee_charge_once on fee (freelancer_id, month) where kind = 'charge';
create index fee_person on fee (freelancer_id, month, number);
create index fee_month_list on fee (month, number);

create function take_fee_number() returns trigger language plpgsql as $$
begin
    update fee_number set last = last + 1 returning last into new.number;
    return new;
end $$;
create trigger fee_number_taken before insert on fee for each row execute function take_fee_number();

-- A row is never changed, and leaves only when its eight years are over: the erasure says so by a setting of its transaction.
create function refuse_fee_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('portal.fee_retention_over', true) = 'on' then
        return old;
    end if;
    raise exception 'a row of the fee ledger is never changed'
        using errcode = 'integrity_constraint_violation', constraint = 'fee_immutable';
end $$;
create trigger fee_immutable before update or delete on fee for each row execute function refuse_fee_change();
create trigger fee_immutable_all before truncate on fee for each statement execute function refuse_fee_change();

-- Months whose run is done. Whoever gets access later is not charged for them.
create table fee_run (
    month date primary key,
    ran_at timestamptz not null,
    charged integer not null,
    constraint fee_run_month check (extract(day from month) = 1),
    constraint fee_run_charged check (charged >= 0)
);

-- When an account is erased, the database looks for whatever refers to it: by an index.
create index fee_noted_by on fee (noted_by) where noted_by is not null;
