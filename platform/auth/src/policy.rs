//! Which passwords people may choose: long, not their address, not among the first ones anybody tries.
//!
//! Length counts for more than signs and digits (NIST SP 800-63B), so there is no rule about those.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Why a password was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// Too few characters.
    #[error("must have at least {MIN_CHARACTERS} characters")]
    TooShort,
    /// Too many bytes.
    #[error("must have at most {MAX_BYTES} bytes")]
    TooLong,
    /// The account's own address.
    #[error("must not be the e-mail address or its first part")]
    IsAddress,
    /// One of the first passwords anybody tries.
    #[error("is one of the first passwords anybody tries; choose another")]
    TooCommon,
}

/// Fewest characters of a password.
pub const MIN_CHARACTERS: usize = 10;
/// Most bytes of a password.
pub const MAX_BYTES: usize = 1024;
/// Fewest different characters of a password.
const MIN_DIFFERENT: usize = 4;

static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").split_ascii_whitespace().collect());

/// Checks a password somebody wants to have for the account of `email`.
///
/// # Errors
/// The rule it breaks.
pub fn check_password(password: &str, email: &str) -> Result<(), PasswordRefusal> {
    if password.len() > MAX_BYTES {
        return Err(PasswordRefusal::TooLong);
    }
    if password.chars().count() < MIN_CHARACTERS {
        return Err(PasswordRefusal::TooShort);
    }
    let (password, email) = (password.trim().to_lowercase(), email.trim().to_lowercase());
    let local_part = email.split('@').next().unwrap_or_default();
    if !email.is_empty() && (password == email || password == local_part) {
        return Err(PasswordRefusal::IsAddress);
    }
    if is_common(&password) {
        return Err(PasswordRefusal::TooCommon);
    }
    Ok(())
}

fn is_common(password: &str) -> bool {
    let different: HashSet<char> = password.chars().collect();
    different.len() < MIN_DIFFERENT || COMMON.contains(password)
}
