//! Jobber's scenarios, step by step, as its clients go through them: GraphQL, an upload, gRPC, and a cookie.

mod client;
mod executor;
mod python;

use std::collections::BTreeSet;

use client::Client;
use executor::{Executor, KIND};
use metier_contract_identity::jobber::{AuthenticationRequest, auth_service_client::AuthServiceClient};
use serde_json::{Value, json};
use tonic::{Code, transport::Endpoint};

use crate::platform::{EMAIL, Person, Platform, Topology, system_tests};

/// Jobber lets everybody make an account.
const OPEN: (&str, &str) = ("METIER_IDENTITY__REGISTRATION", "open");
/// Small enough for a killed executor's work to be done again soon.
const LEASE: (&str, &str) = ("METIER_JOBS__LEASE_SECONDS", "3");
/// Enough at a time for the products service to commit them in groups.
const CONCURRENCY: (&str, &str) = ("METIER_EXECUTOR__CONCURRENCY", "32");
/// Without optimization a product takes ten times as long.
const PRODUCTS: usize = if cfg!(debug_assertions) { 2_000 } else { 10_000 };

system_tests!(
    heavy_scenario_1_a_user_creates_a_fibonacci_job,
    heavy_scenario_2_products_are_loaded_in_bulk,
    heavy_scenario_3_a_user_is_known_to_every_service,
    heavy_a_file_of_products_is_loaded_once_each_though_the_executor_is_killed,
    heavy_what_may_not_be_asked_is_refused_with_its_code,
    heavy_a_run_is_watched_until_it_ends,
    heavy_an_executor_acknowledges_each_item_once,
);

async fn heavy_scenario_1_a_user_creates_a_fibonacci_job(topology: Topology) {
    let platform = Platform::start_with(topology, &[OPEN]).await;
    let maria = Client::new_user(&platform.api("gateway"), "maria@example.org").await;
    let job = maria.execute("Fibonacci", &json!({ "iterations": 40 })).await;
    assert!(job["id"].is_i64() && job["startedAt"].is_string(), "{job}");
    assert_eq!((&job["name"], &job["size"]), (&json!("Fibonacci"), &json!(1)));
    let job = maria.ended(&job["id"]).await;
    assert_eq!((&job["status"], &job["completed"]), (&json!("COMPLETED"), &json!(1)), "{job}");
    assert!(job["endedAt"].is_string(), "{job}");

    let items: Vec<_> = (1..=1_000).map(|n| json!({ "iterations": n % 50 + 1 })).collect();
    let many = maria.execute("Fibonacci", &json!(items)).await;
    let many = maria.ended(&many["id"]).await;
    assert_eq!((&many["status"], &many["completed"]), (&json!("COMPLETED"), &json!(1_000)), "{many}");

    let all = maria.jobs("{ jobs { id status } }", &Value::Null).await;
    assert_eq!(
        all["data"]["jobs"],
        json!([{ "id": many["id"], "status": "COMPLETED" }, { "id": job["id"], "status": "COMPLETED" }])
    );
    let kinds = maria.jobs("{ jobsMetadata { name description } }", &Value::Null).await;
    let kinds: BTreeSet<_> = kinds["data"]["jobsMetadata"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| kind["name"].as_str().unwrap())
        .collect();
    assert!(kinds.contains("Fibonacci") && kinds.contains("LoadProducts"), "{kinds:?}");
    platform.stop().await;
}

fn product(number: usize) -> Value {
    json!({ "name": format!("Desk lamp {number}"), "category": "Furniture", "price": 20, "stock": number, "rating": 4.5, "description": "Dimmable" })
}

async fn heavy_scenario_2_products_are_loaded_in_bulk(topology: Topology) {
    let platform = Platform::start_with(topology, &[OPEN]).await;
    let door = platform.api("gateway");
    let maria = Client::new_user(&door, "maria@example.org").await;
    let mut file: Vec<Value> = (0..25).map(product).collect();
    file.push(json!({ "name": "Moon rock", "category": "Stones", "price": 7.5, "stock": 1, "rating": 5, "description": "" }));
    for path in ["/jobs/uploads/file", "/jobs/uploads/upload"] {
        let kept = maria.upload(path, &json!(file).to_string()).await;
        assert_eq!(
            (&kept["originalName"], &kept["message"]),
            (&json!("products.json"), &json!("File uploaded successfully"))
        );
        assert!(
            kept["size"].is_i64() && kept["uploadedAt"].is_string() && kept["path"].is_string(),
            "{kept}"
        );
        let job = maria.execute("LoadProducts", &json!({ "fileName": kept["filename"] })).await;
        assert_eq!((&job["name"], &job["size"]), (&json!("LoadProducts"), &json!(26)));
        let job = maria.ended(&job["id"]).await;
        assert_eq!(
            (&job["status"], &job["completed"]),
            (&json!("COMPLETED"), &json!(26)),
            "loaded again, nothing doubles: {job}"
        );
    }
    let ada = Person::sign_in(&door).await;
    let products = listed(&ada, &door).await;
    assert_eq!(products.len(), 26);
    let price =
        |name: &str| products.iter().find(|product| product["name"] == name).unwrap()["price"].clone();
    assert_eq!(
        (price("Desk lamp 7"), price("Moon rock")),
        (json!("21.20"), json!("7.50")),
        "Furniture adds 6 percent"
    );
    platform.stop().await;
}

