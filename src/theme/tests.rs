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
    let mut error = Theme::load("default", Some(folder.path())).unwrap_err();
    error.message = error.message.replace(&format!("{}/", folder.path().canonicalize().unwrap().display()), "");
    assert_eq!(error.kind, crate::error::Kind::BadInput);
    assert!(!error.message.contains('\n'), "{}", error.message);
    error
}

#[test]
fn the_default_theme_loads_and_unknown_ones_are_refused() {
    let theme = Theme::load("default", None).unwrap();
    assert_eq!(theme.name(), "default");
    assert!(theme.style_hash().starts_with("sha256-"));
    let error = Theme::load("defualt", None).unwrap_err();
    assert_eq!(error.hint.unwrap(), "did you mean `default`?");
    assert!(Theme::load("", None).is_err());
    assert!(Theme::load("default", Some(Path::new("/nowhere/at/all"))).is_ok());
}

#[test]
fn files_are_replaced_one_by_one_and_change_the_fingerprint() {
    let own = folder(&[
        ("templates/404.html", "gone: {{ name }}\0\u{202e}{{ words.history }}"),
        ("words/en.toml", "history = \"Past\""),
        ("assets/style.css", "  p {\r\n    color: red;\r\n  }\r\n"),
        (".gitkeep", ""),
    ]);
    let (plain, theme) = (Theme::load("default", None).unwrap(), Theme::load("default", Some(own.path())).unwrap());
    assert_ne!(plain.fingerprint(), theme.fingerprint());
    assert_ne!(plain.style_hash(), theme.style_hash());
    assert_eq!(theme.style(), "p {\ncolor: red;\n}");
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
    let error = Theme::load("default", Some(own.path())).unwrap().render("404.html", &tera::Context::new()).unwrap_err();
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
        let error = Theme::load("default", Some(&own.path().join("o"))).unwrap_err();
        assert!(error.message.contains("templates/404.html"), "{}", error.message);
    }
    let own = folder(&[("x", "")]);
    symlink("/etc", own.path().join("templates")).unwrap();
    assert!(Theme::load("default", Some(own.path())).is_err());
    // A link to a file beside it is fine.
    let own = folder(&[("templates/404.html", "here")]);
    symlink("404.html", own.path().join("templates/month.html")).unwrap();
    let theme = Theme::load("default", Some(own.path())).unwrap();
    assert_eq!(theme.render("month.html", &tera::Context::new()).unwrap(), "here");
}
