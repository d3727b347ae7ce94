//! Operators' Markdown as HTML and as plain text.

/// Whether images of operators' text are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Images {
    /// None are.
    Off,
    /// Those from https addresses are.
    HttpsOnly,
}

/// The HTML of `markdown`: nothing in it is live but links.
pub fn to_html(markdown: &str, _images: Images) -> String {
    let mut html = String::new();
    for paragraph in markdown.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        let escaped = paragraph.trim().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
        html.push_str("<p>");
        html.push_str(&escaped);
        html.push_str("</p>\n");
    }
    html
}

/// The visible text of `markdown`.
pub fn to_text(markdown: &str) -> String {
    markdown.to_owned()
}
