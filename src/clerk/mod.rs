//! What Clerk sends, judged and read without a network: signatures of webhooks, session tokens, events and saved listings.
//!
//! Pure: keys, bytes and the moment that counts as now go in; a message's id, a session or changes of the directory come out. Nothing is
//! believed before its signature is checked, over the bytes as they came. What prints a value for programmers shows no secret and no address.

mod keys;
mod listing;
mod objects;
mod payload;
mod permissions;
mod secrets;
mod signature;
mod token;

pub use keys::Keys;
pub use listing::{Listing, ListingKind};
pub use payload::{Event, Reading, read_event};
pub use secrets::Secrets;
pub use signature::{SignatureRefusal, verify};
pub use token::{OrganizationClaim, Session, TokenRefusal, TokenRules, looks_like_token};

/// The largest body of a webhook that is looked at, in bytes.
pub const LARGEST_BODY: usize = 512 * 1024;
