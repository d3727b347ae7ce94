//! Answers: what requests came to that may be sent again, by who sent them and the key they gave.

use chrono::{DateTime, Utc};
use rusqlite::params;

use super::Write;
use super::columns::{Moment, first};
use super::failure::Of;
use crate::error::UserError;

/// What a request came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Who sent it: keys are each sender's own.
    pub asker: String,
    /// The key it came with.
    pub key: String,
    /// Tells what was asked from everything else.
    pub fingerprint: [u8; 32],
    /// The answer, as JSON.
    pub answer: String,
}

impl Write<'_> {
    /// What `asker` was answered to the request with this key.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn answer(&self, asker: &str, key: &str) -> Result<Option<Answer>, UserError> {
        let sql = "SELECT asker, key, fingerprint, answer FROM answers WHERE asker = ?1 AND key = ?2";
        let answer =
            |row: &rusqlite::Row<'_>| Ok(Answer { asker: row.get(0)?, key: row.get(1)?, fingerprint: row.get(2)?, answer: row.get(3)? });
        first(&self.connection, sql, params![asker, key], answer).of(&self.path)
    }

    /// Keeps what was answered.
    ///
    /// # Errors
    /// A conflict where the asker has used the key; otherwise what writing can say.
    pub fn keep_answer(&self, answer: &Answer) -> Result<(), UserError> {
        let sql = "INSERT INTO answers (asker, key, fingerprint, actor, at, answer) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let Answer { asker, key, fingerprint, answer } = answer;
        self.run(sql, params![asker, key, fingerprint, self.actor(), Moment(self.now()), answer]).map(drop)
    }

    /// Forgets what was answered before `moment`.
    ///
    /// # Errors
    /// What writing can say.
    pub fn forget_answers(&self, moment: DateTime<Utc>) -> Result<(), UserError> {
        self.run("DELETE FROM answers WHERE at < ?1", params![Moment(moment)]).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{at, new_store, write};
    use super::*;
    use crate::error::Kind;

    #[test]
    fn answers_are_kept_by_asker_and_key_until_they_are_forgotten() {
        let (_folder, mut store) = new_store();
        let of = |asker: &str| Answer { asker: asker.into(), key: "k".into(), fingerprint: [7; 32], answer: "{\"b\":1,\"a\":2}".into() };
        for (minute, asker) in [(1, "ann"), (2, "bob")] {
            store.write("x", at(minute), |tx| Ok(tx.keep_answer(&of(asker))?)).unwrap();
        }
        let found = |store: &mut super::super::OrgStore, asker: &str| write(store, |tx| Ok(tx.answer(asker, "k")?));
        assert_eq!(
            (found(&mut store, "ann"), found(&mut store, "bob"), found(&mut store, "eve")),
            (Some(of("ann")), Some(of("bob")), None)
        );
        let twice = store.write("x", at(3), |tx| Ok(tx.keep_answer(&of("ann"))?)).unwrap_err();
        assert_eq!(twice.downcast::<UserError>().unwrap().kind, Kind::Conflict);
        write(&mut store, |tx| Ok(tx.forget_answers(at(2))?));
        assert_eq!((found(&mut store, "ann"), found(&mut store, "bob")), (None, Some(of("bob"))));
    }
}
