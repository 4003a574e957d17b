//! A clock behind what was already written: leases, tokens and schedules would be wrong.

use std::time::Duration;

use super::{Finding, scene::Scene};

/// What machines of one installation may differ by.
const TOLERATED: Duration = Duration::from_mins(1);

pub fn look(scene: &Scene) -> Vec<Finding> {
    let events = scene.databases.iter().filter_map(|looked| {
        let last = looked.found.as_ref().ok()?.as_ref()?.last_event?;
        Some((last, looked.spec.name))
    });
    let now = scene.clock.now();
    match events.max() {
        Some((last, service)) if last > now.plus(TOLERATED) => vec![Finding::wrong(
            format!("the clock says {now}, but {service} wrote its last event at {last}"),
            "set the clock, best with NTP (timedatectl set-ntp true), before anything runs",
        )],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use metier_core::{Clock, Timestamp};

    use super::*;
    use crate::commands::doctor::testing::{Installation, only};

    #[test]
    fn a_clock_behind_the_last_event_is_found() {
        let installation = Installation::new();
        installation.database("jobs");
        let now = Timestamp::from_seconds(2_000_000_000);
        let event = format!(
            "INSERT INTO outbox (id, topic, kind, subject, workspace, actor, correlation, data, created_at) \
             VALUES (zeroblob(16), 't', 'k', 's', zeroblob(16), '{{}}', 'c', '{{}}', {})",
            now.micros()
        );
        installation.change("jobs", &event);
        let at = |clock| Scene { clock, ..installation.scene() };
        assert_eq!(look(&at(Clock::manual(now))), []);
        let found = only(look(&at(Clock::manual(now.minus(Duration::from_hours(1))))));
        assert!(found.message.contains("jobs wrote its last event"), "{found:?}");
    }
}
