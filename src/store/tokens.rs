//! Tokens: made, found by their secret's hash, revoked; and when each was last used.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Row, Transaction, TransactionBehavior, params};

use super::columns::{self, Moment, first, rows};
use super::failure::Of;
use super::open::PATIENCE;
use super::{OrgStore, Reader, Write};
use crate::domain::{SecretHash, Token};
use crate::error::UserError;

const TOKEN: &str = "number, name, role, created_at, created_by, last_used_at, revoked_at";

/// How finely the last use of a token is kept.
const USE_GRAIN: TimeDelta = TimeDelta::minutes(1);

/// How long a request waits so that a use can be noted.
const USE_PATIENCE: Duration = Duration::from_millis(25);

impl Write<'_> {
    /// Writes a new token, and fills in its number.
    ///
    /// # Errors
    /// A conflict where one that stands has its name; otherwise what writing can say.
    pub fn add_token(&self, token: &mut Token, hash: &SecretHash) -> Result<(), UserError> {
        let sql = "INSERT INTO tokens (name, role, hash, created_at, created_by) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.run(sql, params![token.name, token.role, hash.as_bytes(), Moment(token.created_at), token.created_by])?;
        token.number = self.connection.last_insert_rowid();
        Ok(())
    }

    /// Revokes a token that stands, for good: what it was known by is erased. Says whether it did.
    ///
    /// # Errors
    /// What writing can say.
    pub fn revoke_token(&self, number: i64) -> Result<bool, UserError> {
        // What is erased is overwritten, too.
        self.connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(())).of(&self.path)?;
        let sql = "UPDATE tokens SET hash = NULL, revoked_at = ?2 WHERE number = ?1 AND revoked_at IS NULL";
        Ok(self.run(sql, params![number, Moment(self.now())])? > 0)
    }
}

impl Reader {
    /// Every token, also revoked ones, oldest first.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn tokens(&self) -> Result<Vec<Token>, UserError> {
        rows(&self.connection, &format!("SELECT {TOKEN} FROM tokens ORDER BY number"), [], token).of(&self.path)
    }

    /// The token that stands and has a secret with this hash.
    ///
    /// # Errors
    /// What reading the file can say.
    pub fn token_with(&self, hash: &SecretHash) -> Result<Option<Token>, UserError> {
        let sql = format!("SELECT {TOKEN} FROM tokens WHERE hash = ?1 AND revoked_at IS NULL");
        first(&self.connection, &sql, params![hash.as_bytes()], token).of(&self.path)
    }
}

impl OrgStore {
    /// Notes that `token` was used at `now`, unless a use of the last minute is noted; says whether it did.
    ///
    /// A request must not wait or fail for it, so that it is not noted where others hold the file or nobody can write to it. The next use
    /// is, then.
    pub fn note_use(&self, token: &Token, now: DateTime<Utc>) -> bool {
        let is_noted = token.last_used_at.is_some_and(|last| now - last < USE_GRAIN);
        if is_noted || self.begun || self.connection.busy_timeout(USE_PATIENCE).is_err() {
            return false;
        }
        let noted = self.try_to_note_use(token.number, now).unwrap_or(false);
        // A connection that cannot be set to wait again would only be less patient.
        drop(self.connection.busy_timeout(PATIENCE));
        noted
    }

    fn try_to_note_use(&self, number: i64, now: DateTime<Utc>) -> Result<bool, UserError> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate).of(&self.path)?;
        self.check_still_there()?;
        self.check_once()?;
        let sql = "UPDATE tokens SET last_used_at = ?2
                   WHERE number = ?1 AND revoked_at IS NULL AND (last_used_at IS NULL OR last_used_at <= ?3)";
        let changed = transaction.execute(sql, params![number, Moment(now), Moment(now - USE_GRAIN)]).of(&self.path)?;
        transaction.commit().of(&self.path)?;
        Ok(changed > 0)
    }
}

