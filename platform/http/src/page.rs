//! A page of a list as JSON: one shape for every list.

use metier_core::Page;
use serde::Serialize;
use utoipa::ToSchema;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Page)]
pub struct PageBody<T> {
    /// The rows, in the list's order.
    items: Vec<T>,
    /// Pass it as `after` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl<T, U: From<T>> From<Page<T>> for PageBody<U> {
    fn from(page: Page<T>) -> Self {
        let next = page.next.map(|cursor| cursor.as_str().to_owned());
        Self { items: page.items.into_iter().map(U::from).collect(), next }
    }
}
