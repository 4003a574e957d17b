//! Which service answers what: by the first part of the path, by a whole path of Jobber's, or by the gRPC package.
//!
//! What is in no row does not exist from outside: health, metrics and event logs of single services stay in.

const MIB: usize = 1024 * 1024;

/// One row: paths under `/api/v1/{segment}` go to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The first part after `/api/v1/`.
    pub segment: &'static str,
    /// Who answers.
    pub service: &'static str,
    /// Largest body that is passed on, in bytes; the service may allow less.
    pub body_limit: usize,
}

const fn route(segment: &'static str, service: &'static str) -> Route {
    Route { segment, service, body_limit: 2 * MIB }
}

const fn large(segment: &'static str, service: &'static str) -> Route {
    Route { segment, service, body_limit: 16 * MIB }
}

const fn huge(segment: &'static str, service: &'static str) -> Route {
    Route { segment, service, body_limit: 1024 * MIB }
}

/// The table.
pub const ROUTES: &[Route] = &[
    route("api-keys", "identity"),
    route("auth", "identity"),
    route("roles", "identity"),
    route("setup", "identity"),
    route("signing-keys", "identity"),
    route("users", "identity"),
    route("approvals", "jobs"),
    large("jobs", "jobs"),
    route("kinds", "jobs"),
    route("limits", "jobs"),
    route("queues", "jobs"),
    large("runs", "jobs"),
    route("system", "jobs"),
    huge("uploads", "jobs"),
    large("worker", "jobs"),
    route("workers", "jobs"),
    route("workflows", "jobs"),
    route("categories", "products"),
    route("products", "products"),
    route("calendars", "scheduler"),
    route("schedules", "scheduler"),
    route("webhooks", "notifications"),
    route("postings", "postings"),
    route("sources", "postings"),
    route("syncs", "postings"),
];

/// Paths of Jobber's clients, each as it is: who answers, and the largest body.
pub const JOBBER: &[(&str, &str, usize)] = &[
    ("/auth/graphql", "identity", 2 * MIB),
    ("/jobs/graphql", "jobs", 16 * MIB),
    ("/jobs/uploads/file", "jobs", 1024 * MIB),
    ("/jobs/uploads/upload", "jobs", 1024 * MIB),
];

/// The prefix of the native API.
pub const API: &str = "/api/v1/";
/// The public keys, at the place where others look for them.
pub const JWKS: &str = "/.well-known/jwks.json";

/// Where its service keeps OpenJobs' routes, and who that is.
const OPENJOBS: &str = "/compat/openjobs";
/// Who answers OpenJobs' clients.
pub const OPENJOBS_SERVICE: &str = "postings";

/// gRPC packages that may be called from outside, and who answers.
const PACKAGES: &[(&str, &str)] = &[
    ("auth", "identity"),
    ("metier.identity.v1", "identity"),
    ("metier.jobs.v1", "jobs"),
    ("metier.worker.v1", "jobs"),
    ("jobs", "jobs"),
    ("products", "products"),
    ("metier.products.v1", "products"),
];

/// Routes for those who are not signed in yet or any more: credentials that no longer hold must not keep
/// anybody from showing better ones.
const SIGN_IN: &[&str] = &[
    "/api/v1/auth/login",
    "/api/v1/auth/logout",
    "/api/v1/auth/refresh",
    "/api/v1/auth/register",
    "/api/v1/setup",
    "/auth/graphql",
];

/// Where a password is asked for besides: guesses are slowed down here too.
const PASSWORD: &str = "/api/v1/auth/password";

/// Where a bare path of OpenJobs is answered by its service.
pub fn openjobs(path: &str) -> String {
    format!("{OPENJOBS}{}", if path == "/" { "" } else { path })
}

/// Who answers a path of the REST API.
pub fn service_of_path(path: &str) -> Option<&'static str> {
    if path == JWKS {
        return Some("identity");
    }
    if let Some((_, service, _)) = JOBBER.iter().find(|(known, ..)| *known == path) {
        return Some(service);
    }
    let segment = path.strip_prefix(API)?.split('/').next()?;
    ROUTES.iter().find(|route| route.segment == segment).map(|route| route.service)
}

/// Who answers a gRPC call, from its path `/package.Service/Method`.
pub fn service_of_call(path: &str) -> Option<&'static str> {
    let (service, _method) = path.strip_prefix('/')?.split_once('/')?;
    let (package, _name) = service.rsplit_once('.')?;
    PACKAGES.iter().find(|(known, _)| *known == package).map(|(_, service)| *service)
}

/// Services that calls are passed on to.
pub fn called_services() -> impl Iterator<Item = &'static str> {
    each_once(PACKAGES.iter().map(|(_, service)| *service))
}

/// Services that requests are passed on to: those who keep things and publish what happens to them.
pub fn routed_services() -> impl Iterator<Item = &'static str> {
    each_once(ROUTES.iter().map(|route| route.service))
}

fn each_once(services: impl Iterator<Item = &'static str>) -> impl Iterator<Item = &'static str> {
    let services: std::collections::BTreeSet<_> = services.collect();
    services.into_iter()
}

/// Whether credentials that do not hold count as none on this path.
pub fn is_sign_in(path: &str) -> bool {
    SIGN_IN.contains(&path)
}

/// Whether somebody could guess a secret on this path.
pub fn is_guessable(path: &str) -> bool {
    is_sign_in(path) || path == PASSWORD
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_segment_has_one_row() {
        let segments: HashSet<_> = ROUTES.iter().map(|route| route.segment).collect();
        assert_eq!(segments.len(), ROUTES.len());
    }

    #[test]
    fn the_first_part_of_the_path_decides() {
        assert_eq!(service_of_path("/api/v1/runs/7/cancel"), Some("jobs"));
        assert_eq!(service_of_path("/api/v1/users"), Some("identity"));
        assert_eq!(service_of_path(JWKS), Some("identity"));
        assert_eq!(service_of_path("/auth/graphql"), Some("identity"));
        assert_eq!(service_of_path("/jobs/uploads/file"), Some("jobs"));
        for path in [
            "/api/v1/",
            "/api/v1//users",
            "/api/v1/user",
            "/api/v2/users",
            "/metrics",
            "/openapi.json",
            "/jobs",
            "/jobs/graphql/",
            "/jobs/uploads",
        ] {
            assert_eq!(service_of_path(path), None, "{path}");
        }
    }

    #[test]
    fn only_public_packages_are_called_from_outside() {
        assert_eq!(service_of_call("/auth.AuthService/Authenticate"), Some("identity"));
        assert_eq!(service_of_call("/metier.worker.v1.WorkerService/Claim"), Some("jobs"));
        for path in ["/metier.bus.v1.EventLog/Read", "/grpc.health.v1.Health/Check", "/Authenticate", "/", ""]
        {
            assert_eq!(service_of_call(path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_path_finds_a_row_or_none(path in "\\PC{0,60}") {
            let _ = (service_of_path(&path), service_of_call(&path));
        }

        #[test]
        fn no_path_of_openjobs_leads_to_the_native_api(path in "/\\PC{0,60}") {
            let target = openjobs(&path);
            assert!(target == OPENJOBS || target.starts_with("/compat/openjobs/"), "{target}");
            assert_eq!(service_of_path(&target), None);
        }
    }
}
