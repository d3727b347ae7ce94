//! Reading a built site as a visitor's programs would: files, JSON, visible text and links, and the public contract.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use ego_tree::iter::Edge;
use jsonschema::Validator;
use scraper::{Html, Node};
use serde_json::Value;

/// Every file of a folder, by its path within it.
#[derive(Clone, PartialEq)]
pub(crate) struct BuiltSite {
    /// Path with `/`, and the bytes.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl BuiltSite {
    /// Reads the folder.
    #[track_caller]
    pub(crate) fn read(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        collect(folder, "", &mut files);
        Self { files }
    }

    /// The bytes of a file that must be there.
    #[track_caller]
    pub(crate) fn bytes(&self, path: &str) -> &[u8] {
        self.files.get(path).unwrap_or_else(|| panic!("no file `{path}`"))
    }

    /// The text of a file that must be there.
    #[track_caller]
    pub(crate) fn text(&self, path: &str) -> &str {
        std::str::from_utf8(self.bytes(path)).unwrap_or_else(|_| panic!("`{path}` is not UTF-8"))
    }

    /// The document in a file that must be there.
    #[track_caller]
    pub(crate) fn json(&self, path: &str) -> Value {
        serde_json::from_str(self.text(path)).unwrap_or_else(|error| panic!("`{path}` is no JSON: {error}"))
    }

    /// The files whose paths begin and end so.
    pub(crate) fn matching<'a>(&'a self, begin: &'a str, end: &'a str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let files = self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
        files.filter(move |(path, _)| path.starts_with(begin) && path.ends_with(end))
    }

    /// Paths that only one of the two has, or whose bytes differ.
    pub(crate) fn differing(&self, other: &Self) -> Vec<String> {
        let paths: BTreeSet<&String> = self.files.keys().chain(other.files.keys()).collect();
        paths.into_iter().filter(|path| self.files.get(*path) != other.files.get(*path)).cloned().collect()
    }

    /// Every document below `api/v2/` follows the strict contract.
    #[track_caller]
    pub(crate) fn assert_follows_the_contract(&self) {
        let mut seen = 0;
        for (path, _) in self.matching("api/v2/", "") {
            let document = self.json(path);
            let name = contract_of(path);
            let validator = CONTRACT.get(name).unwrap_or_else(|| panic!("no schema for `{path}`"));
            let complaints: Vec<String> =
                validator.iter_errors(&document).map(|error| format!("{path}{}: {error}", error.instance_path)).take(5).collect();
            assert!(complaints.is_empty(), "{}", complaints.join("\n"));
            seen += 1;
        }
        assert!(seen >= 8, "only {seen} documents below api/v2/");
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{path}/"), files);
        } else {
            files.insert(path, fs::read(entry.path()).unwrap());
        }
    }
}

/// The schema that a document below `api/v2/` follows.
fn contract_of(path: &str) -> &str {
    match path.trim_start_matches("api/v2/").trim_end_matches(".json") {
        "incidents/unresolved" => "incidents-unresolved",
        "scheduled-maintenances/upcoming" => "scheduled-maintenances-upcoming",
        "scheduled-maintenances/active" => "scheduled-maintenances-active",
        other if other.starts_with("incidents/") => "incident-document",
        other => other,
    }
}

static CONTRACT: LazyLock<BTreeMap<String, Validator>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/statuspage-v2");
    let schemas = fs::read_dir(folder).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let schema: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().trim_end_matches(".schema.json").to_owned();
        (name, jsonschema::validator_for(&schema).unwrap())
    });
    schemas.collect()
});

/// A moment written in RFC 3339, or none where there is null or nothing.
#[track_caller]
pub(crate) fn moment(value: Option<&Value>) -> Option<DateTime<Utc>> {
    let text = value.filter(|value| !value.is_null())?.as_str().expect("a moment is text");
    Some(DateTime::parse_from_rfc3339(text).unwrap_or_else(|_| panic!("`{text}` is no moment")).to_utc())
}

/// What a fragment of HTML shows: its text with every tag as a space and white space collapsed, and its links (address, text) in order.
pub(crate) fn visible(fragment: &str) -> (String, Vec<(Option<String>, String)>) {
    let html = Html::parse_fragment(fragment);
    let mut text = String::new();
    let mut links: Vec<(Option<String>, String)> = Vec::new();
    let mut within_link = false;
    for edge in html.tree.root().traverse() {
        let (node, opens) = match edge {
            Edge::Open(node) => (node, true),
            Edge::Close(node) => (node, false),
        };
        match node.value() {
            Node::Element(element) => {
                text.push(' ');
                if element.name() == "a" {
                    within_link = opens;
                    if opens {
                        links.push((element.attr("href").map(str::to_owned), String::new()));
                    }
                }
            }
            Node::Text(piece) if opens => {
                text.push_str(piece);
                if let Some((_, label)) = links.last_mut().filter(|_| within_link) {
                    label.push_str(piece);
                }
            }
            _ => {}
        }
    }
    (collapsed(&text), links.into_iter().map(|(address, label)| (address, collapsed(&label))).collect())
}

fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
