//! A snapshot to the bytes of every public file, pure: HTML, JSON, feeds, event stream, sitemap.

pub mod event_stream;
pub mod feeds;
pub mod markdown;
pub mod native;
#[cfg(test)]
pub(crate) mod sample;
pub mod sitemap;
pub mod statuspage;
mod wire;
//! A snapshot and a theme become the bytes of each path.

pub mod html;
pub mod markdown;
pub mod page;
