//! How failed sign-ins slow down the next ones, without locking the owner of the account out.
//!
//! Failures are counted in buckets. Which buckets an attempt is counted in depends on who makes it:
//!
//! | attempt comes from | buckets |
//! |---|---|
//! | a device that shows the token of an earlier sign-in to this account | that device |
//! | an address from which this account signed in lately | account and address together, network |
//! | anywhere else | account, account and address together, network |
//!
//! Whoever guesses from elsewhere fills `account` and their own `network`; neither is asked when the owner
//! comes on a known device, and `account` is not asked at a known address. So an attack delays the attacker,
//! and its target only on a new device at a new address.
//!
//! Each bucket lets some failures pass, then doubles a delay with every further one, up to a limit, and is
//! forgotten an hour after its last failure. An attempt is counted before the password is looked at and
//! taken back when it was right, so that many at once gain nothing; an attempt during a delay is refused
//! unseen and does not prolong it.

use std::{net::IpAddr, time::Duration};

use metier_core::UserId;

use super::token::DeviceId;

/// A bucket is forgotten this long after its last failure.
pub const FORGOTTEN_AFTER: Duration = Duration::from_hours(1);

/// Whom the attempt comes from, as far as the account knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Familiarity {
    /// A device that signed in to the account before.
    Device(DeviceId),
    /// An address from which the account signed in lately.
    Address,
    /// Neither.
    Stranger,
}

/// One counter of failures.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bucket {
    /// Names it in the database.
    pub subject: String,
    rule: Rule,
    /// Whether a right password empties it; otherwise it only takes back its own attempt.
    pub emptied_by_success: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rule {
    free: i64,
    longest: Duration,
}

const DEVICE: Rule = Rule { free: 5, longest: Duration::from_mins(5) };
const PAIR: Rule = Rule { free: 5, longest: Duration::from_mins(15) };
const ACCOUNT: Rule = Rule { free: 20, longest: Duration::from_mins(1) };
const NETWORK: Rule = Rule { free: 30, longest: Duration::from_mins(15) };

impl Bucket {
    /// How long after the `failures`th failure the next attempt may come.
    pub fn delay(&self, failures: i64) -> Duration {
        let over = failures - self.rule.free;
        if over < 0 {
            return Duration::ZERO;
        }
        let doubled = 1_u64.checked_shl(u32::try_from(over).unwrap_or(u32::MAX)).unwrap_or(u64::MAX);
        Duration::from_secs(doubled).min(self.rule.longest)
    }
}

/// The buckets of an attempt on the account with this key, in the order in which they are locked.
pub fn buckets(account: &str, address: Option<IpAddr>, familiarity: Familiarity) -> Vec<Bucket> {
    let network = address.map_or_else(|| "unknown".to_owned(), network);
    let bucket = |subject, rule, emptied_by_success| Bucket { subject, rule, emptied_by_success };
    let pair = bucket(format!("account {account} from {network}"), PAIR, true);
    let everywhere = bucket(format!("account {account}"), ACCOUNT, false);
    let around = bucket(format!("network {network}"), NETWORK, false);
    let mut buckets = match familiarity {
        Familiarity::Device(id) => vec![bucket(format!("device {id}"), DEVICE, true)],
        Familiarity::Address => vec![pair, around],
        Familiarity::Stranger => vec![everywhere, pair, around],
    };
    // A process that is not told addresses cannot tell networks apart; the others must do.
    if address.is_none() {
        buckets.retain(|bucket| bucket.rule != NETWORK);
    }
    buckets.sort();
    buckets
}

/// The bucket of somebody signed in who states their password again.
pub fn confirmation(user: UserId) -> Bucket {
    Bucket { subject: format!("password of {user}"), rule: DEVICE, emptied_by_success: true }
}

/// One provider's customer can take any address of their IPv6 /64, so that counts as one.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn subjects(address: &str, familiarity: Familiarity) -> Vec<String> {
        let buckets = buckets("ada@example.org", address.parse().ok(), familiarity);
        buckets.into_iter().map(|bucket| bucket.subject).collect()
    }

    #[test]
    fn a_known_device_is_not_delayed_by_others() {
        let device = Familiarity::Device(metier_core::Id::from_uuid(uuid::Uuid::nil()));
        assert_eq!(subjects("192.0.2.1", device), [format!("device {}", uuid::Uuid::nil())]);
    }

    #[test]
    fn a_known_address_is_not_delayed_by_guesses_from_elsewhere() {
        let subjects = subjects("192.0.2.1", Familiarity::Address);
        assert_eq!(subjects, ["account ada@example.org from 192.0.2.1", "network 192.0.2.1"]);
    }

    #[test]
    fn an_ipv6_network_counts_as_one() {
        assert_eq!(
            subjects("2001:db8:1:2::3", Familiarity::Stranger),
            subjects("2001:db8:1:2:ffff::9", Familiarity::Stranger)
        );
        assert_eq!(
            subjects("::ffff:192.0.2.1", Familiarity::Address),
            subjects("192.0.2.1", Familiarity::Address)
        );
    }

    #[test]
    fn delays_double_up_to_their_limit() {
        let buckets = buckets("a", "192.0.2.1".parse().ok(), Familiarity::Address);
        let delays: Vec<u64> =
            [4, 5, 6, 7, 8, 30, i64::MAX].map(|count| buckets[0].delay(count).as_secs()).into();
        assert_eq!(delays, [0, 1, 2, 4, 8, 900, 900]);
    }

    proptest! {
        #[test]
        fn one_more_failure_never_shortens_the_delay(failures in 0_i64..200) {
            for bucket in buckets("a", "192.0.2.1".parse().ok(), Familiarity::Stranger) {
                prop_assert!(bucket.delay(failures) <= bucket.delay(failures + 1));
            }
        }
    }
}
