-- The link by which somebody whose access has ended fetches the copy of their data, once; it goes with the copy.
create table data_copy_link (
    token_hash bytea primary key,
    copy_id uuid not null references data_copy (id) on delete cascade,
    created_at timestamptz not null,
    used_at timestamptz,
    constraint data_copy_link_token_sha256 check (length(token_hash) = 32)
);
create index data_copy_link_copy on data_copy_link (copy_id);
