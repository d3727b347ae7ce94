//! The whole program from outside: one binary, so that it links once.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail by panicking")]

mod readme;
