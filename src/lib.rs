//! Statuary makes status pages that stay up when everything else is down.

pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod error;
pub mod export;
pub mod import;
pub mod ops;
pub mod render;
pub mod site;
pub mod snapshot;
pub mod store;
pub mod theme;
