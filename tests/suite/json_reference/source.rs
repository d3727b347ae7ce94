//! What the source says of the documents of `--json`: the fields of each struct that is serialized, with their types and comments.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Where what comes out of commands is written down.
const ROOTS: &[&str] = &["src/cli", "src/ops", "src/domain", "src/import/source_folder.rs", "src/publish"];

/// A struct whose fields become those of an object.
#[derive(Clone, Debug)]
pub(super) struct Struct {
    pub(super) comment: String,
    /// The name of what it is generic over.
    pub(super) parameter: Option<String>,
    pub(super) fields: Vec<Field>,
}

/// A field of a document.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    /// Its type in Rust, without spaces.
    pub(super) kind: String,
    pub(super) comment: String,
    /// Whether its own fields stand in its place.
    pub(super) flattened: bool,
    /// Whether it can be left out.
    pub(super) optional: bool,
}

/// Everything that is serialized: structs, and enums that become one of some words, by `file::Name`.
#[derive(Debug, Default)]
pub(super) struct Source {
    structs: BTreeMap<String, Struct>,
    words: BTreeMap<String, Vec<String>>,
}

impl Source {
    pub(super) fn read() -> Self {
        let mut source = Self::default();
        for root in ROOTS {
            for path in rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(root)) {
                let stem = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().strip_prefix("src").unwrap().with_extension("");
                let module = stem.to_str().unwrap().replace('/', "::").replace("::mod", "");
                let tokens: TokenStream = fs::read_to_string(&path).unwrap().parse().expect("a file that is Rust");
                source.file(&module, &tokens.into_iter().collect::<Vec<_>>());
            }
        }
        source
    }

    /// The full name of the type called `name`, as the file of `from` would mean it.
    pub(super) fn resolve(&self, name: &str, from: &str) -> Option<String> {
        let all = || self.structs.keys().chain(self.words.keys());
        let own = format!("{}::{name}", from.rsplit_once("::").map_or("", |(module, _)| module));
        if all().any(|full| *full == own) {
            return Some(own);
        }
        let suffix = format!("::{name}");
        let found: Vec<&String> = all().filter(|full| full.ends_with(&suffix)).collect();
        match found.as_slice() {
            [] => None,
            [one] => Some((*one).clone()),
            several => {
                several.iter().find(|full| full.starts_with("ops::report::") || full.starts_with("domain::")).map(|full| (*full).clone())
            }
        }
    }

    pub(super) fn structure(&self, full: &str) -> Option<&Struct> {
        self.structs.get(full)
    }

    pub(super) fn words(&self, full: &str) -> Option<&[String]> {
        self.words.get(full).map(Vec::as_slice)
    }

    fn file(&mut self, module: &str, tokens: &[TokenTree]) {
        for (index, token) in tokens.iter().enumerate() {
            let word = token.to_string();
            let Some(name) = tokens.get(index + 1).map(ToString::to_string) else { continue };
            let after = |delimiter: Delimiter| {
                let end = tokens[index..].iter().take_while(|token| token.to_string() != ";");
                end.filter_map(group_of).find(|group| group.delimiter() == delimiter)
            };
            match word.as_str() {
                // words!(Name, "a name", [Variant = "word", …], also […]);
                "words" if name == "!" => {
                    if let Some(group) = tokens.get(index + 2).and_then(group_of) {
                        self.words_of(module, group);
                    }
                }
                "struct" | "enum" if attributes(tokens, index).iter().any(|attribute| serializes(attribute)) => {
                    let attributes = attributes(tokens, index);
                    let full = format!("{module}::{name}");
                    let Some(body) = after(Delimiter::Brace) else { continue };
                    if word == "enum" {
                        self.words.entry(full).or_insert_with(|| renamed_variants(body, &attributes));
                    } else {
                        let parameter = (tokens.get(index + 2).map(ToString::to_string).as_deref() == Some("<")
                            && tokens.get(index + 3).map(ToString::to_string).as_deref() != Some("'"))
                        .then(|| tokens[index + 3].to_string());
                        self.structs.insert(full, Struct { comment: comment(&attributes), parameter, fields: fields(body) });
                    }
                }
                _ => {}
            }
        }
    }

    fn words_of(&mut self, module: &str, group: &Group) {
        let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
        let list = tokens.iter().filter_map(group_of).find(|group| group.delimiter() == Delimiter::Bracket);
        let words = list.into_iter().flat_map(Group::stream).filter_map(|token| text_of(&token)).collect();
        self.words.insert(format!("{module}::{}", tokens[0]), words);
    }
}

