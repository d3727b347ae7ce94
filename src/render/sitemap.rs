//! What tells machines about the site: sitemaps, `robots.txt`, and the `_headers` file that Netlify and Cloudflare Pages read.

use chrono::{DateTime, Utc};
use quick_xml::escape::escape;

use crate::site::MARK;

use crate::render::wire::timestamp;

/// How many addresses a sitemap may hold by the protocol.
const MOST_URLS: usize = 50_000;

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// The sitemap files of a site as (path, XML): `sitemap.xml`, which above 50,000 addresses is an index of `sitemap-1.xml`, `sitemap-2.xml`….
///
/// `address` is where the site is published, ending in `/`; `urls` are relative to it, each with the time of its last change where known.
pub fn sitemaps(address: &str, urls: &[(String, Option<DateTime<Utc>>)]) -> Vec<(String, String)> {
    if urls.len() <= MOST_URLS {
        return vec![("sitemap.xml".to_owned(), list("urlset", "url", address, urls))];
    }
    let mut files = Vec::new();
    let mut parts = Vec::new();
    for (number, chunk) in (1_usize..).zip(urls.chunks(MOST_URLS)) {
        let path = format!("sitemap-{number}.xml");
        parts.push((path.clone(), chunk.iter().filter_map(|(_, changed)| *changed).max()));
        files.push((path, list("urlset", "url", address, chunk)));
    }
    files.push(("sitemap.xml".to_owned(), list("sitemapindex", "sitemap", address, &parts)));
    files
}

/// The paths of the files that [`sitemaps`] makes for this many addresses.
pub fn paths(urls: usize) -> Vec<String> {
    let parts = if urls <= MOST_URLS { 0 } else { urls.div_ceil(MOST_URLS) };
    (1..=parts).map(|number| format!("sitemap-{number}.xml")).chain(["sitemap.xml".to_owned()]).collect()
}

fn list(root: &str, element: &str, address: &str, urls: &[(String, Option<DateTime<Utc>>)]) -> String {
    let mut xml = format!("{DECLARATION}<{root} xmlns=\"{NAMESPACE}\">\n");
    for (path, changed) in urls {
        let location = without_controls(&format!("{address}{path}"));
        let changed = changed.map(|at| format!("<lastmod>{}</lastmod>", timestamp(at))).unwrap_or_default();
        xml.push_str(&format!("<{element}><loc>{}</loc>{changed}</{element}>\n", escape(location)));
    }
    xml.push_str(&format!("</{root}>\n"));
    xml
}

/// `robots.txt`: everybody may read everything, and where the sitemap is. `address` is where the site is published, ending in `/`.
pub fn robots(address: &str) -> String {
    format!("User-agent: *\nAllow: /\n\nSitemap: {}sitemap.xml\n", without_controls(address))
}

/// How long a reader or a CDN may keep what is no asset.
const SHORT: &str = "public, max-age=30, stale-while-revalidate=60, stale-if-error=86400";

/// The paths that are no assets. No two of them overlap, since both hosts join the values of rules that match the same path.
const SHORT_LIVED: &[&str] = &[
    "/",
    "/index.html",
    "/404.html",
    "/history/*",
    "/incidents/*",
    "/maintenance/*",
    "/services/*",
    "/api/*",
    "/history.atom",
    "/history.rss",
    "/maintenance.ics",
    "/badge.svg",
    "/badge/*",
    "/robots.txt",
    "/sitemap.xml",
];

/// The files whose content type hosts do not know or guess differently.
const CONTENT_TYPES: &[(&str, &str)] = &[
    ("/events.sse", "text/event-stream; charset=utf-8"),
    ("/history.atom", "application/atom+xml; charset=utf-8"),
    ("/services/:service/history.atom", "application/atom+xml; charset=utf-8"),
    ("/history.rss", "application/rss+xml; charset=utf-8"),
    ("/maintenance.ics", "text/calendar; charset=utf-8"),
    ("/badge.svg", "image/svg+xml"),
    ("/badge/*", "image/svg+xml"),
];

/// What scripts of other sites may read.
const OPEN_TO_SCRIPTS: &[&str] = &[
    "/api/*",
    "/events.sse",
    "/history.atom",
    "/history.rss",
    "/services/:service/history.atom",
    "/maintenance.ics",
    "/badge.svg",
    "/badge/*",
];

