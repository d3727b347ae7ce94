//! Stand-in for the Markdown renderer: escaped text in one paragraph.

/// Whether images in the text of people are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Images {
    /// Never.
    Off,
    /// Only those with an `https` address.
    HttpsOnly,
}

/// Markdown to HTML.
pub fn to_html(markdown: &str, _images: Images) -> String {
    format!("<p>{}</p>\n", to_text(markdown).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// Markdown to plain text.
pub fn to_text(markdown: &str) -> String {
    markdown.to_owned()
}