/// The words of an enum whose variants carry nothing and say what they become.
fn renamed_variants(body: &Group, attributes: &[String]) -> Vec<String> {
    let snake = attributes.iter().any(|attribute| attribute.contains("rename_all = \"snake_case\""));
    let tokens: Vec<TokenTree> = body.stream().into_iter().collect();
    let mut words = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Ident(variant) = token else { continue };
        let renamed = self::attributes(&tokens, index).iter().find_map(|attribute| between(attribute, "rename = \"", "\""));
        words.push(renamed.unwrap_or_else(|| if snake { snake_case(&variant.to_string()) } else { variant.to_string() }));
    }
    words
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (place, letter) in name.char_indices() {
        if letter.is_uppercase() && place > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// The fields of a struct, without those that are never serialized.
fn fields(body: &Group) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut tokens: Vec<TokenTree> = Vec::new();
    let mut angles = 0_i32;
    let end = std::iter::once(TokenTree::Punct(proc_macro2::Punct::new(',', proc_macro2::Spacing::Alone)));
    for token in body.stream().into_iter().chain(end) {
        match token.to_string().as_str() {
            "<" => angles += 1,
            ">" => angles -= 1,
            "," if angles == 0 => {
                fields.extend(field(&tokens));
                tokens.clear();
                continue;
            }
            _ => {}
        }
        tokens.push(token);
    }
    fields
}

fn field(tokens: &[TokenTree]) -> Option<Field> {
    let colon = tokens.iter().position(|token| token.to_string() == ":")?;
    let attributes = attributes_at(tokens, 0);
    let serde: Vec<&String> = attributes.iter().filter(|attribute| attribute.starts_with("serde")).collect();
    if serde.iter().any(|attribute| between(attribute, "(skip", "").is_some_and(|rest| rest.starts_with(')') || rest.starts_with(','))) {
        return None;
    }
    let renamed = serde.iter().find_map(|attribute| between(attribute, "rename = \"", "\""));
    Some(Field {
        name: renamed.unwrap_or_else(|| tokens[colon - 1].to_string()),
        kind: tokens[colon + 1..].iter().map(ToString::to_string).collect(),
        comment: comment(&attributes),
        flattened: serde.iter().any(|attribute| attribute.contains("flatten")),
        optional: serde.iter().any(|attribute| attribute.contains("skip_serializing_if")),
    })
}

/// What stands in `text` after `start` and before `end`.
fn between(text: &str, start: &str, end: &str) -> Option<String> {
    let (_, rest) = text.split_once(start)?;
    if end.is_empty() { Some(rest.to_owned()) } else { rest.split_once(end).map(|(found, _)| found.to_owned()) }
}

fn serializes(attribute: &str) -> bool {
    attribute.starts_with("derive") && attribute.contains("Serialize")
}

/// The attributes of the item whose keyword stands at `index`.
fn attributes(tokens: &[TokenTree], index: usize) -> Vec<String> {
    let mut start = index;
    while start > 0 {
        let before = &tokens[start - 1];
        let belongs = matches!(before, TokenTree::Group(group) if group.delimiter() != Delimiter::Brace)
            || ["#", "pub"].contains(&before.to_string().as_str());
        if !belongs {
            break;
        }
        start -= 1;
    }
    attributes_at(tokens, start)
}

/// The attributes that begin at `start`, as they are written.
fn attributes_at(tokens: &[TokenTree], start: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = &tokens[start..];
    while let [hash, TokenTree::Group(group), after @ ..] = rest
        && hash.to_string() == "#"
    {
        found.push(group.stream().to_string());
        rest = after;
    }
    found
}

/// The doc comment among attributes, its lines joined up to the first empty one, and a link in it as its text.
fn comment(attributes: &[String]) -> String {
    let lines = attributes.iter().filter_map(|attribute| attribute.strip_prefix("doc = "));
    let texts = lines.map(|literal| literal.parse::<TokenStream>().unwrap().into_iter().next().and_then(|token| text_of(&token)).unwrap());
    let first: Vec<String> = texts.map(|text| text.trim().to_owned()).take_while(|text| !text.is_empty()).collect();
    first.join(" ").replace("[`", "`").replace("`]", "`")
}

fn group_of(token: &TokenTree) -> Option<&Group> {
    if let TokenTree::Group(group) = token { Some(group) } else { None }
}

/// The text of a literal that is one.
pub(crate) fn text_of(token: &TokenTree) -> Option<String> {
    let TokenTree::Literal(literal) = token else { return None };
    let written = literal.to_string();
    // What a command printed is compared as bytes, too.
    let written = written.strip_prefix('b').filter(|rest| rest.starts_with('"')).unwrap_or(&written);
    let raw = written.strip_prefix('r').map(|raw| raw.trim_matches('#'));
    if let Some(raw) = raw {
        return raw.strip_prefix('"')?.strip_suffix('"').map(str::to_owned);
    }
    let inner = written.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::new();
    let mut letters = inner.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        match letters.next()? {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            '0' => text.push('\0'),
            '\n' => while letters.next_if(|letter| letter.is_whitespace()).is_some() {},
            'x' => text.extend(u8::from_str_radix(&letters.by_ref().take(2).collect::<String>(), 16).ok().map(char::from)),
            'u' => {
                let digits: String = letters.by_ref().skip(1).take_while(|letter| *letter != '}').collect();
                text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            other => text.push(other),
        }
    }
    Some(text)
}

pub(crate) fn rust_files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let mut files: Vec<PathBuf> = fs::read_dir(path).unwrap().flat_map(|entry| rust_files(&entry.unwrap().path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    files.sort();
    files
}
