//! How a delivery proves where it comes from: HMAC-SHA256 over id, time and body, in the form of Standard Webhooks, so
//! that receivers find a library for it.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use metier_core::{Random, Secret, Timestamp};
use sha2::Sha256;

/// What a secret begins with, as its owner is shown it.
const PREFIX: &str = "whsec_";

/// A fresh secret.
pub fn generate(random: &Random) -> Secret<String> {
    Secret::new(format!("{PREFIX}{}", STANDARD.encode(random.bytes::<32>())))
}

/// The header `webhook-signature`: a signature for each secret that holds, so that receivers change to a new one at
/// their own time.
pub fn header(secrets: &[Secret<String>], (id, at): (&str, Timestamp), body: &str) -> String {
    let signed = secrets.iter().map(|secret| format!("v1,{}", sign(secret, (id, at), body)));
    signed.collect::<Vec<_>>().join(" ")
}

fn sign(secret: &Secret<String>, (id, at): (&str, Timestamp), body: &str) -> String {
    let key = secret.expose().trim_start_matches(PREFIX);
    let key = STANDARD.decode(key).unwrap_or_else(|_| key.as_bytes().to_vec());
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return String::new() };
    mac.update(format!("{id}.{}.", at.seconds()).as_bytes());
    mac.update(body.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[test]
    fn the_example_of_standard_webhooks_is_signed_alike() {
        let at = Timestamp::from_seconds(1_614_265_330);
        let known = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let header = header(&[known], ("msg_p5jXN8AQM9LWM0D4loKWxJek", at), "{\"test\": 2432232314}");
        assert_eq!(header, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_secret_signs_and_each_part_is_signed() {
        let (one, two) = (generate(&Random::system()), generate(&Random::system()));
        let at = Timestamp::from_seconds(7);
        let both = header(&[one.clone(), two.clone()], ("id", at), "body");
        let alone = |secret: &Secret<String>| header(std::slice::from_ref(secret), ("id", at), "body");
        assert_eq!(both, format!("{} {}", alone(&one), alone(&two)));
        let others = [
            header(std::slice::from_ref(&one), ("other", at), "body"),
            header(std::slice::from_ref(&one), ("id", Timestamp::from_seconds(8)), "body"),
            header(std::slice::from_ref(&one), ("id", at), "other"),
        ];
        assert!(others.iter().all(|other| *other != alone(&one)));
    }
}
