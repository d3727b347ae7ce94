//! What programs send: the words of `--json`, nothing that is not known, `null` only where something can be cleared.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::{Impact, IncidentStatus, MaintenanceStatus, ServiceStatus, Slug};
use crate::error::UserError;
use crate::ops::group::{AddGroup, EditGroup};
use crate::ops::incident::{EditIncident, EditUpdate, NamedStatus, OpenIncident, UpdateIncident};
use crate::ops::maintenance::{EditMaintenance, End, ScheduleMaintenance, UpdateMaintenance};
use crate::ops::message::{Message, by_language};
use crate::ops::service::ServiceSettings;
use crate::serve::api::values::{Day, Key, Line, Moment, Position, given};

/// Declares what is sent: everything in it is known.
macro_rules! sent {
    ($($(#[$about:meta])* struct $name:ident { $($fields:tt)* })*) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name { $($fields)* }
    )*};
}

sent! {
    /// A service to be added.
    struct NewService {
        pub(super) slug: Slug,
        #[serde(default, deserialize_with = "present")]
        name: Option<Line>,
        #[serde(default, deserialize_with = "given")]
        description: Option<Option<String>>,
        #[serde(default, deserialize_with = "given")]
        link: Option<Option<String>>,
        #[serde(default, deserialize_with = "given")]
        group: Option<Option<Key>>,
        #[serde(default, deserialize_with = "present")]
        position: Option<Position>,
        #[serde(default, deserialize_with = "given")]
        start_date: Option<Option<Day>>,
        #[serde(default, deserialize_with = "present")]
        hidden: Option<bool>,
        #[serde(default, deserialize_with = "present")]
        showcase: Option<bool>,
        #[serde(default, deserialize_with = "present")]
        only_show_if_degraded: Option<bool>,
        #[serde(default, deserialize_with = "present")]
        pub(super) at: Option<Moment>,
    }

    /// What is to change of a service.
    struct ServiceChange {
        #[serde(default, deserialize_with = "present")]
        name: Option<Line>,
        #[serde(default, deserialize_with = "given")]
        description: Option<Option<String>>,
        #[serde(default, deserialize_with = "given")]
        link: Option<Option<String>>,
        #[serde(default, deserialize_with = "given")]
        group: Option<Option<Key>>,
        #[serde(default, deserialize_with = "present")]
        position: Option<Position>,
        #[serde(default, deserialize_with = "given")]
        start_date: Option<Option<Day>>,
        #[serde(default, deserialize_with = "present")]
        hidden: Option<bool>,
        #[serde(default, deserialize_with = "present")]
        showcase: Option<bool>,
        #[serde(default, deserialize_with = "present")]
        only_show_if_degraded: Option<bool>,
        #[serde(default, deserialize_with = "present")]
        pub(super) at: Option<Moment>,
    }

    /// A status given by hand.
    struct ServiceStatusGiven {
        pub(super) status: ServiceStatus,
        #[serde(default, deserialize_with = "present")]
        pub(super) message: Option<String>,
        #[serde(default, deserialize_with = "present")]
        pub(super) at: Option<Moment>,
    }

    /// A group to be added.
    struct NewGroup {
        slug: Slug,
        name: Line,
        #[serde(default, deserialize_with = "present")]
        position: Option<Position>,
        #[serde(default, deserialize_with = "present")]
        pub(super) at: Option<Moment>,
    }

    /// What is to change of a group.
    struct GroupChange {
        #[serde(default, deserialize_with = "present")]
        slug: Option<Slug>,
        #[serde(default, deserialize_with = "present")]
        name: Option<Line>,
        #[serde(default, deserialize_with = "given")]
        description: Option<Option<String>>,
        #[serde(default, deserialize_with = "present")]
        position: Option<Position>,
        #[serde(default, deserialize_with = "present")]
        pub(super) at: Option<Moment>,
    }

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
        pub(super) at: Option<Moment>,
    }

    /// What is to change of an incident.
    struct IncidentChange {
        #[serde(default, deserialize_with = "present")]
        title: Option<Line>,
        #[serde(default, deserialize_with = "present")]
        impact: Option<Impact>,
        #[serde(default, deserialize_with = "present")]
        pub(super) at: Option<Moment>,
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
        pub(super) at: Option<Moment>,
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
        #[serde(default, deserialize_with = "present")]
        pub(super) at: Option<Moment>,
    }

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
        pub(super) at: Option<Moment>,
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
        pub(super) at: Option<Moment>,
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
        pub(super) at: Option<Moment>,
    }

    /// Words on a step in the life of an incident or a maintenance.
    #[derive(Default)]
    struct Step {
        #[serde(default, deserialize_with = "present")]
        message: Option<String>,
        #[serde(default)]
        translations: BTreeMap<String, String>,
        #[serde(default, deserialize_with = "present")]
        pub(super) at: Option<Moment>,
    }

    /// From when on a publication counts.
    #[derive(Default)]
    struct Publication {
        #[serde(default, deserialize_with = "present")]
        pub(super) at: Option<Moment>,
    }
}

