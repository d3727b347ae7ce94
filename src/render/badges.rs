//! Badges: a status or an uptime as a small picture for READMEs and dashboards.
//!
//! A badge is SVG 1.1 that needs nothing beside it: no script, no style sheet, no font, no other file. It reads alike on light and on dark
//! pages, because it brings its own background, and says the same by word, by shape and by colour. Its looks are those of the default
//! theme whatever an organization makes of its pages; its words are the theme's. It changes only when what it says changes.

use quick_xml::Writer;
use quick_xml::events::BytesText;
use unicode_width::UnicodeWidthChar;

use crate::domain::{Percentage, ServiceStatus, text};
use crate::error::UserError;
use crate::snapshot::{ServiceView, Snapshot, Verdict, VerdictKind};
use crate::theme::Theme;

/// Height of a badge, and of the square its icon is drawn in (24 units scaled by .54), in pixels.
const HEIGHT: u32 = 20;
const ICON: u32 = 13;
/// Space at the ends of both parts, and between icon and words.
const PADDING: u32 = 7;
const GAP: u32 = 4;
/// The widest that the words of one part become, in pixels.
const WIDEST: u32 = 220;
const FONT: &str = "Verdana,DejaVu Sans,Geneva,sans-serif";
const FONT_SIZE: u32 = 11;
/// Background of the part that says what the badge is about: the theme's `--mute`.
const LABEL: &str = "#5f5b54";
/// Words and icons: the theme's `--card`.
const PAPER: &str = "#fff";

/// How a state looks: its colour, and its icon in the theme's square of 24 units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    /// The theme's colour of text for this state, on which its paper reads well.
    colour: &'static str,
    /// Whether a ring surrounds the icon.
    ring: bool,
    /// Its lines, each a path.
    lines: &'static [&'static str],
    /// What of it is filled, each a path.
    filled: &'static [&'static str],
}

const OPERATIONAL: Look = Look { colour: "#12704f", ring: true, lines: &["m8 12.5 2.8 2.8L16 9.5"], filled: &[] };
const MAINTENANCE: Look =
    Look { colour: "#2458ad", ring: false, lines: &["m12 2.5 9.5 9.5-9.5 9.5L2.5 12z", "M12 8v4.5l2.5 2"], filled: &[] };
const DEGRADED: Look = Look { colour: "#7d5600", ring: false, lines: &["M12 4 2.8 20h18.4z", "M12 10v4.5m0 2.6v.1"], filled: &[] };
const PARTIAL: Look = Look { colour: "#a83500", ring: true, lines: &[], filled: &["M12 3v18a9 9 0 0 0 0-18z"] };
const MAJOR: Look = Look { colour: "#7d0a33", ring: false, lines: &["M4 4h16v16H4z", "m9 9 6 6m0-6-6 6"], filled: &[] };
const UNKNOWN: Look = Look { colour: "#6b665e", ring: false, lines: &["M5 12h14"], filled: &[] };

/// `badge.svg`: the verdict on the whole page.
///
/// # Errors
/// Fails where the XML cannot be written; so for every function here.
pub fn page(theme: &Theme, snapshot: &Snapshot) -> Result<String, UserError> {
    let verdict = &snapshot.verdict;
    let look = match verdict.kind {
        // Nothing is known to work.
        VerdictKind::Empty => UNKNOWN,
        _ => look(verdict.status),
    };
    badge(&snapshot.organization.name, &verdict_words(theme, verdict, snapshot.open_incidents.len()), look)
}

/// `badge/SLUG.svg`: the status of a service.
///
/// # Errors
/// As [`page`].
pub fn status(theme: &Theme, view: &ServiceView) -> Result<String, UserError> {
    badge(&view.service.name, theme.word(view.status.as_str()), look(view.status))
}

