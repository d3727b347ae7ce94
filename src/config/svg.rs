//! Whether an SVG may stand on the organization's site, and how large it is.
//!
//! Pages show it as an image, in which nothing runs; but it has an address of its own there, and whoever opens that gets a document of the
//! same origin. So it may hold what draws, and nothing that runs, moves, links or loads: elements are those of a list, attributes that refer
//! refer within the file, and there are no entities, so that nothing reads differently in a browser than here.

use quick_xml::encoding::Decoder;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

const SVG: &[u8] = b"http://www.w3.org/2000/svg";

/// What draws, and what describes.
const ELEMENTS: &[&str] = &[
    "circle",
    "clipPath",
    "defs",
    "desc",
    "ellipse",
    "feBlend",
    "feColorMatrix",
    "feComponentTransfer",
    "feComposite",
    "feConvolveMatrix",
    "feDiffuseLighting",
    "feDisplacementMap",
    "feDistantLight",
    "feDropShadow",
    "feFlood",
    "feFuncA",
    "feFuncB",
    "feFuncG",
    "feFuncR",
    "feGaussianBlur",
    "feMerge",
    "feMergeNode",
    "feMorphology",
    "feOffset",
    "fePointLight",
    "feSpecularLighting",
    "feSpotLight",
    "feTile",
    "feTurbulence",
    "filter",
    "g",
    "image",
    "line",
    "linearGradient",
    "marker",
    "mask",
    "metadata",
    "path",
    "pattern",
    "polygon",
    "polyline",
    "radialGradient",
    "rect",
    "stop",
    "style",
    "svg",
    "switch",
    "symbol",
    "text",
    "textPath",
    "title",
    "tspan",
    "use",
    "view",
];

/// What drawing programs leave in their files: inert, since no browser knows them.
const EDITORS: &[&str] = &[
    "http://www.inkscape.org/namespaces/inkscape",
    "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://creativecommons.org/ns#",
    "http://web.resource.org/cc/",
    "http://purl.org/dc/elements/1.1/",
    "http://www.bohemiancoding.com/sketch/ns",
    "http://www.serif.com/",
    "https://boxy-svg.com",
];

/// Pictures that an SVG may hold within itself.
const EMBEDDED: &[&str] = &["data:image/png;base64,", "data:image/jpeg;base64,", "data:image/webp;base64,"];

/// Width and height of the SVG `bytes`, of which only the ratio counts.
///
/// # Errors
/// What is wrong with it, to follow its name.
pub(super) fn size(bytes: &[u8]) -> Result<(f64, f64), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is no SVG: it is not UTF-8 text".to_owned())?;
    let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
    let decoder = reader.decoder();
    let (mut size, mut open, mut style) = (None, Vec::new(), String::new());
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(|error| malformed(&error))?;
        match event {
            Event::Start(element) => {
                let started = start(&namespace, &element, decoder, open.is_empty())?;
                if open.is_empty() && size.replace(started.size).is_some() {
                    return Err("is no SVG: it has several roots".to_owned());
                }
                open.push(started.name);
            }
            Event::Empty(element) => {
                if open.is_empty() {
                    return Err("is an empty SVG".to_owned());
                }
                start(&namespace, &element, decoder, false)?;
            }
            Event::End(_) => {
                if open.pop().as_deref() == Some("style") {
                    judge_style(&std::mem::take(&mut style))?;
                }
            }
            Event::Text(text) => add(&mut style, &open, &text.decode().map_err(|error| malformed(&error))?)?,
            Event::CData(text) => add(&mut style, &open, &text.decode().map_err(|error| malformed(&error))?)?,
            Event::GeneralRef(name) => {
                let name = name.decode().map_err(|error| malformed(&error))?;
                if open.last().is_some_and(|name| name == "style") {
                    return Err(format!("has the entity `&{}` in a style sheet", clip(&name)));
                }
                let known = name.starts_with('#') || quick_xml::escape::resolve_predefined_entity(&name).is_some();
                if !known {
                    return Err(format!("has the entity `&{};`, which not every program knows", clip(&name)));
                }
            }
            Event::Decl(declaration) => {
                let encoding = declaration.encoding().transpose().map_err(|error| malformed(&error))?;
                if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"utf-8")) {
                    return Err("is not written in UTF-8".to_owned());
                }
            }
            Event::Comment(_) => {}
            Event::DocType(_) => return Err("has a DOCTYPE, by which a file can grow or read others".to_owned()),
            Event::PI(_) => return Err("has a processing instruction `<?…?>`, which could load a style sheet".to_owned()),
            Event::Eof => break,
        }
    }
    if !open.is_empty() {
        return Err("is no SVG: it ends within an element".to_owned());
    }
    size.unwrap_or_else(|| Err("is no SVG: it has no element `svg`".to_owned()))
}

