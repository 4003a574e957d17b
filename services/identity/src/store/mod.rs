//! The tables of the identity service. Every statement runs on SQLite and PostgreSQL as it stands.

pub mod api_keys;
pub mod devices;
pub mod roles;
pub mod sessions;
pub mod setup;
pub mod throttles;
pub mod users;

use metier_core::Grants;
use metier_db::sea_orm::DbErr;

use crate::domain::token::Hash;

fn damaged(what: &'static str) -> DbErr {
    DbErr::Custom(format!("a stored {what} is damaged"))
}

fn read_grants(json: &str) -> Result<Grants, DbErr> {
    serde_json::from_str(json).map_err(|_| damaged("list of permissions"))
}

fn read_names(json: &str) -> Result<Vec<String>, DbErr> {
    serde_json::from_str(json).map_err(|_| damaged("list of names"))
}

fn read_hash(bytes: &[u8]) -> Result<Hash, DbErr> {
    Hash::from_bytes(bytes).ok_or_else(|| damaged("hash"))
}

fn write_names(names: &[String]) -> String {
    serde_json::Value::from(names).to_string()
}

fn write_grants(grants: &Grants) -> String {
    write_names(&grants.texts())
}
