//! Every service there is, one row each.

use metier_harness::ServiceSpec;

/// The rows, in the order they are shown.
pub const SERVICES: &[ServiceSpec] = &[
    metier_gateway::SPEC,
    metier_identity::SPEC,
    metier_jobs::SPEC,
    metier_executor::SPEC,
    metier_products::SPEC,
    metier_postings::SPEC,
    metier_scheduler::SPEC,
    metier_notifications::SPEC,
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_and_ports_are_unique() {
        let names: HashSet<_> = SERVICES.iter().map(|spec| spec.name).collect();
        let ports: HashSet<_> = SERVICES.iter().map(|spec| spec.port).collect();
        assert_eq!((names.len(), ports.len()), (SERVICES.len(), SERVICES.len()));
    }

    #[test]
    fn every_dependency_is_a_row() {
        for spec in SERVICES {
            for name in spec.depends_on {
                assert!(SERVICES.iter().any(|other| other.name == *name), "{} needs {name}", spec.name);
            }
        }
    }
}
