//! What is said of maintenance.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::MaintenanceStatus;
use crate::error::UserError;
use crate::ops::maintenance::{EditMaintenance, End, ScheduleMaintenance, UpdateMaintenance};
use crate::serve::api::bodies::{line, message, present};
use crate::serve::api::values::{Key, Line, Moment, Recurrence};

sent! {
    /// A maintenance to be announced.
    struct NewMaintenance {
        title: Line,
        scheduled_for: Moment,
        scheduled_until: Moment,
        #[serde(default)]
        services: Vec<Key>,
        #[serde(default, deserialize_with = "present")]
        message: Option<String>,
        #[serde(default)]
        translations: BTreeMap<String, String>,
        #[serde(default = "yes")]
        auto_start: bool,
        #[serde(default = "yes")]
        auto_finish: bool,
        #[serde(default, deserialize_with = "present")]
        repeat: Option<Recurrence>,
        #[serde(default, deserialize_with = "present")]
        pub(in crate::serve::api) at: Option<Moment>,
    }

    /// What is to change of a maintenance.
    struct MaintenanceChange {
        #[serde(default, deserialize_with = "present")]
        title: Option<Line>,
        #[serde(default, deserialize_with = "present")]
        scheduled_for: Option<Moment>,
        #[serde(default, deserialize_with = "present")]
        scheduled_until: Option<Moment>,
        #[serde(default, deserialize_with = "present")]
        services: Option<Vec<Key>>,
        #[serde(default, deserialize_with = "present")]
        auto_start: Option<bool>,
        #[serde(default, deserialize_with = "present")]
        auto_finish: Option<bool>,
        #[serde(default, deserialize_with = "present")]
        repeat: Option<Recurrence>,
        #[serde(default, deserialize_with = "present")]
        pub(in crate::serve::api) at: Option<Moment>,
    }

    /// What is new about a maintenance.
    struct MaintenanceUpdate {
        #[serde(default, deserialize_with = "present")]
        status: Option<MaintenanceStatus>,
        #[serde(default, deserialize_with = "present")]
        message: Option<String>,
        #[serde(default)]
        translations: BTreeMap<String, String>,
        #[serde(default, deserialize_with = "present")]
        pub(in crate::serve::api) at: Option<Moment>,
    }
}

fn yes() -> bool {
    true
}

impl NewMaintenance {
    /// What the deed is told.
    pub(in crate::serve::api) fn options(self) -> Result<ScheduleMaintenance, UserError> {
        Ok(ScheduleMaintenance {
            message: message(self.message.as_deref(), &self.translations)?,
            title: self.title.0,
            from: self.scheduled_for.0,
            until: self.scheduled_until.0,
            services: self.services.into_iter().map(|key| key.0).collect(),
            auto_start: self.auto_start,
            auto_finish: self.auto_finish,
            repeat: self.repeat.map(|rule| rule.0),
        })
    }
}

impl MaintenanceChange {
    /// What the deed is told.
    pub(in crate::serve::api) fn options(self) -> EditMaintenance {
        EditMaintenance {
            title: line(self.title),
            from: self.scheduled_for.map(|moment| moment.0),
            until: self.scheduled_until.map(|moment| End::At(moment.0)),
            services: self.services.map(|services| services.into_iter().map(|key| key.0).collect()),
            auto_start: self.auto_start,
            auto_finish: self.auto_finish,
            repeat: self.repeat.map(|rule| rule.0),
        }
    }
}

impl MaintenanceUpdate {
    /// What the deed is told.
    pub(in crate::serve::api) fn options(self) -> Result<UpdateMaintenance, UserError> {
        Ok(UpdateMaintenance { status: self.status, message: message(self.message.as_deref(), &self.translations)? })
    }
}
