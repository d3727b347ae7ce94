//! Making workspaces and organization folders: staged beside their place and renamed, so that nothing half-made is left.

#![expect(clippy::disallowed_methods, reason = "this room writes files; here, folders that become visible whole")]

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use crate::config::settings::{Settings, public_address};
use crate::config::workspace::{OrgFolder, holds, lone_slug, shown};
use crate::config::write::{NewFolders, cannot, sync_folder, write_file, write_new};
use crate::config::{ORG_FILE, STAGED, WORKSPACE_FILE};
use crate::domain::{PublicId, Slug};
use crate::error::UserError;

/// Names that stand for something else where organizations are served side by side.
const RESERVED: &[&str] = &["api", "assets", "public", "webhooks", "events", "healthz", "readyz"];

/// What a new organization's org.toml says.
#[derive(Clone, Debug)]
pub struct NewOrg {
    /// What visitors read.
    pub name: String,
    /// Public address.
    pub url: Option<String>,
    /// Etc/UTC by default.
    pub time_zone: Option<Tz>,
}

/// Makes `dir` a workspace and gives its path back.
///
/// # Errors
/// Conflict where it is one already or lies inside an organization's folder; failed where the disk does not play along. Nothing is left
/// behind then.
pub fn init_workspace(dir: &Path) -> Result<PathBuf, UserError> {
    let path = plain(dir).map_err(|error| cannot("use", dir, &error))?;
    if let Some(org) = path.ancestors().find(|ancestor| holds(ancestor, ORG_FILE)) {
        return Err(UserError::conflict(format!("`{}` is an organization's folder, which cannot hold a workspace", shown(org)))
            .hint("choose a folder outside of it"));
    }
    if holds(&path, WORKSPACE_FILE) {
        return Err(UserError::conflict(format!("`{}` is already a workspace", shown(&path)))
            .hint("add an organization with `statuary org create SLUG --name NAME`"));
    }
    let folders = NewFolders::missing(&path);
    fs::create_dir_all(&path).map_err(|error| cannot("make", &path, &error))?;
    write_file(&path.join(WORKSPACE_FILE), WORKSPACE_TEXT.as_bytes())?;
    folders.keep();
    fs::canonicalize(&path).map_err(|error| cannot("use", &path, &error))
}

/// The absolute path without `..`, with the links of the part that exists resolved: what lies above it is what is really above it.
fn plain(path: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let absolute = std::path::absolute(path)?;
            match (absolute.parent(), absolute.file_name()) {
                (Some(parent), Some(name)) => Ok(plain(parent)?.join(name)),
                _ => Err(error),
            }
        }
        found => found,
    }
}

/// Makes the folder of organization `slug` in the workspace `root`, with org.toml and .gitignore in it and whatever `furnish` puts there,
/// which is shown the folder under the name it has until it is whole.
///
/// # Errors
/// Conflict where the slug is taken or `root` is itself an organization's folder; usage for a name or address that cannot be used; failed
/// where the disk does not play along; what `furnish` says. Nothing is left behind then.
pub fn create_org_folder<E: From<UserError>>(
    root: &Path,
    slug: &Slug,
    new: &NewOrg,
    furnish: impl FnOnce(&OrgFolder) -> Result<(), E>,
) -> Result<OrgFolder, E> {
    let dir = free_place(root, slug)?;
    let text = settings_text(new)?;
    let staged = Staged::begin(root, &text).map_err(|error| cannot("make", &dir, &error))?;
    furnish(&OrgFolder { slug: slug.clone(), dir: staged.dir.clone() })?;
    staged.commit(&dir).map_err(|error| match error.kind() {
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => taken(slug),
        _ => cannot("make", &dir, &error),
    })?;
    Ok(OrgFolder { slug: slug.clone(), dir })
}

/// Whether a new organization could be called `slug`.
pub fn is_free_place(root: &Path, slug: &Slug) -> bool {
    free_place(root, slug).is_ok()
}

/// Where the folder of a new organization goes.
fn free_place(root: &Path, slug: &Slug) -> Result<PathBuf, UserError> {
    if holds(root, ORG_FILE) {
        return Err(UserError::conflict(format!("`{}` is itself an organization's folder", shown(root)))
            .hint("make a workspace elsewhere with `statuary init DIR`"));
    }
    let dir = root.join(slug.as_str());
    if RESERVED.contains(&slug.as_str()) {
        return Err(UserError::usage(format!("`{slug}` is a reserved name")).hint("choose another, such as your product's"));
    }
    if holds(&dir, ORG_FILE) {
        return Err(taken(slug));
    }
    if fs::symlink_metadata(&dir).is_ok() {
        return Err(UserError::conflict(format!("`{}` exists already", shown(&dir))).hint("choose another slug, or move it away"));
    }
    Ok(dir)
}

