//! What the door itself answers.

use serde_json::json;

use crate::world::everywhere;

#[tokio::test]
async fn the_entrance_says_where_things_are() {
    everywhere(async |world| {
        let entrance = world.get("/").send().await.expect(200);
        assert_eq!(entrance.body["service"], "metier");
        for link in ["openapi", "health"] {
            world.get(entrance.body["links"][link].as_str().unwrap()).send().await.expect(200);
        }
    })
    .await;
}

#[tokio::test]
async fn one_description_has_what_is_public_of_all_services() {
    everywhere(async |world| {
        let api = world.get("/api/openapi.json").send().await.expect(200).body;
        let paths: Vec<_> = api["paths"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(paths, ["/", "/api/openapi.json", "/api/v1/events", "/api/v1/runs"]);
        assert_eq!(api["paths"]["/api/v1/runs"]["get"]["operationId"], "runs_described");
        assert_eq!(api["info"]["title"], "Metier");
        assert!(api.get("x-missing").is_none());
        let problem = json!({ "$ref": "#/components/schemas/Problem" });
        let error = &api["paths"]["/api/v1/runs"]["get"]["responses"]["500"]["content"];
        assert_eq!(error["application/problem+json"]["schema"], problem);
        assert!(api["components"]["schemas"]["Problem"].is_object());
        assert!(api["components"]["securitySchemes"]["bearer"].is_object());
    })
    .await;
}

#[tokio::test]
async fn the_description_is_a_page_too_that_needs_nothing_from_elsewhere() {
    everywhere(async |world| {
        let page = world.get("/api/docs").header("accept", "text/html").send().await.expect(200);
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
        for (file, kind) in [("page.js", "text/javascript"), ("page.css", "text/css")] {
            assert!(page.body.as_str().unwrap().contains(&format!("/api/docs/{file}")));
            let answer = world.get(&format!("/api/docs/{file}")).send().await.expect(200);
            assert!(answer.headers["content-type"].to_str().unwrap().starts_with(kind));
        }
        world.get("/api/docs/nothing").send().await.refused(404, "not_found");
    })
    .await;
}
