//! Other tools' data, and our own dumps, to domain values: pure, text in.

pub mod dump;
pub mod example;
//! Other tools' data to values of our own, pure.

pub mod html_body;
pub mod statuspage;
