//! A deed: who does something, when, and from when on it counts.

use chrono::{DateTime, Utc};

use crate::domain::{Affected, Origin, PublicId, Update};
use crate::error::UserError;
use crate::ops::Once;
use crate::ops::message::Message;

/// Who does a deed, when, and from when on it counts.
#[derive(Clone, Debug)]
pub struct Deed {
    /// Who does it, for the log.
    pub actor: String,
    /// When it is done.
    pub now: DateTime<Utc>,
    /// `--at`: from when on it counts; `None`: from now on.
    pub at: Option<DateTime<Utc>>,
    /// By what it is known where it is asked for again.
    pub once: Option<Once>,
}

impl Deed {
    /// What `actor` does at `now`, and what counts from then on.
    pub fn new(actor: impl Into<String>, now: DateTime<Utc>) -> Self {
        Self { actor: actor.into(), now, at: None, once: None }
    }

    /// The same, counting from `at` on.
    #[must_use]
    pub fn at(self, at: Option<DateTime<Utc>>) -> Self {
        Self { at, ..self }
    }

    /// From when on it counts, where that may not lie ahead.
    ///
    /// # Errors
    /// Usage where `--at` lies ahead.
    pub(super) fn effective(&self) -> Result<DateTime<Utc>, UserError> {
        match self.at {
            Some(at) if at > self.now => {
                Err(UserError::usage(format!("`--at` lies ahead: {}", at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)))
                    .hint("only `service status` and a maintenance window can be dated ahead"))
            }
            Some(at) => Ok(at),
            None => Ok(self.now),
        }
    }

    /// A new update that takes effect at `at`, with a person's message.
    pub(super) fn update<S>(
        &self,
        status: S,
        message: Option<&Message>,
        affected: Option<Vec<Affected>>,
        at: DateTime<Utc>,
    ) -> Result<Update<S>, UserError> {
        let (body, translations) = Message::words_of(message);
        Ok(Update {
            number: 0,
            id: PublicId::random()?,
            status,
            body,
            translations,
            display_at: at,
            created_at: self.now,
            updated_at: self.now,
            affected,
            deliver_notifications: true,
            origin: Origin::Person,
        })
    }

    /// From when on an update counts: `--at`, else now, or the newest update's time where the clock has fallen behind it.
    pub(super) fn effective_after(&self, newest: Option<DateTime<Utc>>) -> Result<DateTime<Utc>, UserError> {
        match (self.at, newest) {
            (None, Some(newest)) => Ok(self.now.max(newest)),
            _ => self.effective(),
        }
    }
}
