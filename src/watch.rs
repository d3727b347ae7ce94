//! Tells that something in a folder has changed, once it has been quiet for a moment.
//!
//! The system's own notices are used where it has them. They can be lost (a full queue, a network disk), so whoever waits looks for itself
//! now and then, too.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use notify::event::ModifyKind;
use notify::{Event, EventKind, RecursiveMode, Watcher};

use crate::error::UserError;

/// Changes that follow each other this closely are one.
const QUIET: Duration = Duration::from_millis(60);

/// However busy a folder is, it is told of after this time.
const LONGEST: Duration = Duration::from_millis(500);

/// What wakes whoever waits.
enum Notice {
    /// These paths have changed.
    Changed(Vec<PathBuf>),
    /// Somebody asks to look.
    Poked,
}

/// Notices of changes in the folders that are followed.
pub struct Changes {
    watcher: Option<notify::RecommendedWatcher>,
    notices: Receiver<Notice>,
    poke: Sender<Notice>,
    /// Folders that are followed, and whether with all below them.
    followed: Vec<(PathBuf, bool)>,
}

/// Wakes a [`Changes::wait`] from another thread.
#[derive(Clone)]
pub struct Poke(Sender<Notice>);

impl Poke {
    /// Ends the wait at once.
    pub fn poke(&self) {
        // Nobody waits any more where this fails.
        drop(self.0.send(Notice::Poked));
    }
}

impl Changes {
    /// Follows nothing yet. Where the system cannot give notice, [`Self::wait`] ends with its time only.
    pub fn begin() -> Self {
        let (poke, notices) = channel();
        let told = poke.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let paths = match event {
                Ok(event) if says_something(event.kind) => event.paths,
                Ok(_) => return,
                // What was lost can be anything.
                Err(error) => error.paths,
            };
            drop(told.send(Notice::Changed(paths)));
        });
        Self { watcher: watcher.ok(), notices, poke, followed: Vec::new() }
    }

    /// A handle that ends waits.
    pub fn poke(&self) -> Poke {
        Poke(self.poke.clone())
    }

    /// Whether the system gives notice of changes.
    pub fn is_told(&self) -> bool {
        self.watcher.is_some()
    }

    /// Follows exactly these folders from now on, each alone or with all below it. What is missing is passed over; it can be named again.
    pub fn follow(&mut self, folders: Vec<(PathBuf, bool)>) {
        let Some(watcher) = &mut self.watcher else { return };
        for (gone, _) in self.followed.iter().filter(|known| !folders.contains(known)) {
            // It may have been removed with its folder.
            drop(watcher.unwatch(gone));
        }
        let mut followed = Vec::new();
        for (folder, deep) in folders {
            let mode = if deep { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
            if self.followed.contains(&(folder.clone(), deep)) || watcher.watch(&folder, mode).is_ok() {
                followed.push((folder, deep));
            }
        }
        self.followed = followed;
    }

    /// Waits for a change, and then until it has been quiet for a moment: the paths that have changed; none where `longest` has passed or
    /// somebody poked.
    ///
    /// # Errors
    /// Failed where nobody can give notice any more, which would mean to wait for ever.
    pub fn wait(&self, longest: Duration) -> Result<Vec<PathBuf>, UserError> {
        let mut paths = match self.notices.recv_timeout(longest) {
            Ok(Notice::Changed(paths)) => paths,
            Ok(Notice::Poked) | Err(RecvTimeoutError::Timeout) => return Ok(Vec::new()),
            Err(RecvTimeoutError::Disconnected) => return Err(UserError::failed("nobody tells of changes any more")),
        };
        let begun = Instant::now();
        while begun.elapsed() < LONGEST {
            match self.notices.recv_timeout(QUIET) {
                Ok(Notice::Changed(more)) => paths.extend(more),
                Ok(Notice::Poked) | Err(_) => break,
            }
        }
        paths.sort_unstable();
        paths.dedup();
        Ok(paths)
    }
}

/// Reading a file is no change of it.
fn says_something(kind: EventKind) -> bool {
    !matches!(kind, EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test's own file need not be durable")]
    fn write(path: &Path, text: &str) {
        std::fs::write(path, text).unwrap();
    }

    const A_WHILE: Duration = Duration::from_secs(20);

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test opens its own file")]
    fn a_change_is_told_once_with_its_path_and_reading_is_none() {
        let temp = tempfile::tempdir().unwrap();
        let dir = std::fs::canonicalize(temp.path()).unwrap();
        let file = dir.join("org.toml");
        write(&file, "before");
        let mut changes = Changes::begin();
        assert!(changes.is_told());
        changes.follow(vec![(dir.clone(), false), (dir.join("absent"), true)]);
        write(&file, "after");
        assert_eq!(changes.wait(A_WHILE).unwrap(), std::slice::from_ref(&file));
        drop(std::fs::read(&file).unwrap());
        // A database is opened for writing by who only reads it: each build would be the reason for the next.
        drop(std::fs::OpenOptions::new().write(true).open(&file).unwrap());
        assert_eq!(changes.wait(Duration::from_millis(150)).unwrap(), Vec::<PathBuf>::new());
    }

    #[test]
    fn what_lies_below_is_followed_where_that_is_asked_for_and_until_it_is_not() {
        let temp = tempfile::tempdir().unwrap();
        let dir = std::fs::canonicalize(temp.path()).unwrap();
        std::process::Command::new("mkdir").arg("-p").arg(dir.join("deep/deeper")).status().unwrap();
        let file = dir.join("deep/deeper/style.css");
        let mut changes = Changes::begin();
        changes.follow(vec![(dir.join("deep"), true)]);
        write(&file, "a");
        assert_eq!(changes.wait(A_WHILE).unwrap(), std::slice::from_ref(&file));
        changes.follow(vec![(dir, false)]);
        write(&file, "b");
        assert_eq!(changes.wait(Duration::from_millis(150)).unwrap(), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_poke_ends_the_wait() {
        let changes = Changes::begin();
        let poke = changes.poke();
        let thread = std::thread::spawn(move || poke.poke());
        assert!(changes.wait(A_WHILE).unwrap().is_empty());
        thread.join().unwrap();
    }
}
