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
    /// By when another update is promised.
    pub next_update_at: Option<DateTime<Utc>>,
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

    /// The translation that suits a reader of `language` (BCP 47), in Markdown; `None` where there is none.
    pub fn translation(&self, language: &str) -> Option<&str> {
        let tag = suiting_tag(language, self.translations.keys().map(String::as_str));
        tag.and_then(|tag| self.translations.get(tag)).map(String::as_str)
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
    fn it_has_a_text_for_readers_of_a_language_or_one_like_it() {
        let mut update = update(1, 5, IncidentStatus::Investigating, &[]);
        assert_eq!(update.translation("de"), None);
        let said = [("de", "Wir sehen nach."), ("pt-BR", "Estamos verificando.")];
        update.translations = said.map(|(tag, text)| (tag.to_owned(), text.to_owned())).into();
        for (language, text) in [
            ("de", Some("Wir sehen nach.")),
            ("DE", Some("Wir sehen nach.")),
            ("de-AT", Some("Wir sehen nach.")),
            ("pt-br", Some("Estamos verificando.")),
            ("pt", Some("Estamos verificando.")),
            ("en", None),
            ("fr", None),
            ("", None),
        ] {
            assert_eq!(update.translation(language), text, "{language}");
        }
    }
}
