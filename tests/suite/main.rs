//! The whole program from outside, and the rules of its house: one binary, so that it links once.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod built_site;
mod determinism;
mod fresh_org;
mod hostile;
mod import_laws;
mod leaks;
mod real_statuspage;
mod text_judges;
mod uptime_figures;
