//! Etags: whether a thing is still as somebody has read it.

use std::fmt;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::domain::{Service, Whole};

/// Tells what is recorded of a thing from everything else that was ever recorded of it: 32 hexadecimal digits that mean nothing else.
///
/// Another one whenever a deed changes the thing, and the same otherwise: time alone changes none, nor does what happens to other things.
/// So it says whether a change may be made, and not whether a report is current, which also tells what follows from the moment and from
/// other things, such as a service's status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Etag(String);

/// The statuses that a service was given by hand, as far as it takes to notice one more or one less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusesGiven {
    /// How many there are.
    pub count: i64,
    /// Number of the newest.
    pub newest: i64,
}

impl Etag {
    /// Of a group, an incident or a maintenance.
    pub fn of(thing: &impl Whole) -> Self {
        Self::digest(&thing.whole().to_string())
    }

    /// Of a service with the statuses it was given.
    pub fn of_service(service: &Service, given: StatusesGiven) -> Self {
        Self::digest(&format!("{} {} {}", service.whole(), given.count, given.newest))
    }

    /// It as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn digest(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }
}

impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
