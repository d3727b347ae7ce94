//! Updates: what was said about an incident or a maintenance, when, and of which services.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::domain::{Origin, PublicId, ServiceStatus, suiting_tag};

/// One update of an incident (`S` = `IncidentStatus`) or a maintenance (`S` = `MaintenanceStatus`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update<S> {
    /// Row number; orders updates of the same moment.
    pub number: i64,
    /// Public id.
    pub id: PublicId,
    /// Status from then on.
    pub status: S,
    /// Markdown, in the organization's own language.
    pub body: String,
    /// The same in other languages: Markdown by tag, the tag as [`crate::domain::usual_tag`] writes it.
    pub translations: BTreeMap<String, String>,
    /// When it takes effect, and the time visitors read.
    pub display_at: DateTime<Utc>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
    /// The services it speaks of, in order; `None` where it says nothing of services (`null` at the source).
    pub affected: Option<Vec<Affected>>,
    /// Whether subscribers were to be told, as the source says; true for our own.
    pub deliver_notifications: bool,
    /// Person or import.
    pub origin: Origin,
}

/// What an update says of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// The service's id; `None` for the source's element "No components were affected by this update.".
    pub service: Option<PublicId>,
    /// The service's name as it was written then, `Group - Service` for one in a group.
    pub name: String,
    /// Status before; `None` where the source gives none.
    pub old_status: Option<ServiceStatus>,
    /// Status from then on; `None` where the source gives none.
    pub new_status: Option<ServiceStatus>,
}

impl<S> Update<S> {
    /// The order of updates: effective time, then row number.
    pub fn order(&self) -> (DateTime<Utc>, i64) {
        (self.display_at, self.number)
    }

    /// What it says to a reader of `language` (BCP 47), in Markdown: the translation that suits, else the body.
    pub fn body_in(&self, language: &str) -> &str {
        let tag = suiting_tag(language, self.translations.keys().map(String::as_str));
        tag.and_then(|tag| self.translations.get(tag)).unwrap_or(&self.body)
    }

    /// The (service, new status) pairs it states, in order.
    pub fn stated(&self) -> impl Iterator<Item = (&PublicId, ServiceStatus)> {
        self.affected.iter().flatten().filter_map(|affected| Some((affected.service.as_ref()?, affected.new_status?)))
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::IncidentStatus;
    use crate::domain::samples::update;

    #[test]
    fn it_says_what_it_has_for_a_language_and_else_its_body() {
        let mut update = update(1, 5, IncidentStatus::Investigating, &[]);
        update.body = "We are looking.".to_owned();
        assert_eq!(update.body_in("de"), "We are looking.");
        let said = [("de", "Wir sehen nach."), ("pt-BR", "Estamos verificando.")];
        update.translations = said.map(|(tag, text)| (tag.to_owned(), text.to_owned())).into();
        for (language, text) in [
            ("de", "Wir sehen nach."),
            ("DE", "Wir sehen nach."),
            ("de-AT", "Wir sehen nach."),
            ("pt-br", "Estamos verificando."),
            ("pt", "Estamos verificando."),
            ("en", "We are looking."),
            ("fr", "We are looking."),
            ("", "We are looking."),
        ] {
            assert_eq!(update.body_in(language), text, "{language}");
        }
    }
}
