//! Other tools' data, and our own dumps, to domain values: pure, text in.

pub mod alerts;
pub mod cstate;
pub mod dump;
pub mod example;
pub mod html_body;
mod json_fault;
mod markdown_inline;
mod markdown_writer;
pub mod source_folder;
pub mod statuspage;
mod tree;
pub mod upptime;
mod written_time;
