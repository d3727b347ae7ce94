//! Judges of single files: whether what a file holds is text, or could run, load, restyle or gain a field.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use base64::Engine as _;
use ego_tree::iter::Edge;
use quick_xml::events::Event;
use scraper::{CaseSensitivity, Html, Node, Selector};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::built_site::BuiltSite;

/// A path with every id as `ID`.
pub(crate) fn without_ids(path: &str) -> String {
    let parts = path.split('/').map(|part| {
        let (stem, rest) = part.split_once('.').map_or((part, String::new()), |(stem, rest)| (stem, format!(".{rest}")));
        let is_id = stem.len() == 12 && stem.chars().all(|character| character.is_ascii_digit() || character.is_ascii_lowercase());
        if is_id { format!("ID{rest}") } else { part.to_owned() }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// No control character, no override of direction, no unfinished template.
pub(crate) fn assert_plain(path: &str, text: &str) {
    let calendar = path.ends_with(".ics");
    let bad = |character: char| {
        let allowed = matches!(character, '\n' | '\t') || (calendar && character == '\r');
        (character.is_control() && !allowed) || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!text.contains(bad), "`{path}` carries {:?}", text.chars().find(|character| bad(*character)));
    assert!(!text.contains("root:x:0"), "`{path}` includes a file");
}

/// Elements with their attributes' names, and where text stands, of an XML file that must be well-formed.
pub(crate) fn xml_bones(path: &str, text: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut bones = Vec::new();
    let mut open = 0_i32;
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{path}: {error}")) {
            Event::Start(element) | Event::Empty(element) => {
                let mut bone = String::from_utf8(element.name().as_ref().to_vec()).unwrap();
                for attribute in element.attributes() {
                    let attribute = attribute.unwrap_or_else(|error| panic!("{path}: {error}"));
                    let name = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
                    assert!(!name.starts_with("on"), "{path}: {name}");
                    let value = std::str::from_utf8(&attribute.value).unwrap();
                    assert!(!value.contains('<'), "{path}: {value}");
                    // A badge says how wide a text is where its characters are measured.
                    if !["textLength", "lengthAdjust"].contains(&name.as_str()) {
                        bone = format!("{bone} {name}");
                    }
                }
                bones.push(bone);
                open += 1;
            }
            Event::End(_) => {
                bones.push("end".to_owned());
                open -= 1;
            }
            Event::GeneralRef(reference) => {
                let known = reference.is_char_ref() || named(&reference).is_some();
                assert!(known, "{path}: a reference to {:?}", String::from_utf8_lossy(&reference));
            }
            Event::DocType(_) | Event::PI(_) => panic!("{path}: a document type or instruction"),
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open >= 0 && bones.len() > 2, "{path}: {open}");
    html_in_xml(path, text);
    bones
}

/// What an entity stands for that needs no definition.
fn named(entity: &[u8]) -> Option<char> {
    let known: [(&[u8], char); 5] = [(b"amp", '&'), (b"lt", '<'), (b"gt", '>'), (b"quot", '"'), (b"apos", '\'')];
    known.into_iter().find(|(name, _)| *name == entity).map(|(_, character)| character)
}

/// Items of feeds carry HTML as text: that too holds nothing live.
fn html_in_xml(path: &str, text: &str) {
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut within, mut inner, mut in_item) = (String::new(), String::new(), false);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) => {
                within = String::from_utf8(element.name().as_ref().to_vec()).unwrap();
                in_item |= matches!(within.as_str(), "item" | "entry");
                inner.clear();
            }
            Event::Text(piece) => inner.push_str(std::str::from_utf8(&piece).unwrap()),
            Event::CData(piece) => inner.push_str(std::str::from_utf8(&piece).unwrap()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().unwrap() {
                Some(character) => inner.push(character),
                None => inner.push(named(&reference).unwrap()),
            },
            Event::End(_) => {
                if in_item && matches!(within.as_str(), "content" | "description" | "content:encoded" | "summary") {
                    assert_dead(path, &inner);
                }
                within.clear();
            }
            Event::Eof => break,
            _ => {}
        }
    }
}

