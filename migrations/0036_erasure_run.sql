-- What the run of the erasure leaves behind on its way.

-- A receipt of an erasure leaves no address and no text behind, delivered or given up: in the very update that notes its end.
update mail set recipient = null, subject = null, body = null, scrubbed_at = coalesce(sent_at, failed_at)
    where is_receipt and coalesce(sent_at, failed_at) is not null;
create function mail_receipt_ends() returns trigger language plpgsql as $$
begin
    new.recipient := null;
    new.subject := null;
    new.body := null;
    new.scrubbed_at := coalesce(new.sent_at, new.failed_at);
    return new;
end $$;
create trigger mail_receipt_ends before update of sent_at, failed_at on mail
    for each row when (new.is_receipt and coalesce(new.sent_at, new.failed_at) is not null) execute function mail_receipt_ends();
alter table mail add constraint mail_receipt_ended check (
    not is_receipt or coalesce(sent_at, failed_at) is null or num_nonnulls(recipient, subject, body) = 0
);

comment on column erasure_brake.due is 'dossiers and accounts that are due';
comment on column erasure_brake.live is 'dossiers and accounts in all';

-- By what one could tell people whose accounts are erased, until the leftover check has searched for it: after a kill the
-- next run does. Sealed with the master key of the files, which lies outside the database.
create table erasure_unchecked (
    subject uuid primary key,
    traces text not null,
    erased_at timestamptz not null
);
