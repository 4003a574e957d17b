//! What a request asked for, in one hash: a key used again must come with the same request.

use std::fmt;

use http::{Method, Uri};
use sha2::{Digest, Sha256};

/// SHA-256 over method, path with query, and body. The service stores it beside the idempotency key, in the
/// transaction of the create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of a request. Each part is preceded by its length, so that parts cannot run into each other.
    pub fn of(method: &Method, uri: &Uri, body: &[u8]) -> Self {
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let mut hash = Sha256::new();
        for part in [method.as_str().as_bytes(), target.as_bytes(), body] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts_and_none_runs_into_the_next() {
        let of = |method: Method, uri: &'static str, body: &str| {
            Fingerprint::of(&method, &Uri::from_static(uri), body.as_bytes()).to_string()
        };
        let first = of(Method::POST, "/api/v1/runs", "{}");
        assert_eq!(first.len(), 64);
        assert_eq!(first, of(Method::POST, "/api/v1/runs", "{}"));
        assert_ne!(first, of(Method::PUT, "/api/v1/runs", "{}"));
        assert_ne!(first, of(Method::POST, "/api/v1/runs?a", "{}"));
        assert_ne!(first, of(Method::POST, "/api/v1/runs", "{ }"));
        assert_ne!(of(Method::POST, "/ab", "c"), of(Method::POST, "/a", "bc"));
    }
}
