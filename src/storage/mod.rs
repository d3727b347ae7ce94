//! Object storage that speaks S3: conditional writes, reads, listings and deletions below one prefix of a bucket.
//!
//! An existing engine is what makes publishing and shared records safe; nothing here is clever about it. A [`Bucket`] is made of an
//! [`Address`], the [`Settings`] of the host and the process's [`Environment`], and may be used by many threads at once.
//!
//! # Who was first
//! A write says what it expects to find ([`Condition`]) and is told, apart from all failures, when somebody else was first
//! ([`Written::Defeated`]). A write whose answer is lost is sent again under the same condition; where that is refused, the object itself
//! says by its mark whether it is the one that was sent. Storage that passes over conditions would lose what somebody wrote, so whoever
//! depends on them asks it first ([`Bucket::honours_conditions`]).
//!
//! # What may be slow
//! Every request has time limits; passing failures are tried again with pauses that grow, for a bounded time ([`Patience`]).
//!
//! # Secrets
//! Credentials have no `Debug` that shows them, and requests are signed in their address: no address with a query ever reaches an error or a
//! log. Of what a host answers only the code of its error is told.

mod address;
mod answer;
mod bucket;
mod condition;
mod credentials;
mod dialect;
mod environment;
mod listing;
mod patience;
mod probe;
mod roots;
mod settings;
mod transport;

pub use address::Address;
pub use bucket::{About, Bucket, Found, Object, Put, Written, random_name};
pub use condition::{Condition, Etag, md5_of};
pub use environment::Environment;
pub use listing::Listed;
pub use patience::Patience;
pub use roots::{are_named_for_pages as names_roots_of_pages, of_pages as roots_of_pages};
pub use settings::Settings;
