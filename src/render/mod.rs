//! From values to bytes: the pure functions behind every file of a site.

pub mod markdown;
#[cfg(test)]
pub(crate) mod visible_text;
