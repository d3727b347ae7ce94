//! Other tools' data to values of our own, pure.

pub mod html_body;
mod markdown_inline;
mod markdown_writer;
