//! The server: what meets the network, and what answers behind it.

pub mod front;
