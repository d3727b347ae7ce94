//! What kind of file a name stands for.

/// Endings and their media types, as registered with IANA.
const TYPES: &[(&str, &str)] = &[
    ("html", "text/html; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("atom", "application/atom+xml; charset=utf-8"),
    ("rss", "application/rss+xml; charset=utf-8"),
    ("xml", "application/xml"),
    ("ics", "text/calendar; charset=utf-8"),
    ("sse", "text/event-stream; charset=utf-8"),
    ("txt", "text/plain; charset=utf-8"),
    ("webmanifest", "application/manifest+json"),
    ("ico", "image/vnd.microsoft.icon"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("gif", "image/gif"),
    ("woff2", "font/woff2"),
    ("pdf", "application/pdf"),
];

/// The media type of a file of this name.
pub(super) fn of(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    TYPES.iter().find(|(known, _)| *known == ending).map_or("application/octet-stream", |(_, media_type)| media_type)
}

/// Whether bytes of this type become much smaller when compressed.
pub(super) fn is_text(media_type: &str) -> bool {
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    media_type.starts_with("text/")
        || ["json", "xml", "javascript"].iter().any(|end| media_type.ends_with(end))
        || media_type == "image/vnd.microsoft.icon"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_site_holds_has_its_type() {
        for (name, media_type, text) in [
            ("index.html", "text/html; charset=utf-8", true),
            ("api/v2/summary.json", "application/json", true),
            ("badge.svg", "image/svg+xml", true),
            ("history.atom", "application/atom+xml; charset=utf-8", true),
            ("assets/state.PNG", "image/png", false),
            ("CNAME", "application/octet-stream", false),
        ] {
            assert_eq!((of(name), is_text(of(name))), (media_type, text), "{name}");
        }
    }
}
