//! A deed: who does something, when, and from when on it counts.

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use chrono_tz::Tz;

use crate::domain::{Affected, Etag, Origin, PublicId, Update, moment_in};
use crate::error::{Kind, UserError};
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
    /// The etags of which the thing that is changed must have one, `*` standing for any: else it is not as whoever asks has read it.
    /// `None` expects nothing. A deed that makes something new has nothing to compare.
    pub expects: Option<Vec<String>>,
    /// Whether it is done on the copy here where the record is shared, to be pushed later.
    pub offline: bool,
    /// The zone in which whoever does it reads moments in errors; `None`: RFC 3339 in UTC.
    pub zone: Option<Tz>,
}

impl Deed {
    /// What `actor` does at `now`, and what counts from then on.
    pub fn new(actor: impl Into<String>, now: DateTime<Utc>) -> Self {
        Self { actor: actor.into(), now, at: None, once: None, expects: None, offline: false, zone: None }
    }

    /// The same, counting from `at` on.
    #[must_use]
    pub fn at(self, at: Option<DateTime<Utc>>) -> Self {
        Self { at, ..self }
    }

    /// Refuses a deed that was meant for the thing `key` as it was, `etag` saying how it is now.
    ///
    /// # Errors
    /// Changed where it has none of the etags that are expected.
    pub(super) fn expect(&self, what: &str, key: &str, etag: impl FnOnce() -> Result<Etag, UserError>) -> Result<(), UserError> {
        let Some(expected) = &self.expects else { return Ok(()) };
        if expected.iter().any(|one| one == "*") {
            return Ok(());
        }
        let etag = etag()?;
        if expected.iter().any(|one| one == etag.as_str()) {
            return Ok(());
        }
        Err(UserError::new(Kind::Changed, format!("{what} `{}` was changed meanwhile", key.escape_debug()))
            .hint("read it again, and decide anew"))
    }

    /// A moment in an error.
    pub(super) fn says(&self, moment: DateTime<Utc>) -> String {
        self.zone.map_or_else(|| moment.to_rfc3339_opts(SecondsFormat::AutoSi, true), |zone| moment_in(moment, zone))
    }

    /// `--at`, to the millisecond as everything is recorded.
    pub(super) fn stated(&self) -> Option<DateTime<Utc>> {
        self.at.map(|at| at.trunc_subsecs(3))
    }

    /// From when on it counts, where that may not lie ahead.
    ///
    /// # Errors
    /// Usage where `--at` lies ahead.
    pub(super) fn effective(&self) -> Result<DateTime<Utc>, UserError> {
        match self.stated() {
            Some(at) if at > self.now => Err(UserError::usage(format!("`--at` lies ahead: {}", self.says(at)))
                .hint("only `service status` and a maintenance window can be dated ahead")),
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
            next_update_at: None,
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
