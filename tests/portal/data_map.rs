//! The data map knows every column of the database, and no other.

use std::collections::BTreeSet;

use portal::privacy::map;

use crate::server::TestPortal;

/// Of the migrations themselves.
const MIGRATIONS: &str = "_sqlx_migrations";

#[tokio::test]
async fn every_column_of_every_table_has_its_entry_in_the_data_map() {
    let portal = TestPortal::new().await;
    let found: Vec<(String, String)> = sqlx::query_as(
        "select c.table_name::text, c.column_name::text from information_schema.columns c
         join information_schema.tables t using (table_schema, table_name)
         where table_schema = 'public' and t.table_type = 'BASE TABLE' and table_name <> $1",
    )
    .bind(MIGRATIONS)
    .fetch_all(&portal.db)
    .await
    .unwrap();
    let found: BTreeSet<(String, String)> = found.into_iter().collect();
    let declared: BTreeSet<(String, String)> = map::tables()
        .flat_map(|table| table.columns.iter().map(move |columns| (table.name, columns.names)))
        .flat_map(|(table, names)| names.iter().map(move |name| (table.to_owned(), (*name).to_owned())))
        .collect();
    let missing: Vec<_> = found.difference(&declared).collect();
    assert!(missing.is_empty(), "say in src/privacy/map what becomes of {missing:?}");
    let gone: Vec<_> = declared.difference(&found).collect();
    assert!(gone.is_empty(), "the map names what is not there: {gone:?}");
}