/// Bodies in JSON are HTML too.
pub(crate) fn fragments_in_json(path: &str, value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| fragments_in_json(path, item)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if matches!(key.as_str(), "body" | "body_html" | "content_html" | "html") => {
                        assert_dead(path, text)
                    }
                    Value::String(text) if key.ends_with("url") || matches!(key.as_str(), "shortlink" | "link") => {
                        assert_address(path, text)
                    }
                    _ => fragments_in_json(path, value),
                }
            }
        }
        _ => {}
    }
}

/// A fragment without anything that runs, loads or restyles.
pub(crate) fn assert_dead(path: &str, fragment: &str) {
    let html = Html::parse_fragment(fragment);
    for node in html.tree.nodes() {
        let Node::Element(element) = node.value() else {
            assert!(!matches!(node.value(), Node::Comment(_)), "{path}: a comment");
            continue;
        };
        let name = element.name();
        let plain = [
            "html",
            "head",
            "body",
            "p",
            "a",
            "br",
            "em",
            "strong",
            "code",
            "pre",
            "ul",
            "ol",
            "li",
            "blockquote",
            "small",
            "var",
            "div",
            "hr",
        ];
        let heading = matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "del" | "table" | "thead" | "tbody" | "tr" | "th" | "td");
        assert!(plain.contains(&name) || heading, "{path}: <{name}> in {fragment}");
        for (attribute, value) in element.attrs() {
            assert!(["href", "rel", "title", "data-var", "start", "class"].contains(&attribute), "{path}: {attribute}={value}");
            if attribute == "href" {
                assert_address(path, value);
            }
        }
    }
}

/// An address that goes to a web page, a mail program or this site.
fn assert_address(path: &str, address: &str) {
    let base = url::Url::parse("https://status.acme.example/x/").unwrap();
    let resolved = base.join(address).unwrap_or_else(|error| panic!("{path}: `{address}`: {error}"));
    assert!(matches!(resolved.scheme(), "https" | "http" | "mailto"), "{path}: {address}");
}

/// Counts, per kind of page, what could run, load or restyle; finds what never may be there.
pub(crate) fn count_live(path: &str, html: &Html, live: &mut BTreeMap<(String, String), usize>) {
    for node in html.tree.nodes() {
        let Node::Element(element) = node.value() else { continue };
        let name = element.name();
        let watched =
            ["script", "style", "iframe", "object", "embed", "form", "base", "meta", "link", "img", "svg", "head", "body", "title", "main"];
        if watched.contains(&name) {
            *live.entry((without_ids(path), name.to_owned())).or_default() += 1;
        }
        for (attribute, value) in element.attrs() {
            assert!(!attribute.starts_with("on") && attribute != "style" && attribute != "srcdoc", "{path}: {attribute}={value}");
            let icon = name == "link" && value.starts_with("data:image/svg+xml,");
            if ["href", "src", "action", "formaction", "xlink:href", "data", "poster"].contains(&attribute) && !icon {
                assert_address(path, value);
            }
        }
    }
}

/// Every line is one an event stream may have, and every event has its fields once.
pub(crate) fn assert_event_stream(text: &str) {
    let mut blocks = text.trim_end_matches('\n').split("\n\n");
    assert!(blocks.next().unwrap().strip_prefix("retry: ").unwrap().parse::<u32>().is_ok());
    let mut newest = 0_i64;
    for block in blocks {
        let lines: Vec<&str> = block.split('\n').collect();
        let [id, event, data] = lines.as_slice() else { panic!("not three lines: {block}") };
        let id: i64 = id.strip_prefix("id: ").unwrap().parse().unwrap();
        assert!(id > newest, "{id} after {newest}");
        newest = id;
        assert!(["incident", "maintenance", "service"].contains(&event.strip_prefix("event: ").unwrap()), "{event}");
        let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        let keys: Vec<&str> = data.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys.len(), 6, "{keys:?}");
        assert!(["at", "kind", "id", "status", "title", "url"].iter().all(|key| keys.contains(key)), "{keys:?}");
    }
    assert!(newest > 0, "no event");
}

