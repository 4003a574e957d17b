//! The grammar of lists, as a client meets it.

use axum::{Router, extract::Request, routing::get};
use metier_core::Cursor;
use metier_http::{List, ListQuery, PageQuery, Problem, layers};

use crate::app::{body, get_path, options, send, text};

struct Runs;

impl List for Runs {
    const FILTERS: &'static [&'static str] = &["state"];
    const SORTS: &'static [&'static str] = &["created_at"];
    const DEFAULT_SORT: &'static str = "-created_at";
}

async fn runs(query: ListQuery<Runs>) -> Result<String, Problem> {
    let after = query.page.after.as_ref().map(|cursor| cursor.key::<i64>()).transpose()?;
    let sort = query.sort;
    Ok(format!("{:?} {} {} {after:?}", query.texts("state"), sort.field, sort.descending))
}

async fn answer(request: Request) -> (u16, String) {
    let router = Router::new()
        .route("/runs", get(runs))
        .route("/pages", get(async |PageQuery(page): PageQuery| page.limit.to_string()));
    let response = send(layers(router, options()), request).await;
    match response.status().as_u16() {
        200 => (200, text(response).await),
        status => (status, body(response).await["detail"].as_str().unwrap().to_owned()),
    }
}

#[tokio::test]
async fn a_list_is_filtered_sorted_and_paged() {
    let after = Cursor::of(&7_i64);
    let path = format!("/runs?state=failed,cancelled&sort=created_at&after={}", after.as_str());
    let expected = r#"["failed", "cancelled"] created_at false Some(7)"#;
    assert_eq!(answer(get_path(&path)).await, (200, expected.to_owned()));
    assert_eq!(answer(get_path("/runs")).await, (200, "[] created_at true None".to_owned()));
}

#[tokio::test]
async fn a_wish_that_a_list_does_not_know_is_explained() {
    let refused = |text: &str| (400, text.to_owned());
    assert_eq!(
        answer(get_path("/runs?states=failed")).await,
        refused("states is not a parameter here; there are limit, after, sort, state")
    );
    assert_eq!(
        answer(get_path("/runs?sort=owner")).await,
        refused("sort must be one of created_at, with - for descending")
    );
    assert_eq!(answer(get_path("/runs?after=%25")).await, refused("after is not a cursor of this list"));
}

#[tokio::test]
async fn a_page_has_a_bounded_number_of_rows() {
    assert_eq!(answer(get_path("/pages?limit=500")).await, (200, "500".to_owned()));
    assert_eq!(answer(get_path("/pages?other=1")).await, (200, "50".to_owned()));
    assert_eq!(answer(get_path("/pages?limit=501")).await.0, 400);
    assert_eq!(answer(get_path("/pages?limit=0")).await.0, 400);
}
