//! What is said of services and groups.

use serde::Deserialize;

use crate::domain::{ServiceStatus, Slug};
use crate::ops::group::{AddGroup, EditGroup};
use crate::ops::service::ServiceSettings;
use crate::serve::api::bodies::{line, present};
use crate::serve::api::values::{Day, Key, Line, Moment, Position, given};

sent! {
    /// A service to be added.
    struct NewService {
        pub(in crate::serve::api) slug: Slug,
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
        pub(in crate::serve::api) at: Option<Moment>,
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
        pub(in crate::serve::api) at: Option<Moment>,
    }

    /// A status given by hand.
    struct ServiceStatusGiven {
        pub(in crate::serve::api) status: ServiceStatus,
        #[serde(default, deserialize_with = "present")]
        pub(in crate::serve::api) message: Option<String>,
        #[serde(default, deserialize_with = "present")]
        pub(in crate::serve::api) at: Option<Moment>,
    }

    /// A group to be added.
    struct NewGroup {
        slug: Slug,
        name: Line,
        #[serde(default, deserialize_with = "present")]
        position: Option<Position>,
        #[serde(default, deserialize_with = "present")]
        pub(in crate::serve::api) at: Option<Moment>,
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
        pub(in crate::serve::api) at: Option<Moment>,
    }
}

/// What a field says to a deed that clears by an empty text.
fn or_empty(said: Option<Option<String>>) -> Option<String> {
    said.map(Option::unwrap_or_default)
}

/// The settings of a service, as two kinds of body tell them.
macro_rules! settings_of {
    ($($name:ident),*) => {$(
        impl $name {
            /// What the deed is told.
            pub(in crate::serve::api) fn settings(self) -> ServiceSettings {
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
    pub(in crate::serve::api) fn options(self) -> AddGroup {
        AddGroup { slug: self.slug, name: self.name.0, position: self.position.map(|position| position.0) }
    }
}

impl GroupChange {
    /// What the deed is told.
    pub(in crate::serve::api) fn options(self) -> EditGroup {
        EditGroup {
            slug: self.slug,
            name: line(self.name),
            description: or_empty(self.description),
            position: self.position.map(|position| position.0),
        }
    }
}
