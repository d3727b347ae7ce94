//! Templates: read with their suffixes escaped, and what goes wrong in them told with file and line.

use std::borrow::Cow;
use std::collections::BTreeMap;

use tera::{Kwargs, State, Tera, Value};

use crate::error::UserError;
use crate::theme::overrides::Effective;
use crate::theme::{TEMPLATES, text, words};

/// The templates among a theme's files.
///
/// # Errors
/// Bad input where one of them cannot be read.
pub(super) fn templates(files: &BTreeMap<String, Effective>) -> Result<Tera, UserError> {
    let mut tera = Tera::new();
    tera.autoescape_on([".html", ".svg", ".xml"]);
    tera.register_filter("fill", fill);
    let mut sources = Vec::new();
    for path in files.keys() {
        if let Some(name) = path.strip_prefix(TEMPLATES) {
            sources.push((name, text(files, path)?));
        }
    }
    tera.add_raw_templates(sources).map_err(|error| template_error(&error))?;
    Ok(tera)
}

/// The filter `fill`: `{{ words.of | fill(count=2) }}` puts values in place of `{count}`.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands its arguments over")]
fn fill(text: &str, values: Kwargs, _: &State<'_>) -> String {
    let values: BTreeMap<String, String> = values.iter().map(|(name, value)| (name.to_string(), Value::to_string(value))).collect();
    words::fill(text, |name| values.get(name).map(|value| Cow::Borrowed(value.as_str())))
}

/// Says in one line what is wrong with which line of which template.
pub(super) fn template_error(error: &tera::Error) -> UserError {
    let (tera::ErrorKind::SyntaxError(report) | tera::ErrorKind::RenderingError(report)) = error.kind() else {
        return UserError::bad_input(format!("cannot use the theme's templates: {}", one_line(&error.to_string())));
    };
    let message = one_line(report.message());
    let place = format!("`{TEMPLATES}{}`, line {}", report.filename(), report.span().start_line);
    UserError::bad_input(format!("{place}: {message}")).hint("the theme's documentation lists what a template may name")
}

/// A report of several lines as one: what is wrong, then where.
fn one_line(report: &str) -> String {
    let mut parts = Vec::new();
    for line in report.lines() {
        if let Some(what) = line.strip_prefix("error: ") {
            parts.push(what.to_owned());
        } else if let Some((_, place)) = line.split_once("--> ") {
            let mut place = place.splitn(3, ':');
            parts.push(format!("in `{TEMPLATES}{}`, line {}", place.next().unwrap_or(""), place.next().unwrap_or("")));
        }
    }
    if parts.is_empty() {
        parts.extend(report.lines().next().map(str::to_owned));
    }
    parts.truncate(6);
    let line = parts.join(" ");
    line.trim_end_matches('.').chars().take(500).collect()
}

/// Drops what no page may hold, whatever text it came from: control characters but tab and line end, noncharacters, and the
/// characters that override or isolate the reading direction.
pub(super) fn without_control_characters(page: String) -> String {
    let unwanted = |character: char| match character {
        '\t' | '\n' => false,
        ' '..='~' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fdd0}'..='\u{fdef}' => true,
        _ => u32::from(character) & 0xfffe == 0xfffe,
    };
    if has_any(&page, unwanted) { page.replace(unwanted, "") } else { page }
}

/// Whether `page` has an `unwanted` character, none of which is printable ASCII, tab or line end. Looks a stretch at a time, since nearly
/// all of a page is such and the loop over bytes runs many at once.
fn has_any(page: &str, unwanted: impl Fn(char) -> bool) -> bool {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n');
    let mut start = 0;
    while start < page.len() {
        let mut end = (start + 256).min(page.len());
        while !page.is_char_boundary(end) {
            end += 1;
        }
        let stretch = &page[start..end];
        if !stretch.as_bytes().iter().fold(true, |plain, byte| plain & is_plain(byte)) && stretch.contains(&unwanted) {
            return true;
        }
        start = end;
    }
    false
}
