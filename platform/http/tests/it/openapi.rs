//! The finished description says what the edge adds.

use metier_http::{Json, List, ListQuery, Path, openapi};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

struct Runs;

impl List for Runs {
    const FILTERS: &'static [&'static str] = &["state"];
    const SORTS: &'static [&'static str] = &["created_at"];
    const DEFAULT_SORT: &'static str = "-created_at";
}

/// Lists runs.
#[utoipa::path(get, path = "/runs", params(ListQuery<Runs>), responses((status = 200, body = Vec<String>)))]
async fn list(_query: ListQuery<Runs>) -> Json<Vec<String>> {
    Json(Vec::new())
}

/// Changes a run.
#[utoipa::path(put, path = "/runs/{id}", params(("id" = String, Path)), request_body = String,
    responses((status = 200, body = String), (status = 404, description = "no such run of yours")))]
async fn update(Path(_id): Path<String>, Json(_text): Json<String>) -> Json<String> {
    Json(String::new())
}

/// Ends a run of which a version was seen.
#[utoipa::path(delete, path = "/runs/{id}", params(("id" = String, Path), ("If-Match" = String, Header)),
    responses((status = 204)))]
async fn delete(Path(_id): Path<String>) {}

/// Says whether it is alive.
#[utoipa::path(get, path = "/health", security(()), responses((status = 200)))]
async fn health() {}

fn finished() -> Value {
    let router: OpenApiRouter =
        OpenApiRouter::new().routes(routes!(list)).routes(routes!(update, delete)).routes(routes!(health));
    serde_json::to_value(openapi::finish(router.split_for_parts().1)).unwrap()
}

fn statuses(operation: &Value) -> Vec<&str> {
    operation["responses"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn each_operation_lists_the_errors_it_can_answer_with() {
    let api = finished();
    let list = &api["paths"]["/runs"]["get"];
    assert_eq!(statuses(list), ["200", "400", "401", "403", "429", "500", "503", "504", "default"]);
    let update = &api["paths"]["/runs/{id}"]["put"];
    let expected = ["200", "400", "401", "403", "404", "413", "415", "429", "500", "503", "504", "default"];
    assert_eq!(statuses(update), expected);
    let delete = statuses(&api["paths"]["/runs/{id}"]["delete"]);
    assert!(["412", "428"].iter().all(|status| delete.contains(status)), "{delete:?}");
    assert_eq!(update["responses"]["404"]["description"], "no such run of yours");
    let schema = &update["responses"]["400"]["content"]["application/problem+json"]["schema"]["$ref"];
    assert_eq!(schema, "#/components/schemas/Problem");
    assert_eq!(statuses(&api["paths"]["/health"]["get"]), ["200", "429", "500", "503", "504", "default"]);
}

#[test]
fn every_reference_leads_somewhere() {
    let api = finished();
    let text = api.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(api.pointer(reference).is_some(), "{reference}");
    }
    assert!(api["components"]["schemas"]["Problem"]["properties"]["violations"]["items"]["$ref"].is_string());
}

#[test]
fn an_operation_is_closed_unless_it_says_that_it_is_open() {
    let api = finished();
    assert_eq!(
        api["paths"]["/runs"]["get"]["security"],
        serde_json::json!([{ "bearer": [] }, { "cookie": [] }])
    );
    assert_eq!(api["paths"]["/health"]["get"]["security"], serde_json::json!([{}]));
    assert_eq!(api["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
}

#[test]
fn a_list_describes_its_own_parameters() {
    let api = finished();
    let parameters = api["paths"]["/runs"]["get"]["parameters"].as_array().unwrap();
    let names: Vec<_> = parameters.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["limit", "after", "sort", "state"]);
    assert!(parameters.iter().all(|one| one["in"] == "query" && one["required"] == false));
    assert_eq!(parameters[2]["schema"]["enum"], serde_json::json!(["created_at", "-created_at"]));
}
