//! Clerk and the running server: webhooks as they come over the network, members with sessions at the API, and that nothing of them gets out.

mod canaries;
mod crash;
pub(crate) mod home;
mod sessions;
mod webhooks;
mod whole_way;