/// A field that may be left out but is never `null`.
fn present<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn yes() -> bool {
    true
}

/// What a field says to a deed that clears by an empty text.
fn or_empty(said: Option<Option<String>>) -> Option<String> {
    said.map(Option::unwrap_or_default)
}

fn line(said: Option<Line>) -> Option<String> {
    said.map(|line| line.0)
}

/// A message with its translations; white space at its end says nothing.
fn message(text: Option<&str>, translations: &BTreeMap<String, String>) -> Result<Option<Message>, UserError> {
    Message::translated(text.map(str::trim_end), &pairs(translations))
}

fn pairs(translations: &BTreeMap<String, String>) -> Vec<(String, String)> {
    translations.iter().map(|(language, text)| (language.clone(), text.trim_end().to_owned())).collect()
}

/// The settings of a service, as two kinds of body tell them.
macro_rules! settings_of {
    ($($name:ident),*) => {$(
        impl $name {
            /// What the deed is told.
            pub(super) fn settings(self) -> ServiceSettings {
                ServiceSettings {
                    name: line(self.name),
                    description: or_empty(self.description),
                    link: or_empty(self.link),
                    group: or_empty(self.group.map(|group| group.map(|key| key.0))),
                    position: self.position.map(|position| position.0),
                    start_date: self.start_date.map(|day| day.map(|day| day.0)),
                    hidden: self.hidden,
                    showcase: self.showcase,
                    only_show_if_degraded: self.only_show_if_degraded,
                }
            }
        }
    )*};
}

settings_of!(NewService, ServiceChange);

impl NewGroup {
    /// What the deed is told.
    pub(super) fn options(self) -> AddGroup {
        AddGroup { slug: self.slug, name: self.name.0, position: self.position.map(|position| position.0) }
    }
}

impl GroupChange {
    /// What the deed is told.
    pub(super) fn options(self) -> EditGroup {
        EditGroup {
            slug: self.slug,
            name: line(self.name),
            description: or_empty(self.description),
            position: self.position.map(|position| position.0),
        }
    }
}

impl Told {
    fn named(told: Self) -> NamedStatus {
        NamedStatus { service: told.service.0, status: Some(told.status) }
    }
}

impl NewIncident {
    /// What the deed is told.
    pub(super) fn options(self) -> Result<OpenIncident, UserError> {
        let named = |affected: Affected| NamedStatus { service: affected.service.0, status: affected.status };
        Ok(OpenIncident {
            message: message(self.message.as_deref(), &self.translations)?,
            title: self.title.0,
            impact: self.impact,
            status: self.status,
            services: self.services.into_iter().map(named).collect(),
            draft: self.draft,
        })
    }
}

impl IncidentChange {
    /// What the deed is told.
    pub(super) fn options(self) -> EditIncident {
        EditIncident { title: line(self.title), impact: self.impact }
    }
}

impl IncidentUpdate {
    /// What the deed is told.
    pub(super) fn options(self) -> Result<UpdateIncident, UserError> {
        Ok(UpdateIncident {
            message: message(self.message.as_deref(), &self.translations)?,
            status: self.status,
            services: self.services.into_iter().map(Told::named).collect(),
            impact: self.impact,
        })
    }
}

impl IncidentUpdateChange {
    /// What the deed is told.
    pub(super) fn options(self) -> Result<EditUpdate, UserError> {
        let translations = self.translations.into_iter().map(|(language, text)| (language, text.unwrap_or_default())).collect();
        Ok(EditUpdate {
            message: self.message.map(|message| message.trim_end().to_owned()),
            translations: by_language(&pairs(&translations))?,
            status: self.status,
            services: self.services.map(|services| services.into_iter().map(Told::named).collect()),
        })
    }
}

impl NewMaintenance {
    /// What the deed is told.
    pub(super) fn options(self) -> Result<ScheduleMaintenance, UserError> {
        Ok(ScheduleMaintenance {
            message: message(self.message.as_deref(), &self.translations)?,
            title: self.title.0,
            from: self.scheduled_for.0,
            until: self.scheduled_until.0,
            services: self.services.into_iter().map(|key| key.0).collect(),
            auto_start: self.auto_start,
            auto_finish: self.auto_finish,
        })
    }
}

impl MaintenanceChange {
    /// What the deed is told.
    pub(super) fn options(self) -> EditMaintenance {
        EditMaintenance {
            title: line(self.title),
            from: self.scheduled_for.map(|moment| moment.0),
            until: self.scheduled_until.map(|moment| End::At(moment.0)),
            services: self.services.map(|services| services.into_iter().map(|key| key.0).collect()),
            auto_start: self.auto_start,
            auto_finish: self.auto_finish,
        }
    }
}

impl MaintenanceUpdate {
    /// What the deed is told.
    pub(super) fn options(self) -> Result<UpdateMaintenance, UserError> {
        Ok(UpdateMaintenance { status: self.status, message: message(self.message.as_deref(), &self.translations)? })
    }
}

impl Step {
    /// What is said.
    pub(super) fn message(&self) -> Result<Option<Message>, UserError> {
        message(self.message.as_deref(), &self.translations)
    }
}
