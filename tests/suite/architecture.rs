//! The rooms of `src/` and which of them may name which: the edges that Cargo cannot hold within one crate.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A room and the rooms it may name.
const ROOMS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("clock", &["error"]),
    ("domain", &["error"]),
    ("config", &["domain", "error", "storage"]),
    ("store", &["domain", "error"]),
    ("snapshot", &["domain"]),
    ("theme", &["error"]),
    ("render", &["domain", "error", "site", "snapshot", "theme"]),
    ("site", &["error"]),
    ("storage", &["error"]),
    ("publish", &["config", "error", "site", "storage"]),
    ("clerk", &["domain", "error"]),
    ("import", &["domain", "error"]),
    ("export", &["domain", "error"]),
    ("watch", &["error"]),
    (
        "ops",
        &[
            "clerk", "config", "domain", "error", "export", "import", "publish", "render", "site", "snapshot", "storage", "store", "theme",
            "watch",
        ],
    ),
    ("serve", &["clerk", "clock", "config", "domain", "error", "ops", "site", "watch"]),
    ("cli", &["clock", "config", "domain", "error", "ops", "serve", "watch"]),
];

/// A crate and the rooms that may name it.
const CRATES: &[(&str, &[&str])] = &[
    ("rrule", &["domain"]),
    ("rusqlite", &["store"]),
    ("saphyr_parser", &["import"]),
    ("tiny_http", &["serve"]),
    ("httparse", &["serve"]),
    ("mio", &["serve"]),
    ("ipnet", &["cli", "config", "serve"]),
    ("flate2", &["publish", "serve"]),
    ("httpdate", &["serve"]),
    ("md5", &["storage"]),
    ("percent_encoding", &["serve", "storage"]),
    ("rusty_s3", &["storage"]),
    ("ureq", &["publish", "storage"]),
    ("tracing", &["serve"]),
    ("tracing_subscriber", &["cli"]),
    ("listenfd", &["serve"]),
    ("sd_notify", &["serve"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("icalendar", &["render"]),
    ("icu_plurals", &["theme"]),
    ("imagesize", &["config", "theme"]),
    ("inquire", &["cli"]),
    ("mio", &["serve"]),
    // In `store` for tests alone.
    ("tempfile", &["config", "store"]),
    ("tera", &["render", "theme"]),
    ("notify", &["watch"]),
    ("notify_debouncer_full", &["watch"]),
    ("ring", &["clerk"]),
    ("toml_edit", &["config"]),
];

/// Macros that print, for which there is one room.
const PRINTING: &[&str] = &["println", "print", "eprintln", "eprint", "dbg"];

/// What a file names.
#[derive(Debug, Default, PartialEq)]
struct Named {
    rooms: BTreeSet<String>,
    crates: BTreeSet<String>,
    macros: BTreeSet<String>,
}

#[test]
fn rooms_name_only_the_rooms_and_crates_they_may() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut complaints = Vec::new();
    let mut files = 0;
    for path in rust_files(&src) {
        let relative = path.strip_prefix(&src).unwrap();
        let parts: Vec<String> = relative.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        if let [only] = parts.as_slice()
            && matches!(only.as_str(), "main" | "lib")
        {
            continue;
        }
        // Tests may join rooms to prove that they agree, and say aloud what they skip.
        if parts.iter().any(|part| part == "tests" || part.ends_with("_tests")) {
            continue;
        }
        let depth = parts.len() - usize::from(parts.last().is_some_and(|last| last == "mod"));
        let named = read(&fs::read_to_string(&path).unwrap(), depth);
        complaints.extend(judge(&parts[0], &named).into_iter().map(|complaint| format!("{}: {complaint}", relative.display())));
        files += 1;
    }
    assert!(files > 20, "only {files} files were read");
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What is wrong with `room` naming these.
fn judge(room: &str, named: &Named) -> Vec<String> {
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![format!("room `{room}` is not declared")];
    };
    let mut complaints = Vec::new();
    for other in named.rooms.iter().filter(|other| other.as_str() != room && !allowed.contains(&other.as_str())) {
        complaints.push(format!("`{room}` may not name room `{other}`"));
    }
    for (name, rooms) in CRATES.iter().filter(|(name, _)| named.crates.contains(*name)) {
        if !rooms.contains(&room) {
            complaints.push(format!("`{room}` may not name crate `{name}`"));
        }
    }
    if room != "cli" {
        complaints.extend(named.macros.iter().map(|name| format!("`{room}` may not print with `{name}!`")));
    }
    complaints
}

/// What a file names whose module lies `depth` levels below the crate.
fn read(source: &str, depth: usize) -> Named {
    let mut named = Named::default();
    let tokens: TokenStream = source.parse().expect("a file that is Rust");
    walk(tokens, depth, &mut named);
    named
}

fn walk(tokens: TokenStream, depth: usize, named: &mut Named) {
    let tokens = without_tests(tokens);
    for (index, token) in tokens.iter().enumerate() {
        let after_path = index >= 1 && is_punct(tokens.get(index - 1), ':');
        match token {
            TokenTree::Group(group) => {
                let inline = group.delimiter() == Delimiter::Brace && index >= 2 && is_ident(tokens.get(index - 2), "mod");
                walk(group.stream(), depth + usize::from(inline), named);
            }
            TokenTree::Ident(ident) => {
                let ident = ident.to_string();
                if ident == "crate" && is_path(&tokens, index + 1) {
                    heads(tokens.get(index + 3), &mut named.rooms);
                } else if ident == "super" && !after_path {
                    climb(&tokens, index, depth, named);
                } else if PRINTING.contains(&ident.as_str()) && is_punct(tokens.get(index + 1), '!') {
                    named.macros.insert(ident);
                } else if !after_path && CRATES.iter().any(|(name, _)| *name == ident) && is_path(&tokens, index + 1) {
                    named.crates.insert(ident);
                }
            }
            _ => {}
        }
    }
}

/// The tokens without the items that stand under `#[cfg(test)]`.
fn without_tests(tokens: TokenStream) -> Vec<TokenTree> {
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut skipping = false;
    for token in tokens {
        if skipping {
            let ends = matches!(&token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace) || is_punct(Some(&token), ';');
            skipping = !ends;
        } else if is_punct(kept.last(), '#') && token.to_string().replace(' ', "") == "[cfg(test)]" {
            kept.pop();
            skipping = true;
        } else {
            kept.push(token);
        }
    }
    kept
}

/// Follows `super::super::…`; what climbs out of its room names another as `crate::` does.
fn climb(tokens: &[TokenTree], mut index: usize, depth: usize, named: &mut Named) {
    let mut climbed = 0;
    while is_ident(tokens.get(index), "super") && is_path(tokens, index + 1) {
        climbed += 1;
        index += 3;
    }
    if climbed >= depth {
        heads(tokens.get(index), &mut named.rooms);
    }
}

/// The first names of what follows `crate::`: one, or those of a braced list.
fn heads(token: Option<&TokenTree>, names: &mut BTreeSet<String>) {
    match token {
        Some(TokenTree::Ident(ident)) => {
            names.insert(ident.to_string());
        }
        Some(TokenTree::Group(group)) => {
            let mut first = true;
            for token in group.stream() {
                if first {
                    heads(Some(&token), names);
                }
                first = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',');
            }
        }
        Some(TokenTree::Punct(star)) if star.as_char() == '*' => {
            names.insert("*".to_owned());
        }
        _ => {}
    }
}

