//! Other tools' data to values of our own, pure.

pub mod html_body;
pub mod statuspage;
