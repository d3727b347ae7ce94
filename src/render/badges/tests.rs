//! Tests of badges.

use std::path::Path;

use quick_xml::events::Event;

use super::*;
use crate::domain::Percentage;
use crate::render::sample;

fn theme() -> Theme {
    Theme::load("default", None, "en").unwrap()
}

fn theme_file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/default").join(path)).unwrap()
}

/// Elements and attributes in order, and all text, of what must be well-formed.
fn read(svg: &str) -> (Vec<String>, Vec<String>) {
    let mut reader = quick_xml::Reader::from_str(svg);
    let (mut bones, mut texts) = (Vec::new(), vec![String::new()]);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => {
                bones.push(String::from_utf8(element.name().as_ref().to_vec()).unwrap());
                bones.extend(element.attributes().map(|attribute| String::from_utf8(attribute.unwrap().key.as_ref().to_vec()).unwrap()));
            }
            Event::Text(text) => texts.last_mut().unwrap().push_str(&text.decode().unwrap()),
            Event::GeneralRef(entity) => {
                let entity = entity.decode().unwrap();
                texts.last_mut().unwrap().push_str(quick_xml::escape::resolve_predefined_entity(&entity).unwrap());
            }
            Event::End(_) => texts.push(String::new()),
            Event::Eof => return (bones, texts.into_iter().filter(|text| !text.trim().is_empty()).collect()),
            other => panic!("{other:?} in {svg}"),
        }
    }
}

fn texts(svg: &str) -> Vec<String> {
    read(svg).1
}

#[test]
fn a_badge_says_what_of_what_to_eyes_and_ears() {
    let svg = page(&theme(), &sample::snapshot()).unwrap();
    assert_eq!(texts(&svg), ["Acme: Partial outage", "Acme", "Partial outage"]);
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\""), "{svg}");
    assert!(svg.contains("height=\"20\"") && svg.contains("role=\"img\" aria-label=\"Acme: Partial outage\"><title>"), "{svg}");
    assert!(svg.contains(PARTIAL.colour) && svg.contains(PARTIAL.filled[0]) && svg.ends_with("</svg>\n"), "{svg}");
    for forbidden in ["style", "script", "href", "url(", "@import", "class"] {
        assert!(!svg.contains(forbidden), "{forbidden}: {svg}");
    }
}

#[test]
fn the_pages_badge_follows_the_verdict() {
    let mut snapshot = sample::snapshot();
    let mut said = |kind, status, open| {
        snapshot.verdict.kind = kind;
        snapshot.verdict.status = status;
        snapshot.open_incidents.truncate(0);
        snapshot.open_incidents = vec![sample::snapshot().open_incidents[0].clone(); open];
        let svg = page(&theme(), &snapshot).unwrap();
        let looks = [OPERATIONAL, MAINTENANCE, DEGRADED, PARTIAL, MAJOR, UNKNOWN];
        let seen: Vec<_> = looks.into_iter().filter(|look| svg.contains(look.colour)).collect();
        assert_eq!(seen.len(), 1, "{svg}");
        (texts(&svg).pop().unwrap(), seen[0])
    };
    use ServiceStatus::{DegradedPerformance, MajorOutage, Operational, UnderMaintenance};
    assert_eq!(said(VerdictKind::AllOperational, Operational, 0), ("Operational".to_owned(), OPERATIONAL));
    assert_eq!(said(VerdictKind::All, UnderMaintenance, 0), ("Under maintenance".to_owned(), MAINTENANCE));
    assert_eq!(said(VerdictKind::Some, MajorOutage, 1), ("Major outage".to_owned(), MAJOR));
    // Never green above an open incident.
    assert_eq!(said(VerdictKind::OpenIncident, DegradedPerformance, 1), ("Open incident".to_owned(), DEGRADED));
    assert_eq!(said(VerdictKind::OpenIncident, MajorOutage, 3), ("3 incidents are open".to_owned(), MAJOR));
    assert_eq!(said(VerdictKind::Empty, Operational, 0), ("No services".to_owned(), UNKNOWN));
}

#[test]
fn a_service_has_its_status_and_its_uptime() {
    let snapshot = sample::snapshot();
    let mut view = sample::service_view(&snapshot, "database");
    assert_eq!(texts(&status(&theme(), &view).unwrap())[0], "Database: Under maintenance");
    assert_eq!(texts(&uptime(&theme(), &view).unwrap())[0], "Database uptime: 100.0% over 90 days");
    view.uptime.days_90 = None;
    let svg = uptime(&theme(), &view).unwrap();
    assert_eq!(texts(&svg)[0], "Database uptime: –");
    assert!(svg.contains(UNKNOWN.colour));
}

#[test]
fn an_uptime_looks_as_bad_as_it_is() {
    let figure = |lost: i64| -> Percentage {
        let downtime = crate::domain::Downtime { window_ms: 10_000, major_ms: lost, ..Default::default() };
        crate::domain::Uptime::of(&downtime, &crate::domain::UptimeRule::default()).unwrap().percentage()
    };
    for (lost, look) in [
        (0, OPERATIONAL),
        (10, OPERATIONAL),
        (11, DEGRADED),
        (100, DEGRADED),
        (101, PARTIAL),
        (500, PARTIAL),
        (501, MAJOR),
        (10_000, MAJOR),
    ] {
        assert_eq!(look_of_uptime(figure(lost)), look, "{lost}");
    }
}

