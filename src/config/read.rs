//! Reading what a person has named: never more than is wanted, and without waiting for a pipe that nobody fills.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl, open};

use crate::config::document::Document;
use crate::error::UserError;

/// More than any settings people write; a bigger file is a mistake.
const LARGEST_SETTINGS: u64 = 1 << 20;

/// The bytes of the file, pipe or device at `path`: all of them, or the first `most` and one more, by which it shows that there are more.
///
/// # Errors
/// What the disk says.
pub fn read_named(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_named(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens for reading: a pipe without a writer is empty, one with a writer is waited for.
fn open_named(path: &Path) -> io::Result<File> {
    let file = File::from(open(path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())?);
    if !file.metadata()?.is_file() {
        // Only opening must not wait; whoever fills it may take a while.
        fcntl_setfl(&file, fcntl_getfl(&file)?.difference(OFlags::NONBLOCK))?;
    }
    Ok(file)
}

/// Hands the text of a settings file that must lie in `folder` to `parse`, with its name for complaints.
///
/// # Errors
/// Bad input where it is a link that leaves the folder, no file, too large or no text; what `parse` says.
pub(super) fn settings_text<T>(path: &Path, folder: &Path, parse: impl FnOnce(&str) -> Result<T, UserError>) -> Result<T, UserError> {
    let cannot = |error: io::Error| super::write::cannot("read", path, &error);
    let whole = Document::new(path, "");
    let real = fs::canonicalize(path).map_err(cannot)?;
    if !fs::canonicalize(folder).is_ok_and(|folder| real.starts_with(folder)) {
        return Err(whole.refuse_whole("it is a link that leaves its folder").hint("put the file itself there"));
    }
    if !fs::metadata(&real).is_ok_and(|about| about.is_file()) {
        return Err(whole.refuse_whole("it is not a regular file"));
    }
    let bytes = read_named(&real, LARGEST_SETTINGS).map_err(cannot)?;
    if bytes.len() as u64 > LARGEST_SETTINGS {
        return Err(whole.refuse_whole("it is larger than 1 MiB"));
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => parse(text),
        Err(error) => {
            let good = String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default()).into_owned();
            let end = good.len();
            Err(Document::new(path, &good).refuse(&(end..end), "it is not UTF-8 text"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_read_than_shows_that_there_is_more() {
        assert_eq!(read_named(Path::new("/dev/zero"), 10).unwrap(), [0; 11]);
        assert!(read_named(Path::new("/dev/null"), 10).unwrap().is_empty());
        assert!(read_named(Path::new("/nowhere"), 10).is_err() && read_named(Path::new("/"), 10).is_err());
    }
}
