//! The whole program from outside, and the rules of its house: one binary, so that it links once.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod architecture;
mod arguments;
mod deeds;
mod readme;
mod test_org;