/// `_headers`, as Netlify and Cloudflare Pages read it, with the content security policy `csp` on every path.
pub fn headers(csp: &str) -> String {
    let csp = without_controls(csp);
    let mut rules: Vec<(&str, Vec<String>)> = Vec::new();
    let mut add = |path: &'static str, header: String| match rules.iter_mut().find(|(known, _)| *known == path) {
        Some((_, headers)) => headers.push(header),
        None => rules.push((path, vec![header])),
    };
    add("/*", format!("Content-Security-Policy: {csp}"));
    add("/*", "X-Content-Type-Options: nosniff".to_owned());
    add("/*", "Referrer-Policy: strict-origin-when-cross-origin".to_owned());
    add("/assets/*", "Cache-Control: public, max-age=31536000, immutable".to_owned());
    add("/events.sse", "Cache-Control: no-cache".to_owned());
    for path in SHORT_LIVED {
        add(path, format!("Cache-Control: {SHORT}"));
    }
    for (path, content_type) in CONTENT_TYPES {
        add(path, format!("Content-Type: {content_type}"));
    }
    for path in OPEN_TO_SCRIPTS {
        add(path, "Access-Control-Allow-Origin: *".to_owned());
    }
    let rules =
        rules.iter().map(|(path, headers)| format!("{path}\n{}", headers.iter().map(|header| format!("  {header}\n")).collect::<String>()));
    std::iter::once(format!("{MARK}\n")).chain(rules).collect()
}

/// Text that can neither start a line nor break XML.
fn without_controls(text: &str) -> String {
    text.chars().filter(|character| !character.is_control() && !matches!(character, '\u{fffe}' | '\u{ffff}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "https://status.acme.example/pages/";

    /// The texts of all elements called `name`, read back by a parser.
    fn texts(xml: &str, name: &str) -> Vec<String> {
        use quick_xml::events::Event;
        let mut reader = quick_xml::Reader::from_str(xml);
        let (mut found, mut inside) = (Vec::new(), false);
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) if start.name().as_ref() == name.as_bytes() => {
                    inside = true;
                    found.push(String::new());
                }
                Event::End(_) => inside = false,
                Event::Text(text) if inside => found.last_mut().unwrap().push_str(&text.decode().unwrap()),
                Event::GeneralRef(entity) if inside => {
                    let entity = entity.decode().unwrap();
                    found.last_mut().unwrap().push_str(quick_xml::escape::resolve_predefined_entity(&entity).unwrap());
                }
                Event::Eof => return found,
                _ => {}
            }
        }
    }

    #[test]
    fn a_small_site_has_one_sitemap() {
        let changed = "2026-11-22T14:30:00Z".parse().ok();
        let files = sitemaps(ADDRESS, &[(String::new(), changed), ("incidents/a&b<c>/".to_owned(), None)]);
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].0, "sitemap.xml");
        assert_eq!(texts(&files[0].1, "loc"), [ADDRESS.to_owned(), format!("{ADDRESS}incidents/a&b<c>/")]);
        assert_eq!(texts(&files[0].1, "lastmod"), ["2026-11-22T14:30:00.000Z"]);
    }

    #[test]
    fn above_the_limit_there_is_an_index() {
        let urls: Vec<_> = (0..50_000).map(|number| (format!("incidents/{number}/"), None)).collect();
        assert_eq!(sitemaps(ADDRESS, &urls).len(), 1);
        let urls: Vec<_> = (0..100_001).map(|number| (format!("incidents/{number}/"), None)).collect();
        let files = sitemaps(ADDRESS, &urls);
        let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml", "sitemap.xml"]);
        assert_eq!(texts(&files[3].1, "loc"), [1, 2, 3].map(|number| format!("{ADDRESS}sitemap-{number}.xml")));
        assert_eq!(files[..3].iter().map(|(_, xml)| texts(xml, "loc").len()).collect::<Vec<_>>(), [50_000, 50_000, 1]);
    }

    #[test]
    fn robots_name_the_sitemap_and_gain_no_line() {
        assert_eq!(robots(ADDRESS), "User-agent: *\nAllow: /\n\nSitemap: https://status.acme.example/pages/sitemap.xml\n");
        assert_eq!(robots("https://a.example/\r\nDisallow: /\n").lines().count(), 4);
    }

    #[test]
    fn headers_have_one_block_per_path_and_no_joined_cache_rules() {
        let text = headers("default-src 'none'\n/evil\n  X: y");
        let paths: Vec<&str> = text.lines().filter(|line| !line.starts_with(' ')).collect();
        let mut unique = paths.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(paths.len(), unique.len());
        assert!(!paths.contains(&"/evil"));
        assert!(text.starts_with(
            "# Made by statuary\n/*\n  Content-Security-Policy: default-src 'none'/evil  X: y\n  X-Content-Type-Options: nosniff\n"
        ));
        assert!(text.contains("\n/assets/*\n  Cache-Control: public, max-age=31536000, immutable\n"));
        assert!(text.contains(
            "\n/events.sse\n  Cache-Control: no-cache\n  Content-Type: text/event-stream; charset=utf-8\n  Access-Control-Allow-Origin: *\n"
        ));
        let cached: Vec<&str> =
            text.split("\n/").filter(|block| block.contains("Cache-Control")).filter_map(|block| block.lines().next()).collect();
        for prefix in cached.iter().filter_map(|path| path.strip_suffix('*')) {
            assert_eq!(cached.iter().filter(|path| path.starts_with(prefix)).count(), 1, "{prefix}");
        }
        assert!(!text.lines().any(|line| line.len() > 2000 || line.ends_with(' ')));
    }
}