#[test]
fn colours_are_those_of_the_default_theme() {
    let style = theme_file("assets/style.css");
    let (light, _) = style.split_once("@media").unwrap();
    let token = |name: &str| {
        let (_, after) = light.split_once(&format!("--{name}: ")).unwrap_or_else(|| panic!("no token `{name}`"));
        after.split(';').next().unwrap().to_owned()
    };
    let looks = [("ok", OPERATIONAL), ("mt", MAINTENANCE), ("dg", DEGRADED), ("pa", PARTIAL), ("ma", MAJOR), ("no", UNKNOWN)]
        .map(|(n, l)| (n, l.colour));
    for (name, colour) in looks.into_iter().chain([("mute", LABEL), ("card", PAPER)]) {
        assert_eq!(token(name), colour, "{name}");
    }
    let pairs = looks.map(|(_, colour)| colour).into_iter().chain([LABEL]);
    for colour in pairs {
        assert!(contrast(colour, "#ffffff") >= 4.5, "words on {colour}: {}", contrast(colour, "#ffffff"));
    }
}

/// The contrast of two colours by WCAG 2.
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |colour: &str| {
        let channel = |at: usize| {
            let part = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn icons_are_those_of_the_default_theme() {
    let icons = theme_file("templates/icons.html");
    let looks = [("ok", OPERATIONAL), ("mt", MAINTENANCE), ("dg", DEGRADED), ("pa", PARTIAL), ("ma", MAJOR), ("no", UNKNOWN)];
    for (name, look) in looks {
        let (_, symbol) = icons.split_once(&format!("<symbol id=\"{name}\"")).unwrap();
        let (symbol, _) = symbol.split_once("</symbol>").unwrap();
        assert_eq!(symbol.contains("<circle cx=\"12\" cy=\"12\" r=\"9\"/>"), look.ring, "{name}");
        let (mut lines, mut filled) = (Vec::new(), Vec::new());
        for path in symbol.split("<path d=\"").skip(1) {
            let (path, rest) = path.split_once('"').unwrap();
            if rest.starts_with(" fill") { filled.push(path) } else { lines.push(path) }
        }
        assert_eq!((lines.as_slice(), filled.as_slice()), (look.lines, look.filled), "{name}");
    }
    let shapes: std::collections::BTreeSet<_> = looks.iter().map(|(_, look)| (look.ring, look.lines, look.filled)).collect();
    assert_eq!(shapes.len(), looks.len(), "state never depends on colour alone");
}

#[test]
fn hostile_names_stay_names() {
    let theme = theme();
    let mut snapshot = sample::snapshot();
    let view = sample::service_view(&snapshot, "gateway");
    let harmless: [Vec<String>; 3] =
        [page(&theme, &snapshot), status(&theme, &view), uptime(&theme, &view)].map(|svg| read(&svg.unwrap()).0);
    // Only what is measured is told how wide to be.
    let bare = |bones: Vec<String>| -> Vec<String> {
        bones.into_iter().filter(|bone| !["textLength", "lengthAdjust"].contains(&bone.as_str())).collect()
    };
    let harmless = harmless.map(bare);
    for name in [
        sample::HOSTILE.to_owned(),
        "<\"&'>".to_owned(),
        "]]><script>alert(1)</script>".to_owned(),
        "a\r\nb\u{2028}c".to_owned(),
        "\u{202e}\u{5d0}\u{5d1}\u{5d2}".to_owned(),
        "x".repeat(500),
        "\u{0301}".repeat(500),
        String::new(),
    ] {
        snapshot.organization.name.clone_from(&name);
        let mut view = view.clone();
        view.service.name.clone_from(&name);
        for (svg, harmless) in [page(&theme, &snapshot), status(&theme, &view), uptime(&theme, &view)].into_iter().zip(&harmless) {
            let svg = svg.unwrap();
            assert_eq!(bare(read(&svg).0), *harmless, "{svg}");
            assert_eq!(svg.matches('\n').count(), 1, "{svg}");
            assert!(!svg.contains(|character: char| character != '\n' && text::is_dropped(character)), "{svg}");
        }
    }
    let mut view = view;
    view.service.name = "]]> <b> \"&' \r\n end".to_owned();
    assert_eq!(texts(&status(&theme, &view).unwrap())[1], "]]> <b> \"&' end", "shown, not lost");
}

#[test]
fn words_are_measured_and_cut_as_wide_as_they_are() {
    assert_eq!(Words::fitting("Operational").width, 65, "5.868 em of DejaVu Sans");
    assert_eq!(width("iiii") * 3, width("ii") * 6);
    assert!(width("WWWW") > 3 * width("iiii"));
    assert_eq!(width("日本"), 2 * of_character('日'));
    assert!(of_character('ש') < of_character('с') && of_character('с') < of_character('サ'));
    assert_eq!(width("e\u{301}"), width("e"), "an accent takes no room");
    for name in ["W".repeat(500), "i".repeat(500), "日".repeat(500), "e\u{301}".repeat(500), "👩‍👩‍👧".repeat(100)] {
        let words = Words::fitting(&name);
        let kept = words.text.strip_suffix('…').unwrap();
        assert!(name.starts_with(kept) && !kept.ends_with('\u{200d}') && words.width <= WIDEST, "{}", words.text);
        assert!(words.width + 30 > WIDEST, "no more than needed is cut: {} of {}", words.width, words.text);
    }
    assert!(Words::fitting(&"e\u{301}".repeat(500)).text.ends_with("e\u{301}…"), "no accent is left behind");
    assert_eq!(Words::fitting("Short").text, "Short");
}
