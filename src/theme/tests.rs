//! Tests of loading, overriding and rendering.

use super::*;

/// A folder of overrides with these files in it.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(&folder.path().join(path), text);
    }
    folder
}

#[expect(clippy::disallowed_methods, reason = "the tests make what an organization would have")]
fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn refused(files: &[(&str, &str)]) -> UserError {
    let folder = folder(files);
    let mut error = Theme::load("default", Some(folder.path()), "en").unwrap_err();
    error.message = error.message.replace(&format!("{}/", folder.path().canonicalize().unwrap().display()), "");
    assert_eq!(error.kind, crate::error::Kind::BadInput);
    assert!(!error.message.contains('\n'), "{}", error.message);
    error
}

#[test]
fn the_default_theme_loads_and_unknown_ones_are_refused() {
    let theme = Theme::load("default", None, "en").unwrap();
    assert_eq!(theme.name(), "default");
    assert!(policy_hash(&theme.style("home")).starts_with("sha256-"));
    let error = Theme::load("defualt", None, "en").unwrap_err();
    assert_eq!(error.hint.unwrap(), "did you mean `default`?");
    assert!(Theme::load("", None, "en").is_err());
    assert!(Theme::load("default", Some(Path::new("/nowhere/at/all")), "en").is_ok());
}

#[test]
fn files_are_replaced_one_by_one_and_change_the_fingerprint() {
    let own = folder(&[
        ("templates/404.html", "gone: {{ name }}\0\u{202e}{{ words.history }}"),
        ("words/en.toml", "history = \"Past\""),
        ("assets/style.css", "  p {\r\n    color: red;\r\n  }\r\n"),
        (".gitkeep", ""),
    ]);
    let (plain, theme) = (Theme::load("default", None, "en").unwrap(), Theme::load("default", Some(own.path()), "en").unwrap());
    assert_ne!(plain.fingerprint(), theme.fingerprint());
    assert_ne!(plain.style("home"), theme.style("home"));
    assert_eq!(theme.style("home"), "p{color:red}");
    assert_eq!(theme.word("history"), "Past");
    assert_eq!(theme.word("all_operational"), plain.word("all_operational"));
    let mut context = tera::Context::new();
    context.insert("name", "<b>\"'&\u{7}");
    context.insert("words", theme.words());
    assert_eq!(theme.render("404.html", &context).unwrap(), "gone: &lt;b&gt;&quot;&#39;&amp;Past");
}

#[test]
fn a_file_the_theme_does_not_have_is_refused_with_a_guess() {
    let error = refused(&[("templates/incidents.html", "x")]);
    assert_eq!(error.message, "`templates/incidents.html` overrides nothing: the theme has no file `templates/incidents.html`");
    assert_eq!(error.hint.unwrap(), "did you mean `templates/incident.html`?");
    assert_eq!(refused(&[("style.css", "x")]).hint.unwrap(), "did you mean `assets/style.css`?");
    assert!(refused(&[("a/b/c/d/e/f/g.html", "x")]).message.contains("overrides nothing"));
}

#[test]
fn a_broken_template_is_named_with_its_line() {
    let error = refused(&[("templates/404.html", "fine\n{{ oops")]);
    assert!(error.message.starts_with("`templates/404.html`, line 2: "), "{}", error.message);
    let error = refused(&[("templates/404.html", "fine\n\n{{ a | nosuchfilter }}")]);
    assert!(error.message.contains("Unknown filter `nosuchfilter` in `templates/404.html`, line 3"), "{}", error.message);
    let error = refused(&[("templates/404.html", "{% extends \"bse.html\" %}")]);
    assert!(error.message.contains("bse.html"), "{}", error.message);

    let own = folder(&[("templates/404.html", "fine\n{{ nobody }}")]);
    let error = Theme::load("default", Some(own.path()), "en").unwrap().render("404.html", &tera::Context::new()).unwrap_err();
    assert!(error.message.starts_with("`templates/404.html`, line 2: "), "{}", error.message);
}