fn is_path(tokens: &[TokenTree], index: usize) -> bool {
    is_punct(tokens.get(index), ':') && is_punct(tokens.get(index + 1), ':')
}

fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

fn is_ident(token: Option<&TokenTree>, name: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == name)
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// What a build may call on the store: these take the scope of visitors, or tell of nothing but when something changed.
const CALLED_BY_BUILDS: &[&str] =
    &["history", "incidents", "incident_index", "latest_seq", "reaches_back_to", "read", "starts_changed_since", "state_mark"];

#[test]
fn builds_read_as_visitors_do() {
    let files = rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops/build"));
    let mut reading = Vec::new();
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        assert_eq!(reads_of_a_build(&source), Vec::<String>::new());
        if source.contains("Scope::Public") {
            reading.push(file.file_name().unwrap().to_owned());
        }
    }
    reading.sort();
    assert_eq!(reading, ["mod.rs", "survey.rs"]);
    for wrong in [
        "fn f() { org.history(Scope::Everything, now) }",
        "use crate::store::Scope::Everything;",
        "fn f() { org.store.events_all() }",
        "fn f() { self.org.store.log(None, 9) }",
        "fn f(scope: Scope) { org.store.incidents(scope, &[]) }",
    ] {
        assert_ne!(reads_of_a_build(wrong), Vec::<String>::new(), "{wrong}");
    }
}

