//! Every error that the source can word is worded once more in a test: this fails for each that no test has read, with its file and line.
//!
//! A literal counts as read where some literal of a test holds its fixed parts in their order on one line. So a test that shortens a
//! message to a few words of it does not count; one that says it whole does.

mod deeds;
mod drafts;
mod files;
mod publishing;
mod storage;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::json_reference::source::{rust_files, text_of};

/// What makes an error, or a part of one, of the text in its parentheses.
const MAKERS: &[&str] =
    &["failed", "usage", "not_found", "conflict", "bad_input", "new", "hint", "refuse", "refuse_whole", "refuse_pem", "damaged"];

/// Those of [`MAKERS`] that are only meant as functions of `UserError`.
const OF_USER_ERROR: &[&str] = &["failed", "usage", "not_found", "conflict", "bad_input", "new"];

/// What no test can bring about without another program or a machine that fails, by the beginning of its text.
const UNPROVOKED: &[(&str, &str)] = &[
    ("cannot tell the current folder: ", "the folder would have to go away before the program looks"),
    ("cannot listen to signals: ", "the system would have to refuse it"),
    ("cannot make an id: ", "the system would have no random numbers"),
    ("cannot make a token: ", "the system would have no random numbers"),
    ("cannot write a dump: ", "our own values can be written"),
    ("cannot write a badge: ", "our own values can be written"),
    ("cannot write the calendar: ", "our own values can be written"),
    ("cannot write a feed: ", "our own values can be written"),
    ("cannot hand a value to the theme: ", "our own values can be written"),
    ("cannot digest a page: ", "our own values can be written"),
    ("cannot remember the build: ", "our own values can be written"),
    ("the example organization is not in this binary", "it is"),
    ("a site in no language", "settings always name one"),
    ("a page of an incident without the incident", "a build loads what it renders"),
    ("incident {number} was not loaded", "a build loads what it renders"),
    ("a page was made that was not planned", "a build makes what it plans"),
    ("`{}` cannot be a path of the site: ", "ids and slugs always can"),
    ("cannot stage files for `{}`: nowhere to put them", "a folder has a parent"),
    ("section `{}` cannot be recorded", "our own values can be written"),
    ("section `{}` was to be kept and is not known", "a build keeps what it knows"),
    ("the log of a record is never emptied", "only a restored dump replaces it, and that holds events"),
    ("nobody tells of changes any more", "the thread that watches would have to end"),
    ("socket {index} of the service manager cannot be used: ", "the service manager hands over what the unit names"),
    ("use `ListenStream=` with a port", "the service manager hands over what the unit names"),
    ("no webhook secret is set", "the address is not there without one"),
    ("give it as STATUARY_CLERK_WEBHOOK_SECRET", "the address is not there without one"),
    ("only newer programs may write to it", "a file of a newer SQLite"),
    ("it names no page", "a table that is emptied by hand"),
    ("it has schema {schema}", "a negative number in the head of a file"),
    ("its pages contradict each other", "SQLite always says which"),
    ("cannot back up to `{}`: its name is not text", "SQLite takes names of bytes on this system"),
    ("write it with an offset, as in `{}`", "no zone skips more than a day"),
    ("cannot open `{}`: {}", "the disk would have to refuse a file that was just looked at"),
    ("a page has at least one entry", "the API and the command line ask for one at least"),
    ("`{folder}` cannot be both a page and a folder of pages", "our own paths never are"),
    ("the theme has no `{path}`", "themes in the program have what they need"),
    ("remove the link yourself", "the workspace refuses the link before"),
    ("write it like `10.0.0.0/8`", "the readers of arguments and of settings refuse it before"),
    ("cannot change `{}`: it is written in a way", "what reads as TOML can be edited as TOML"),
    ("change it by hand", "what reads as TOML can be edited as TOML"),
    ("nothing came of applying the file", "a declaration that was applied has its report"),
    ("cannot note what is known of the remote", "our own values can be written"),
    ("others write to `{}` all the time", "others would have to be faster for two minutes"),
    ("the system gives no random numbers", "the system would have no random numbers"),
    ("{what}: the listing does not end", "a host would have to answer with a hundred thousand pages"),
    ("cannot show what is to be written: ", "the terminal of whoever is asked would have to go away"),
    ("`{text}` names no folder: ", "the current folder would have to go away while the program looks"),
    ("no thread to ", "the system would have to refuse a thread"),
    ("cannot compress a page: ", "what is in memory can be compressed"),
    ("cannot list what is published: ", "our own values can be written"),
    ("cannot record: ", "our own values can be written"),
];