fn token(row: &Row<'_>) -> rusqlite::Result<Token> {
    Ok(Token {
        number: row.get(0)?,
        name: row.get(1)?,
        role: row.get(2)?,
        created_at: columns::time(row, 3)?,
        created_by: row.get(4)?,
        last_used_at: columns::optional_time(row, 5)?,
        revoked_at: columns::optional_time(row, 6)?,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::samples::{at, event, new_store, write};
    use super::*;
    use crate::domain::{EventKind, Role, Secret, Subject};
    use crate::error::Kind;

    fn made(store: &mut OrgStore, name: &str) -> (Token, SecretHash) {
        let hash = Secret::random().unwrap().hash();
        let mut token = Token {
            number: 0,
            name: name.parse().unwrap(),
            role: Role::Editor,
            created_at: at(1),
            created_by: "ann".to_owned(),
            last_used_at: None,
            revoked_at: None,
        };
        write(store, |tx| Ok(tx.add_token(&mut token, &hash)?));
        (token, hash)
    }

    #[test]
    fn a_revoked_token_is_found_by_nothing_and_its_name_is_free() {
        let (_folder, mut store) = new_store();
        let (token, hash) = made(&mut store, "ci");
        assert_eq!(store.token_with(&hash).unwrap().as_ref(), Some(&token));
        let twice = store.write("ann", at(2), |tx| Ok(tx.add_token(&mut token.clone(), &SecretHash::of("other"))?)).unwrap_err();
        assert_eq!(twice.downcast::<UserError>().unwrap().kind, Kind::Conflict);
        assert!(write(&mut store, |tx| Ok(tx.revoke_token(token.number)?)));
        assert!(!write(&mut store, |tx| Ok(tx.revoke_token(token.number)?)), "it is revoked already");
        assert_eq!(store.token_with(&hash).unwrap(), None);
        let (second, _) = made(&mut store, "ci");
        assert_eq!(second.number, 2);
        assert_eq!(store.tokens().unwrap().iter().map(|token| token.revoked_at.is_some()).collect::<Vec<_>>(), [true, false]);
        let kept = "SELECT count(*) FROM tokens WHERE hash IS NOT NULL";
        assert_eq!(store.connection.query_row(kept, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
        let back = store.connection.execute("UPDATE tokens SET revoked_at = NULL WHERE number = 1", []).unwrap_err();
        assert!(back.to_string().starts_with("CHECK constraint failed"), "{back}");
    }

    #[test]
    fn a_record_with_nothing_but_tokens_is_empty_but_its_log_stays() {
        let (_folder, mut store) = new_store();
        assert!(!store.has_tokens().unwrap());
        let (token, _) = made(&mut store, "ci");
        write(&mut store, |tx| {
            tx.record(event(EventKind::TokenCreated, Subject::Organization))?;
            tx.revoke_token(token.number)?;
            tx.record(event(EventKind::TokenRevoked, Subject::Organization))?;
            Ok(())
        });
        assert!(store.has_tokens().unwrap() && store.is_empty().unwrap());
        let error = store.write("ann", at(2), |tx| Ok(tx.clear_events()?)).unwrap_err();
        assert_eq!(error.downcast::<UserError>().unwrap().kind, Kind::Conflict);
    }

    #[test]
    fn a_use_is_noted_once_a_minute_and_never_of_a_revoked_token() {
        let (_folder, mut store) = new_store();
        let (token, hash) = made(&mut store, "ci");
        assert!(store.note_use(&token, at(5)));
        let token = store.token_with(&hash).unwrap().unwrap();
        assert_eq!(token.last_used_at, Some(at(5)));
        assert!(!store.note_use(&token, at(5) + TimeDelta::seconds(59)));
        assert!(!store.note_use(&token, at(4)), "the clock may have been set back");
        assert!(store.note_use(&token, at(6)));
        assert!(!store.note_use(&token, at(6)), "another process may have noted it meanwhile");
        write(&mut store, |tx| Ok(tx.revoke_token(token.number)?));
        assert!(!store.note_use(&token, at(9)));
        assert_eq!(store.tokens().unwrap()[0].last_used_at, Some(at(6)));
        assert_eq!(store.latest_seq().unwrap(), 0, "it is no event");
    }

    #[test]
    fn nobody_waits_for_a_use_to_be_noted() {
        let (folder, mut store) = new_store();
        let (token, _) = made(&mut store, "ci");
        let other = OrgStore::open(&folder.path().join("org.db")).unwrap();
        other.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let begin = Instant::now();
        assert!(!store.note_use(&token, at(5)));
        assert!(begin.elapsed() < PATIENCE / 2, "{:?}", begin.elapsed());
        other.connection.execute_batch("ROLLBACK; BEGIN; SELECT * FROM tokens").unwrap();
        assert!(!store.note_use(&token, at(5)), "its commit would wait for a reader");
        assert_eq!(store.tokens().unwrap().len(), 1, "nothing is left open");
        other.connection.execute_batch("ROLLBACK").unwrap();
        assert!(store.note_use(&token, at(5)));
        let patience: i64 = store.connection.pragma_query_value(None, "busy_timeout", |row| row.get(0)).unwrap();
        assert_eq!(patience, 10_000);
        store.connection.pragma_update(None, "query_only", true).unwrap();
        assert!(!store.note_use(&token, at(9)), "nobody can write");
    }
}