/// `badge/SLUG/uptime.svg`: the uptime of a service over 90 days. Not for services that show none.
///
/// # Errors
/// As [`page`].
pub fn uptime(theme: &Theme, view: &ServiceView) -> Result<String, UserError> {
    let label = theme.phrase("badge_uptime", &[("service", &view.service.name)]);
    match view.uptime.days_90 {
        Some(figure) => {
            badge(&label, &format!("{} {}", theme.percent(&figure.to_string()), theme.word("over_90_days")), look_of_uptime(figure))
        }
        None => badge(&label, theme.word("no_figure"), UNKNOWN),
    }
}

/// The verdict in a word or two; it names no services, so that it fits.
fn verdict_words(theme: &Theme, verdict: &Verdict, open_incidents: usize) -> String {
    match verdict.kind {
        VerdictKind::Empty => theme.word("badge_no_services").to_owned(),
        VerdictKind::OpenIncident if open_incidents == 1 => theme.word("badge_open_incident").to_owned(),
        VerdictKind::OpenIncident => theme.plural("open_incidents", open_incidents, &[]),
        VerdictKind::AllOperational | VerdictKind::Some | VerdictKind::All => theme.word(verdict.status.as_str()).to_owned(),
    }
}

const fn look(status: ServiceStatus) -> Look {
    match status {
        ServiceStatus::Operational => OPERATIONAL,
        ServiceStatus::UnderMaintenance => MAINTENANCE,
        ServiceStatus::DegradedPerformance => DEGRADED,
        ServiceStatus::PartialOutage => PARTIAL,
        ServiceStatus::MajorOutage => MAJOR,
    }
}

/// From 99.9 on as operational, from 99 on as degraded, from 95 on as a partial outage, below as a major one.
fn look_of_uptime(figure: Percentage) -> Look {
    match figure.hundredths() {
        9_990.. => OPERATIONAL,
        9_900.. => DEGRADED,
        9_500.. => PARTIAL,
        _ => MAJOR,
    }
}

/// A badge that says `value` of `label`.
fn badge(label: &str, value: &str, look: Look) -> Result<String, UserError> {
    let drawn = draw(&one_line(label), &one_line(value), look).map_err(|error| error.to_string());
    let text = drawn.and_then(|bytes| String::from_utf8(bytes).map_err(|error| error.to_string()));
    text.map_err(|error| UserError::failed(format!("cannot write a badge: {error}")))
}