/// Every product, page by page.
async fn listed(person: &Person, door: &str) -> Vec<Value> {
    let (mut products, mut after) = (Vec::new(), String::new());
    loop {
        let page = person.find(format!("{door}/api/v1/products?limit=500{after}")).await.unwrap();
        products.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return products,
        }
    }
}

async fn heavy_scenario_3_a_user_is_known_to_every_service(topology: Topology) {
    let platform = Platform::start_with(topology, &[OPEN]).await;
    let door = platform.api("gateway");
    let maria = Client::new_user(&door, "maria@example.org").await;
    let me = maria.auth("{ me { id email } }", &Value::Null).await;
    let token = maria.cookie().strip_prefix("Authentication=").unwrap();
    let channel = Endpoint::from_shared(door.clone()).unwrap().connect().await.unwrap();
    let mut auth = AuthServiceClient::new(channel);
    let known =
        auth.authenticate(AuthenticationRequest { token: token.to_owned() }).await.unwrap().into_inner();
    assert_eq!(
        (known.email.as_str(), json!(known.id.to_string())),
        ("maria@example.org", me["data"]["me"]["id"].clone())
    );
    let unknown = auth.authenticate(AuthenticationRequest { token: "x".to_owned() }).await.unwrap_err();
    assert_eq!(unknown.code(), Code::Unauthenticated);
    let ended = maria.auth("mutation { logout }", &Value::Null).await;
    assert_eq!(ended["data"]["logout"], true);
    let mut stranger = Client::stranger(&door);
    let wrong = stranger.login("maria@example.org", "not the password").await;
    assert_eq!(wrong["errors"][0]["extensions"]["code"], "credentials_wrong", "{wrong}");
    platform.stop().await;
}

async fn heavy_a_file_of_products_is_loaded_once_each_though_the_executor_is_killed(topology: Topology) {
    let mut platform = Platform::start_with(topology, &[OPEN, LEASE, CONCURRENCY]).await;
    let door = platform.api("gateway");
    let maria = Client::new_user(&door, "maria@example.org").await;
    let file: Vec<Value> = (0..PRODUCTS).map(product).collect();
    let kept = maria.upload("/jobs/uploads/file", &json!(file).to_string()).await;
    let job = maria.execute("LoadProducts", &json!({ "fileName": kept["filename"] })).await;
    for done in [200, 1_000] {
        maria.reaches(&job["id"], |job| job["completed"].as_i64() > Some(done)).await;
        platform.kill("executor").await;
        platform.start_again("executor").await;
    }
    let job = maria.ended(&job["id"]).await;
    assert_eq!(
        (&job["status"], &job["completed"], &job["failed"]),
        (&json!("COMPLETED"), &json!(PRODUCTS), &json!(0))
    );
    let ada = Person::sign_in(&door).await;
    let products = listed(&ada, &door).await;
    let names: BTreeSet<_> = products.iter().map(|product| product["name"].as_str().unwrap()).collect();
    assert_eq!((products.len(), names.len()), (PRODUCTS, PRODUCTS));
    let recount = ada.post(format!("{door}/api/v1/system/recount")).await;
    assert_eq!(recount["disagreements"], json!([]), "{recount}");
    println!("{topology:?}: {} products, 2 deaths, {}", names.len(), recount["tallies"]);
    platform.stop().await;
}

