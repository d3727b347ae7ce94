//! Files over HTTP: what is found, what never is, and in which form it is sent.

use std::os::unix::fs::symlink;

use super::*;
use crate::serve::exchange::tests::get;

/// A built site with some files, and things beside it that are nobody's business.
struct Site {
    temp: tempfile::TempDir,
    shelf: Shelf,
}

impl Site {
    #[expect(clippy::disallowed_methods, reason = "a test's own files need not be durable")]
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let public = temp.path().join("public");
        for folder in ["services/api", "api/v2", "assets", ".well-known", ".git"] {
            std::fs::create_dir_all(public.join(folder)).unwrap();
        }
        for (path, text) in [
            ("index.html", "<html><body>home</body></html>"),
            ("404.html", "<html><body>nothing here</body></html>"),
            ("services/api/index.html", "<p>api"),
            ("api/v2/summary.json", "{}"),
            ("assets/live.js", &"alert(1);".repeat(200)),
            (".well-known/security.txt", "Contact: x"),
            (".git/config", "secret"),
            (".env", "secret"),
            ("_headers", "/*\n  X-Content-Type-Options: nosniff\n/assets/*\n  Cache-Control: immutable\n"),
            ("../org.db", "secret"),
            ("../org.toml", "secret"),
        ] {
            std::fs::write(public.join(path), text).unwrap();
        }
        symlink("../org.db", public.join("leak")).unwrap();
        symlink("..", public.join("up")).unwrap();
        symlink("/etc", public.join("etc")).unwrap();
        Self { temp, shelf: Shelf::default() }
    }

    fn answer(&self, request: &Request) -> Response {
        self.shelf.answer(request, &self.temp.path().join("public"), "/acme", &Manner { script: None })
    }

    fn get(&self, target: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = get(target);
        request.headers.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.answer(&request)
    }
}

fn text(response: Response) -> String {
    match response.body {
        Body::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Body::File(file, length) => {
            let mut text = String::new();
            file.take(length as u64).read_to_string(&mut text).unwrap();
            text
        }
    }
}

#[test]
fn pages_are_found_by_file_and_by_folder() {
    let site = Site::new();
    for (target, status, part) in [
        ("/", 200, "home"),
        ("/index.html", 200, "home"),
        ("/services/api/", 200, "<p>api"),
        ("/api/v2/summary.json", 200, "{}"),
        ("/.well-known/security.txt", 200, "Contact"),
        ("/services/%61pi/", 200, "<p>api"),
        ("/nope", 404, "nothing here"),
        ("/services/", 404, "nothing here"),
        ("/api/v2/nope.json", 404, "no such document"),
    ] {
        let response = site.get(target, &[]);
        assert_eq!(response.status, status, "{target}");
        assert!(text(response).contains(part), "{target}");
    }
    let moved = site.get("/services/api?x=1", &[]);
    assert_eq!((moved.status, moved.header("location")), (301, Some("/acme/services/api/?x=1")));
}

#[test]
fn nothing_outside_the_folder_and_nothing_hidden_is_served() {
    let site = Site::new();
    for target in [
        "/../org.db",
        "/%2e%2e/org.db",
        "/..%2forg.db",
        "/%2e%2e%2forg.db",
        "/services/../../org.db",
        "/..\\org.db",
        "/..%5corg.db",
        "/%252e%252e/org.db",
        "/leak",
        "/up/org.db",
        "/up/",
        "/etc/passwd",
        "/etc/",
        "/.env",
        "/.git/config",
        "/_headers",
        "//org.db",
        "//etc/passwd",
        "/./index.html",
        "/index.html/",
        "/index.html%00.txt",
        "/%ff",
        "/org.db::$DATA",
        "/services//api/",
        "/CON",
    ] {
        let response = site.get(target, &[]);
        assert_eq!(response.status, 404, "{target}");
        assert!(!text(response).contains("secret"), "{target}");
    }
}

#[test]
fn headers_come_from_the_built_site() {
    let site = Site::new();
    let page = site.get("/", &[]);
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(site.get("/assets/live.js", &[]).header("cache-control"), Some("immutable"));
}

