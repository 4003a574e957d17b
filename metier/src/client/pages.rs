//! Lists: one page, or all of them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Api, ClientError,
    options::PageOptions,
    screen::{Cell, Screen, Table},
    transport::Call,
};

/// Rows asked for at once when all are wanted.
const LARGEST_PAGE: u16 = 500;

/// One page as the API gives it.
#[derive(Debug, Deserialize)]
pub struct Page {
    /// Its rows.
    pub items: Vec<Value>,
    /// Where the next one begins.
    #[serde(default)]
    pub next: Option<String>,
}

/// A list that is shown as a table.
pub struct Listing<'a> {
    /// What is asked.
    pub call: Call,
    /// The columns.
    pub headings: &'a [&'static str],
    /// One row as cells.
    pub row: &'a dyn Fn(&Value) -> Result<Vec<Cell>, ClientError>,
    /// What is said when there is nothing.
    pub nothing: &'a str,
}

/// Shows the page that is wanted, or all.
pub async fn show(
    api: &Api,
    screen: &mut Screen,
    listing: Listing<'_>,
    wanted: &PageOptions,
) -> Result<(), ClientError> {
    if wanted.all && screen.is_json() {
        return stream_json(api, screen, &listing.call).await;
    }
    let (items, next) = read(api, &listing.call, wanted).await?;
    if screen.is_json() {
        let mut page = json!({ "items": items });
        if let Some(next) = next {
            page["next"] = json!(next);
        }
        return screen.json(&page);
    }
    show_table(screen, &listing, &items)?;
    if let Some(next) = next {
        screen.note(&format!("more follow: --all, or --after {next}"));
    }
    Ok(())
}

fn show_table(screen: &mut Screen, listing: &Listing<'_>, items: &[Value]) -> Result<(), ClientError> {
    let mut table = Table::new(listing.headings);
    for item in items {
        table.row((listing.row)(item)?);
    }
    if table.is_empty() {
        screen.note(listing.nothing);
    }
    screen.table(&table)
}

async fn read(
    api: &Api,
    call: &Call,
    wanted: &PageOptions,
) -> Result<(Vec<Value>, Option<String>), ClientError> {
    if !wanted.all {
        let call = call.clone().query("limit", wanted.limit).query("after", wanted.after.clone());
        let page: Page = api.fetch(&call).await?;
        return Ok((page.items, page.next));
    }
    let mut items = Vec::new();
    let mut walk = Walk::new(call.clone());
    while let Some(page) = walk.next(api).await? {
        items.extend(page);
    }
    Ok((items, None))
}

/// All rows as one document, written as they come, so that no list is too long for the memory.
async fn stream_json(api: &Api, screen: &mut Screen, call: &Call) -> Result<(), ClientError> {
    screen.raw("{\"items\":[")?;
    let mut walk = Walk::new(call.clone());
    let mut separator = "\n";
    while let Some(items) = walk.next(api).await? {
        for item in items {
            screen.raw(&format!("{separator}{item}"))?;
            separator = ",\n";
        }
    }
    screen.line("\n]}")
}

/// Walks over all pages of a list.
pub struct Walk {
    call: Call,
    after: Option<String>,
    ended: bool,
}

impl Walk {
    /// From the first page on.
    pub fn new(call: Call) -> Self {
        Self { call: call.query("limit", Some(LARGEST_PAGE)), after: None, ended: false }
    }

    /// The rows of the next page; `None` behind the last.
    pub async fn next(&mut self, api: &Api) -> Result<Option<Vec<Value>>, ClientError> {
        if self.ended {
            return Ok(None);
        }
        let page: Page = api.fetch(&self.call.clone().query("after", self.after.take())).await?;
        self.ended = page.next.is_none();
        self.after = page.next;
        Ok(Some(page.items))
    }
}
