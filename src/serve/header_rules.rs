//! The `_headers` file of a built site: which headers its files are served with, as hosts of static files read it.
//!
//! A rule is a pattern of a path, followed by indented `Name: value` lines. `*` at its end stands for anything, `:word` for one name. Of
//! several rules that match, a later one wins.

use crate::serve::exchange::Response;

/// Headers that the built site asks for, by the names they are sent with.
const KNOWN: &[&str] = &[
    "cache-control",
    "content-type",
    "content-security-policy",
    "access-control-allow-origin",
    "x-content-type-options",
    "referrer-policy",
    "x-robots-tag",
    "link",
];

/// All rules of a site.
#[derive(Debug, Default)]
pub(super) struct HeaderRules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    pattern: String,
    headers: Vec<(&'static str, String)>,
}

impl HeaderRules {
    /// Reads the file; what cannot be understood is passed over, as hosts do.
    pub(super) fn parse(text: &str) -> Self {
        let mut rules: Vec<Rule> = Vec::new();
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty()) {
            if !line.starts_with([' ', '\t']) {
                rules.push(Rule { pattern: line.trim().to_owned(), headers: Vec::new() });
                continue;
            }
            let Some((name, value)) = line.trim().split_once(':') else { continue };
            let known = KNOWN.iter().find(|known| known.eq_ignore_ascii_case(name.trim()));
            if let (Some(rule), Some(known)) = (rules.last_mut(), known) {
                rule.headers.push((known, value.trim().to_owned()));
            }
        }
        Self(rules)
    }

    /// The answer with the headers for `path`, such as `/services/api/`.
    pub(super) fn apply(&self, path: &str, mut response: Response) -> Response {
        for rule in self.0.iter().filter(|rule| matches(&rule.pattern, path)) {
            for (name, value) in &rule.headers {
                response = response.set(name, value.as_str());
            }
        }
        response
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    if let Some(begin) = pattern.strip_suffix('*').filter(|begin| !begin.contains(':')) {
        return path.starts_with(begin);
    }
    if !pattern.contains(':') {
        return pattern == path;
    }
    let mut names = path.split('/');
    for wanted in pattern.split('/') {
        match (wanted, names.next()) {
            ("*", Some(_)) => return true,
            (wanted, Some(name)) if wanted == name || (wanted.starts_with(':') && !name.is_empty()) => {}
            _ => return false,
        }
    }
    names.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_hosts_match_them() {
        for (pattern, path, fits) in [
            ("/*", "/", true),
            ("/*", "/a/b", true),
            ("/assets/*", "/assets/a.js", true),
            ("/assets/*", "/asset", false),
            ("/", "/", true),
            ("/", "/a", false),
            ("/services/:service/history.atom", "/services/api/history.atom", true),
            ("/services/:service/history.atom", "/services//history.atom", false),
            ("/services/:service/history.atom", "/services/a/b/history.atom", false),
            ("/:language/*", "/de/history/", true),
        ] {
            assert_eq!(matches(pattern, path), fits, "{pattern} {path}");
        }
    }

    #[test]
    fn later_rules_win_and_nonsense_is_passed_over() {
        let rules = HeaderRules::parse(
            "# ours\n/*\n  Cache-Control: no-store\n  X-Evil: 1\n  nonsense\n/assets/*\n\tcache-control: immutable, max-age=1\n\n  : x\n",
        );
        let cache = |path: &str| rules.apply(path, Response::empty(200)).header("cache-control").map(str::to_owned);
        assert_eq!(cache("/").as_deref(), Some("no-store"));
        assert_eq!(cache("/assets/a.js").as_deref(), Some("immutable, max-age=1"));
        assert_eq!(rules.apply("/", Response::empty(200)).headers.len(), 1);
    }
}