/// What a build's file names that it may not.
fn reads_of_a_build(source: &str) -> Vec<String> {
    let tokens = flat(without_tests(source.parse().expect("a file that is Rust")).into_iter().collect());
    let mut complaints = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = |back: usize| index.checked_sub(back).and_then(|place| tokens.get(place)).map_or("", String::as_str);
        if token == "Everything"
            || (token == "scope" && before(1) != "|" && tokens.get(index + 1).is_some_and(|next| next == ":" || next == ","))
        {
            complaints.push(format!("`{token}`"));
        }
        if before(1) == "." && before(2) == "store" && !CALLED_BY_BUILDS.contains(&token.as_str()) {
            complaints.push(format!("`store.{token}`"));
        }
    }
    complaints
}

/// All tokens in order, groups opened.
fn flat(tokens: TokenStream) -> Vec<String> {
    let one = |token: TokenTree| match token {
        TokenTree::Group(group) => flat(group.stream()),
        other => vec![other.to_string()],
    };
    tokens.into_iter().flat_map(one).collect()
}

/// Privacy is in the views: where a query has a scope, whatever it hands out comes from what the scope's prefix names.
#[test]
fn queries_with_a_scope_hand_out_nothing_of_bare_tables() {
    let mut queries = 0;
    for path in rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store")) {
        let source = fs::read_to_string(&path).unwrap();
        let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
        for (function, sql) in queries_of_scoped_functions(source) {
            queries += 1;
            assert_eq!(bare_tables(&sql), Vec::<String>::new(), "{}: fn {function}: {sql}", path.display());
        }
    }
    assert!(queries >= 12, "only {queries} queries were found");
    assert_eq!(bare_tables("SELECT a FROM {prefix}things WHERE number IN (SELECT number FROM things)"), Vec::<String>::new());
    assert_eq!(bare_tables("SELECT number FROM things WHERE id = ?1"), Vec::<String>::new());
    assert_eq!(bare_tables("SELECT title FROM things WHERE id = ?1"), ["things"]);
    assert_eq!(bare_tables("SELECT item.a FROM json_each(?1) AS w CROSS JOIN things AS item ON item.a = w.value"), ["things"]);
    assert_eq!(bare_tables("SELECT a FROM {}one LEFT JOIN two ON two.a = one.a"), ["two"]);
    assert_eq!(queries_of_scoped_functions("fn f(scope: Scope) -> A { \"SELECT 1 FROM a\" } fn g() { \"SELECT 2 FROM b\" }").len(), 1);
}

