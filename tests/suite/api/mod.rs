//! The HTTP API of the real server: what it does is what the command line does, and whoever may not is refused.

pub(crate) mod client;
mod once;
mod pages;
mod recurring;
mod refusals;
mod same_deeds;
mod under_fire;
