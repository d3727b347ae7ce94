//! What the site's `_headers` says of its files, for hosts that do not read it: type and time to live of every object.

/// The rules of a `_headers` file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderRules {
    rules: Vec<(String, Vec<(String, String)>)>,
}

/// Types by the end of a file's name, where no rule says one.
const TYPES: &[(&str, &str)] = &[
    ("html", "text/html; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json; charset=utf-8"),
    ("xml", "application/xml; charset=utf-8"),
    ("txt", "text/plain; charset=utf-8"),
    ("atom", "application/atom+xml; charset=utf-8"),
    ("rss", "application/rss+xml; charset=utf-8"),
    ("ics", "text/calendar; charset=utf-8"),
    ("sse", "text/event-stream; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("webp", "image/webp"),
    ("ico", "image/x-icon"),
    ("woff2", "font/woff2"),
];

impl HeaderRules {
    /// Reads a `_headers` file; what it does not understand it passes over.
    pub fn parse(text: &str) -> Self {
        let mut rules: Vec<(String, Vec<(String, String)>)> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            match (line.strip_prefix([' ', '\t']), rules.last_mut()) {
                (Some(header), Some((_, headers))) => {
                    if let Some((name, value)) = header.split_once(':') {
                        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                    }
                }
                (None, _) => rules.push((line.trim().to_owned(), Vec::new())),
                (Some(_), None) => {}
            }
        }
        Self { rules }
    }

    /// The type of the file at `path`.
    pub fn content_type(&self, path: &str) -> &str {
        let by_name = || {
            let (_, end) = path.rsplit_once('.')?;
            TYPES.iter().find(|(known, _)| *known == end).map(|(_, content_type)| *content_type)
        };
        self.value(path, "content-type").or_else(by_name).unwrap_or("application/octet-stream")
    }

    /// How long readers and proxies may keep the file at `path`.
    pub fn cache_control(&self, path: &str) -> Option<&str> {
        self.value(path, "cache-control")
    }

    /// The value of a header at the address of the file at `path`, or at that of its folder.
    fn value(&self, path: &str, name: &str) -> Option<&str> {
        let address = format!("/{path}");
        let folder = address.strip_suffix("index.html");
        let of = |address: &str| {
            let fits = self.rules.iter().filter(|(pattern, _)| matches(pattern, address));
            fits.flat_map(|(_, headers)| headers).find(|(known, _)| known == name).map(|(_, value)| value.as_str())
        };
        of(&address).or_else(|| folder.and_then(of))
    }
}

/// Whether a rule's pattern covers an address: `*` at its end is anything, `:name` is one name.
fn matches(pattern: &str, address: &str) -> bool {
    if let Some(begin) = pattern.strip_suffix('*') {
        return address.starts_with(begin);
    }
    let (mut wanted, mut given) = (pattern.split('/'), address.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(name), Some(found)) if name == found || (name.starts_with(':') && !found.is_empty()) => {}
            _ => return false,
        }
    }
}

/// Whether a file of this type becomes smaller when it is compressed.
pub(super) fn is_text(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.starts_with("text/")
        || kind.ends_with("+xml")
        || kind.ends_with("json")
        || matches!(kind, "application/xml" | "application/javascript")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# Made by statuary\n/*\n  Content-Security-Policy: x\n/assets/*\n  Cache-Control: public, immutable\n/\n  Cache-Control: short\n\
                        /events.sse\n  Cache-Control: no-cache\n  Content-Type: text/event-stream; charset=utf-8\n\
                        /services/:service/history.atom\n  Content-Type: application/atom+xml\n";

    #[test]
    fn rules_are_found_by_pattern() {
        let rules = HeaderRules::parse(FILE);
        for (path, kept, kind) in [
            ("index.html", Some("short"), "text/html; charset=utf-8"),
            ("assets/a.0f.css", Some("public, immutable"), "text/css; charset=utf-8"),
            ("events.sse", Some("no-cache"), "text/event-stream; charset=utf-8"),
            ("services/api/history.atom", None, "application/atom+xml"),
            ("services/api/x/history.atom", None, "application/atom+xml; charset=utf-8"),
            ("_headers", None, "application/octet-stream"),
        ] {
            assert_eq!((rules.cache_control(path), rules.content_type(path)), (kept, kind), "{path}");
        }
        assert_eq!(HeaderRules::parse("  Lost: 1\n\n: \n").rules, [(":".to_owned(), Vec::new())]);
    }

    #[test]
    fn texts_are_known_by_their_type() {
        for (kind, text) in
            [("text/html; charset=utf-8", true), ("image/svg+xml", true), ("application/feed+json", true), ("image/png", false)]
        {
            assert_eq!(is_text(kind), text, "{kind}");
        }
    }
}
