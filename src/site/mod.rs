//! Turns rendered pages into a folder that is whole at every instant.
//!
//! A build goes through five steps: [`lock`], [`OutputFolder::open`] (what is there), [`plan()`] (pure: what to make, keep, remove),
//! [`Stage::put`] for each page to make, [`Stage::switch`]. Until the switch the site is untouched; a stage that is dropped leaves
//! nothing behind.
//!
//! # Locking
//!
//! One lock per organization (`.statuary/lock`, an advisory lock the system gives back when the process ends) covers all its output
//! folders. It is taken before the folder is opened, since the manifest read then is what the switch builds on. Readers take no
//! lock: each file changes by one rename. Two organizations must not share an output folder; the second is refused.
//!
//! # Compatibility
//!
//! Everything in `.statuary` may be deleted: the next build then asks for `--force` to take its old folder over. Records that are
//! damaged, or of another version, count as absent, and the folder still as statuary's: all pages are made again, and files nobody
//! remembers stay. Records name the folder by its way from the organization's folder, so that both can be moved or copied together.
//! Files that statuary did not write are never removed, and written over only with `--force`.
//!
//! # Performance
//!
//! The cost of a build is that of its stale pages: one look at the old file, one file made, one rename. Durability costs two
//! barriers per build (`syncfs`), not one per file; a small update syncs its few files instead, which does not wait for what other
//! programs write. Pages that are kept cost nothing here, so a kept page that somebody removed by
//! hand comes back only with `--force`, or when the home page is missing too. A fresh folder is one rename.
//!
//! Pages may come in sections ([`SectionSpec`]): each is listed in a record of its own, and one whose pages have not changed is kept
//! without being read, so that a small change of a large site costs little. After a switch that was cut short, and wherever the records
//! are in doubt, all sections are read ([`OutputFolder::is_trusted`]).
//!
//! # Filesystems
//!
//! Files are staged in `.statuary/staging` where that shares the output folder's mount, else beside the output folder, else (a
//! mount point) in a hidden folder inside it; a killed build's leftovers there go with the next one. Where `syncfs` is missing or
//! fails, every file and folder is synced by itself. The order of steps is: staged files durable; pending list durable, which names
//! all paths that are about to change; renames; removals; those durable; manifest; pending list removed. So after a kill or power
//! cut at any step the next build knows which files may be old or new, and makes them again. Links inside the output folder are
//! replaced where a page goes and refused where a folder goes; the output folder itself may be a link. Nothing guards against
//! somebody with write access who exchanges folders for links while a switch runs.

mod digest;
mod folder;
mod found;
mod generation;
mod manifest;
mod path;
mod place;
mod plan;
mod records;
mod stage;
mod switch;
mod write;

#[cfg(test)]
mod tests;

pub use digest::{Digest, DigestBuilder};
pub use folder::{Lock, OutputFolder, lock};
pub use found::MARK;
pub use generation::Generation;
pub use manifest::{Entry, Manifest, Section};
pub use path::{Phase, SitePath};
pub use plan::{PageSpec, Plan, SectionSpec, plan};
pub use stage::Stage;
pub use switch::SwitchReport;
