//! Folders of releases while several publish to them, or somebody meddles.
#![expect(clippy::disallowed_methods, reason = "a test meddles with files")]

use super::*;
use crate::publish::HeaderRules;
use crate::site::SitePath;

/// A built site that is one page, and the folder it goes to.
struct Page {
    temp: tempfile::TempDir,
}

impl Page {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir(temp.path().join("site")).unwrap();
        Self { temp }
    }

    fn folder(&self) -> PathBuf {
        self.temp.path().join("releases-of-it")
    }

    fn parcel(&self, number: u64) -> Parcel {
        let root = self.temp.path().join("site");
        let text = format!("page {number}");
        fs::write(root.join("index.html"), &text).unwrap();
        let files =
            vec![File { path: SitePath::new("index.html").unwrap(), content: Digest::of(text.as_bytes()), length: text.len() as u64 }];
        Parcel { site: "page".into(), root, generation: format!("{number:016x}").parse().unwrap(), files, headers: HeaderRules::default() }
    }

    fn publish(&self, number: u64) -> anyhow::Result<Moved> {
        publish(&self.folder(), &self.parcel(number), false, &|_, _| {})
    }

    /// Names among the releases, in order.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder().join(RELEASES)).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn shown(&self) -> String {
        fs::read_to_string(self.folder().join("current/index.html")).unwrap()
    }
}

#[test]
fn old_releases_go_when_there_is_time_and_before_there_are_too_many() {
    let page = Page::new();
    for number in 1..=4 {
        page.publish(number).unwrap();
    }
    assert_eq!(page.names().len(), 4, "nobody has waited for a removal");
    page.publish(5).unwrap();
    assert_eq!(page.names().len(), 4, "a publishing that was cut short before it removed anything");
    prune(&page.folder(), "page").unwrap();
    let kept: Vec<String> = [3, 4, 5].map(|number: u64| format!("{number:016x}")).into();
    assert_eq!((page.names(), page.shown().as_str()), (kept, "page 5"));
    prune(&page.folder(), "page").unwrap();
    assert_eq!(page.names().len(), 3);
    assert_eq!(prune(&page.folder(), "another").unwrap_err().kind, Kind::Conflict);
}

#[test]
fn whoever_publishes_just_now_is_left_alone() {
    let page = Page::new();
    for number in 1..=4 {
        page.publish(number).unwrap();
    }
    let found = Found::look(&page.folder(), "page").unwrap();
    let lock = found.take("page").unwrap();
    fs::create_dir(page.folder().join(RELEASES).join(STAGING)).unwrap();
    prune(&page.folder(), "page").unwrap();
    assert_eq!(page.names().len(), 5);
    assert_eq!(page.publish(5).unwrap_err().downcast::<UserError>().unwrap().kind, Kind::Conflict);
    drop(lock);
    // What one that was killed has staged is in nobody's way.
    prune(&page.folder(), "page").unwrap();
    assert_eq!(page.names().len(), 4);
    page.publish(5).unwrap();
    assert!(!page.names().contains(&STAGING.to_owned()));
}

#[test]
fn nothing_is_old_where_nobody_can_tell_what_is_current() {
    let page = Page::new();
    for number in 1..=4 {
        page.publish(number).unwrap();
    }
    // Somebody goes back to the first one, by another kind of link.
    let link = page.folder().join(CURRENT);
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(page.folder().join(RELEASES).join(format!("{:016x}", 1)), &link).unwrap();
    prune(&page.folder(), "page").unwrap();
    assert_eq!((page.names().len(), page.shown().as_str()), (4, "page 1"));
}

#[test]
fn of_several_first_publishers_one_has_the_folder() {
    for _ in 0..20 {
        let page = Page::new();
        let parcel = page.parcel(1);
        let publish = || publish(&page.folder(), &parcel, false, &|_, _| {});
        let outcomes: Vec<anyhow::Result<Moved>> = std::thread::scope(|scope| {
            let begun: Vec<_> = (0..4).map(|_| scope.spawn(publish)).collect();
            begun.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let written = outcomes.iter().filter(|outcome| outcome.as_ref().is_ok_and(|moved| moved.written == 1)).count();
        let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()?.downcast_ref::<UserError>());
        assert_eq!(written, 1, "{outcomes:?}");
        assert!(refused.into_iter().all(|error| error.kind == Kind::Conflict), "{outcomes:?}");
        assert_eq!((page.names().len(), page.shown().as_str()), (1, "page 1"));
        let mut left: Vec<_> = fs::read_dir(page.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [MARK, CURRENT, RELEASES]);
    }
}
