//! What programs send: the words of `--json`, nothing that is not known, `null` only where something can be cleared.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::UserError;
use crate::ops::message::Message;
use crate::serve::api::values::{Line, Moment};

/// Declares what is sent: everything in it is known.
macro_rules! sent {
    ($($(#[$about:meta])* struct $name:ident { $($fields:tt)* })*) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(in crate::serve::api) struct $name { $($fields)* }
    )*};
}

mod catalogue;
mod checks;
mod incidents;
mod maintenance;

pub(super) use catalogue::{GroupChange, NewGroup, NewService, ServiceChange, ServiceStatusGiven};
pub(super) use checks::CheckFound;
pub(super) use incidents::{IncidentChange, IncidentUpdate, IncidentUpdateChange, NewIncident, Publication};
pub(super) use maintenance::{MaintenanceChange, MaintenanceUpdate, NewMaintenance};

sent! {
    /// Words on a step in the life of an incident or a maintenance.
    #[derive(Default)]
    struct Step {
        #[serde(default, deserialize_with = "present")]
        message: Option<String>,
        #[serde(default)]
        translations: BTreeMap<String, String>,
        #[serde(default, deserialize_with = "present")]
        pub(in crate::serve::api) at: Option<Moment>,
    }
}

impl Step {
    /// What is said.
    pub(in crate::serve::api) fn message(&self) -> Result<Option<Message>, UserError> {
        message(self.message.as_deref(), &self.translations)
    }
}

/// A field that may be left out but is never `null`.
fn present<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn line(said: Option<Line>) -> Option<String> {
    said.map(|line| line.0)
}

/// A message with its translations.
fn message(text: Option<&str>, translations: &BTreeMap<String, String>) -> Result<Option<Message>, UserError> {
    let pairs: Vec<(String, String)> = translations.iter().map(|(language, text)| (language.clone(), text.clone())).collect();
    Message::translated(text, &pairs)
}
