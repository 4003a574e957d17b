//! What the items of each job look like.

use anyhow::{Result, bail};
use serde_json::{Value, json};

/// Largest number of iterations, as in Jobber's script.
const MOST_ITERATIONS: usize = 5_000;
/// Scatters what would otherwise grow with the position.
const SCATTER: usize = 7_919;

/// So many items of a job.
pub fn of(job: &str, count: usize) -> Result<Value> {
    let item = match job {
        "Fibonacci" | "fibonacci" => number,
        "LoadProducts" | "load-products" => product,
        other => bail!("no items are known for {other}: it is Fibonacci or LoadProducts"),
    };
    Ok((0..count).map(item).collect())
}

fn number(position: usize) -> Value {
    json!({ "iterations": position * SCATTER % MOST_ITERATIONS + 1 })
}

fn product(position: usize) -> Value {
    let categories = ["Electronics", "Furniture", "Grocery", "Office Supplies"];
    json!({
        "name": format!("Product {position}"),
        "category": categories[position % categories.len()],
        "price": format!("{}.{:02}", position % 500 + 1, position % 100),
        "stock": position % 1_000,
        "rating": position % 6,
        "description": "Made for a measurement",
    })
}
