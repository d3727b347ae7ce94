//! Knowing a site again whose record is gone: a checkout or a cache that kept the built folder and not the dot folder.

use std::io;
use std::path::Path;

use super::manifest::{Entry, Manifest};
use super::path::SitePath;

/// The first line of `_headers`, by which a folder is known as a site of statuary.
pub const MARK: &str = "# Made by statuary";

/// What a site has at its top; anything else in the folder is a stranger's and stays.
const FOLDERS: &[&str] = &["api", "assets", "badge", "history", "incidents", "maintenance", "services", "uptime"];
const FILES: &[&str] = &[
    "404.html",
    "_headers",
    "badge.svg",
    "embed.html",
    "events.sse",
    "feed.json",
    "history.atom",
    "history.rss",
    "index.html",
    "maintenance.ics",
    "robots.txt",
];

/// The files of the site in `out`, their digests unknown; `None` where it is no site of ours.
pub(super) fn found_site(out: &Path) -> io::Result<Option<Manifest>> {
    match std::fs::read(out.join("_headers")) {
        Ok(file) if file.starts_with(MARK.as_bytes()) => {}
        Ok(_) => return Ok(None),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut pages = Vec::new();
    collect(out, "", &mut pages)?;
    Ok(Some(Manifest::of(pages)))
}

/// Whether a folder holds the pages of a language: it is called so, and has pages that only we make together.
fn is_language(folder: &Path, name: &str) -> bool {
    let is_tag = name.len() >= 2
        && name.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    is_tag
        && ["index.html", "embed.html", "404.html", "history/index.html", "uptime/index.html"]
            .iter()
            .all(|page| folder.join(page).is_file())
}

fn collect(folder: &Path, above: &str, pages: &mut Vec<(SitePath, Entry)>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let kind = entry.file_type()?;
        let ours = match kind.is_dir() {
            true => FOLDERS.contains(&name.as_str()) || is_language(&entry.path(), &name),
            false => is_file_of_ours(&name),
        };
        if above.is_empty() && !ours {
            continue;
        }
        let path = format!("{above}{name}");
        if kind.is_dir() {
            collect(&entry.path(), &format!("{path}/"), pages)?;
        } else if kind.is_file()
            && let Ok(path) = SitePath::new(&path)
        {
            pages.push((path, Entry { length: entry.metadata()?.len(), ..Entry::UNKNOWN }));
        }
    }
    Ok(())
}

fn is_file_of_ours(name: &str) -> bool {
    FILES.contains(&name) || (name.starts_with("sitemap") && name.ends_with(".xml"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests arrange folders")]

    use std::fs;

    use super::*;

    #[test]
    fn a_marked_folder_is_known_again_and_strangers_in_it_are_not_ours() {
        let out = tempfile::tempdir().unwrap();
        for (path, text) in
            [("CNAME", "x"), ("index.html", "x"), ("incidents/a/index.html", "xy"), ("notes/mine.html", "x"), ("sitemap-1.xml", "x")]
        {
            let path = out.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        assert!(found_site(out.path()).unwrap().is_none());
        fs::write(out.path().join("_headers"), format!("{MARK}\n/*\n")).unwrap();
        std::os::unix::fs::symlink("/etc", out.path().join("incidents/etc")).unwrap();
        let found = found_site(out.path()).unwrap().unwrap();
        let paths: Vec<&str> = found.pages().iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["_headers", "incidents/a/index.html", "index.html", "sitemap-1.xml"]);
        assert!(found.pages().iter().all(|(_, entry)| entry.digest.is_none()));
    }
}
