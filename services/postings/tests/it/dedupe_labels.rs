//! De-duplication against labels that people made.

use metier_postings::eval::dedupe;

use crate::shared_data;

#[test]
fn labelled_listings_are_united_with_high_precision_and_recall() {
    let Some(path) = shared_data::path("postings/internship_newgrad_listings.jsonl.gz") else { return };
    let metrics = dedupe::run(&path).unwrap();
    println!("{metrics:#?}");
    assert!(metrics.precision >= 0.99, "{metrics:?}");
    assert!(metrics.recall >= 0.95, "{metrics:?}");
    assert_eq!(metrics.rejected, 0);
}
