//! Ways to write a path that shall lead out of the published folder, or to what is hidden in it.

use super::client::{PATIENCE, Target};

/// What no file of a published folder holds: written into everything else, it shows an escape.
pub(super) const CANARY: &str = "zqvex-not-for-anybody";

/// One step up, as it has been written to get past somebody's check.
const UP: &[&str] = &[
    "..",
    "%2e%2e",
    "%2E%2E",
    ".%2e",
    "%2e.",
    "%252e%252e",
    "..;",
    "..%00",
    "%c0%ae%c0%ae",
    "%u002e%u002e",
    "....",
    "..%20",
    "..%09",
    "%ef%bc%8e%ef%bc%8e",
];

/// What stands between two names.
const BETWEEN: &[&str] = &["/", "%2f", "%2F", "\\", "%5c", "//", "/./", "%252f", "%c0%af"];

/// What lies outside, from the published folder.
const OUTSIDE: &[&str] = &["org.toml", "org.db", "overrides/words/en.toml", "statuary.toml"];

/// What needs no step up: hidden files, links, and names that some systems or servers read in their own way.
const WITHIN: &[&str] = &[
    "/.env",
    "/.git/config",
    "/%2egit/config",
    "/.statuary/manifest.json",
    "/_headers",
    "/to-file",
    "/to-file/",
    "/to-folder/org.toml",
    "/to-folder/",
    "/to-root/etc/passwd",
    "/to-root/",
    "/services/to-file",
    "/services/to-folder/org.toml",
    "/services/to-index/",
    "/org.toml",
    "/org.db",
    "/statuary.toml",
    "/public/index.html",
    "//etc/passwd",
    "///etc/passwd",
    "/file:///etc/passwd",
    "/C:/org.toml",
    "/org.toml::$DATA",
    "/org.toml%00.html",
    "/index.html/../../org.toml",
    "/index.html%00",
    "/?/../org.toml",
    "/~root/",
    "/proc/self/environ",
    "/%2fetc/passwd",
    "/%5cetc%5cpasswd",
    "/services/..%2f..%2forg.toml?x=/",
];

/// Every spelling.
fn spellings() -> Vec<String> {
    let mut all: Vec<String> = WITHIN.iter().map(|path| (*path).to_owned()).collect();
    for (number, up) in UP.iter().enumerate() {
        for (other, between) in BETWEEN.iter().enumerate() {
            let outside = OUTSIDE[(number + other) % OUTSIDE.len()];
            let file = outside.replace('/', between);
            all.push(format!("/{up}{between}{file}"));
            all.push(format!("/services{between}{up}{between}{up}{between}{file}"));
        }
    }
    all
}

/// Asks for each spelling below `target`'s folder of the site; none may be answered with what is not published. Gives how many there were.
pub(super) fn outside(target: &Target<'_>) -> usize {
    let all = spellings();
    assert!(all.len() >= 164, "{}", all.len());
    for spelling in &all {
        for method in ["GET", "HEAD"] {
            let request = format!("{method} {spelling} HTTP/1.1\r\nHost: {}\r\nRange: bytes=0-\r\nConnection: close\r\n\r\n", target.host);
            let answers = target.send(request.as_bytes());
            let text = answers.text();
            assert!(answers.closed && !text.is_empty(), "{method} {spelling}: no answer");
            let home = spelling.starts_with("/?") && matches!(answers.status(), 200 | 206);
            assert!(home || matches!(answers.status(), 301 | 400 | 404), "{method} {spelling}: {text}");
            for secret in [CANARY, "SQLite format 3", "root:x:"] {
                assert!(!text.contains(secret), "{method} {spelling}: {text}");
            }
            // A redirection must not lead to another host.
            let location = text.lines().find_map(|line| line.strip_prefix("location: "));
            assert!(location.is_none_or(|to| to.starts_with('/') && !to.starts_with("//") && !to.contains('\\')), "{spelling}: {text}");
        }
    }
    assert!(target.is_alive("127.0.0.1", PATIENCE));
    all.len()
}
