//! Time and chance, handed in so that a test decides both.

use std::{fmt, sync::Arc};

use time::OffsetDateTime;

/// Where a plugin takes the time and its randomness from.
#[derive(Clone)]
pub struct Effects {
    now: Arc<dyn Fn() -> OffsetDateTime + Send + Sync>,
    chance: Arc<dyn Fn() -> f64 + Send + Sync>,
}

impl Effects {
    /// The machine's clock and the system's randomness.
    pub fn system() -> Self {
        Self { now: Arc::new(OffsetDateTime::now_utc), chance: Arc::new(rand::random::<f64>) }
    }

    /// A clock that stands still, and a die that always falls the same way.
    pub fn fixed(now: OffsetDateTime) -> Self {
        Self { now: Arc::new(move || now), chance: Arc::new(|| 0.5) }
    }

    /// The current moment.
    pub fn now(&self) -> OffsetDateTime {
        (self.now)()
    }

    /// A number from 0 up to 1.
    pub fn chance(&self) -> f64 {
        (self.chance)()
    }
}

impl fmt::Debug for Effects {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Effects")
    }
}
