//! The tables of the service, the same code for SQLite and PostgreSQL.

pub mod deliveries;
pub mod places;
pub mod webhooks;

use metier_db::sea_orm::DbErr;
use serde::{Serialize, de::DeserializeOwned};

/// Rung when webhooks changed, so that whoever reads logs looks whether there is anybody to read for.
pub const CHANGED: &str = "webhooks";
/// Rung when a delivery may be due sooner than was known.
pub const DUE: &str = "deliveries";

fn to_text(value: &impl Serialize) -> Result<String, DbErr> {
    serde_json::to_string(value).map_err(|error| DbErr::Json(error.to_string()))
}

fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, DbErr> {
    serde_json::from_str(text).map_err(|error| DbErr::Json(error.to_string()))
}