async fn heavy_what_may_not_be_asked_is_refused_with_its_code(topology: Topology) {
    let platform = Platform::start_with(topology, &[OPEN]).await;
    let door = platform.api("gateway");
    let (stranger, maria) = (Client::stranger(&door), Client::new_user(&door, "maria@example.org").await);
    let code = |answer: &Value| {
        let code = answer["errors"][0]["extensions"]["code"].as_str();
        code.unwrap_or_else(|| panic!("nothing was refused: {answer}")).to_owned()
    };

    let answer = stranger.ask("/jobs/graphql", "{ jobs { id } }", &Value::Null).await;
    assert_eq!(answer.status(), 401);
    assert_eq!(code(&client::body(answer).await), "unauthenticated");
    for (query, wanted) in [
        ("{ users { id } }", "unauthenticated"),
        (
            "mutation { a: login(loginInput: {email: \"a@b.c\", password: \"x\"}) { id } b: login(loginInput: {email: \"a@b.c\", password: \"y\"}) { id } }",
            "graphql_invalid",
        ),
        (
            "mutation { createUser(createUserInput: {email: \"no address\", password: \"long enough a word\"}) { id } }",
            "invalid_parameters",
        ),
        (
            "mutation { createUser(createUserInput: {email: \"short@example.org\", password: \"short\"}) { id } }",
            "invalid_parameters",
        ),
        (
            "mutation { createUser(createUserInput: {email: \"maria@example.org\", password: \"long enough a word\"}) { id } }",
            "email_taken",
        ),
    ] {
        assert_eq!(code(&stranger.auth(query, &Value::Null).await), wanted, "{query}");
    }
    assert_eq!(code(&maria.auth("{ users { id } }", &Value::Null).await), "permission_denied");
    let hidden = stranger.auth("{ __schema { types { name } } }", &Value::Null).await;
    assert_eq!(hidden["data"], json!({ "__schema": null }), "a stranger learns nothing of what there is");

    let deep = format!(
        "{{ {} }}",
        "__schema { types { fields { type { ofType ".repeat(6) + "{ name }" + &" } } } }".repeat(6)
    );
    let wide = format!(
        "{{ {} }}",
        (0..20).map(|n| format!("a{n}: jobs {{ id name size completed status }}")).collect::<String>()
    );
    for (query, wanted) in [
        (&*deep, "graphql_invalid"),
        (&*wide, "graphql_invalid"),
        ("{ jobs(first: 0) { id } }", "invalid_parameters"),
        ("{ jobs(status: [\"DONE\"]) { id } }", "invalid_parameters"),
        ("{ job(id: 999999) { id } }", "not_found"),
        ("{ job(id: 1.5) { id } }", "graphql_invalid"),
        ("mutation { executeJob(executeJobInput: {name: \"Nothing\", data: []}) { id } }", "unknown_kind"),
        (
            "mutation { executeJob(executeJobInput: {name: \"Fibonacci\", data: 7}) { id } }",
            "invalid_parameters",
        ),
        (
            "mutation { executeJob(executeJobInput: {name: \"Fibonacci\", data: {fileName: \"../../../etc/passwd\"}}) { id } }",
            "not_found",
        ),
        ("mutation { cancelJob(id: 999999) { id } }", "not_found"),
    ] {
        assert_eq!(code(&maria.jobs(query, &Value::Null).await), wanted, "{query}");
    }
    let whole = maria.jobs("{ __schema { queryType { name } } }", &Value::Null).await;
    assert!(whole["data"]["__schema"].is_object(), "who has signed in may learn what there is: {whole}");

    let bad = json!([{ "iterations": 3 }, { "iterations": "many" }]);
    let query =
        "mutation($data: JSON!) { executeJob(executeJobInput: {name: \"Fibonacci\", data: $data}) { id } }";
    maria.execute("Fibonacci", &json!([])).await;
    let refused = maria.jobs(query, &json!({ "data": bad })).await;
    assert_eq!(
        refused["errors"][0]["extensions"]["violations"][0]["field"], "/items/1/iterations",
        "{refused}"
    );

    others_and_pages(&platform, &maria).await;
    platform.stop().await;
}

/// What belongs to one is hidden from another, and a page of a browser may not use the cookie.
async fn others_and_pages(platform: &Platform, maria: &Client) {
    let door = platform.api("gateway");
    let john = Client::new_user(&door, "john@example.org").await;
    let job = maria.execute("Fibonacci", &json!({ "iterations": 2 })).await;
    let hidden = john.jobs("query($id: Float!) { job(id: $id) { id } }", &json!({ "id": job["id"] })).await;
    assert_eq!(hidden["errors"][0]["extensions"]["code"], "not_found", "{hidden}");
    let kept = maria.upload("/jobs/uploads/file", "[]").await;
    let query =
        "mutation($data: JSON!) { executeJob(executeJobInput: {name: \"Fibonacci\", data: $data}) { id } }";
    let hidden = john.jobs(query, &json!({ "data": { "fileName": kept["filename"] } })).await;
    assert_eq!(hidden["errors"][0]["extensions"]["code"], "not_found", "{hidden}");
    let refused = maria.upload("/jobs/uploads/file", "<items/>").await;
    assert_eq!(refused["code"], "upload_unreadable", "{refused}");

    let page = maria.request("/jobs/graphql").header("origin", "https://elsewhere.example");
    let page = page.json(&json!({ "query": "{ jobs { id } }" })).send().await.unwrap();
    assert_eq!((page.status().as_u16(), &client::body(page).await["code"]), (403, &json!("csrf_refused")));
    let form = maria
        .request("/jobs/graphql")
        .header("content-type", "text/plain")
        .body("{\"query\": \"{ jobs { id } }\"}");
    assert_eq!(form.send().await.unwrap().status(), 415);

    let ada = Person::sign_in(&door).await;
    let users = crate::platform::client().post(format!("{door}/auth/graphql")).bearer_auth(ada.token());
    let users =
        client::body(users.json(&json!({ "query": "{ users { email } }" })).send().await.unwrap()).await;
    let emails: Vec<_> =
        users["data"]["users"].as_array().unwrap().iter().map(|user| &user["email"]).collect();
    assert_eq!(emails, [EMAIL, "maria@example.org", "john@example.org"]);
    let second = "{ users(first: 1, after: 1) { id } }";
    let second = crate::platform::client()
        .post(format!("{door}/auth/graphql"))
        .bearer_auth(ada.token())
        .json(&json!({ "query": second }));
    assert_eq!(client::body(second.send().await.unwrap()).await["data"]["users"], json!([{ "id": "2" }]));
}