/// An element that may be there.
struct Started {
    /// Its name; empty where it is no element of SVG.
    name: String,
    /// How large it is, or why that cannot be told: which is said last, after what is worse.
    size: Result<(f64, f64), String>,
}

fn start(namespace: &ResolveResult<'_>, element: &BytesStart<'_>, decoder: Decoder, is_root: bool) -> Result<Started, String> {
    let name = String::from_utf8_lossy(element.local_name().into_inner()).into_owned();
    let is_svg = matches!(namespace, ResolveResult::Bound(Namespace(SVG)));
    let is_editors = matches!(namespace, ResolveResult::Bound(Namespace(other)) if EDITORS.iter().any(|known| known.as_bytes() == *other));
    if is_root && !(is_svg && name == "svg") {
        return Err(format!("is no SVG: its root is `{}` and not an `svg` with xmlns=\"http://www.w3.org/2000/svg\"", clip(&name)));
    }
    if !(is_editors || is_svg && ELEMENTS.contains(&name.as_str())) {
        return Err(format!("has an element `{}`, and may hold only what draws", clip(&name)));
    }
    let (mut width, mut height, mut view_box) = (None, None, None);
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| malformed(&error))?;
        let key = String::from_utf8_lossy(attribute.key.local_name().into_inner()).into_owned();
        let value = attribute.decoded_and_normalized_value(XmlVersion::Implicit1_0, decoder).map_err(|error| malformed(&error))?;
        judge_attribute(&name, &key, &value)?;
        // Those with a prefix are the drawing programs' own, but for the references that were judged already.
        if attribute.key.prefix().is_none() && !is_own_picture(&name, &value) {
            judge_style(&value)?;
        }
        match attribute.key.into_inner() {
            b"width" => width = length(&value),
            b"height" => height = length(&value),
            b"viewBox" => view_box = measures(&value),
            _ => {}
        }
    }
    let size = match (width, height, view_box) {
        (Some(width), Some(height), _) => Ok((width, height)),
        (_, _, Some(size)) => Ok(size),
        _ => Err("does not say how large it is: its `svg` has neither width and height nor a viewBox".to_owned()),
    };
    Ok(Started { name: if is_svg { name } else { String::new() }, size })
}

fn judge_attribute(element: &str, key: &str, value: &str) -> Result<(), String> {
    let name = key.to_ascii_lowercase();
    let squeezed: String = value.chars().filter(|character| !character.is_whitespace() && !character.is_control()).collect();
    let squeezed = squeezed.to_ascii_lowercase();
    if name.starts_with("on") {
        return Err(format!("has an attribute `{}`, which runs a script", clip(key)));
    }
    if matches!(name.as_str(), "href" | "src") && !(squeezed.is_empty() || squeezed.starts_with('#') || is_own_picture(element, value)) {
        return Err(format!("refers to `{}`, and may refer only to its own parts", clip(value)));
    }
    if name == "base" || squeezed.contains("javascript:") {
        return Err(format!("has an attribute `{}` that changes where its references lead", clip(key)));
    }
    Ok(())
}

fn is_own_picture(element: &str, value: &str) -> bool {
    element == "image" && EMBEDDED.iter().any(|begin| value.trim_start().starts_with(begin))
}

/// A style sheet, or a value in which there may be style.
fn judge_style(style: &str) -> Result<(), String> {
    let squeezed: String = style.chars().filter(|character| !character.is_whitespace() && !matches!(character, '"' | '\'')).collect();
    let squeezed = squeezed.to_ascii_lowercase();
    let loads = squeezed.match_indices("url(").any(|(at, found)| !squeezed.get(at + found.len()..).unwrap_or("").starts_with('#'));
    if loads || ["@import", "@font-face", "image-set(", "image(", "src("].iter().any(|word| squeezed.contains(word)) {
        return Err("has a style that loads something, and may load nothing".to_owned());
    }
    if style.contains('\\') {
        return Err("has a style with `\\` in it, by which words can be hidden".to_owned());
    }
    Ok(())
}

