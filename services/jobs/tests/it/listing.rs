//! The list of runs: whichever way a page is found, it is what a look at every run would give.

use metier_core::{Ctx, PageRequest, Role};
use metier_jobs::{
    domain::state::RunState,
    ops::{runs, submit::Submission},
    store::{run_pages::Filter, runs::RunRow},
};

use crate::bed::{Bed, beds, success, user};

const KINDS: [&str; 2] = ["count", "sort"];
const QUEUES: [&str; 2] = ["default", "night"];

/// Sixteen runs of every kind, queue and owner; half of each class has succeeded, some are cancelled, the rest waits.
async fn fill(bed: &Bed, owners: &[Ctx]) {
    bed.register("sort", 3).await;
    for _ in 0..2 {
        for (kind, queue) in KINDS.into_iter().flat_map(|kind| QUEUES.map(|queue| (kind, queue))) {
            for owner in owners {
                let queue = Some(queue.to_owned());
                let submission = Submission { kind: kind.into(), queue, ..bed.submission(1) };
                bed.submit_as(owner, submission).await.unwrap();
                bed.clock.advance(std::time::Duration::from_secs(1));
            }
        }
        let wish = bed.wish_of(&["sort"], 3);
        let claimed =
            metier_jobs::ops::work::claim(&bed.engine, &crate::bed::worker(), wish, vec![]).await.unwrap();
        bed.report(&claimed, success()).await;
        let cancelled = bed.submit(1).await;
        runs::cancel(&bed.engine, &bed.maria, cancelled).await.unwrap();
    }
}

/// Every page, three runs each.
async fn all(bed: &Bed, ctx: &Ctx, filter: &Filter) -> Vec<RunRow> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = runs::list(&bed.engine, ctx, filter, &PageRequest { limit: 3, after }).await.unwrap();
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

fn matches(run: &RunRow, ctx: &Ctx, filter: &Filter) -> bool {
    let sees = ctx.sees_all("runs") || run.owner == ctx.actor.user().map(metier_core::UserId::uuid);
    sees && (filter.states.is_empty() || filter.states.contains(&run.run_state()))
        && filter.kind.as_ref().is_none_or(|kind| *kind == run.kind_name)
        && filter.queue.as_ref().is_none_or(|queue| *queue == run.queue)
        && filter.created_after.is_none_or(|after| run.created_at >= after.micros())
        && filter.created_before.is_none_or(|end| run.created_at < end.micros())
}

#[tokio::test]
async fn every_filter_gives_what_a_look_at_all_runs_would_newest_first() {
    for bed in beds().await {
        let (admin, owners) = (user(9, Role::Admin), [user(1, Role::User), user(3, Role::User)]);
        let begin = bed.clock.now();
        fill(&bed, &owners).await;
        let everything = all(&bed, &admin, &Filter::default()).await;
        assert_eq!(everything.len(), 18);
        assert!(everything.is_sorted_by_key(|run| -run.number));
        let middle = begin.plus(std::time::Duration::from_secs(7));
        let states = [
            vec![],
            vec![RunState::Succeeded],
            vec![RunState::Failed],
            vec![RunState::Queued, RunState::Cancelled],
        ];
        let names = |known: [&str; 2]| {
            [None, Some(known[0].to_owned()), Some(known[1].to_owned()), Some("none".to_owned())]
        };
        for states in states {
            for (kind, queue) in
                names(KINDS).into_iter().flat_map(|kind| names(QUEUES).map(|queue| (kind.clone(), queue)))
            {
                for (created_after, created_before) in
                    [(None, None), (Some(middle), None), (None, Some(middle))]
                {
                    let filter = Filter {
                        states: states.clone(),
                        kind: kind.clone(),
                        queue: queue.clone(),
                        created_after,
                        created_before,
                        job: None,
                    };
                    for ctx in [&admin, &owners[0], &owners[1], &user(5, Role::User)] {
                        let expected: Vec<i64> = everything
                            .iter()
                            .filter(|run| matches(run, ctx, &filter))
                            .map(|run| run.number)
                            .collect();
                        let found: Vec<i64> =
                            all(&bed, ctx, &filter).await.iter().map(|run| run.number).collect();
                        assert_eq!(found, expected, "{filter:?}");
                    }
                }
            }
        }
    }
}
