//! A snapshot and a theme become the bytes of every public file: HTML, JSON, feeds, calendar, badges, event stream, sitemap. Pure.

pub mod badges;
pub mod calendar;
pub mod event_stream;
pub mod feeds;
pub mod html;
pub mod markdown;
pub mod native;
pub mod page;
pub mod pages;
#[cfg(test)]
pub(crate) mod sample;
pub mod sitemap;
pub mod statuspage;
#[cfg(test)]
pub(crate) mod visible_text;
mod wire;
