//! The section `[publish]` of org.toml: where the built site is taken.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use chrono::TimeDelta;

use crate::config::document::Section;
use crate::config::settings::public_address;
use crate::error::{UserError, nearest};
use crate::storage::Address;

/// Where sites are taken and when that counts as done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishRules {
    /// How many of the targets must have the site.
    pub require: Require,
    /// In the order of the file.
    pub targets: Vec<Target>,
}

/// How many of several targets must have the site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Require {
    /// Every one.
    #[default]
    All,
    /// One is enough.
    Any,
}

/// A place where visitors find the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What commands and reports call it.
    pub name: String,
    /// Where the site is taken.
    pub to: Destination,
    /// Public address by which it is read back, ending in `/`.
    pub url: Option<String>,
    /// How long it may take until the new site shows at its address.
    pub deadline: Duration,
    /// Whether texts are stored compressed; for object storage only.
    pub compress: bool,
    /// How long an operator's program may take.
    pub time_limit: Duration,
}

/// Where a site is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A folder of releases on this machine.
    Folder(PathBuf),
    /// `s3://BUCKET/PREFIX`.
    Bucket(String),
    /// A program and its arguments.
    Command(Vec<String>),
}

/// How long it may take until a site shows, where nothing is said.
const USUAL_DEADLINE: Duration = Duration::from_secs(60);

/// How long an operator's program may take, where nothing is said.
const USUAL_TIME_LIMIT: Duration = Duration::from_secs(15 * 60);

/// The word that asks for the state of targets, so that none can be called so.
const RESERVED: &str = "status";

/// Longest name of a target.
const LONGEST_NAME: usize = 40;

/// How addresses of targets look.
const FORMS: &str = "write it as `dir:PATH`, `s3://BUCKET/PREFIX` or `command:PROGRAM ARGUMENTS`";

impl Target {
    /// The target that an address on the command line means.
    pub fn of_address(to: Destination) -> Self {
        Self { name: to.to_string(), to, url: None, deadline: USUAL_DEADLINE, compress: false, time_limit: USUAL_TIME_LIMIT }
    }
}

impl PublishRules {
    /// The target called `name`.
    ///
    /// # Errors
    /// Not found, with what there is.
    pub fn target(&self, name: &str) -> Result<&Target, UserError> {
        let names = || self.targets.iter().map(|target| target.name.as_str());
        self.targets.iter().find(|target| target.name == name).ok_or_else(|| {
            let error = UserError::not_found(format!("no target `{}` in org.toml", name.escape_debug()));
            match nearest(name, names()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None if self.targets.is_empty() => error.hint(format!("there is none yet; for an address, {FORMS}")),
                None => error.hint(format!("the targets are {}; for an address, {FORMS}", names().collect::<Vec<_>>().join(", "))),
            }
        })
    }
}

impl Destination {
    /// Whether `text` is meant as an address and not as a name.
    pub fn is_meant(text: &str) -> bool {
        text.contains(':') || text.contains('/')
    }
}

impl FromStr for Destination {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let refuse = |why: &str| UserError::usage(format!("`{}` {why}", text.escape_debug())).hint(FORMS);
        if let Some(path) = text.strip_prefix("dir:") {
            return if path.is_empty() { Err(refuse("names no folder")) } else { Ok(Self::Folder(path.into())) };
        }
        if text.starts_with("s3://") {
            // As it is always written, so that one place is one target.
            return text.parse::<Address>().map(|address| Self::Bucket(address.to_string()));
        }
        if let Some(line) = text.strip_prefix("command:") {
            if line.contains(['"', '\'', '\\']) {
                // What stands behind the program may be a secret.
                let program = line.split_whitespace().next().unwrap_or_default().escape_debug();
                let error = UserError::usage(format!("`command:{program} …` holds quotes, and no shell reads it"));
                return Err(error.hint("write its words as a list: `to = [\"command:PROGRAM\", \"an argument\"]`"));
            }
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            return if words.is_empty() { Err(refuse("names no program")) } else { Ok(Self::Command(words)) };
        }
        Err(refuse("is no place to publish to"))
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "dir:{}", path.display()),
            Self::Bucket(address) => f.write_str(address),
            // Arguments may hold what is nobody's business.
            Self::Command(words) => write!(f, "command:{}", words.first().map_or("", String::as_str)),
        }
    }
}

