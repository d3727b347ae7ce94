//! The client of object storage against a host: conditions, faults, credentials.

mod client;
mod faulty;
mod host;
mod identity;
mod state;

pub(crate) use faulty::{Fate, Faulty, Seen};
pub(crate) use host::TestStorage;
