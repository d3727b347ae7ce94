//! Tests of colours: what can be read, and what is told apart by whom.

use std::collections::BTreeMap;

use crate::domain::Colour;
use crate::theme::{self, Theme};

/// Colours by the name of their token.
type Tokens = BTreeMap<String, Colour>;

/// Every theme.
fn themes() -> impl Iterator<Item = Theme> {
    theme::names().into_iter().map(|name| Theme::load(name, None, "en").unwrap())
}

/// The colour tokens of a style sheet, light and dark, whether it was written by hand or by a program that leaves out spaces.
fn tokens(style: &str) -> [Tokens; 2] {
    let style = style.replace(": ", ":").replace(" {", "{");
    let block = |text: &str| {
        let body = &text[text.find(":root{").unwrap()..];
        let body = &body[..body.find('}').unwrap()];
        let token = |part: &str| {
            let (name, value) = part.trim().strip_prefix("--")?.split_once(':')?;
            Some((name.to_owned(), value.trim().parse().ok()?))
        };
        body.split([';', '{']).filter_map(token).collect()
    };
    let (light, dark) = style.split_once("prefers-color-scheme:dark").unwrap();
    [block(light), block(dark)]
}

const STATUSES: [&str; 6] = ["ok", "dg", "pa", "ma", "mt", "no"];

#[test]
fn the_frame_has_the_colours_of_the_pages() {
    for theme in themes() {
        for (frame, page) in tokens(theme.embed_style()).iter().zip(tokens(&theme.style("home"))) {
            for name in STATUSES.iter().chain(&["bg"]) {
                assert_eq!(frame[*name], page[*name], "{}: --{name}", theme.name());
            }
        }
    }
}

#[test]
fn every_token_can_be_read_on_what_it_stands_on() {
    for theme in themes() {
        let backgrounds = [&theme.backgrounds().light, &theme.backgrounds().dark];
        for ((tokens, scheme), declared) in tokens(&theme.style("home")).iter().zip(["light", "dark"]).zip(backgrounds) {
            let place = format!("{}, {scheme}", theme.name());
            let stood_on: Vec<Colour> = ["bg", "card"].iter().filter_map(|name| tokens.get(*name).copied()).collect();
            assert_eq!(declared.iter().map(|one| one.parse().unwrap()).collect::<Vec<Colour>>(), stood_on, "{place}");
            let text = ["link", "mute"].into_iter().chain(STATUSES).map(|name| (name.to_owned(), 4.5));
            let marks = STATUSES.iter().map(|name| (format!("{name}f"), 3.0));
            for (name, least) in text.chain(marks).chain([("ink".to_owned(), 7.0)]) {
                // One without traces has no marks, and one in the colours of the system none of its own for text.
                let Some(colour) = tokens.get(&name) else {
                    assert!(theme.name() == "plain" && !STATUSES.contains(&name.as_str()), "{place}: no --{name}");
                    continue;
                };
                for background in &stood_on {
                    let contrast = colour.contrast(*background);
                    assert!(contrast >= least, "{place}: --{name} on {background}: {contrast:.2}");
                }
            }
        }
    }
}

/// What a colour is seen as: Lab coordinates after a colour deficiency (Machado, Oliveira and Fernandes 2009, severity 1).
fn seen(colour: Colour, deficiency: &[[f64; 3]; 3]) -> [f64; 3] {
    let linear = colour.linear();
    let [r, g, b] = deficiency.map(|row| row.iter().zip(linear).map(|(part, channel)| part * channel).sum::<f64>().clamp(0.0, 1.0));
    let curve = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    let x = curve((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.950_47);
    let y = curve(0.2126 * r + 0.7152 * g + 0.0722 * b);
    let z = curve((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

#[test]
fn marks_are_told_apart_also_by_who_sees_colours_differently() {
    const SIGHTS: [(&str, [[f64; 3]; 3], f64); 4] = [
        ("usual", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], 30.0),
        ("protanopia", [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]], 15.0),
        ("deuteranopia", [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]], 15.0),
        ("tritanopia", [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]], 15.0),
    ];
    let marks = ["okf", "dgf", "paf", "maf", "mtf"];
    let drawing = themes().filter(|theme| theme.name() != "plain").map(|theme| (theme.name().to_owned(), tokens(&theme.style("home"))));
    for (theme, tokens, scheme) in drawing.flat_map(|(name, [light, dark])| [(name.clone(), light, "light"), (name, dark, "dark")]) {
        for (sight, deficiency, least) in &SIGHTS {
            for (place, one) in marks.iter().enumerate() {
                for other in &marks[place + 1..] {
                    let (a, b) = (seen(tokens[*one], deficiency), seen(tokens[*other], deficiency));
                    let distance = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                    assert!(distance >= *least, "{theme}, {scheme}, {sight}: --{one} and --{other} are {distance:.0} apart");
                }
            }
        }
    }
}
