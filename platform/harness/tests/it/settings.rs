//! Settings of the process and of its services, read before anything is opened.

use metier_config::Loader;
use metier_harness::{Doors, Plan};
use serde_json::json;

use crate::notes::REGISTRY;

fn refusal(settings: serde_json::Value, names: &[&str]) -> String {
    Plan::read(REGISTRY, names, Doors::Closed, &mut Loader::new().flags(&settings)).unwrap_err().to_string()
}

#[test]
fn a_setting_nobody_knows_is_refused_with_the_nearest_one() {
    let refusal = refusal(json!({ "notes": { "fals": 1 } }), &["notes"]);
    assert!(refusal.contains("did you mean notes.falls?"), "{refusal}");
}

#[test]
fn settings_of_services_that_run_elsewhere_are_read_too() {
    let refusal = refusal(json!({ "readers": { "ask": 7 } }), &["notes"]);
    assert!(refusal.contains("readers.ask"), "{refusal}");
}

#[test]
fn an_unknown_service_is_answered_with_the_known_ones() {
    assert_eq!(refusal(json!({}), &["note"]), "no service is named note; there are readers, notes");
    let placed = refusal(json!({ "services": { "reader": { "port": 1 } } }), &["notes"]);
    assert_eq!(placed, "no service is named reader; there are readers, notes");
}
