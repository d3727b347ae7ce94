//! Files that a person names in a command, `-` being standard input: read alike for every verb, and what is wrong with one is told alike;
//! only of many files of which others can be used it is told as a warning.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::config::read::read_named;
use crate::error::{Kind, UserError, reason};

/// Why a file that was named cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub struct Unusable {
    kind: Kind,
    /// Why, in the grammar of messages.
    pub reason: String,
    /// How many bytes were read to tell.
    pub read: u64,
}

impl Unusable {
    /// What a person is told of the file at `path`.
    fn complaint(&self, path: &Path) -> UserError {
        self.complaint_about(&name_of_given(path))
    }

    fn complaint_about(&self, name: &str) -> UserError {
        UserError::new(self.kind, format!("cannot read `{name}`: {}", self.reason))
    }

    fn refused(error: &io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename => Kind::NotFound,
            io::ErrorKind::IsADirectory => Kind::Usage,
            _ => Kind::Failed,
        };
        Self { kind, reason: reason(error), read: 0 }
    }

    fn too_large(most: u64, read: u64) -> Self {
        Self { kind: Kind::BadInput, reason: format!("is larger than {} MiB", most >> 20), read }
    }
}

/// Whether this stands for standard input.
pub fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What a path is called in complaints.
pub fn name_of_given(path: &Path) -> String {
    if is_standard_input(path) { "standard input".to_owned() } else { path.display().to_string() }
}

/// What is at a path that was named; `-` is a path like any other.
///
/// # Errors
/// Not found where nothing is there; failed where the disk refuses.
pub fn about_given(path: &Path) -> Result<fs::Metadata, UserError> {
    fs::metadata(path).map_err(|error| Unusable::refused(&error).complaint_about(&path.display().to_string()))
}

/// The bytes of a file of at most `most`, which is in whole MiB.
///
/// # Errors
/// Not found where nothing is there; usage for a folder; bad input for what is too large; failed where the disk refuses.
pub fn read_given(path: &Path, most: u64) -> Result<Vec<u8>, UserError> {
    bytes_of_given(path, most).map_err(|unusable| unusable.complaint(path))
}

/// The text of a file of at most `most` bytes, which is in whole MiB.
///
/// # Errors
/// As for [`read_given`]; bad input for what is no text.
pub fn read_given_text(path: &Path, most: u64) -> Result<String, UserError> {
    text_of_given(path, most).map_err(|unusable| unusable.complaint(path))
}

fn bytes_of_given(path: &Path, most: u64) -> Result<Vec<u8>, Unusable> {
    let bytes = if is_standard_input(path) {
        let mut bytes = Vec::new();
        io::stdin().lock().take(most.saturating_add(1)).read_to_end(&mut bytes).map(|_| bytes)
    } else if fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() > most) {
        return Err(Unusable::too_large(most, 0));
    } else {
        read_named(path, most)
    };
    let bytes = bytes.map_err(|error| Unusable::refused(&error))?;
    let read = bytes.len() as u64;
    if read > most { Err(Unusable::too_large(most, read)) } else { Ok(bytes) }
}

/// As [`read_given_text`], for whoever goes on without the file.
///
/// # Errors
/// Why it cannot be used.
pub fn text_of_given(path: &Path, most: u64) -> Result<String, Unusable> {
    let bytes = bytes_of_given(path, most)?;
    let read = bytes.len() as u64;
    String::from_utf8(bytes).map_err(|error| {
        let reason = format!("is not UTF-8 at byte {}", error.utf8_error().valid_up_to());
        Unusable { kind: Kind::BadInput, reason, read }
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests arrange files")]

    use super::*;

    #[test]
    fn what_is_wrong_with_a_file_gives_the_kind_of_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("text"), "words").unwrap();
        fs::write(path("bytes"), b"ab\xff").unwrap();
        fs::write(path("large"), vec![b'a'; (1 << 20) + 1]).unwrap();
        assert_eq!(read_given_text(&path("text"), 1 << 20).unwrap(), "words");
        assert_eq!(read_given(&path("bytes"), 1 << 20).unwrap(), b"ab\xff");
        for (name, kind, reason, read) in [
            ("none", Kind::NotFound, "no such file or directory", 0),
            ("text/none", Kind::NotFound, "not a directory", 0),
            (&"x".repeat(5000), Kind::NotFound, "file name too long", 0),
            ("", Kind::Usage, "is a directory", 0),
            ("bytes", Kind::BadInput, "is not UTF-8 at byte 2", 3),
            ("large", Kind::BadInput, "is larger than 1 MiB", 0),
        ] {
            let refused = text_of_given(&path(name), 1 << 20).unwrap_err();
            assert_eq!(refused, Unusable { kind, reason: reason.to_owned(), read }, "{name}");
        }
        let endless = bytes_of_given(Path::new("/dev/zero"), 1 << 20).unwrap_err();
        assert_eq!(endless, Unusable { kind: Kind::BadInput, reason: "is larger than 1 MiB".to_owned(), read: (1 << 20) + 1 });
        let refused = Unusable::refused(&io::Error::from_raw_os_error(13)).complaint(Path::new("-"));
        assert_eq!((refused.kind, refused.message.as_str()), (Kind::Failed, "cannot read `standard input`: permission denied"));
        assert_eq!(about_given(&path("none")).unwrap_err().kind, Kind::NotFound);
    }
}