/// A text that the source makes an error of.
#[derive(Debug)]
struct Wording {
    /// File and line.
    place: String,
    /// As it is written, with its placeholders.
    text: String,
}

#[test]
fn every_error_is_worded_in_a_test() {
    let (wordings, read) = (wordings(), texts_of_tests());
    assert!(wordings.len() > 400, "only {} texts of errors were found", wordings.len());
    let unread = |wording: &&Wording| !read.iter().any(|line| holds(line, &parts(&wording.text)));
    let excused = |text: &str| UNPROVOKED.iter().find(|(begin, _)| text.starts_with(begin));
    let complaints: Vec<String> = wordings
        .iter()
        .filter(|wording| excused(&wording.text).is_none())
        .filter(unread)
        .map(|wording| format!("{}: no test words this: {}", wording.place, wording.text))
        .collect();
    assert!(complaints.is_empty(), "{}\n{} in all", complaints.join("\n"), complaints.len());
    for (begin, _) in UNPROVOKED {
        assert!(wordings.iter().any(|wording| wording.text.starts_with(begin)), "no error begins so any more: {begin}");
    }
}

#[test]
fn a_wording_is_found_wherever_it_stands_and_only_whole() {
    let found = |source: &str| {
        let mut found = Vec::new();
        collect(&source.parse::<TokenStream>().unwrap().into_iter().collect::<Vec<_>>(), &mut found);
        found
    };
    assert_eq!(found(r#"fn f() { UserError::usage(format!("a `{x}` b", x = 1)).hint("c") }"#), ["a `{x}` b", "c"]);
    assert_eq!(
        found(r#"fn f() { let message = match x { A => "one", B => format!("two {y}") }; UserError::usage(message) }"#),
        ["one", "two {y}"]
    );
    assert_eq!(found(r#"#[cfg(test)] mod tests { fn f() { UserError::usage("a") } } fn g() { Vec::new("b") }"#), [""; 0]);
    assert!(holds("error: no service `api` here", &parts("no service `{key}` here")));
    assert!(!holds("error: no service `api`", &parts("no service `{key}` here")));
    assert!(!holds("here no service", &parts("no service {} here")));
    assert_eq!(parts("{{a}} {b:?}c"), ["{a} ", "c"]);
}

/// All texts of errors in the source that say something.
fn wordings() -> Vec<Wording> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wordings = Vec::new();
    for path in rust_files(&src).into_iter().filter(|path| !is_of_tests(path)) {
        let source = fs::read_to_string(&path).unwrap();
        let mut found = Vec::new();
        collect(&source.parse::<TokenStream>().expect("a file that is Rust").into_iter().collect::<Vec<_>>(), &mut found);
        for text in
            found.into_iter().filter(|text| parts(text).iter().flat_map(|part| part.chars()).filter(|c| c.is_alphabetic()).count() >= 6)
        {
            // What stands on one line of the source is found there again by its beginning.
            let begin = text.replace('"', "\\\"");
            let begin: String = begin.chars().take(24).collect();
            let line = source.lines().position(|line| line.contains(&begin)).map_or(0, |line| line + 1);
            wordings.push(Wording { place: format!("{}:{line}", path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display()), text });
        }
    }
    wordings
}

/// Whether a file of `src` holds nothing but tests.
fn is_of_tests(path: &Path) -> bool {
    path.iter().any(|part| part.to_str().is_some_and(|part| part == "tests" || part.trim_end_matches(".rs").ends_with("tests")))
}

/// The texts in the parentheses of what makes errors, and of what is handed to it by name.
fn collect(tokens: &[TokenTree], found: &mut Vec<String>) {
    let tokens = without_tests(tokens);
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let inner: Vec<TokenTree> = group.stream().into_iter().collect();
        let maker = index.checked_sub(1).and_then(|before| tokens.get(before)).map(ToString::to_string).unwrap_or_default();
        let of_error = index >= 4 && tokens[index - 4].to_string() == "UserError";
        if group.delimiter() == Delimiter::Parenthesis
            && MAKERS.contains(&maker.as_str())
            && (of_error || !OF_USER_ERROR.contains(&maker.as_str()))
        {
            literals(&inner, found);
            if let [TokenTree::Ident(name)] = inner.as_slice() {
                literals(&value_of(&tokens, &name.to_string()), found);
            }
        }
        collect(&inner, found);
    }
    found.dedup();
}

/// What `let NAME = …;` says among these tokens.
fn value_of(tokens: &[TokenTree], name: &str) -> Vec<TokenTree> {
    let stands =
        |index: &usize| tokens[*index].to_string() == "let" && tokens.get(index + 1).is_some_and(|token| token.to_string() == name);
    let Some(start) = (0..tokens.len()).find(stands) else { return Vec::new() };
    tokens[start..].iter().take_while(|token| token.to_string() != ";").cloned().collect()
}

/// All texts, groups opened.
fn literals(tokens: &[TokenTree], found: &mut Vec<String>) {
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => literals(&group.stream().into_iter().collect::<Vec<_>>(), found),
            // `"…" =>` and `== "…"` are looked at, not said; so is what is handed on to `contains` and the like.
            TokenTree::Literal(_) => {
                let after = tokens.get(index + 1).map(ToString::to_string).unwrap_or_default();
                let before = index.checked_sub(1).map(|before| tokens[before].to_string()).unwrap_or_default();
                if !["=", "|"].contains(&after.as_str()) && !["=", "|"].contains(&before.as_str()) {
                    found.extend(text_of(token));
                }
            }
            _ => {}
        }
    }
}

/// The tokens without the items that stand under `#[cfg(test)]`.
fn without_tests(tokens: &[TokenTree]) -> Vec<TokenTree> {
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut skipping = false;
    for token in tokens {
        if skipping {
            skipping = !(matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace) || token.to_string() == ";");
        } else if kept.last().is_some_and(|last| last.to_string() == "#") && token.to_string().replace(' ', "") == "[cfg(test)]" {
            kept.pop();
            skipping = true;
        } else {
            kept.push(token.clone());
        }
    }
    kept
}