/// The section `[publish]`.
pub(super) fn rules(top: &Section<'_>) -> Result<PublishRules, UserError> {
    let Some(section) = top.section("publish", &["require", "target"])? else { return Ok(PublishRules::default()) };
    let document = section.document();
    let require = match section.text("require")? {
        None => Require::All,
        Some(given) => match given.value.as_str() {
            "all" => Require::All,
            "any" => Require::Any,
            other => {
                return Err(document.refuse(&given.span, &format!("`{other}` is no such rule")).hint("it is `all` or `any`"));
            }
        },
    };
    let mut targets: Vec<Target> = Vec::new();
    for (place, one) in section.sections("target", &["name", "to", "url", "deadline", "compress", "time_limit"])?.iter().enumerate() {
        let target = target(one, place + 1)?;
        if let (Some(_), Some(name)) = (targets.iter().find(|known| known.name == target.name), one.text("name")?) {
            return Err(document.refuse(&name.span, &format!("there is another target `{}`", name.value)));
        }
        targets.push(target);
    }
    Ok(PublishRules { require, targets })
}

fn target(section: &Section<'_>, number: usize) -> Result<Target, UserError> {
    let document = section.document();
    let missing = |key: &str| document.refuse_whole(&format!("publishing target {number} has no `{key}`"));
    let name = section.text("name")?.ok_or_else(|| missing("name"))?;
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    if name.value == RESERVED || name.value.len() > LONGEST_NAME || !name.value.bytes().all(is_plain) {
        return Err(document
            .refuse(&name.span, &format!("`{}` cannot be the name of a target", name.value))
            .hint(format!("use small letters, digits, `-` and `_`; `{RESERVED}` is taken")));
    }
    let to = destination(section)?.ok_or_else(|| missing("to"))?;
    let address =
        |given: crate::config::document::Placed<String>| public_address(&given.value).map_err(|why| document.refuse(&given.span, &why));
    let deadline = section.duration("deadline", TimeDelta::seconds(1)..=TimeDelta::hours(1))?;
    let time_limit = section.duration("time_limit", TimeDelta::seconds(1)..=TimeDelta::hours(12))?;
    Ok(Target {
        time_limit: time_limit.and_then(|length| length.to_std().ok()).unwrap_or(USUAL_TIME_LIMIT),
        name: name.value,
        to,
        url: section.text("url")?.map(address).transpose()?,
        deadline: deadline.and_then(|length| length.to_std().ok()).unwrap_or(USUAL_DEADLINE),
        compress: section.switch("compress")?.unwrap_or(false),
    })
}