#[test]
fn a_style_that_would_end_itself_and_text_that_is_no_text_are_refused() {
    assert!(refused(&[("assets/style.css", "a{}</STYLE><script>")]).message.contains("</style"));
    assert!(refused(&[("words/en.toml", "a = ")]).message.starts_with("`words/en.toml`, line 1: "));
    assert_eq!(refused(&[("words/en.toml", "histroy = \"x\"")]).hint.unwrap(), "did you mean `history`?");
    assert!(refused(&[("theme.toml", "version = \"1\"\nname = 1")]).message.starts_with("`theme.toml`, line 2: "));
}

#[cfg(unix)]
#[test]
fn links_that_leave_the_folder_are_refused_by_name() {
    use std::os::unix::fs::symlink;
    for target in ["/etc/passwd", "../outside.html", "404.html", "/nowhere"] {
        let own = folder(&[("o/templates/base.html", "x"), ("o/outside.html~", ""), ("outside.html", "")]);
        let link = own.path().join("o/templates/404.html");
        symlink(if target.starts_with("..") { "../../outside.html" } else { target }, &link).unwrap();
        let error = Theme::load("default", Some(&own.path().join("o")), "en").unwrap_err();
        assert!(error.message.contains("templates/404.html"), "{}", error.message);
    }
    let own = folder(&[("x", "")]);
    symlink("/etc", own.path().join("templates")).unwrap();
    assert!(Theme::load("default", Some(own.path()), "en").is_err());
    // A link to a file beside it is fine.
    let own = folder(&[("templates/404.html", "here")]);
    symlink("404.html", own.path().join("templates/month.html")).unwrap();
    let theme = Theme::load("default", Some(own.path()), "en").unwrap();
    assert_eq!(theme.render("month.html", &tera::Context::new()).unwrap(), "here");
}

/// Words of a language's file.
fn words_of(language: &str) -> BTreeMap<String, String> {
    let path = format!("{ALL_WORDS}{language}.toml");
    words::parse(&own_files("default").unwrap()[&path].bytes, &path).unwrap()
}

fn languages() -> Vec<String> {
    let files = own_files("default").unwrap();
    files.keys().filter_map(|path| Some(path.strip_prefix(ALL_WORDS)?.strip_suffix(".toml")?.to_owned())).collect()
}

/// Words that have a form per number.
const COUNTED: [&str; 5] = ["affected", "incidents", "many_names", "open_incidents", "others"];

/// The names in `{…}` of a text.
fn placeholders(text: &str) -> std::collections::BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect()
}

#[test]
fn every_language_has_every_word_in_every_form_it_needs() {
    assert_eq!(languages(), ["ar", "de", "en", "es", "fr", "ja", "pt-BR"]);
    let english = words_of("en");
    let form_of = |key: &str| COUNTED.iter().find(|stem| key.strip_prefix(**stem).is_some_and(|form| form.starts_with('_'))).copied();
    for language in languages() {
        let words = words_of(&language);
        let forms: std::collections::BTreeSet<&str> = (0..=200).map(|count| plural::category(&language, count)).chain(["other"]).collect();
        assert!(forms.iter().all(|form| plural::categories(&language).contains(form)));
        let plain = english.keys().filter(|key| form_of(key).is_none()).cloned();
        let counted = COUNTED.iter().flat_map(|stem| forms.iter().map(move |form| format!("{stem}_{form}")));
        let expected: std::collections::BTreeSet<String> = plain.chain(counted).collect();
        let found: std::collections::BTreeSet<String> = words.keys().cloned().collect();
        assert_eq!(found.symmetric_difference(&expected).collect::<Vec<_>>(), Vec::<&String>::new(), "{language}");
        for (key, text) in &words {
            let (own, known) = match form_of(key) {
                Some(stem) => (placeholders(text), placeholders(&english[&format!("{stem}_other")])),
                None => (placeholders(text), placeholders(&english[key])),
            };
            assert!(!text.trim().is_empty() && text.matches('{').count() == text.matches('}').count(), "{language}: {key}");
            match key.as_str() {
                // A month is a word or a number.
                "date" => assert!(own.is_superset(&["day", "year"].into()) && (own.contains("month") || own.contains("number"))),
                // "One other service" needs no figure.
                _ if form_of(key).is_some() => assert!(own.is_subset(&known), "{language}: {key}: {text}"),
                _ => assert_eq!(own, known, "{language}: {key}: {text}"),
            }
        }
        assert_eq!(words["direction"], if language == "ar" { "rtl" } else { "ltr" });
    }
}

