//! In which order services start: each after those it depends on.

use std::collections::HashSet;

use crate::{ServiceSpec, StartError};

/// The services of `names` in the order they start. What runs elsewhere is not waited for.
pub(crate) fn order(registry: &[ServiceSpec], names: &[&str]) -> Result<Vec<ServiceSpec>, StartError> {
    for name in names {
        find(registry, name)?;
    }
    let mut waiting: Vec<ServiceSpec> =
        registry.iter().filter(|spec| names.contains(&spec.name)).copied().collect();
    let mut ordered: Vec<ServiceSpec> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let open: HashSet<&str> = waiting.iter().map(|spec| spec.name).collect();
        let blocked = |spec: &ServiceSpec| spec.depends_on.iter().any(|name| open.contains(name));
        let (later, now): (Vec<_>, Vec<_>) = waiting.into_iter().partition(blocked);
        if now.is_empty() {
            return Err(StartError::Circle(later.iter().map(|spec| spec.name).collect()));
        }
        ordered.extend(now);
        waiting = later;
    }
    Ok(ordered)
}

/// The row of a service.
pub(crate) fn find(registry: &[ServiceSpec], name: &str) -> Result<ServiceSpec, StartError> {
    registry.iter().find(|spec| spec.name == name).copied().ok_or_else(|| StartError::UnknownService {
        name: name.to_owned(),
        known: registry.iter().map(|spec| spec.name).collect(),
    })
}

#[cfg(test)]
mod tests {
    use metier_core::Fault;

    use super::*;
    use crate::Mounted;

    const fn spec(name: &'static str, depends_on: &'static [&'static str]) -> ServiceSpec {
        ServiceSpec {
            name,
            port: 0,
            summary: "",
            depends_on,
            migrations: None,
            public: false,
            configure: |_| Ok(Box::new(|_| Box::pin(std::future::ready(Ok::<_, Fault>(Mounted::default()))))),
        }
    }

    const REGISTRY: &[ServiceSpec] = &[
        spec("gateway", &["identity", "jobs"]),
        spec("jobs", &["identity"]),
        spec("executor", &["jobs"]),
        spec("identity", &[]),
    ];

    fn names(ordered: &[ServiceSpec]) -> Vec<&str> {
        ordered.iter().map(|spec| spec.name).collect()
    }

    #[test]
    fn dependencies_come_first() {
        let ordered = order(REGISTRY, &["gateway", "jobs", "executor", "identity"]).unwrap();
        assert_eq!(names(&ordered), ["identity", "jobs", "gateway", "executor"]);
    }

    #[test]
    fn what_runs_elsewhere_is_not_waited_for() {
        assert_eq!(names(&order(REGISTRY, &["executor", "gateway"]).unwrap()), ["gateway", "executor"]);
    }

    #[test]
    fn a_circle_is_named() {
        let circle = [spec("a", &["b"]), spec("b", &["a"]), spec("c", &[])];
        let refusal = order(&circle, &["a", "b", "c"]).unwrap_err();
        assert_eq!(refusal.to_string(), "these services wait for each other: a, b");
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let refusal = order(REGISTRY, &["job"]).unwrap_err().to_string();
        assert_eq!(refusal, "no service is named job; there are gateway, jobs, executor, identity");
    }
}
