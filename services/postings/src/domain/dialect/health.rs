//! A plugin's `/health`: a name, a version, its condition, and whether it speaks contract 2.
//!
//! A legacy plugin promises no more than the HTTP status, so a body that says nothing is still healthy.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::decode;
use super::{Limits, Refusal};

/// How a plugin says it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// A sync would bring what the source has.
    #[default]
    Healthy,
    /// Works in part.
    Degraded,
    /// A setting is missing; a sync yields nothing.
    Unconfigured,
}

/// What a plugin says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// How it is.
    pub condition: Condition,
    /// What is wrong and what to do, unless healthy.
    pub message: Option<String>,
    /// The plugin's name for people.
    pub name: Option<String>,
    /// The plugin's own id.
    pub plugin_id: Option<String>,
    /// The plugin's version.
    pub version: Option<String>,
    /// The contract it announces; legacy plugins announce none, which is 1.
    pub contract: u32,
    /// Whether its postings are invented.
    pub demo: bool,
}

/// Reads a reply to `GET /health`.
///
/// # Errors
/// When the status is not a success or the body is too large.
pub fn read_health(status: u16, body: &[u8], limits: &Limits) -> Result<Health, Refusal> {
    let body = decode::decode(body, limits)?;
    if !(200..300).contains(&status) {
        return Err(Refusal::Failed { status, message: decode::shorten(&body.text) });
    }
    let value: Value = serde_json::from_str(&body.text).unwrap_or(Value::Null);
    Ok(Health {
        condition: condition(&value),
        message: text(&value, &["message"]),
        name: text(&value, &["name", "plugin", "connector", "service"]),
        plugin_id: text(&value, &["plugin_id", "id"]),
        version: text(&value, &["version"]),
        contract: value.get("contract").and_then(contract_number).unwrap_or(1),
        demo: value.get("demo").and_then(Value::as_bool).unwrap_or_default(),
    })
}

fn condition(value: &Value) -> Condition {
    match value.get("status").and_then(Value::as_str) {
        Some("degraded") => Condition::Degraded,
        Some("unconfigured") => Condition::Unconfigured,
        _ => Condition::Healthy,
    }
}

fn text(value: &Value, names: &[&str]) -> Option<String> {
    let found = names.iter().find_map(|name| value.get(name)?.as_str())?;
    Some(decode::shorten(found))
}

fn contract_number(value: &Value) -> Option<u32> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u32::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Health {
        read_health(200, body.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn every_shipped_health_reply_is_understood() {
        let full = read(r#"{"status":"healthy","plugin":"AF","plugin_id":"af","version":"1.0.0"}"#);
        assert_eq!((full.name.as_deref(), full.plugin_id.as_deref()), (Some("AF"), Some("af")));
        let jooble = read(r#"{"status":"healthy","service":"jooble-plugin","version":"1"}"#);
        assert_eq!(jooble.name.as_deref(), Some("jooble-plugin"));
        assert_eq!(jooble.contract, 1);
        assert_eq!(read("OK"), Health { contract: 1, ..Health::default() });
    }

    #[test]
    fn contract_two_tells_its_number_and_condition() {
        let health = read(
            r#"{"status":"unconfigured","message":"set ADZUNA_APP_KEY","plugin":"x","contract":2,"demo":true}"#,
        );
        assert_eq!((health.contract, health.condition), (2, Condition::Unconfigured));
        assert_eq!(health.message.as_deref(), Some("set ADZUNA_APP_KEY"));
        assert!(health.demo);
    }

    #[test]
    fn an_error_status_is_unhealthy() {
        assert!(read_health(503, b"starting", &Limits::default()).is_err());
    }
}
