//! What tells machines about the site: sitemaps, `robots.txt`, and the `_headers` file that Netlify and Cloudflare Pages read.

use quick_xml::escape::escape;

use crate::site::MARK;

/// How many addresses a sitemap may hold by the protocol.
pub const MOST_URLS: usize = 50_000;

/// The sitemap of what is in no month, where there are several.
pub const GENERAL: &str = "sitemap-pages.xml";

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// The sitemap of a month (`2026-11`), where there are several.
pub fn month_path(month: &str) -> String {
    format!("sitemap-{month}.xml")
}

/// A sitemap. `address` is where the site is published, ending in `/`; `paths` are relative to it.
pub fn list(address: &str, paths: &[String]) -> String {
    elements("urlset", "url", address, paths)
}

/// An index of sitemaps, as a site of more than [`MOST_URLS`] addresses has it.
pub fn index(address: &str, paths: &[String]) -> String {
    elements("sitemapindex", "sitemap", address, paths)
}

fn elements(root: &str, element: &str, address: &str, paths: &[String]) -> String {
    let mut xml = format!("{DECLARATION}<{root} xmlns=\"{NAMESPACE}\">\n");
    for path in paths {
        let location = without_controls(&format!("{address}{path}"));
        xml.push_str(&format!("<{element}><loc>{}</loc></{element}>\n", escape(location)));
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
    "/embed.html",
    "/history/*",
    "/incidents/*",
    "/maintenance/*",
    "/services/*",
    "/api/*",
    "/history.atom",
    "/history.rss",
    "/feed.json",
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
    ("/feed.json", "application/feed+json; charset=utf-8"),
    ("/maintenance.ics", "text/calendar; charset=utf-8"),
    ("/services/:service/maintenance.ics", "text/calendar; charset=utf-8"),
    ("/badge.svg", "image/svg+xml"),
    ("/badge/*", "image/svg+xml"),
];

/// What scripts of other sites may read.
const OPEN_TO_SCRIPTS: &[&str] = &[
    "/api/*",
    "/events.sse",
    "/history.atom",
    "/history.rss",
    "/feed.json",
    "/services/:service/history.atom",
    "/maintenance.ics",
    "/services/:service/maintenance.ics",
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
    fn lists_and_indexes_name_whole_addresses() {
        let paths = [String::new(), "incidents/a&b<c>/".to_owned()];
        assert_eq!(texts(&list(ADDRESS, &paths), "loc"), [ADDRESS.to_owned(), format!("{ADDRESS}incidents/a&b<c>/")]);
        let index = index(ADDRESS, &[GENERAL.to_owned(), month_path("2026-11")]);
        assert_eq!(texts(&index, "loc"), [format!("{ADDRESS}sitemap-pages.xml"), format!("{ADDRESS}sitemap-2026-11.xml")]);
        assert_eq!(texts(&index, "sitemap").len(), 2);
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