async fn heavy_a_run_is_watched_until_it_ends(topology: Topology) {
    let platform = Platform::start_with(topology, &[OPEN]).await;
    let maria = Client::new_user(&platform.api("gateway"), "maria@example.org").await;
    let items: Vec<_> = (0..60).map(|_| json!({ "iterations": 12_000 })).collect();
    let job = maria.execute("Fibonacci", &json!(items)).await;
    let query = "subscription($id: Float!) { jobProgress(id: $id) { completed status } }";
    let request = maria.request("/jobs/graphql").header("accept", "text/event-stream");
    let told =
        request.json(&json!({ "query": query, "variables": { "id": job["id"] } })).send().await.unwrap();
    assert_eq!(told.headers()["content-type"], "text/event-stream");
    let text = told.text().await.unwrap();
    let steps: Vec<Value> =
        text.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok()).collect();
    let steps: Vec<&Value> = steps.iter().map(|step| &step["data"]["jobProgress"]).collect();
    let completed: Vec<i64> = steps.iter().map(|step| step["completed"].as_i64().unwrap()).collect();
    assert!(completed.is_sorted() && completed.last() == Some(&60), "{text}");
    assert!(completed.len() > 1, "it was told while it went on: {text}");
    assert!(steps.last().unwrap()["status"] == "COMPLETED" && text.contains("event: complete"), "{text}");
    let cancelled = maria.execute("Fibonacci", &json!(vec![json!({ "iterations": 12_000 }); 500])).await;
    let query = "mutation($id: Float!) { cancelJob(id: $id) { id } }";
    maria.jobs(query, &json!({ "id": cancelled["id"] })).await;
    let cancelled = maria.ended(&cancelled["id"]).await;
    assert_eq!((&cancelled["status"], &cancelled["state"]), (&json!("FAILED"), &json!("cancelled")));
    let query = "mutation($id: Float!) { retryJob(id: $id) { id status } }";
    let again = maria.jobs(query, &json!({ "id": cancelled["id"] })).await;
    assert_eq!(again["data"]["retryJob"]["status"], "IN_PROGRESS", "{again}");
    platform.stop().await;
}

async fn heavy_an_executor_acknowledges_each_item_once(topology: Topology) {
    let platform = Platform::start_with(topology, &[OPEN]).await;
    let door = platform.api("gateway");
    let executor = Executor::start(&door, &Person::sign_in(&door).await).await;
    let maria = Client::new_user(&door, "maria@example.org").await;
    let job = maria.execute(KIND, &json!([{}, {}, {}])).await;
    let (lease, tasks) = executor.claim(3).await;
    let [first, second, third] = tasks[..] else { panic!("three items were to be taken: {tasks:?}") };
    for task in [first, first, second, first] {
        assert_eq!(executor.acknowledge(&job["id"], (&lease, task)).await, Code::Ok);
    }
    let now = maria.reaches(&job["id"], |_| true).await;
    assert_eq!((&now["completed"], &now["status"]), (&json!(2), &json!("IN_PROGRESS")), "{now}");
    let others = maria.execute(KIND, &json!([])).await;
    assert_eq!(executor.acknowledge(&others["id"], (&lease, third)).await, Code::NotFound);
    let no_lease = "01900000-0000-7000-8000-00000000dead";
    assert_eq!(executor.acknowledge(&job["id"], (no_lease, third)).await, Code::FailedPrecondition);
    assert_eq!(executor.acknowledge(&job["id"], (&lease, third)).await, Code::Ok);
    let ended = maria.ended(&job["id"]).await;
    assert_eq!((&ended["completed"], &ended["status"]), (&json!(3), &json!("COMPLETED")), "{ended}");
    platform.stop().await;
}
