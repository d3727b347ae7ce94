//! What SQLite's errors mean to a person: the one place where they get a kind, a sentence and the name of the file.

use std::path::Path;

use rusqlite::{Error, ErrorCode};

use crate::error::{Kind, UserError};

/// Says of which file an error tells.
pub(super) trait Of<T> {
    /// The result with an error for people that names `path`.
    fn of(self, path: &Path) -> Result<T, UserError>;
}

impl<T> Of<T> for rusqlite::Result<T> {
    fn of(self, path: &Path) -> Result<T, UserError> {
        self.map_err(|error| explain(path, &error))
    }
}

/// The error of `path` in words.
fn explain(path: &Path, error: &Error) -> UserError {
    let name = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => busy(path),
        Some(ErrorCode::DiskFull) => UserError::failed(format!("cannot write `{name}`: no space left")),
        Some(ErrorCode::ReadOnly) => UserError::failed(format!("cannot write `{name}`: it is read-only")),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => UserError::failed(format!("cannot open `{name}`")),
        Some(ErrorCode::SystemIoFailure) => UserError::failed(format!("cannot read or write `{name}`: {}", reason(error))),
        Some(ErrorCode::ConstraintViolation) => UserError::conflict(format!("`{name}` refuses this: {}", reason(error))),
        Some(ErrorCode::NotADatabase) => foreign(path),
        // Our own statements are correct, so what they stumble over is the file.
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::Unknown) => damaged(path, &reason(error)),
        Some(_) => UserError::failed(format!("cannot use `{name}`: {}", reason(error))),
        None => damaged(path, &reason(error)),
    }
}

/// The error of a file that another process works on.
pub(super) fn busy(path: &Path) -> UserError {
    UserError::new(Kind::Busy, format!("`{}` is held by another process", path.display())).hint("try again in a moment")
}

/// The error of a file that is not an organization's data.
pub(super) fn foreign(path: &Path) -> UserError {
    UserError::bad_input(format!("`{}` is not an organization's data", path.display()))
}

/// The error of a file whose content cannot be right.
pub(super) fn damaged(path: &Path, why: &str) -> UserError {
    UserError::bad_input(format!("`{}` is damaged: {why}", path.display())).hint("put a backup in its place")
}

/// The error of a file that an interrupted `create` left behind.
pub(super) fn unfinished(path: &Path) -> UserError {
    UserError::bad_input(format!("`{}` is empty: its creation was interrupted", path.display()))
        .hint("put a backup in its place, read a dump with `statuary import dump`, or begin with `statuary service add`")
}

/// Whether the system lets this process write to a file.
#[cfg(unix)]
pub(super) fn is_writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Whether the system lets this process write to a file.
#[cfg(not(unix))]
pub(super) fn is_writable(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| !metadata.permissions().readonly())
}

/// SQLite's reason on one line, short and without control characters.
fn reason(error: &Error) -> String {
    let text = match error {
        Error::SqliteFailure(_, Some(text)) | Error::SqlInputError { msg: text, .. } => text.clone(),
        other => other.to_string(),
    };
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn what_sqlite_reports_is_told_in_our_words() {
        let told = |code: i32| {
            let error = explain(Path::new("org.db"), &Error::SqliteFailure(ffi::Error::new(code), Some("why it is so".to_owned())));
            (error.kind, error.message, error.hint.unwrap_or_default())
        };
        for (code, kind, message, hint) in [
            (ffi::SQLITE_BUSY, Kind::Busy, "`org.db` is held by another process", "try again in a moment"),
            (ffi::SQLITE_FULL, Kind::Failed, "cannot write `org.db`: no space left", ""),
            (ffi::SQLITE_READONLY, Kind::Failed, "cannot write `org.db`: it is read-only", ""),
            (ffi::SQLITE_CANTOPEN, Kind::Failed, "cannot open `org.db`", ""),
            (ffi::SQLITE_IOERR, Kind::Failed, "cannot read or write `org.db`: why it is so", ""),
            (ffi::SQLITE_CONSTRAINT, Kind::Conflict, "`org.db` refuses this: why it is so", ""),
            (ffi::SQLITE_NOTADB, Kind::BadInput, "`org.db` is not an organization's data", ""),
            (ffi::SQLITE_CORRUPT, Kind::BadInput, "`org.db` is damaged: why it is so", "put a backup in its place"),
            (ffi::SQLITE_NOMEM, Kind::Failed, "cannot use `org.db`: why it is so", ""),
        ] {
            assert_eq!(told(code), (kind, message.to_owned(), hint.to_owned()));
        }
    }
}
