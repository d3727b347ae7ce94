//! The built site taken to where visitors are: a folder of releases, object storage, or whatever an operator's own program knows.
//!
//! A [`Parcel`] is the site as a build left it: the files its manifest lists, with their digests, the generation that its home page
//! carries, and the headers of its `_headers`. Each kind of target takes one and says what it changed; then the site is read back through its
//! public address. Targets know nothing of each other.
//!
//! # Locking
//!
//! No lock of builds is held while a site is on its way: a slow host must not keep anybody from building. Every file is compared with its
//! digest when it is read; one that has changed meanwhile ends the attempt, and the caller begins again with a new parcel. Each target has
//! a lock of its own: in object storage a claim in the object that also lists what is there, in a folder of releases an advisory lock.
//! Whoever is to publish and meets a lock that is held is refused at once and changes nothing; old releases are left to whoever holds it.
//! An operator's program holds its target's lock itself as long as it runs, and whatever ends a publishing early ends it first
//! ([`Uploaders`]).
//!
//! # Compatibility
//!
//! What a target remembers lies with the target, in `.statuary-site.gz` and `.statuary-releases`; a version that is not known is refused.
//! What lies in the organization's `.statuary/` is only for telling and for commands, and may be deleted.
//!
//! # Performance
//!
//! A publishing to storage costs what has changed: no file is read that the target has already. In folders what is there already is read and
//! compared, since somebody may have changed it, and not written again. Memory is bounded by the lists of paths and a few files per thread.

mod bucket;
mod command;
mod disk;
mod folder;
mod headers;
mod parcel;
mod read_back;
mod record;
mod uploaders;

pub use bucket::{Bucketful, Holding, publish as to_bucket};
pub use command::{Program, run as to_command};
pub use folder::{prune as prune_folder, publish as to_folder};
pub use headers::HeaderRules;
pub use parcel::{Changed, File, Parcel};
pub use read_back::{Reader, Seen, Wanted};
pub use record::{Held, Outcome, Record, Records};
pub use uploaders::Uploaders;

use crate::site::Generation;

/// Told how far a publishing is: (files done, files to do).
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// What was done at a target, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Files that are new there or have new bytes.
    pub written: usize,
    /// Files that were there already.
    pub kept: usize,
    /// Files removed.
    pub removed: usize,
    /// The generation that was there before.
    pub previous: Option<Generation>,
    /// What the operator's program said, line by line.
    pub said: Vec<String>,
}