/// How many maintenances belong into the calendar at `path`: all that have a page, or those whose page leads to the service's.
pub(crate) fn maintenances_in(site: &BuiltSite, path: &str) -> usize {
    let service = path.strip_suffix("maintenance.ics").unwrap();
    let pages = site.matching("maintenance/", ".html");
    pages.filter(|(page, _)| service.is_empty() || site.text(page).contains(&format!("\"../../{service}\""))).count()
}

/// Lines of at most 75 octets that end as RFC 5545 wants it, and one event for each of the maintenances, whose properties are all known.
pub(crate) fn assert_calendar(text: &str, maintenances: usize) {
    assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']));
    assert!(text.split("\r\n").all(|line| line.len() <= 75));
    let unfolded = text.replace("\r\n ", "").replace("\r\n\t", "");
    let count = |line: &str| unfolded.split("\r\n").filter(|other| *other == line).count();
    let (events, calendars) = (maintenances, 1);
    assert_eq!((count("BEGIN:VEVENT"), count("END:VEVENT")), (events, events));
    assert_eq!((count("BEGIN:VCALENDAR"), count("END:VCALENDAR")), (calendars, calendars));
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for line in unfolded.split_terminator("\r\n") {
        let (name, _) = line.split_once([':', ';']).unwrap_or_else(|| panic!("no property: {line}"));
        assert!(name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-'), "no property: {line}");
        *names.entry(name).or_default() += 1;
    }
    assert!(!names.contains_key("ATTACH") && !names.contains_key("ATTENDEE") && !names.contains_key("ACTION"), "{names:?}");
    let named = |name: &str| names.get(name).copied().unwrap_or_default();
    assert_eq!((named("UID"), named("SUMMARY")), (events, events), "one of each per event");
}

/// The elements of a page with the names of their attributes, without those within operators' prose.
pub(crate) fn html_bones(html: &Html) -> Vec<String> {
    let mut bones = Vec::new();
    let mut within_prose = 0;
    for edge in html.tree.root().traverse() {
        let (node, opens) = match edge {
            Edge::Open(node) => (node, true),
            Edge::Close(node) => (node, false),
        };
        let Node::Element(element) = node.value() else {
            assert!(!matches!(node.value(), Node::Comment(_)), "a comment");
            continue;
        };
        let is_prose = element.has_class("prose", CaseSensitivity::CaseSensitive);
        if opens && within_prose == 0 {
            let mut names: Vec<&str> = element.attrs().map(|(name, _)| name).collect();
            names.sort_unstable();
            bones.push(format!("{} {}", element.name(), names.join(" ")));
        }
        if is_prose {
            within_prose = if opens { within_prose + 1 } else { within_prose - 1 };
        }
    }
    bones
}

static POLICIES: LazyLock<Selector> = LazyLock::new(|| Selector::parse("meta[http-equiv=Content-Security-Policy]").unwrap());
static STYLES: LazyLock<Selector> = LazyLock::new(|| Selector::parse("style").unwrap());
static SCRIPTS: LazyLock<Selector> = LazyLock::new(|| Selector::parse("script").unwrap());
static PICTURES: LazyLock<Selector> = LazyLock::new(|| Selector::parse("img, picture, video, audio, image").unwrap());
static OPERATORS_LINKS: LazyLock<Selector> = LazyLock::new(|| Selector::parse("div.prose a, a[href*=':'], a[href^='//']").unwrap());

/// The page's own policy forbids all but what design.md allows, names the hash of each style in the page, and `_headers`, which
/// is for all pages, says the same with the hashes of all styles.
pub(crate) fn assert_policy(path: &str, html: &Html, headers: &str) {
    let policies: Vec<&str> = html.select(&POLICIES).filter_map(|meta| meta.value().attr("content")).collect();
    let [policy] = policies.as_slice() else { panic!("{path}: {} policies", policies.len()) };
    let rest: Vec<&str> = policy.split("; ").filter(|rule| !rule.starts_with("style-src ")).collect();
    let allowed =
        ["default-src 'none'", "img-src 'self' data:", "connect-src 'self'", "script-src 'self'", "base-uri 'none'", "form-action 'none'"];
    assert_eq!(rest, allowed, "{path}");
    let for_all = headers.lines().find_map(|line| line.trim().strip_prefix("Content-Security-Policy: ")).unwrap_or_default();
    assert_eq!(for_all.split("; ").filter(|rule| !rule.starts_with("style-src ")).collect::<Vec<_>>(), allowed, "_headers");
    let sources = |policy: &str| -> BTreeSet<String> {
        let rules = policy.split("; ").filter_map(|rule| rule.strip_prefix("style-src "));
        rules.flat_map(|rule| rule.split(' ')).map(str::to_owned).collect()
    };
    let (sources, for_all) = (sources(policy), sources(for_all));
    assert!(for_all.is_superset(&sources), "{path}: `_headers` has another policy");
    assert!(for_all.iter().all(|source| source.starts_with("'sha256-")), "{for_all:?}");
    let styles: Vec<String> = html.select(&STYLES).map(|style| style.text().collect()).collect();
    assert!([1, 2].contains(&styles.len()), "{path}");
    for style in styles {
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style.as_bytes()));
        assert!(sources.contains(&format!("'sha256-{hash}'")), "{path}: the policy lacks the hash of a style");
    }
    for script in html.select(&SCRIPTS) {
        let source = script.value().attr("src").unwrap_or_default();
        let own = source.split_once("assets/live-").is_some_and(|(root, file)| {
            let root = root.replace("../", "");
            let hash = file.strip_suffix(".js").unwrap_or_default();
            ["", "./"].contains(&root.as_str()) && hash.len() == 12 && hash.chars().all(|character| character.is_ascii_hexdigit())
        });
        assert!(own && script.text().next().is_none(), "{path}: a script from `{source}`");
    }
}

