//! HTTP: what is built and what happens, to whoever asks.

pub mod live;