/// The fixed parts of a text with placeholders.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let doubled = matches!(letter, '{' | '}') && letters.next_if_eq(&letter).is_some();
        if letter == '{' && !doubled {
            letters.by_ref().find(|letter| *letter == '}');
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Whether a line has all parts in their order.
fn holds(line: &str, parts: &[String]) -> bool {
    let mut rest = line;
    parts.iter().all(|part| match rest.find(part.as_str()) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

/// Every line of every text in the tests, those within `src` included; not those of this file, whose excuses are no assertions.
fn texts_of_tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut lines = BTreeSet::new();
    let mut add = |tokens: &[TokenTree]| {
        let mut texts = Vec::new();
        every_literal(tokens, &mut texts);
        lines.extend(texts.iter().flat_map(|text| text.lines()).map(str::to_owned));
    };
    for path in rust_files(&root.join("tests/suite")).into_iter().filter(|path| !path.ends_with("every_error/mod.rs")) {
        add(&tokens_of(&path));
    }
    for path in rust_files(&root.join("src")) {
        let tokens = tokens_of(&path);
        if is_of_tests(&path) {
            add(&tokens);
            continue;
        }
        let tests = tokens
            .windows(2)
            .enumerate()
            .filter(|(_, pair)| pair[0].to_string() == "#" && pair[1].to_string().replace(' ', "") == "[cfg(test)]");
        tests.for_each(|(index, _)| {
            let item: Vec<TokenTree> = tokens[index + 2..].iter().take(3).cloned().collect();
            add(&item);
        });
    }
    lines
}

fn tokens_of(path: &Path) -> Vec<TokenTree> {
    fs::read_to_string(path).unwrap().parse::<TokenStream>().expect("a file that is Rust").into_iter().collect()
}

fn every_literal(tokens: &[TokenTree], texts: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => every_literal(&group.stream().into_iter().collect::<Vec<_>>(), texts),
            token => texts.extend(text_of(token)),
        }
    }
}