/// Links that operators wrote, in prose or to another host, give nothing away; and there is no picture.
pub(crate) fn assert_links_of_operators(path: &str, html: &Html) {
    assert_eq!(html.select(&PICTURES).count(), 0, "{path}: a picture");
    for link in html.select(&OPERATORS_LINKS) {
        assert_eq!(link.value().attr("rel"), Some("nofollow noopener noreferrer"), "{path}: {}", link.html());
    }
}

#[test]
fn the_judges_see_what_they_are_there_for() {
    for live in [
        "<script>x</script>",
        "<a href=\"javascript:x\">y</a>",
        "<p onclick=x>y</p>",
        "<img src=x>",
        "<a href=' java\nscript:x'>y</a>",
        "<!-- x -->",
    ] {
        assert!(std::panic::catch_unwind(|| assert_dead("x", live)).is_err(), "{live}");
    }
    assert_dead("x", "<p>a <a href=\"https://b.example\" rel=\"nofollow\">b</a> &lt;script&gt;</p>");
    for page in ["<p style='x'>", "<body onload=x>", "<a href='javascript:x'>", "<iframe srcdoc=x>"] {
        assert!(std::panic::catch_unwind(|| count_live("x", &Html::parse_document(page), &mut BTreeMap::new())).is_err(), "{page}");
    }
    assert!(std::panic::catch_unwind(|| xml_bones("x", "<a><b></a>")).is_err());
    assert!(std::panic::catch_unwind(|| assert_event_stream("retry: 1\n\nid: 1\nevent: incident\ndata: {}\ndata: {}\n\n")).is_err());
    assert!(std::panic::catch_unwind(|| assert_plain("x", "a\u{202e}b")).is_err());
}
