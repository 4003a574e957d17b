//! Bounds that keep one caller from harming others.

use metier_core::PageRequest;
use metier_jobs::ops::{runs, work};
use metier_jobs::store::run_pages::Filter;

use crate::bed::{beds, worker};

#[tokio::test]
async fn output_over_the_bound_is_dropped() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        let claimed = bed.claim(1).await;
        let (lease, task) = (claimed.lease.unwrap(), claimed.tasks[0].0.task.task);
        let pieces =
            (0..1_100).map(|line| (task, "log".to_owned(), format!("{line}"), bed.clock.now())).collect();
        assert!(work::append_output(&bed.engine, &worker(), lease, pieces).await.unwrap());
        let page = PageRequest::parse(Some(500), None).unwrap();
        let mut after = Some(page);
        let mut seen = 0;
        while let Some(page) = after {
            let found =
                metier_jobs::ops::tasks::output(&bed.engine, &bed.maria, (id, 0, None), &page).await.unwrap();
            seen += found.items.len();
            after = found.next.map(|cursor| PageRequest { limit: 500, after: Some(cursor) });
        }
        assert_eq!(seen, 1_000);
    }
}

#[tokio::test]
async fn pages_of_runs_lose_and_repeat_nothing() {
    for bed in beds().await {
        for _ in 0..7 {
            bed.submit(1).await;
        }
        let mut numbers = Vec::new();
        let mut next = Some(PageRequest { limit: 3, after: None });
        while let Some(page) = next {
            let found = runs::list(&bed.engine, &bed.maria, &Filter::default(), &page).await.unwrap();
            numbers.extend(found.items.iter().map(|run| run.number));
            next = found.next.map(|cursor| PageRequest { limit: 3, after: Some(cursor) });
        }
        assert_eq!(numbers, [7, 6, 5, 4, 3, 2, 1]);
    }
}