fn draw(label: &str, value: &str, look: Look) -> std::io::Result<Vec<u8>> {
    let (said, whole) = ((Words::fitting(label), Words::fitting(value)), format!("{label}: {value}"));
    let edge = 2 * PADDING + said.0.width;
    let width = edge + 2 * PADDING + ICON + GAP + said.1.width;
    let (width_text, height) = (width.to_string(), HEIGHT.to_string());
    let view_box = format!("0 0 {width} {HEIGHT}");
    let mut writer = Writer::new(Vec::new());
    let svg = writer.create_element("svg").with_attributes([
        ("xmlns", "http://www.w3.org/2000/svg"),
        ("width", width_text.as_str()),
        ("height", height.as_str()),
        ("viewBox", view_box.as_str()),
        ("role", "img"),
        ("aria-label", whole.as_str()),
    ]);
    svg.write_inner_content(|writer| {
        writer.create_element("title").write_text_content(BytesText::new(&whole))?;
        let left = format!("M3 0H{edge}V{HEIGHT}H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z");
        let right = format!("M{edge} 0H{}a3 3 0 0 1 3 3V17a3 3 0 0 1-3 3H{edge}z", width - 3);
        shape(writer, &left, LABEL)?;
        shape(writer, &right, look.colour)?;
        icon(writer, edge + PADDING, look)?;
        said.0.write(writer, PADDING)?;
        said.1.write(writer, edge + PADDING + ICON + GAP)
    })?;
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn shape(writer: &mut Writer<Vec<u8>>, path: &str, colour: &str) -> std::io::Result<()> {
    writer.create_element("path").with_attributes([("d", path), ("fill", colour)]).write_empty().map(drop)
}

/// The icon of `look`, its square beginning at `x`.
fn icon(writer: &mut Writer<Vec<u8>>, x: u32, look: Look) -> std::io::Result<()> {
    let place = format!("translate({x} {}) scale(.54)", f64::from(HEIGHT - ICON) / 2.0);
    let group = writer.create_element("g").with_attributes([
        ("transform", place.as_str()),
        ("fill", "none"),
        ("stroke", PAPER),
        ("stroke-width", "2.4"),
        ("stroke-linecap", "round"),
        ("stroke-linejoin", "round"),
    ]);
    let drawn = group.write_inner_content(|writer| {
        if look.ring {
            writer.create_element("circle").with_attributes([("cx", "12"), ("cy", "12"), ("r", "9")]).write_empty()?;
        }
        for path in look.lines {
            writer.create_element("path").with_attribute(("d", *path)).write_empty()?;
        }
        look.filled.iter().try_for_each(|path| shape(writer, path, PAPER))
    });
    drawn.map(drop)
}

/// The words of one part, cut to fit.
struct Words {
    text: String,
    /// How wide they are expected to be, in pixels.
    width: u32,
}

impl Words {
    /// `text`, with an ellipsis where it had to be cut.
    fn fitting(text: &str) -> Self {
        let widest = WIDEST * 1000;
        if width(text) <= widest {
            return Self { text: text.to_owned(), width: width(text).div_ceil(1000).max(1) };
        }
        let (mut cut, mut room) = (String::new(), widest - of_character('…'));
        for character in text.chars() {
            let Some(left) = room.checked_sub(of_character(character)) else { break };
            room = left;
            cut.push(character);
        }
        // What joins to the next character joins to nothing now.
        cut.truncate(cut.trim_end_matches(|last: char| last == '\u{200d}' || last.is_whitespace()).len());
        cut.push('…');
        Self { width: width(&cut).div_ceil(1000), text: cut }
    }

    /// Writes them, beginning at `x`.
    fn write(&self, writer: &mut Writer<Vec<u8>>, x: u32) -> std::io::Result<()> {
        let (middle, width, size) =
            ((f64::from(x) + f64::from(self.width) / 2.0).to_string(), self.width.to_string(), FONT_SIZE.to_string());
        let mut element = writer.create_element("text").with_attributes([
            ("x", middle.as_str()),
            ("y", "14"),
            ("text-anchor", "middle"),
            ("font-family", FONT),
            ("font-size", size.as_str()),
            ("fill", PAPER),
        ]);
        // What was measured fills its room whatever font a reader has; what was estimated stands in it undistorted.
        if self.text.chars().all(|character| measured(character).is_some()) {
            element = element.with_attributes([("textLength", width.as_str()), ("lengthAdjust", "spacingAndGlyphs")]);
        }
        element.write_text_content(BytesText::new(&self.text)).map(drop)
    }
}

/// Text from people as one line of what XML can carry.
fn one_line(name: &str) -> String {
    text::clean(name).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How wide a text is, in thousandths of a pixel.
fn width(text: &str) -> u32 {
    text.chars().map(of_character).fold(0, u32::saturating_add)
}

/// The same of a character: as it is measured, else amply by its class: wide ones fill a square, combining ones nothing.
fn of_character(character: char) -> u32 {
    let estimated = || match character.width() {
        None | Some(0) => 0,
        // Hebrew and Arabic letters are narrower than others.
        Some(1) if matches!(character, '\u{590}'..='\u{8ff}') => 580,
        Some(1) => 700,
        Some(_) => 1050,
    };
    FONT_SIZE * measured(character).unwrap_or_else(estimated)
}

/// Its width in the first fonts of [`FONT`], in thousandths of the font's size, where that is known here.
fn measured(character: char) -> Option<u32> {
    if character == '…' {
        return Some(1000);
    }
    let place = usize::try_from(u32::from(character).checked_sub(32)?).ok()?;
    ADVANCES.get(place).map(|advance| u32::from(*advance))
}

/// Advance widths of the printable ASCII characters, from the space on, in thousandths of the font's size.
const ADVANCES: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337,
    337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732,
    684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635,
    635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

#[cfg(test)]
mod tests;
