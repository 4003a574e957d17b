//! The file of signing keys: permissions, rotation, several processes at once.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use metier_auth::{KeyError, SigningKeys, Verifier};
use metier_core::Random;

use super::{claims, clock, user};

#[test]
fn the_key_file_is_readable_by_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let keys = SigningKeys::open(folder.path(), clock().now(), &Random::seeded(1)).unwrap();
    keys.rotate(clock().now(), &Random::seeded(2)).unwrap();
    for name in ["signing-keys.json", "signing-keys.lock"] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file stays behind");
}

#[test]
fn a_key_file_that_others_may_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    SigningKeys::open(folder.path(), clock().now(), &Random::seeded(1)).unwrap();
    let path = folder.path().join("signing-keys.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let error = SigningKeys::open(folder.path(), clock().now(), &Random::seeded(1)).unwrap_err();
    assert!(matches!(error, KeyError::Exposed { mode: 0o640, .. }), "{error}");
}

#[test]
fn keys_survive_a_restart() {
    let (folder, clock, random) = (tempfile::tempdir().unwrap(), clock(), Random::seeded(1));
    let before = SigningKeys::open(folder.path(), clock.now(), &random).unwrap();
    let token = before.signer().sign(&claims(user(&random, clock.now()), &clock, &random)).unwrap();
    let after = SigningKeys::open(folder.path(), clock.now(), &random).unwrap();
    assert_eq!(after.jwks(clock.now()), before.jwks(clock.now()));
    assert!(Verifier::new(&after.jwks(clock.now())).unwrap().verify(&token, clock.now()).is_ok());
}

#[test]
fn processes_that_start_together_agree_on_the_first_key() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let opened = std::thread::scope(|scope| {
        let open = |seed| SigningKeys::open(folder.path(), clock.now(), &Random::seeded(seed)).unwrap();
        let threads: Vec<_> = (0..8).map(|seed| scope.spawn(move || open(seed))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(opened.iter().all(|keys| keys.jwks(clock.now()) == opened[0].jwks(clock.now())));
}

#[test]
fn after_a_rotation_the_new_key_signs_and_the_old_one_verifies_until_its_tokens_are_gone() {
    let (folder, clock, random) = (tempfile::tempdir().unwrap(), clock(), Random::seeded(1));
    let keys = SigningKeys::open(folder.path(), clock.now(), &random).unwrap();
    let old = keys.jwks(clock.now()).keys[0].clone();
    keys.rotate(clock.now(), &random).unwrap();
    assert_eq!(keys.jwks(clock.now()).keys.len(), 2);

    let token = keys.signer().sign(&claims(user(&random, clock.now()), &clock, &random)).unwrap();
    let signed_with = jsonwebtoken::decode_header(&token).unwrap().kid;
    assert_ne!(signed_with, old.common.key_id);

    clock.advance(SigningKeys::RETIRED_FOR - Duration::from_micros(1));
    assert!(keys.jwks(clock.now()).keys.contains(&old));
    clock.advance(Duration::from_micros(1));
    assert!(!keys.jwks(clock.now()).keys.contains(&old));

    let path = folder.path().join("signing-keys.json");
    assert!(fs::read_to_string(&path).unwrap().contains(old.common.key_id.as_deref().unwrap()));
    keys.rotate(clock.now(), &random).unwrap();
    assert!(!fs::read_to_string(&path).unwrap().contains(old.common.key_id.as_deref().unwrap()));
}

#[test]
fn a_replica_learns_of_a_rotation_and_two_rotations_at_once_lose_no_key() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), clock());
    let open = |seed| SigningKeys::open(folder.path(), clock.now(), &Random::seeded(seed)).unwrap();
    let (one, two) = (open(1), open(2));
    std::thread::scope(|scope| {
        scope.spawn(|| one.rotate(clock.now(), &Random::seeded(3)).unwrap());
        scope.spawn(|| two.rotate(clock.now(), &Random::seeded(4)).unwrap());
    });
    one.reload().unwrap();
    two.reload().unwrap();
    assert_eq!(one.jwks(clock.now()).keys.len(), 3);
    assert_eq!(one.jwks(clock.now()), two.jwks(clock.now()));
}

#[test]
fn a_damaged_key_file_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signing-keys.json");
    for content in [
        "",
        "{",
        r#"{"keys":[]}"#,
        r#"{"keys":[{"kid":"a","seed":"AA","created_at":"2026-01-01T00:00:00Z"}]}"#,
    ] {
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let error = SigningKeys::open(folder.path(), clock().now(), &Random::seeded(1)).unwrap_err();
        assert!(matches!(error, KeyError::Damaged { .. } | KeyError::NoActiveKey(_)), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
}

#[test]
fn nothing_private_is_in_the_published_keys_or_in_debug_output() {
    let folder = tempfile::tempdir().unwrap();
    let keys = SigningKeys::open(folder.path(), clock().now(), &Random::seeded(1)).unwrap();
    let file = fs::read_to_string(folder.path().join("signing-keys.json")).unwrap();
    let file: serde_json::Value = serde_json::from_str(&file).unwrap();
    let seed = file["keys"][0]["seed"].as_str().unwrap();
    let public = serde_json::to_value(keys.jwks(clock().now())).unwrap();
    assert_eq!(public["keys"][0]["kty"], "OKP");
    assert_eq!(public["keys"][0]["crv"], "Ed25519");
    assert_eq!(public["keys"][0]["alg"], "EdDSA");
    assert!(public["keys"][0].get("d").is_none());
    assert!(!public.to_string().contains(seed) && !format!("{keys:?}").contains(seed));
}
