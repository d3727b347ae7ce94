//! A snapshot and a theme become the bytes of each path.

pub mod html;
pub mod markdown;
pub mod page;