#[test]
fn who_has_it_already_gets_no_bytes() {
    let site = Site::new();
    let first = site.get("/", &[]);
    let (tag, date) = (first.header("etag").unwrap().to_owned(), first.header("last-modified").unwrap().to_owned());
    for (name, value, status) in [
        ("if-none-match", tag.as_str(), 304),
        ("if-none-match", "*", 304),
        ("if-none-match", "\"x\", W/\"y\"", 200),
        ("if-modified-since", date.as_str(), 304),
        ("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT", 200),
        ("if-modified-since", "yesterday", 200),
    ] {
        let again = site.get("/", &[(name, value)]);
        assert_eq!(again.status, status, "{name}: {value}");
        assert_eq!(again.header("etag"), Some(tag.as_str()));
    }
    // The tag counts where both are there.
    assert_eq!(site.get("/", &[("if-none-match", "\"x\""), ("if-modified-since", &date)]).status, 200);
}

#[test]
fn one_range_is_sent_and_nonsense_is_passed_over() {
    for (given, wanted) in [
        ("bytes=0-3", Range::Part { first: 0, length: 4 }),
        ("bytes=5-", Range::Part { first: 5, length: 5 }),
        ("bytes=-3", Range::Part { first: 7, length: 3 }),
        ("bytes=-99", Range::Part { first: 0, length: 10 }),
        ("bytes=8-99", Range::Part { first: 8, length: 2 }),
        ("bytes=10-", Range::Outside),
        ("bytes=-0", Range::Outside),
        ("bytes=3-1", Range::Whole),
        ("bytes=0-1,3-4", Range::Whole),
        ("items=0-1", Range::Whole),
        ("bytes=+1-2", Range::Whole),
        ("bytes=18446744073709551616-", Range::Whole),
        ("bytes=-", Range::Whole),
    ] {
        assert_eq!(range(given, 10), wanted, "{given}");
    }
    assert_eq!(range("bytes=-1", 0), Range::Outside);
    let site = Site::new();
    let part = site.get("/assets/live.js", &[("range", "bytes=0-4"), ("accept-encoding", "gzip")]);
    assert_eq!((part.status, part.header("content-range"), part.header("content-encoding")), (206, Some("bytes 0-4/1800"), None));
    assert_eq!(text(part), "alert");
    let tag = site.get("/assets/live.js", &[]).header("etag").unwrap().to_owned();
    assert_eq!(site.get("/assets/live.js", &[("range", "bytes=0-4"), ("if-range", &tag)]).status, 206);
    assert_eq!(site.get("/assets/live.js", &[("range", "bytes=0-4"), ("if-range", "\"old\"")]).status, 200);
    assert_eq!(site.get("/assets/live.js", &[("range", "bytes=9999-")]).status, 416);
}

#[test]
fn text_is_compressed_for_those_who_take_it() {
    let site = Site::new();
    for (accepted, compressed) in [
        ("gzip", true),
        ("br, GZIP;q=0.5", true),
        ("*", true),
        ("gzip;q=0", false),
        ("gzip;q=0, *", false),
        ("br", false),
        ("", false),
        ("gzip;q=x", false),
    ] {
        let response = site.get("/assets/live.js", &[("accept-encoding", accepted)]);
        assert_eq!(response.header("content-encoding").is_some(), compressed, "{accepted}");
        assert_eq!(response.header("vary"), Some("accept-encoding"));
    }
    let response = site.get("/assets/live.js", &[("accept-encoding", "gzip")]);
    let Body::Bytes(bytes) = response.body else { panic!() };
    let mut plain = String::new();
    flate2::read::GzDecoder::new(&*bytes).read_to_string(&mut plain).unwrap();
    assert_eq!(plain, "alert(1);".repeat(200));
}

#[test]
fn pages_can_only_be_read() {
    let site = Site::new();
    let mut request = get("/");
    request.method = "POST".to_owned();
    let response = site.answer(&request);
    assert_eq!((response.status, response.header("allow")), (405, Some("GET, HEAD")));
}

#[test]
fn a_script_comes_before_the_end_of_a_page_only() {
    let site = Site::new();
    let manner = Manner { script: Some("<script></script>") };
    let public = site.temp.path().join("public");
    let page = site.shelf.answer(&get("/"), &public, "", &manner);
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    assert_eq!(text(page), "<html><body>home<script></script></body></html>");
    assert_eq!(text(site.shelf.answer(&get("/api/v2/summary.json"), &public, "", &manner)), "{}");
}