/// The queries in functions that take a scope, with the functions' names.
fn queries_of_scoped_functions(source: &str) -> Vec<(String, String)> {
    let tokens: Vec<TokenTree> = source.parse::<TokenStream>().expect("a file that is Rust").into_iter().collect();
    let mut found = Vec::new();
    let mut lists = vec![tokens];
    while let Some(tokens) = lists.pop() {
        for (index, token) in tokens.iter().enumerate() {
            let TokenTree::Group(group) = token else { continue };
            let is_parameters = index >= 2 && is_ident(tokens.get(index - 2), "fn") && group.delimiter() == Delimiter::Parenthesis;
            if is_parameters && group.stream().to_string().contains("scope : Scope") {
                let body =
                    tokens.iter().skip(index).find(|token| matches!(token, TokenTree::Group(body) if body.delimiter() == Delimiter::Brace));
                let name = tokens[index - 1].to_string();
                let texts = body.into_iter().flat_map(|body| flat(TokenStream::from(body.clone())));
                let queries = texts.filter(|text| text.starts_with("\"SELECT"));
                found.extend(queries.map(|text| (name.clone(), text.trim_matches('"').to_owned())));
            }
            lists.push(group.stream().into_iter().collect());
        }
    }
    found
}

/// The tables, without the prefix of a scope, from which a query hands out more than a number.
fn bare_tables(sql: &str) -> Vec<String> {
    let mut depth = 0_i32;
    let outside: String = sql
        .chars()
        .filter(|character| {
            depth += i32::from(*character == '(') - i32::from(*character == ')');
            depth == 0 && *character != ')'
        })
        .collect();
    let words: Vec<&str> = outside.split_whitespace().collect();
    if words.get(1) == Some(&"number") {
        return Vec::new();
    }
    let sources = words.windows(2).filter(|pair| matches!(pair[0], "FROM" | "JOIN")).map(|pair| pair[1]);
    sources.filter(|source| !source.starts_with('{') && !source.starts_with("json_each")).map(str::to_owned).collect()
}

#[test]
fn the_reader_sees_every_way_to_name_a_room() {
    for (source, depth, expected) in [
        ("use crate::store::Store;", 2, vec!["store"]),
        ("use crate::{store::{self, Store}, domain::Slug};", 2, vec!["domain", "store"]),
        ("fn f() { crate::ops::build() }", 2, vec!["ops"]),
        ("macro_rules! m { () => { $crate::store::open() } }", 2, vec!["store"]),
        ("use super::store;", 1, vec!["store"]),
        ("use super::super::store;", 2, vec!["store"]),
        ("mod tests { use super::super::store; }", 1, vec!["store"]),
        ("mod tests { use super::*; }", 1, vec![]),
        ("use super::sibling;", 2, vec![]),
        ("pub(crate) fn f() {} // crate::store\nconst A: &str = \"crate::store\";", 1, vec![]),
        ("/// See [`crate::store`].\nfn f() {}", 1, vec![]),
        ("use crate::*;", 1, vec!["*"]),
        ("#[cfg(test)]\nmod tests { use crate::store; }\nuse crate::domain;", 1, vec!["domain"]),
        ("#[cfg(test)] use crate::store; use crate::domain;", 1, vec!["domain"]),
        ("#[cfg(not(test))] use crate::store;", 1, vec!["store"]),
    ] {
        let rooms: Vec<String> = read(source, depth).rooms.into_iter().collect();
        assert_eq!(rooms, expected, "{source}");
    }
}

#[test]
fn the_judge_refuses_what_the_table_does_not_allow() {
    let complaints = |room: &str, source: &str| judge(room, &read(source, 2));
    assert_eq!(complaints("domain", "use crate::store::Store;"), ["`domain` may not name room `store`"]);
    assert_eq!(complaints("domain", "use rusqlite::Connection;"), ["`domain` may not name crate `rusqlite`"]);
    assert_eq!(complaints("ops", "fn f() { println!(\"x\") }"), ["`ops` may not print with `println!`"]);
    assert_eq!(complaints("attic", ""), ["room `attic` is not declared"]);
    assert!(complaints("store", "use crate::{domain::Slug, error::UserError}; use rusqlite::Connection;").is_empty());
    assert!(complaints("cli", "fn f() { println!(\"x\"); clap::Command::new(\"x\"); }").is_empty());
}
