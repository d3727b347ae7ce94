//! A reader who follows every link from the home page.

use std::collections::{BTreeMap, BTreeSet};

use scraper::{Html, Selector};

/// The paths that a page at `path` leads to within its site.
pub(super) fn links(path: &str, page: &str) -> BTreeSet<String> {
    let base = url::Url::parse(&format!("http://site.example/root/{path}")).unwrap();
    let document = Html::parse_document(page);
    let mut found = BTreeSet::new();
    for (selector, attribute) in
        [("a[href], link[href]", "href"), ("script[src], img[src], iframe[src]", "src"), ("source[srcset]", "srcset")]
    {
        for element in document.select(&Selector::parse(selector).unwrap()) {
            let Ok(target) = base.join(element.value().attr(attribute).unwrap_or_default()) else { continue };
            if let (Some("site.example"), Some(inside)) = (target.host_str(), target.path().strip_prefix("/root/")) {
                let file = if inside.is_empty() || inside.ends_with('/') { format!("{inside}index.html") } else { inside.to_owned() };
                found.insert(file);
            }
        }
    }
    found
}

/// What a reader who begins at the home page finds missing; `page` gives the text of a page that is there.
pub(super) fn missing(is_there: impl Fn(&str) -> bool, mut links_of: impl FnMut(&str) -> BTreeSet<String>) -> Vec<String> {
    let (mut seen, mut next, mut gone) = (BTreeSet::new(), vec!["index.html".to_owned()], Vec::new());
    while let Some(path) = next.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        if !is_there(&path) {
            gone.push(path);
        } else if path.ends_with(".html") {
            next.extend(links_of(&path));
        }
    }
    // Nobody comes to a site that has no home page yet.
    if gone == ["index.html"] { Vec::new() } else { gone }
}

/// What is missing in a site that is read as a whole.
pub(super) fn missing_in(files: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    missing(|path| files.contains_key(path), |path| links(path, &String::from_utf8_lossy(&files[path])))
}

#[test]
fn a_missing_page_is_noticed() {
    let page = |text: &str| text.as_bytes().to_vec();
    let mut files = BTreeMap::from([
        ("index.html".to_owned(), page("<a href='a/'>a</a><img src='./b.png'><a href='https://elsewhere.example/'>x</a>")),
        ("a/index.html".to_owned(), page("<a href='../'>up</a><link href=../c.css>")),
        ("b.png".to_owned(), page("")),
    ]);
    assert_eq!(missing_in(&files), ["c.css"]);
    files.insert("c.css".to_owned(), page(""));
    assert_eq!(missing_in(&files), Vec::<String>::new());
}