#[test]
fn no_word_is_unused_and_none_is_missing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    let mut pending = vec![root.join("src/render"), root.join("src/theme")];
    pending.extend(names().into_iter().map(|name| root.join("themes").join(name).join("templates")));
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if !path.ends_with("tests.rs") && !path.ends_with("sample.rs") {
            sources.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    // What is looked up by a name that is put together, or that a status has.
    let made = |key: &str| {
        ["all_", "some_", "month_", "impact_", "window_", "badge_"].iter().any(|stem| key.starts_with(stem))
            || crate_words().contains(&key)
            || COUNTED
                .iter()
                .any(|stem| key.strip_prefix(*stem).is_some_and(|form| form.starts_with('_')) && sources.contains(&format!("\"{stem}\"")))
    };
    let used = |key: &str| {
        let in_template = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_');
        sources.contains(&format!("\"{key}\""))
            || sources.match_indices(&format!("words.{key}")).any(|(at, found)| in_template(&sources[at + found.len()..]))
    };
    let english = words_of("en");
    let unused: Vec<&String> = english.keys().filter(|key| !used(key) && !made(key)).collect();
    assert_eq!(unused, Vec::<&String>::new());
    let files = names().into_iter().flat_map(|name| own_files(name).unwrap());
    for (path, file) in files.filter(|(path, _)| path.starts_with(TEMPLATES)) {
        let source = String::from_utf8(file.bytes).unwrap();
        for rest in source.split("words.").skip(1) {
            let name: String = rest.chars().take_while(|next| next.is_ascii_alphanumeric() || *next == '_').collect();
            assert!(english.contains_key(&name), "{path}: words.{name}");
        }
    }
}

/// Statuses that have a word of the same name.
fn crate_words() -> Vec<&'static str> {
    "operational under_maintenance degraded_performance partial_outage major_outage investigating identified monitoring resolved postmortem \
     scheduled in_progress verifying completed cancelled"
        .split(' ')
        .collect()
}

#[test]
fn words_are_in_the_nearest_language_there_is() {
    for (asked, spoken) in [
        ("de", "de"),
        ("DE", "de"),
        ("de-AT", "de"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("pt-br", "pt-BR"),
        ("nl", "en"),
        ("", "en"),
        ("en-GB", "en"),
    ] {
        let theme = Theme::load("default", None, asked).unwrap();
        assert_eq!(theme.language(), spoken, "{asked}");
        assert_eq!(theme.word("history"), words_of(spoken)["history"]);
    }
    let german = Theme::load("default", None, "de").unwrap();
    assert_eq!((german.plural("incidents", 1, &[]), german.plural("incidents", 2, &[])), ("1 Störung".into(), "2 Störungen".into()));
    assert_eq!(german.percent("99.97"), "99,97 %");
    let arabic = Theme::load("default", None, "ar").unwrap();
    let counts = [0, 1, 2, 3, 11, 100].map(|count| arabic.plural("incidents", count, &[]));
    assert_eq!(counts, ["لا حوادث", "حادث واحد", "حادثان", "3 حوادث", "11 حادثًا", "100 حادث"]);
    // Words of one's own count in their language only.
    let own = folder(&[("words/de.toml", "history = \"Früher\""), ("words/en.toml", "history = \"Past\"")]);
    assert_eq!(Theme::load("default", Some(own.path()), "de").unwrap().word("history"), "Früher");
    assert_eq!(Theme::load("default", Some(own.path()), "en").unwrap().word("history"), "Past");
    // All of a theme's words may be one's own, in whatever form a language has.
    let own = folder(&[("words/ar.toml", "incidents_few = \"{count}\""), ("words/pt-BR.toml", "history = \"x\"")]);
    assert!(["en", "ar"].iter().all(|language| Theme::load("default", Some(own.path()), language).is_ok()));
    let error = refused(&[("words/fr.toml", "histoire = \"x\"")]);
    assert!(error.message.starts_with("`words/fr.toml` has the key `histoire`"), "{}", error.message);
}