/// Makes `dir`, which must be absent or empty, an organization's folder that works alone.
///
/// # Errors
/// As for [`create_org_folder`].
pub fn create_lone_org_folder(dir: &Path, new: &NewOrg) -> Result<OrgFolder, UserError> {
    let dir = std::path::absolute(dir).map_err(|error| cannot("use", dir, &error))?;
    let text = settings_text(new)?;
    let made = match fs::read_dir(&dir) {
        Ok(mut entries) => match entries.next() {
            Some(_) => return Err(not_empty(&dir)),
            None => fill(&dir, &text),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = dir.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(parent).and_then(|()| Staged::begin(parent, &text)?.commit(&dir))
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(not_empty(&dir)),
        Err(error) => Err(error),
    };
    made.map_err(|error| cannot("make", &dir, &error))?;
    let dir = fs::canonicalize(&dir).map_err(|error| cannot("use", &dir, &error))?;
    Ok(OrgFolder { slug: lone_slug(&dir), dir })
}

fn taken(slug: &Slug) -> UserError {
    UserError::conflict(format!("there is already an org `{slug}`")).hint("choose another slug; `statuary org list` shows those taken")
}

pub(super) fn not_empty(dir: &Path) -> UserError {
    UserError::conflict(format!("`{}` exists and is not an empty folder", shown(dir))).hint("name a new folder")
}

/// A folder under another name, with what every organization starts with: it gets its name in one step once it is whole. Dropped before,
/// it goes away again.
struct Staged {
    dir: PathBuf,
}

impl Staged {
    fn begin(parent: &Path, text: &str) -> io::Result<Self> {
        let id = PublicId::random().map_err(io::Error::other)?;
        let dir = parent.join(format!("{STAGED}{id}"));
        DirBuilder::new().mode(0o700).create(&dir)?;
        let staged = Self { dir };
        fill(&staged.dir, text)?;
        Ok(staged)
    }

    fn commit(self, dir: &Path) -> io::Result<()> {
        fs::rename(&self.dir, dir)?;
        sync_folder(dir.parent().unwrap_or(Path::new(".")))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After the commit there is nothing here; what cannot be removed is no organization.
        drop(fs::remove_dir_all(&self.dir));
    }
}

fn fill(dir: &Path, text: &str) -> io::Result<()> {
    write_new(&dir.join(".gitignore"), GITIGNORE.as_bytes())?;
    write_new(&dir.join(ORG_FILE), text.as_bytes())?;
    sync_folder(dir)
}

/// The org.toml of a new organization, which is read back so that no name can make an unreadable one.
fn settings_text(new: &NewOrg) -> Result<String, UserError> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(UserError::usage("a name is one line that is not empty").hint("write `--name \"Acme Inc.\"`"));
    }
    let url = match &new.url {
        Some(url) => format!(
            "url = {}",
            quoted(&public_address(url).map_err(|why| UserError::usage(why).hint("write it as in `https://status.example.com`"))?)
        ),
        None => "# url = \"https://status.example.com/\"".to_owned(),
    };
    let zone = new.time_zone.unwrap_or(Tz::Etc__UTC);
    let text = ORG_TEXT.replace("{url}", &url).replace("{zone}", &quoted(zone.name())).replace("{name}", &quoted(name));
    Settings::parse(Path::new(ORG_FILE), &text).map_err(|error| UserError::usage(error.message))?;
    Ok(text)
}

