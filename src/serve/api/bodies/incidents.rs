//! What is said of incidents.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::{Impact, IncidentStatus, ServiceStatus};
use crate::error::UserError;
use crate::ops::incident::{EditIncident, EditUpdate, NamedStatus, OpenIncident, UpdateIncident};
use crate::serve::api::bodies::{line, message, present};
use crate::serve::api::values::{Key, Line, Moment, given};

sent! {
    /// A service that an incident affects, and how where that is said.
    struct Affected {
        service: Key,
        #[serde(default, deserialize_with = "present")]
        status: Option<ServiceStatus>,
    }

    /// A service of which an update speaks, and how it does.
    struct Told {
        service: Key,
        status: ServiceStatus,
    }

    /// An incident to be opened.
    struct NewIncident {
        title: Line,
        #[serde(default, deserialize_with = "present")]
        impact: Option<Impact>,
        #[serde(default, deserialize_with = "present")]
        status: Option<IncidentStatus>,
        #[serde(default)]
        services: Vec<Affected>,
        #[serde(default, deserialize_with = "present")]
        message: Option<String>,
        #[serde(default)]
        translations: BTreeMap<String, String>,
        #[serde(default)]
        draft: bool,
        #[serde(default, deserialize_with = "present")]
        next_update_at: Option<Moment>,
        #[serde(default, deserialize_with = "present")]
        pub(in crate::serve::api) at: Option<Moment>,
    }

    /// What is to change of an incident.
    struct IncidentChange {
        #[serde(default, deserialize_with = "present")]
        title: Option<Line>,
        #[serde(default, deserialize_with = "present")]
        impact: Option<Impact>,
        #[serde(default, deserialize_with = "present")]
        pub(in crate::serve::api) at: Option<Moment>,
    }

    /// What is new about an incident.
    struct IncidentUpdate {
        #[serde(default, deserialize_with = "present")]
        status: Option<IncidentStatus>,
        #[serde(default)]
        services: Vec<Told>,
        #[serde(default, deserialize_with = "present")]
        message: Option<String>,
        #[serde(default)]
        translations: BTreeMap<String, String>,
        #[serde(default, deserialize_with = "present")]
        impact: Option<Impact>,
        #[serde(default, deserialize_with = "present")]
        next_update_at: Option<Moment>,
        #[serde(default, deserialize_with = "present")]
        pub(in crate::serve::api) at: Option<Moment>,
    }

    /// What is to change of an update.
    struct IncidentUpdateChange {
        #[serde(default, deserialize_with = "present")]
        status: Option<IncidentStatus>,
        #[serde(default, deserialize_with = "present")]
        services: Option<Vec<Told>>,
        #[serde(default, deserialize_with = "present")]
        message: Option<String>,
        #[serde(default)]
        translations: BTreeMap<String, Option<String>>,
        #[serde(default, deserialize_with = "given")]
        next_update_at: Option<Option<Moment>>,
        #[serde(default, deserialize_with = "present")]
        pub(in crate::serve::api) at: Option<Moment>,
    }

    /// From when on a publication counts.
    #[derive(Default)]
    struct Publication {
        #[serde(default, deserialize_with = "present")]
        pub(in crate::serve::api) at: Option<Moment>,
    }
}

impl Told {
    fn named(told: Self) -> NamedStatus {
        NamedStatus { service: told.service.0, status: Some(told.status) }
    }
}

impl NewIncident {
    /// What the deed is told.
    pub(in crate::serve::api) fn options(self) -> Result<OpenIncident, UserError> {
        let named = |affected: Affected| NamedStatus { service: affected.service.0, status: affected.status };
        Ok(OpenIncident {
            message: message(self.message.as_deref(), &self.translations)?,
            title: self.title.0,
            impact: self.impact,
            status: self.status,
            services: self.services.into_iter().map(named).collect(),
            draft: self.draft,
            next_update: self.next_update_at.map(|moment| moment.0),
        })
    }
}

impl IncidentChange {
    /// What the deed is told.
    pub(in crate::serve::api) fn options(self) -> EditIncident {
        EditIncident { title: line(self.title), impact: self.impact }
    }
}

impl IncidentUpdate {
    /// What the deed is told.
    pub(in crate::serve::api) fn options(self) -> Result<UpdateIncident, UserError> {
        Ok(UpdateIncident {
            message: message(self.message.as_deref(), &self.translations)?,
            status: self.status,
            services: self.services.into_iter().map(Told::named).collect(),
            impact: self.impact,
            next_update: self.next_update_at.map(|moment| moment.0),
        })
    }
}

impl IncidentUpdateChange {
    /// What the deed is told.
    pub(in crate::serve::api) fn options(self) -> EditUpdate {
        EditUpdate {
            message: self.message,
            translations: self.translations.into_iter().map(|(language, text)| (language, text.unwrap_or_default())).collect(),
            status: self.status,
            services: self.services.map(|services| services.into_iter().map(Told::named).collect()),
            next_update: self.next_update_at.map(|by| by.map(|moment| moment.0)),
        }
    }
}
