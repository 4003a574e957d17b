//! Password hashes and the policy. Work is counted, never timed.

use std::num::NonZeroUsize;

use metier_auth::{HashSettings, PasswordHasher, PasswordRefusal, check_password};
use metier_core::{FaultKind, Random, Secret};
use proptest::prelude::*;

const PASSWORD: &str = "a lamp in the window";

/// The least work argon2 allows, for tests that are not about the work.
fn light(concurrent: usize, waiting: usize) -> HashSettings {
    let concurrent = NonZeroUsize::new(concurrent).unwrap();
    HashSettings { memory_kib: 8, passes: 1, lanes: 1, concurrent, waiting }
}

fn hasher() -> PasswordHasher {
    PasswordHasher::new(&light(2, 8), &Random::seeded(1)).unwrap()
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

#[tokio::test]
async fn the_right_password_matches_and_a_wrong_one_does_not() {
    let hasher = hasher();
    let stored = hasher.hash(secret(PASSWORD)).await.unwrap();
    assert!(hasher.verify(secret(PASSWORD), Some(stored.clone())).await.unwrap());
    assert!(!hasher.verify(secret("a lamp in the windoW"), Some(stored)).await.unwrap());
}

#[tokio::test]
async fn the_default_work_is_argon2id_with_19_mebibytes_and_2_passes() {
    let hasher = PasswordHasher::new(&HashSettings::default(), &Random::seeded(1)).unwrap();
    let stored = hasher.hash(secret(PASSWORD)).await.unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    assert!(hasher.verify(secret(PASSWORD), Some(stored)).await.unwrap());
}

#[tokio::test]
async fn equal_passwords_have_different_hashes() {
    let hasher = hasher();
    let (one, two) = (hasher.hash(secret(PASSWORD)).await, hasher.hash(secret(PASSWORD)).await);
    assert_ne!(one.unwrap(), two.unwrap());
}

#[tokio::test]
async fn an_unknown_user_costs_the_same_work_and_is_always_refused() {
    let hasher = hasher();
    let stored = hasher.hash(secret(PASSWORD)).await.unwrap();
    let cost = async |password: &str, stored: Option<String>| {
        let before = hasher.computed();
        let matches = hasher.verify(secret(password), stored).await.unwrap();
        (hasher.computed() - before, matches)
    };
    assert_eq!(cost(PASSWORD, Some(stored.clone())).await, (1, true));
    assert_eq!(cost("wrong", Some(stored.clone())).await, (1, false));
    assert_eq!(cost(PASSWORD, None).await, (1, false));
    assert_eq!(cost("", None).await, (1, false));
    assert_eq!(cost(&"x".repeat(5_000), Some(stored)).await, (1, false));
}

#[tokio::test]
async fn a_password_too_long_to_be_checked_is_not_hashed() {
    let fault = hasher().hash(secret(&"x".repeat(1_025))).await.unwrap_err();
    assert_eq!(fault.code, "invalid_parameters");
}

#[tokio::test]
async fn a_hash_made_with_other_settings_is_worth_replacing() {
    let light_hasher = hasher();
    let stored = light_hasher.hash(secret(PASSWORD)).await.unwrap();
    let stronger = HashSettings { passes: 2, ..light(1, 1) };
    let stronger = PasswordHasher::new(&stronger, &Random::seeded(2)).unwrap();
    assert!(!light_hasher.needs_rehash(&stored));
    assert!(stronger.needs_rehash(&stored));
    assert!(stronger.needs_rehash("$2b$12$abc"));
    assert!(stronger.needs_rehash(&stored.replace("argon2id", "argon2i")));
    assert!(stronger.verify(secret(PASSWORD), Some(stored)).await.unwrap(), "old hashes still verify");
}

#[tokio::test]
async fn a_damaged_stored_hash_is_our_fault_and_not_a_wrong_password() {
    for damaged in ["", "plain text", "$argon2id$v=19$m=8,t=1,p=1", "$md5$abc$def"] {
        let outcome = hasher().verify(secret(PASSWORD), Some(damaged.to_owned())).await;
        assert!(outcome.is_err_and(|fault| fault.kind == FaultKind::Internal), "{damaged}");
    }
}

#[test]
fn when_the_queue_is_full_the_next_one_is_told_when_to_come_back() {
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    runtime.block_on(async {
        // The only thread that could compute a hash is held until the others have been turned away.
        let (release, held) = std::sync::mpsc::channel::<()>();
        let holder = tokio::task::spawn_blocking(move || held.recv());
        let hasher = PasswordHasher::new(&light(1, 1), &Random::seeded(1)).unwrap();
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..5 {
            let hasher = hasher.clone();
            callers.spawn(async move { hasher.hash(secret(PASSWORD)).await });
        }
        for _ in 0..3 {
            let fault = callers.join_next().await.unwrap().unwrap().unwrap_err();
            assert_eq!((fault.kind, fault.code.as_ref()), (FaultKind::Unavailable, "busy"));
            assert!(fault.retry_after.is_some());
        }
        release.send(()).unwrap();
        holder.await.unwrap().unwrap();
        assert!(callers.join_all().await.iter().all(Result::is_ok), "one computed, one waited");
        assert!(hasher.hash(secret(PASSWORD)).await.is_ok(), "places are free again");
    });
}

#[test]
fn settings_that_argon2_does_not_allow_are_refused() {
    assert!(PasswordHasher::new(&HashSettings { memory_kib: 1, ..light(1, 1) }, &Random::seeded(1)).is_err());
    assert!(PasswordHasher::new(&HashSettings { passes: 0, ..light(1, 1) }, &Random::seeded(1)).is_err());
}

#[test]
fn the_policy_names_the_rule_that_is_broken() {
    let check = |password: &str| check_password(password, "Ada@Example.org");
    assert_eq!(check(PASSWORD), Ok(()));
    assert_eq!(check("åäöåäöåäö"), Err(PasswordRefusal::TooShort), "nine characters, eighteen bytes");
    assert_eq!(check(&"lång ".repeat(171)), Err(PasswordRefusal::TooLong));
    assert_eq!(check("ada@example.ORG"), Err(PasswordRefusal::IsAddress));
    assert_eq!(
        check_password("first.lastname", "first.lastname@example.org"),
        Err(PasswordRefusal::IsAddress)
    );
    assert_eq!(check("Password123"), Err(PasswordRefusal::TooCommon));
    assert_eq!(check("aaaaaaaaaaaaaaa"), Err(PasswordRefusal::TooCommon));
    assert_eq!(check("121212121212"), Err(PasswordRefusal::TooCommon));
}

proptest! {
    #[test]
    fn the_policy_never_lets_a_short_or_huge_password_pass(password in "\\PC{0,20}", times in 1..200_usize) {
        let password = password.repeat(times);
        let fits = password.chars().count() >= 10 && password.len() <= 1_024;
        prop_assert!(fits || check_password(&password, "").is_err());
    }
}
