//! Other tools' data, and our own dumps, to domain values: pure, text in.

pub mod dump;
pub mod example;
