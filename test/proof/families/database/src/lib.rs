//! diesel's derives, and migrations read from a directory.
use diesel::prelude::*;
use diesel_migrations::{embed_migrations, EmbeddedMigrations};

diesel::table! {
    notes (id) {
        id -> Integer,
        text -> Text,
    }
}

/// A row.
#[derive(Queryable, Insertable, Identifiable)]
#[diesel(table_name = notes)]
pub struct Note {
    /// Its number.
    pub id: i32,
    /// Its text.
    pub text: String,
}

/// Those in `migrations/`.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!();
