//! One description of the whole API out of those of all services.
//!
//! Schemas of the same name and content are one; of the same name and another content, the later one gets its
//! service's name before its own. Operation ids are made unique with their tag, or where that is
//! not enough with the words of their path.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

const SCHEMAS: &str = "#/components/schemas/";

/// Adds what `service` describes and `is_public` lets out to `whole`.
pub fn merge(whole: &mut Value, service: &str, mut part: Value, is_public: impl Fn(&str) -> bool) {
    let renamed = schemas(whole, service, &mut part);
    rewrite(&mut part["paths"], &renamed);
    security_schemes(whole, &part);
    let mut taken: BTreeSet<String> = operation_ids(whole).collect();
    let Some(paths) = part["paths"].as_object_mut() else { return };
    for (path, mut item) in std::mem::take(paths) {
        if is_public(&path) {
            name_operations(&mut item, (service, &path), &mut taken);
            whole["paths"][path] = item;
        }
    }
}

fn operation_ids(whole: &Value) -> impl Iterator<Item = String> {
    let items = whole["paths"].as_object().into_iter().flat_map(Map::values);
    let operations = items.filter_map(Value::as_object).flat_map(Map::values);
    operations.filter_map(|operation| Some(operation.get("operationId")?.as_str()?.to_owned()))
}

/// Moves the schemas over and says which ones got another name.
fn schemas(whole: &mut Value, service: &str, part: &mut Value) -> BTreeMap<String, String> {
    let own = part["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let mut known = components(whole, "schemas");
    let clashes = own.iter().filter(|(name, schema)| known.get(*name).is_some_and(|other| other != *schema));
    let renamed: BTreeMap<String, String> =
        clashes.map(|(name, _)| (name.clone(), format!("{service}.{name}"))).collect();
    for (name, mut schema) in own {
        rewrite(&mut schema, &renamed);
        known.insert(renamed.get(&name).cloned().unwrap_or(name), schema);
    }
    whole["components"]["schemas"] = Value::Object(known);
    renamed
}

fn security_schemes(whole: &mut Value, part: &Value) {
    let own = part["components"]["securitySchemes"].as_object().cloned().unwrap_or_default();
    let mut known = components(whole, "securitySchemes");
    known.extend(own);
    whole["components"]["securitySchemes"] = Value::Object(known);
}

/// Taken out of the whole, to be put back.
fn components(whole: &mut Value, kind: &str) -> Map<String, Value> {
    match whole["components"][kind].take() {
        Value::Object(known) => known,
        _ => Map::new(),
    }
}

fn rewrite(value: &mut Value, renamed: &BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(target)) = map.get_mut("$ref")
                && let Some(name) = target.strip_prefix(SCHEMAS).and_then(|name| renamed.get(name))
            {
                *target = format!("{SCHEMAS}{name}");
            }
            map.values_mut().for_each(|value| rewrite(value, renamed));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rewrite(value, renamed)),
        _ => {}
    }
}

fn name_operations(item: &mut Value, (service, path): (&str, &str), taken: &mut BTreeSet<String>) {
    let operations = item.as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in operations.filter_map(Value::as_object_mut) {
        let tag = operation.get("tags").and_then(|tags| tags[0].as_str()).unwrap_or(service);
        if let Some(id) = operation.get("operationId").and_then(Value::as_str) {
            let names = [format!("{tag}_{id}"), format!("{}_{id}", words(path))];
            let names =
                names.into_iter().chain((2_u32..).map(|number| format!("{}_{id}_{number}", words(path))));
            let mut free = names.map(|name| name.replace('-', "_")).filter(|name| !taken.contains(name));
            let Some(name) = free.next() else { continue };
            taken.insert(name.clone());
            operation.insert("operationId".to_owned(), name.into());
        }
    }
}

/// The fixed parts of a path: `runs_tasks` of `/api/v1/runs/{run}/tasks/{index}`.
fn words(path: &str) -> String {
    let parts = path.trim_start_matches("/api/v1").split('/');
    parts.filter(|part| !part.is_empty() && !part.starts_with('{')).collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn part(title: &str) -> Value {
        json!({
            "paths": {
                "/api/v1/things": { "get": {
                    "operationId": "list", "tags": ["some-things"],
                    "responses": { "200": { "schema": { "$ref": "#/components/schemas/Page" } } }
                } },
                "/internal": { "get": {} }
            },
            "components": {
                "schemas": {
                    "Page": { "title": title, "items": { "$ref": "#/components/schemas/Page" } },
                    "Problem": { "title": "Problem" }
                },
                "securitySchemes": { "bearer": {} }
            }
        })
    }

    #[test]
    fn what_is_public_is_merged_and_what_clashes_is_renamed() {
        let mut whole = json!({ "paths": {} });
        merge(&mut whole, "a", part("of a"), |path| path.starts_with("/api"));
        let second = part("of b");
        let mut second = second.to_string().replace("/api/v1/things", "/api/v1/others");
        second = second.replace("some-things", "others");
        merge(&mut whole, "b", serde_json::from_str(&second).unwrap(), |path| path.starts_with("/api"));
        let names: Vec<_> = whole["components"]["schemas"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["Page", "Problem", "b.Page"]);
        let target = |path: &str| whole["paths"][path]["get"]["responses"]["200"]["schema"]["$ref"].clone();
        assert_eq!(target("/api/v1/things"), "#/components/schemas/Page");
        assert_eq!(target("/api/v1/others"), "#/components/schemas/b.Page");
        assert_eq!(whole["components"]["schemas"]["b.Page"]["items"]["$ref"], "#/components/schemas/b.Page");
        assert_eq!(whole["paths"]["/api/v1/things"]["get"]["operationId"], "some_things_list");
        assert!(whole["paths"].get("/internal").is_none());
        assert!(whole["components"]["securitySchemes"].get("bearer").is_some());
    }

    #[test]
    fn operation_ids_are_unique() {
        let operation = || json!({ "get": { "operationId": "get", "tags": ["runs"] } });
        let part = json!({ "paths": {
            "/api/v1/runs/{run}": operation(),
            "/api/v1/runs/{run}/tasks/{index}": operation(),
            "/api/v1/runs/{run}/tasks": operation(),
        } });
        let mut whole = json!({ "paths": {} });
        merge(&mut whole, "jobs", part, |_| true);
        let ids: BTreeSet<String> = operation_ids(&whole).collect();
        assert_eq!(ids.into_iter().collect::<Vec<_>>(), ["runs_get", "runs_tasks_get", "runs_tasks_get_2"]);
    }
}