/// The org.toml that a new organization begins with.
#[cfg(test)]
pub(super) fn sample_settings() -> String {
    settings_text(&NewOrg { name: "Acme".to_owned(), url: None, time_zone: None }).unwrap_or_default()
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

const GITIGNORE: &str = "\
# The database is not for Git: keep dump.json instead (`statuary export --out dump.json`).
/org.db*
/public/
/.statuary/
";

pub(super) const WORKSPACE_TEXT: &str = "\
# A Statuary workspace: each folder here that holds an org.toml is an organization.
# Add one with `statuary org create SLUG --name NAME`.

# How `statuary serve` serves them; options on the command line count in place of these.
#
# [serve]
# bind = \"127.0.0.1\"
# port = 3000
# hosts = [\"status.example.com\"]
# trusted_proxies = [\"127.0.0.1\"]
# metrics = \"127.0.0.1:9100\"
# webhooks = \"127.0.0.1:3001\"

# Where the records are shared by several machines, each under its organization's name, and the host of that bucket.
#
# [state]
# remote = \"s3://my-bucket/status\"
#
# [storage]
# endpoint = \"https://ACCOUNT.r2.cloudflarestorage.com\"
# region = \"auto\"
# path_style = true
# profile = \"status\"

# How organizations and people come from Clerk. Secrets stand in the environment or in files of mode 600, never here.
#
# [clerk]
# provision = true
# sync_name = false
# instance_id = \"ins_2abc\"
# secrets_file = \"clerk-secrets\"
# jwt_key_file = \"clerk-key.pem\"
# jwks_file = \"clerk-jwks.json\"
# authorized_parties = [\"https://app.example.com\"]
# issuer = \"https://clerk.example.com\"
#
# [clerk.roles]
# \"org:member\" = \"editor\"
# \"org:incident_commander\" = \"admin\"
";

const ORG_TEXT: &str = r#"# Settings of this organization, edited by people; `statuary build` puts changes on the page.

# What visitors read.
name = {name}

# The page's public address; canonical links and feeds need it.
{url}

# A sentence for search engines and feeds.
# description = "How our services are doing."

# IANA time zone: days and dates follow it.
time_zone = {zone}

# Language of the page's fixed words: ar, de, en, es, fr, ja, pt-BR.
# language = "en"
# Or several, as in ["en", "de"]: the first is that of the page itself, every other one has pages in a folder of its own, such as de/.
# languages = ["en"]

# The organization's id at Clerk, where its members are managed there.
# clerk_organization = "org_2abc"

# Links in the head of every page, at most six.
# links = [{ text = "Support", url = "https://support.example.com/" }]

[theme]
# Name of the theme: default, plain or tailwind; files in overrides/ replace its files one by one.
# name = "default"
# Colour of links, in light and in dark pages; one with too little contrast is refused.
# accent = '#1d4f91'
# accent_dark = '#9cc1fa'
# How close services stand: "comfortable" or "compact".
# density = "comfortable"
# What stands in the head of pages in place of the name, and another one for dark pages: an .svg, .png, .webp or .jpg file in this folder.
# logo = "logo.svg"
# logo_dark = "logo-dark.svg"

[uptime]
# How much a second of partial and of major outage counts, from 0 to 1, with at most three decimals.
# partial_weight = 0.3
# major_weight = 1.0

[text]
# Show https images in updates.
# images = false

[build]
# Build after every command that changes what visitors see.
# auto = false

[checks]
# What results of checks open once so many of a service fail within this time: "draft", "incident" (public at once) or "nothing".
# opens = "draft"
# failures = 3
# within = "5m"
# So many good results in a row resolve it again, unless a person has touched it.
# recoveries = 2
# The service's status then, and how long after its end a new failure belongs to the same incident.
# status = "partial_outage"
# cool_down = "30m"
# The same keys for one service.
# services = [{ service = "api", failures = 5 }]

[ingest]
# What alerts open (`statuary ingest`): "draft", "incident" or "nothing".
# opens = "draft"
# Labels that may name the service, and those that may say how bad it is.
# labels = ["service", "job", "instance"]
# severity_labels = ["severity", "priority"]
# What labels call services, and a service's status by how bad it is; "nothing" opens nothing.
# services = { "Public website" = "web" }
# severities = { critical = "major_outage", info = "nothing" }
# A service's status where nobody says, and how long after its end a new alert belongs to the same incident.
# status = "partial_outage"
# cool_down = "30m"

[state]
# Where the record is shared by several machines: every command that writes takes the newest one there and pushes what it did.
# remote = "s3://my-bucket/status"

[storage]
# The host of that bucket, its region, and whether buckets stand in paths; Amazon's by default. Credentials never stand here.
# endpoint = "https://ACCOUNT.r2.cloudflarestorage.com"
# region = "auto"
# path_style = true
# profile = "status"
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use std::os::unix::fs::PermissionsExt;

    fn named(name: &str) -> NewOrg {
        NewOrg { name: name.to_owned(), url: None, time_zone: None }
    }

    fn made(root: &Path, slug: &str, new: &NewOrg) -> Result<OrgFolder, UserError> {
        create_org_folder(root, &slug.parse().unwrap(), new, |_| Ok(()))
    }

    #[test]
    fn any_name_survives_the_file() {
        for name in ["Acme", "A \"quoted\" \\ name", "'''", "\"\"\"", "{url} {zone}", "名前 é 🚀", "# not a comment", "a = 1"] {
            let text = settings_text(&named(name)).unwrap();
            assert_eq!(Settings::parse(Path::new("org.toml"), &text).unwrap().name, name);
        }
        for name in ["", "  ", "a\nb", "a\u{0}b"] {
            assert_eq!(settings_text(&named(name)).unwrap_err().kind, Kind::Usage, "{name:?}");
        }
    }

    #[test]
    fn every_key_stands_in_the_file_and_its_comments_hold_true_values() {
        let text = settings_text(&named("Acme")).unwrap();
        let uncommented: String = text
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line).to_owned() + "\n")
            .collect();
        let settings = Settings::parse(Path::new("org.toml"), &uncommented).unwrap();
        assert_eq!(settings.url.as_deref(), Some("https://status.example.com/"));
        assert_eq!(settings.description.as_deref(), Some("How our services are doing."));
        assert_eq!(settings.clerk_organization.as_deref(), Some("org_2abc"));
        assert_eq!(settings.looks.links[0].url, "https://support.example.com/");
        assert!(settings.looks.accent.is_some() && settings.looks.accent_dark.is_some() && !settings.looks.compact);
        assert_eq!(settings.state_remote.map(|remote| remote.to_string()).as_deref(), Some("s3://my-bucket/status"));
        assert_eq!(settings.storage.and_then(|storage| storage.path_style), Some(true));
        assert!(settings.logo.is_some_and(|logo| logo.dark.is_some()));
        let plain = Settings::parse(Path::new("org.toml"), &text).unwrap();
        assert_eq!((settings.uptime, settings.theme, settings.languages), (plain.uptime, plain.theme, plain.languages));
    }

    #[test]
    fn an_org_is_made_whole_private_and_once() {
        let temp = tempfile::tempdir().unwrap();
        let root = init_workspace(&temp.path().join("w")).unwrap();
        let new = NewOrg { name: "Acme".into(), url: Some("https://status.acme.example".into()), time_zone: Some(Tz::Europe__Berlin) };
        let folder = made(&root, "acme", &new).unwrap();
        assert_eq!(fs::metadata(&folder.dir).unwrap().permissions().mode() & 0o777, 0o700);
        let settings = folder.settings().unwrap();
        assert_eq!(settings.url.as_deref(), Some("https://status.acme.example/"));
        assert_eq!(settings.time_zone, Tz::Europe__Berlin);
        assert_eq!(fs::read_to_string(folder.dir.join(".gitignore")).unwrap().lines().count(), 4);
        let error = made(&root, "acme", &new).unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (Kind::Conflict, "there is already an org `acme`"));
        let bad = NewOrg { url: Some("nonsense".into()), ..new };
        assert_eq!(made(&root, "other", &bad).unwrap_err().kind, Kind::Usage);
        assert_eq!(fs::read_dir(&root).unwrap().count(), 2, "statuary.toml and acme only");
    }

    #[test]
    fn an_org_that_cannot_be_furnished_is_not_made() {
        let temp = tempfile::tempdir().unwrap();
        let root = init_workspace(temp.path()).unwrap();
        let refuse = |staged: &OrgFolder| {
            fs::write(staged.database(), "half").unwrap();
            Err(UserError::failed("no space left"))
        };
        let error = create_org_folder(&root, &"acme".parse().unwrap(), &named("Acme"), refuse).unwrap_err();
        assert_eq!(error.message, "no space left");
        assert_eq!(fs::read_dir(&root).unwrap().count(), 1, "statuary.toml only");
    }

    #[test]
    fn a_workspace_may_lie_beside_an_org() {
        let temp = tempfile::tempdir().unwrap();
        let lone = create_lone_org_folder(&temp.path().join("acme"), &named("A")).unwrap();
        let beside = lone.dir.join("../beside/deeper");
        assert_eq!(init_workspace(&beside).unwrap(), fs::canonicalize(temp.path()).unwrap().join("beside/deeper"));
        assert_eq!(init_workspace(&lone.dir.join("../acme/inside")).unwrap_err().kind, Kind::Conflict);
    }

    #[test]
    fn a_workspace_is_made_once_and_never_inside_an_org() {
        let temp = tempfile::tempdir().unwrap();
        let root = init_workspace(&temp.path().join("a/b")).unwrap();
        assert_eq!(init_workspace(&root).unwrap_err().kind, Kind::Conflict);
        let lone = create_lone_org_folder(&temp.path().join("x/Lone One"), &named("L")).unwrap();
        assert_eq!(lone.slug.as_str(), "lone-one");
        assert_eq!(init_workspace(&lone.dir).unwrap_err().kind, Kind::Conflict);
        assert_eq!(init_workspace(&lone.dir.join("deeper")).unwrap_err().kind, Kind::Conflict);
        assert_eq!(made(&lone.dir, "a", &named("A")).unwrap_err().kind, Kind::Conflict);
    }

    #[test]
    fn a_lone_folder_may_be_empty_but_not_used() {
        let temp = tempfile::tempdir().unwrap();
        let empty = temp.path().join("empty");
        fs::create_dir(&empty).unwrap();
        create_lone_org_folder(&empty, &named("A")).unwrap().settings().unwrap();
        assert_eq!(create_lone_org_folder(&empty, &named("A")).unwrap_err().kind, Kind::Conflict);
        let file = temp.path().join("file");
        fs::write(&file, "x").unwrap();
        assert_eq!(create_lone_org_folder(&file, &named("A")).unwrap_err().kind, Kind::Conflict);
    }
}