fn add(style: &mut String, open: &[String], text: &str) -> Result<(), String> {
    match open.last().map(String::as_str) {
        Some("style") => style.push_str(text),
        None if !text.trim().is_empty() => return Err("is no SVG: it has text outside of its root".to_owned()),
        _ => {}
    }
    Ok(())
}

/// A length in pixels; `None` for a share of what is around it, and for other units, which need not go together.
fn length(value: &str) -> Option<f64> {
    let number: f64 = value.trim().trim_end_matches("px").parse().ok()?;
    positive(number)
}

/// Width and height of a `viewBox`.
fn measures(value: &str) -> Option<(f64, f64)> {
    let numbers: Vec<f64> =
        value.split([' ', ',', '\t', '\n', '\r']).filter(|part| !part.is_empty()).map(str::parse).collect::<Result<_, _>>().ok()?;
    match numbers.as_slice() {
        [_, _, width, height] => Some((positive(*width)?, positive(*height)?)),
        _ => None,
    }
}

fn positive(number: f64) -> Option<f64> {
    (number.is_finite() && number > 0.0).then_some(number)
}

fn malformed(error: &dyn std::fmt::Display) -> String {
    format!("is no SVG: {error}")
}

/// The beginning of what may be long.
fn clip(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An SVG with this in it.
    fn with(inside: &str) -> Result<(f64, f64), String> {
        size(format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 120 40\">{inside}</svg>").as_bytes())
    }

    #[test]
    fn what_draws_is_taken_and_measured() {
        for inside in [
            "<path d=\"M0 0h9v9z\" fill=\"url(#a)\"/>",
            "<defs><linearGradient id=\"a\"><stop offset=\"0\"/></linearGradient></defs><use href=\"#a\"/>",
            "<style>.a { fill: red } @media (prefers-color-scheme: dark) { .a { fill: url(#b) } }</style>",
            "<style><![CDATA[.a > .b { fill: red }]]></style>",
            "<title>Ä &amp; &#246;</title><text>&lt;b&gt;</text>",
            "<image href=\"data:image/png;base64,iVBORw0KGgo=\" width=\"1\" height=\"1\"/>",
            "<g xmlns:xlink=\"http://www.w3.org/1999/xlink\"><use xlink:href=\"#a\"/></g>",
            "<metadata><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"/></metadata>",
            "<!-- made by hand -->",
            "<g xmlns:i=\"http://www.inkscape.org/namespaces/inkscape\" i:export-filename=\"C:\\logo.png\"/>",
        ] {
            assert_eq!(with(inside), Ok((120.0, 40.0)), "{inside}");
        }
        let sized = |attributes: &str| size(format!("<svg xmlns=\"http://www.w3.org/2000/svg\" {attributes}><g/></svg>").as_bytes());
        assert_eq!(sized("width=\"24.5px\" height=\"10\" viewBox=\"0 0 1 1\""), Ok((24.5, 10.0)));
        assert_eq!(sized("width=\"100%\" height=\"100%\" viewBox=\"0,0, 30 , 20\""), Ok((30.0, 20.0)));
        for unmeasured in
            ["", "width=\"9\"", "width=\"0\" height=\"9\"", "viewBox=\"0 0 -1 2\"", "viewBox=\"0 0 inf 2\"", "width=\"NaN\" height=\"1\""]
        {
            assert!(sized(unmeasured).unwrap_err().starts_with("does not say how large it is"), "{unmeasured}");
        }
        let declared = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<s:svg xmlns:s=\"http://www.w3.org/2000/svg\" width=\"2\" height=\"1\"><s:g/></s:svg>\n";
        assert_eq!(size(declared.as_bytes()), Ok((2.0, 1.0)));
    }

    #[test]
    fn what_runs_moves_links_or_loads_is_refused() {
        for (inside, complaint) in [
            ("<script>alert(1)</script>", "has an element `script`"),
            ("<SCRIPT/>", "has an element `SCRIPT`"),
            ("<s:script xmlns:s=\"http://www.w3.org/2000/svg\"/>", "has an element `script`"),
            ("<foreignObject/>", "has an element `foreignObject`"),
            ("<h:script xmlns:h=\"http://www.w3.org/1999/xhtml\"/>", "has an element `script`"),
            ("<g><iframe xmlns=\"http://www.w3.org/1999/xhtml\" src=\"#\"/></g>", "has an element `iframe`"),
            ("<path xmlns=\"http://www.w3.org/1999/xhtml\"/>", "has an element `path`"),
            ("<x:g/>", "has an element `g`"),
            ("<a href=\"#\"/>", "has an element `a`"),
            ("<animate attributeName=\"href\" to=\"javascript:alert(1)\"/>", "has an element `animate`"),
            ("<set attributeName=\"onload\" to=\"alert(1)\"/>", "has an element `set`"),
            ("<g onload=\"alert(1)\"/>", "has an attribute `onload`"),
            ("<g OnClick=\"alert(1)\"/>", "has an attribute `OnClick`"),
            ("<g xmlns:e=\"urn:e\" e:onload=\"x\"/>", "has an attribute `onload`"),
            ("<use href=\"https://evil.example/a.svg#b\"/>", "refers to `https://evil.example/a.svg#b`"),
            ("<use href=\"other.svg#b\"/>", "refers to `other.svg#b`"),
            ("<use href=\" java&#10;script:alert(1)\"/>", "refers to"),
            ("<use xmlns:l=\"http://www.w3.org/1999/xlink\" l:href=\"data:image/svg+xml,x\"/>", "refers to"),
            ("<image href=\"data:image/svg+xml;base64,PHN2Zy8+\"/>", "refers to"),
            ("<use href=\"data:image/png;base64,iVBORw0KGgo=\"/>", "refers to"),
            ("<g xml:base=\"https://evil.example/\"/>", "has an attribute `base`"),
            ("<g fill=\"url(https://evil.example/)\"/>", "has a style that loads"),
            ("<g style=\"background: URL( 'https://evil.example/' )\"/>", "has a style that loads"),
            ("<g style=\"background: u\\72l(//evil.example)\"/>", "has a style with `\\`"),
            ("<style>@import '//evil.example/a.css';</style>", "has a style that loads"),
            ("<style>@im<!-- -->port url(//evil.example);</style>", "has a style that loads"),
            ("<style><![CDATA[@font-face { src: url(//evil.example) }]]></style>", "has a style that loads"),
            ("<style>a { background: image-set('//evil.example' 1x) }</style>", "has a style that loads"),
            ("<style>@&#105;mport '//evil.example';</style>", "has the entity `&#105` in a style sheet"),
            ("<text>&evil;</text>", "has the entity `&evil;`"),
            ("<g id=\"&evil;\"/>", "is no SVG"),
            ("<g id=\"a\" id=\"b\"/>", "is no SVG"),
            ("<?xml-stylesheet href=\"//evil.example\"?>", "has a processing instruction"),
            ("<g>", "is no SVG"),
            ("</svg><svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\">", "is no SVG: it has several roots"),
        ] {
            let error = with(inside).unwrap_err();
            assert!(error.starts_with(complaint), "{inside}: {error}");
        }
        for (whole, complaint) in [
            ("", "is no SVG: it has no element `svg`"),
            ("\u{89}PNG", "is no SVG"),
            ("<!DOCTYPE svg [<!ENTITY a \"b\">]><svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><g/></svg>", "has a DOCTYPE"),
            ("<html><script>alert(1)</script></html>", "is no SVG: its root is `html`"),
            ("<svg viewBox=\"0 0 1 1\"><g/></svg>", "is no SVG: its root is `svg`"),
            ("<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\" viewBox=\"0 0 1 1\"></svg>", "has an attribute `onload`"),
            (
                "<?xml version=\"1.0\" encoding=\"UTF-7\"?><svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><g/></svg>",
                "is not written in UTF-8",
            ),
            ("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\">", "is no SVG"),
        ] {
            let error = size(whole.as_bytes()).unwrap_err();
            assert!(error.starts_with(complaint), "{whole}: {error}");
        }
        assert!(size(b"\xff\xfe<svg/>").unwrap_err().starts_with("is no SVG"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(text in "[<>/a-z&;#:=\"'!?\\[\\] -]{0,60}") {
            drop(size(text.as_bytes()));
            drop(with(&text));
        }
    }
}
