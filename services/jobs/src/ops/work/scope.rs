//! What a key may claim: the kinds and queues it names, asked of identity and kept for a moment.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use metier_contract_identity::{ApiKeyScope, IdentityClient};
use metier_core::{Actor, ApiKeyId, Ctx, Fault, FaultKind, Timestamp};

use crate::domain::kind::KindName;

/// A changed or revoked scope counts after this long.
const KEPT: Duration = Duration::from_secs(30);
/// In a scope's lists, everything.
const EVERY: &str = "*";

/// The scopes of keys that claimed lately. Clones share them.
#[derive(Clone)]
pub struct KeyScopes {
    identity: IdentityClient,
    known: Arc<Mutex<HashMap<ApiKeyId, (ApiKeyScope, Timestamp)>>>,
}

impl KeyScopes {
    /// Asks this identity service.
    pub fn new(identity: IdentityClient) -> Self {
        Self { identity, known: Arc::default() }
    }

    /// The scope of the key that calls; `None` for everyone else, whose grants alone decide.
    ///
    /// # Errors
    /// When identity cannot be asked, or the key is not usable any more.
    pub async fn of(&self, ctx: &Ctx, service: &Ctx, now: Timestamp) -> Result<Option<ApiKeyScope>, Fault> {
        let Actor::ApiKey { id, .. } = ctx.actor else { return Ok(None) };
        if let Some(scope) = self.kept(id, now) {
            return Ok(Some(scope));
        }
        let scope = self.identity.get_api_key_scope(service, id).await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (_, since)| now.since(*since) < KEPT);
        known.insert(id, (scope.clone(), now));
        Ok(Some(scope))
    }

    fn kept(&self, id: ApiKeyId, now: Timestamp) -> Option<ApiKeyScope> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&id).filter(|(_, since)| now.since(*since) < KEPT).map(|(scope, _)| scope.clone())
    }
}

/// Refuses kinds that the key does not name.
///
/// # Errors
/// `key_out_of_scope`.
pub fn check_kinds<'a>(
    scope: &ApiKeyScope,
    kinds: impl IntoIterator<Item = &'a KindName>,
) -> Result<(), Fault> {
    let named = |kind: &KindName| scope.kinds.iter().any(|name| name == EVERY || *name == kind.name);
    match kinds.into_iter().find(|kind| !named(kind)) {
        None => Ok(()),
        Some(kind) => Err(out_of_scope(format!("this key may not claim tasks of kind {}", kind.name))),
    }
}

/// The queues to take from: those wished for, if the key names them all; those it names, if none were wished for.
///
/// # Errors
/// `key_out_of_scope`.
pub fn queues(scope: &ApiKeyScope, wished: Vec<String>) -> Result<Vec<String>, Fault> {
    if scope.queues.iter().any(|name| name == EVERY) {
        return Ok(wished);
    }
    if let Some(other) = wished.iter().find(|name| !scope.queues.contains(name)) {
        return Err(out_of_scope(format!("this key may not claim from queue {other}")));
    }
    match (wished.is_empty(), scope.queues.is_empty()) {
        (true, true) => Err(out_of_scope("this key names no queue to claim from".to_owned())),
        (true, false) => Ok(scope.queues.clone()),
        (false, _) => Ok(wished),
    }
}

fn out_of_scope(message: String) -> Fault {
    Fault::new(FaultKind::Forbidden, "key_out_of_scope", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(kinds: &[&str], queues: &[&str]) -> ApiKeyScope {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        ApiKeyScope { kinds: owned(kinds), queues: owned(queues), expires_at: None }
    }

    fn kind(name: &str) -> KindName {
        KindName { name: name.into(), version: 1 }
    }

    #[test]
    fn a_key_claims_the_kinds_it_names_and_no_other() {
        let narrow = scope(&["text.statistics"], &["*"]);
        assert!(check_kinds(&narrow, &[kind("text.statistics")]).is_ok());
        assert_eq!(check_kinds(&narrow, &[kind("fibonacci")]).unwrap_err().code, "key_out_of_scope");
        assert!(
            check_kinds(&scope(&[], &[]), &[kind("fibonacci")]).is_err(),
            "nothing named is nothing allowed"
        );
        assert!(check_kinds(&scope(&["*"], &[]), &[kind("fibonacci")]).is_ok());
    }

    #[test]
    fn a_key_claims_from_the_queues_it_names() {
        let narrow = scope(&["*"], &["slow"]);
        assert_eq!(queues(&narrow, vec![]).unwrap(), ["slow"]);
        assert!(queues(&narrow, vec!["default".into()]).is_err());
        assert_eq!(queues(&scope(&["*"], &["*"]), vec!["default".into()]).unwrap(), ["default"]);
        assert!(queues(&scope(&["*"], &[]), vec![]).is_err());
    }
}
