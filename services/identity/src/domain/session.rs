//! Signed-in devices, and from where somebody signs in.

use std::{net::IpAddr, time::Duration};

use metier_core::{Secret, SessionId, Timestamp, UserId};

/// Longest label of a device.
const MAX_LABEL: usize = 200;

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// Its owner signed out.
    SignedOut,
    /// Its owner ended it from another device.
    Removed,
    /// One of its refresh tokens came twice.
    Reused,
    /// The password was changed.
    PasswordChanged,
    /// The account was disabled.
    Disabled,
}

impl EndReason {
    /// As the database spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Removed => "removed",
            Self::Reused => "reused",
            Self::PasswordChanged => "password_changed",
            Self::Disabled => "disabled",
        }
    }
}

/// A signed-in device as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// What the client called itself.
    pub label: Option<String>,
    /// The network address of the sign-in.
    pub address: Option<String>,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When its tokens were last refreshed.
    pub last_used_at: Timestamp,
    /// When it ends unless it is used.
    pub expires_at: Timestamp,
}

/// How long people stay signed in.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    /// Without being used.
    pub idle: Duration,
    /// In all.
    pub longest: Duration,
}

impl Lifetime {
    /// When a session that began then and is used now ends.
    pub fn end(self, began: Timestamp, now: Timestamp) -> Timestamp {
        began.plus(self.longest).min(now.plus(self.idle))
    }
}

/// From where a request comes, as far as that is known.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The client's network address.
    pub address: Option<IpAddr>,
    /// What the client calls itself.
    pub label: Option<String>,
    /// The device token of an earlier sign-in.
    pub device: Option<Secret<String>>,
}

impl Origin {
    /// The label, cut to what is kept, without control characters.
    pub fn short_label(&self) -> Option<String> {
        let label: String =
            self.label.as_deref()?.chars().filter(|c| !c.is_control()).take(MAX_LABEL).collect();
        let label = label.trim();
        (!label.is_empty()).then(|| label.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn use_prolongs_a_session_up_to_its_longest_life() {
        let lifetime = Lifetime { idle: Duration::from_hours(10), longest: Duration::from_hours(24) };
        let began = Timestamp::from_seconds(0);
        let after =
            |hours: u64| lifetime.end(began, began.plus(Duration::from_hours(hours))).seconds() / 3_600;
        assert_eq!((after(0), after(5), after(20)), (10, 15, 24));
    }

    #[test]
    fn a_label_is_cut_and_cleaned() {
        let origin = |label: &str| Origin { label: Some(label.to_owned()), ..Origin::default() };
        assert_eq!(origin(" laptop\u{7} ").short_label().as_deref(), Some("laptop"));
        assert_eq!(origin(" \n ").short_label(), None);
        assert_eq!(origin(&"x".repeat(500)).short_label().map(|label| label.len()), Some(MAX_LABEL));
    }
}
