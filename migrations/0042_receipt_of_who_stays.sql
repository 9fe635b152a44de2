-- Whether the account went, too: whoever stays keeps an address and more, and the receipt says so.
alter table erasure_receipt add column is_whole boolean not null default true;
alter table erasure_receipt alter column is_whole drop default;