/// What `to` says: a text, or a list of the words of a command.
fn destination(section: &Section<'_>) -> Result<Option<Destination>, UserError> {
    if !section.is_list("to") {
        let Some(given) = section.text("to")? else { return Ok(None) };
        return given.value.parse().map(Some).map_err(|error: UserError| {
            let placed = section.document().refuse(&given.span, &error.message);
            placed.hint(error.hint.unwrap_or_default())
        });
    }
    let words = section.texts("to")?;
    let Some(first) = words.first() else { return Ok(None) };
    let Some(program) = first.value.strip_prefix("command:").filter(|program| !program.is_empty()) else {
        return Err(section.document().refuse(&first.span, "a list says what command to run").hint("its first word is `command:PROGRAM`"));
    };
    let arguments = words.iter().skip(1).map(|word| word.value.clone());
    Ok(Some(Destination::Command(std::iter::once(program.to_owned()).chain(arguments).collect())))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Settings;

    fn read(text: &str) -> Result<PublishRules, UserError> {
        Settings::parse(Path::new("/o/org.toml"), &format!("name = 'A'\n{text}")).map(|settings| settings.publish)
    }

    #[test]
    fn every_key_is_read_and_none_is_needed() {
        assert_eq!(read("").unwrap(), PublishRules::default());
        let rules = read(
            "[publish]\nrequire = 'any'\n[[publish.target]]\nname = 'main'\nto = 's3://pages/status'\nurl = 'https://status.example.com'\n\
             deadline = '90s'\ncompress = true\n[[publish.target]]\nname = 'disk'\nto = 'dir:/srv/status'\n\
             [[publish.target]]\nname = 'other'\nto = 'command:rclone  sync'\n\
             [[publish.target]]\nname = 'listed'\nto = ['command:./up', 'two words']\n",
        )
        .unwrap();
        assert_eq!(rules.require, Require::Any);
        let to: Vec<String> = rules.targets.iter().map(|target| target.to.to_string()).collect();
        assert_eq!(to, ["s3://pages/status", "dir:/srv/status", "command:rclone", "command:./up"]);
        let first = rules.target("main").unwrap();
        assert_eq!((first.url.as_deref(), first.deadline.as_secs(), first.compress), (Some("https://status.example.com/"), 90, true));
        assert_eq!(rules.targets[1].deadline.as_secs(), 60);
        assert_eq!(rules.targets[2].to, Destination::Command(vec!["rclone".into(), "sync".into()]));
        assert_eq!(rules.targets[3].to, Destination::Command(vec!["./up".into(), "two words".into()]));
        assert_eq!(rules.target("man").unwrap_err().hint.as_deref(), Some("did you mean `main`?"));
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_place() {
        for (text, place) in [
            ("[publish]\nrequired = 'any'", "line 3, column 1: unknown key `required`"),
            ("[publish]\nrequire = 'one'", "line 3, column 11: `one` is no such rule"),
            ("[[publish.target]]\nto = 'dir:x'", "publishing target 1 has no `name`"),
            ("[[publish.target]]\nname = 'a'", "publishing target 1 has no `to`"),
            ("[[publish.target]]\nname = 'status'\nto = 'dir:x'", "line 3, column 8: `status` cannot be the name of a target"),
            ("[[publish.target]]\nname = 'A/b'\nto = 'dir:x'", "line 3, column 8: `A/b` cannot be the name of a target"),
            ("[[publish.target]]\nname = 'a'\nto = 'ftp://x'", "line 4, column 6: `ftp://x` is no place to publish to"),
            (
                "[[publish.target]]\nname = 'a'\nto = 's3://'",
                "line 4, column 6: `s3://` is no address of object storage: a bucket has 3 to 63 of a-z, 0-9, `.` and `-`",
            ),
            (
                "[[publish.target]]\nname = 'a'\nto = 's3://bucket/../c'",
                "line 4, column 6: `s3://bucket/../c` is no address of object storage: its prefix cannot be the beginning of a key",
            ),
            ("[[publish.target]]\nname = 'a'\nto = ['dir:x']", "line 4, column 7: a list says what command to run"),
            (
                "[[publish.target]]\nname = 'a'\nto = 'dir:x'\nurl = 'x'",
                "line 5, column 7: `x` is not an address that begins with https://",
            ),
            (
                "[[publish.target]]\nname = 'a'\nto = 'dir:x'\n[[publish.target]]\nname = 'a'\nto = 'dir:y'",
                "line 6, column 8: there is another target `a`",
            ),
        ] {
            assert_eq!(read(text).unwrap_err().message, format!("/o/org.toml: {place}"));
        }
    }

    #[test]
    fn what_helps_is_said_beside_the_place() {
        let forms = "write it as `dir:PATH`, `s3://BUCKET/PREFIX` or `command:PROGRAM ARGUMENTS`";
        let target = |name: &str, to: &str| format!("[[publish.target]]\nname = '{name}'\nto = {to}");
        for (text, message, hint) in [
            ("[publish]\nrequire = 'one'".to_owned(), "line 3, column 11: `one` is no such rule", "it is `all` or `any`"),
            (
                target("status", "'dir:x'"),
                "line 3, column 8: `status` cannot be the name of a target",
                "use small letters, digits, `-` and `_`; `status` is taken",
            ),
            (target("a", "'dir:'"), "line 4, column 6: `dir:` names no folder", forms),
            (target("a", "'command: '"), "line 4, column 6: `command:` names no program", forms),
            (
                target("a", "'command:x \"y z\"'"),
                "line 4, column 6: `command:x …` holds quotes, and no shell reads it",
                "write its words as a list: `to = [\"command:PROGRAM\", \"an argument\"]`",
            ),
            (target("a", "['dir:x']"), "line 4, column 7: a list says what command to run", "its first word is `command:PROGRAM`"),
            (target("a", "['command:']"), "line 4, column 7: a list says what command to run", "its first word is `command:PROGRAM`"),
        ] {
            let error = read(&text).unwrap_err();
            assert_eq!((error.message, error.hint.as_deref()), (format!("/o/org.toml: {message}"), Some(hint)));
        }
        let none = read("").unwrap().target("main").unwrap_err();
        assert_eq!(none.message, "no target `main` in org.toml");
        let hint = "there is none yet; for an address, write it as `dir:PATH`, `s3://BUCKET/PREFIX` or `command:PROGRAM ARGUMENTS`";
        assert_eq!(none.hint.as_deref(), Some(hint));
        let two = read(&format!("{}\n{}", target("main", "'dir:x'"), target("disk", "'dir:y'"))).unwrap();
        let hint =
            "the targets are main, disk; for an address, write it as `dir:PATH`, `s3://BUCKET/PREFIX` or `command:PROGRAM ARGUMENTS`";
        assert_eq!(two.target("elsewhere").unwrap_err().hint.as_deref(), Some(hint));
    }
}
