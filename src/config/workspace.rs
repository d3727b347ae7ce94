//! Finding the workspace and the organization a command is about, as git finds .git.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::config::document::one_line;
use crate::config::settings::{self, Settings};
use crate::config::write::cannot;
use crate::config::{ORG_FILE, REMOVED, STAGED, WORKSPACE_FILE};
use crate::domain::Slug;
use crate::error::{UserError, nearest};

/// A folder of organization folders, or a single organization folder that works alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// The folder that holds statuary.toml; for a lone organization, its folder.
    pub root: PathBuf,
    /// Whether the root is itself an organization's folder.
    pub lone: bool,
    /// The organization in whose folder the search began.
    pub current: Option<Slug>,
}

/// The folder of one organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgFolder {
    /// Its name in commands: the folder's name.
    pub slug: Slug,
    /// Where it is.
    pub dir: PathBuf,
}

impl Workspace {
    /// The workspace of `explicit` (which must be a workspace or an organization's folder), else of the nearest ancestor of `start`.
    ///
    /// # Errors
    /// Not found where there is none; bad input where the folder's name or place is refused.
    pub fn find(explicit: Option<&Path>, start: &Path) -> Result<Self, UserError> {
        if let Some(dir) = explicit {
            let real = fs::canonicalize(dir)
                .map_err(|_| UserError::not_found(format!("no folder `{}`", shown(dir))).hint("make a workspace with `statuary init`"))?;
            if let Some(found) = Self::read_at(&real)? {
                return Ok(found);
            }
            is_org(&real)?;
            return Err(UserError::not_found(format!("`{}` holds neither {WORKSPACE_FILE} nor {ORG_FILE}", shown(dir)))
                .hint("make it a workspace with `statuary init`"));
        }
        for dir in start.ancestors() {
            if let Some(found) = Self::read_at(dir)? {
                return Ok(found);
            }
        }
        Err(UserError::not_found(format!("no {WORKSPACE_FILE} or {ORG_FILE} in `{}` or above it", shown(start)))
            .hint("make a workspace with `statuary init`, or name one with `--root DIR`"))
    }

    /// As [`Self::at`], with its settings checked, so that what is wrong with them is told before somebody relies on them.
    fn read_at(dir: &Path) -> Result<Option<Self>, UserError> {
        let found = Self::at(dir)?;
        if let Some(found) = found.as_ref().filter(|found| !found.lone) {
            found.server_settings()?;
            found.clerk_settings()?;
        }
        Ok(found)
    }

    /// The workspace that `dir` itself is, or belongs to as an organization's folder.
    fn at(dir: &Path) -> Result<Option<Self>, UserError> {
        if !holds(dir, ORG_FILE) {
            return Ok(holds(dir, WORKSPACE_FILE).then(|| Self { root: dir.to_path_buf(), lone: false, current: None }));
        }
        if let Some(parent) = dir.parent().filter(|parent| holds(parent, WORKSPACE_FILE)) {
            return Ok(Some(Self { root: parent.to_path_buf(), lone: false, current: Some(strict_slug(dir)?) }));
        }
        if holds(dir, WORKSPACE_FILE) {
            return Ok(Some(Self { root: dir.to_path_buf(), lone: false, current: None }));
        }
        Ok(Some(Self { root: dir.to_path_buf(), lone: true, current: Some(lone_slug(dir)) }))
    }

    /// All organizations that can be chosen from, by slug: without folders that cannot be read, which keep nobody from the others.
    ///
    /// # Errors
    /// Bad input where a folder's name cannot be a slug or a link leaves the workspace; failed where the disk does not play along.
    pub fn orgs(&self) -> Result<Vec<OrgFolder>, UserError> {
        if self.lone {
            return Ok(vec![self.itself()]);
        }
        let mut orgs = self.dirs()?.into_iter().flatten().map(|dir| self.checked(dir)).collect::<Result<Vec<_>, _>>()?;
        orgs.sort_by(|left, right| left.slug.cmp(&right.slug));
        Ok(orgs)
    }

    /// All organizations, by folder, those whose folder is refused or cannot be read among them.
    ///
    /// # Errors
    /// Failed where the workspace cannot be read.
    pub fn each_org(&self) -> Result<Vec<Result<OrgFolder, UserError>>, UserError> {
        if self.lone {
            return Ok(vec![Ok(self.itself())]);
        }
        Ok(self.dirs()?.into_iter().map(|dir| self.checked(dir?)).collect())
    }

    /// The organization that works alone.
    fn itself(&self) -> OrgFolder {
        OrgFolder { slug: lone_slug(&self.root), dir: self.root.clone() }
    }

    /// The folders of organizations, in the order of their names; in the place of one of which that cannot be told, why.
    fn dirs(&self) -> Result<Vec<Result<PathBuf, UserError>>, UserError> {
        let mut dirs = Vec::new();
        for entry in fs::read_dir(&self.root).map_err(|error| cannot("read", &self.root, &error))? {
            dirs.push(entry.map_err(|error| cannot("read", &self.root, &error))?.path());
        }
        dirs.sort_unstable();
        // A folder that a killed `org create` left behind was never an organization.
        // Nor is one any more that a killed `org remove` did.
        let passing = |name: &std::ffi::OsStr| [STAGED, REMOVED].iter().any(|begin| name.as_encoded_bytes().starts_with(begin.as_bytes()));
        let lasting = dirs.into_iter().filter(|dir| !dir.file_name().is_some_and(passing));
        Ok(lasting.filter_map(|dir| is_org(&dir).map(|is_one| is_one.then_some(dir)).transpose()).collect())
    }

    /// The organization called `slug`; without one, the current one or the only one.
    ///
    /// # Errors
    /// Not found for an unknown one or where there is none; usage where several would do; failed or bad input, with its folder, where that
    /// cannot be read or lacks its settings.
    pub fn org(&self, slug: Option<&str>) -> Result<OrgFolder, UserError> {
        let wanted = slug.or(self.current.as_ref().map(Slug::as_str));
        if let Some(wanted) = wanted {
            if !self.lone
                && let Ok(valid) = wanted.parse::<Slug>()
                && is_org(&self.root.join(valid.as_str()))?
            {
                return self.checked(self.root.join(valid.as_str()));
            }
            return self.among(wanted);
        }
        let mut orgs = self.orgs()?;
        if orgs.len() > 1 {
            return Err(UserError::usage(format!("which org? there are {}", names(&orgs))).hint("choose one with `--org SLUG`"));
        }
        orgs.pop().ok_or_else(|| {
            UserError::not_found(format!("no org in `{}` yet", shown(&self.root)))
                .hint("make one with `statuary org create SLUG --name NAME`")
        })
    }

    fn among(&self, wanted: &str) -> Result<OrgFolder, UserError> {
        let orgs = self.orgs()?;
        if let Some(found) = orgs.iter().find(|org| org.slug.as_str() == wanted) {
            return Ok(found.clone());
        }
        let error = UserError::not_found(format!("no org `{}`", one_line(wanted)));
        Err(match nearest(wanted, orgs.iter().map(|org| org.slug.as_str())) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None if orgs.is_empty() => error.hint("make one with `statuary org create SLUG --name NAME`"),
            None => error.hint(format!("there {} {}", if orgs.len() == 1 { "is" } else { "are" }, names(&orgs))),
        })
    }

    /// The organization's folder `dir`, if its name is a slug and it lies in the workspace.
    fn checked(&self, dir: PathBuf) -> Result<OrgFolder, UserError> {
        let real = fs::canonicalize(&dir).ok();
        let root = fs::canonicalize(&self.root).ok();
        let inside = real.as_ref().zip(root.as_ref()).is_some_and(|(real, root)| real.starts_with(root));
        if !inside {
            return Err(UserError::bad_input(format!("`{}` is a link that leaves the workspace", shown(&dir)))
                .hint("put the folder itself into the workspace, or use it with `--root DIR`"));
        }
        if fs::symlink_metadata(&dir).is_ok_and(|about| about.is_symlink()) {
            return Err(UserError::bad_input(format!("`{}` is a link to another folder of the workspace", shown(&dir)))
                .hint("an organization has one name: rename the folder itself"));
        }
        Ok(OrgFolder { slug: strict_slug(&dir)?, dir })
    }
}

impl OrgFolder {
    /// `org.toml`, edited by people.
    pub fn settings_file(&self) -> PathBuf {
        self.dir.join(ORG_FILE)
    }

    /// `org.db`, the data.
    pub fn database(&self) -> PathBuf {
        self.dir.join("org.db")
    }

    /// `overrides/`, theme files that replace the theme's.
    pub fn overrides(&self) -> PathBuf {
        self.dir.join("overrides")
    }

    /// `public/`, the built site.
    pub fn public(&self) -> PathBuf {
        self.dir.join("public")
    }

    /// `.statuary/`, what can be made anew at will.
    pub fn dot_dir(&self) -> PathBuf {
        self.dir.join(".statuary")
    }

    /// `dump.json`, the form to keep in Git.
    pub fn dump_file(&self) -> PathBuf {
        self.dir.join("dump.json")
    }

    /// Makes sure that what stands under this `name` in the folder lies in the folder: through a link that leaves it, one organization
    /// would read and publish what another's is.
    ///
    /// # Errors
    /// Bad input, with the name, where it is a link that leaves the folder or leads nowhere.
    pub fn refuse_link_out(&self, name: &Path) -> Result<(), UserError> {
        if !fs::symlink_metadata(name).is_ok_and(|about| about.is_symlink()) {
            return Ok(());
        }
        let inside = fs::canonicalize(name).ok().zip(fs::canonicalize(&self.dir).ok()).is_some_and(|(real, dir)| real.starts_with(dir));
        if inside {
            return Ok(());
        }
        Err(UserError::bad_input(format!("`{}` is a link that leaves the organization's folder", shown(name)))
            .hint("move what it leads to into the folder"))
    }

    /// What org.toml says.
    ///
    /// # Errors
    /// Bad input with file, line and column; failed where it cannot be read.
    pub fn settings(&self) -> Result<Settings, UserError> {
        settings::read(self)
    }
}

/// Whether `dir` holds `file`; a dangling link counts, so that it is complained about and not passed over.
pub(super) fn holds(dir: &Path, file: &str) -> bool {
    fs::symlink_metadata(dir.join(file)).is_ok_and(|metadata| !metadata.is_dir())
}

/// Whether `dir` is the folder of an organization.
///
/// # Errors
/// Failed where a folder of such a name cannot be looked into; bad input where it holds the data of one without its settings. To pass these
/// over would leave somebody's page as it was without a word.
fn is_org(dir: &Path) -> Result<bool, UserError> {
    let can_be_one = || dir.file_name().is_some_and(|name| name.to_string_lossy().parse::<Slug>().is_ok());
    match fs::symlink_metadata(dir.join(ORG_FILE)) {
        Ok(about) if !about.is_dir() => Ok(true),
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) && can_be_one() => {
            Err(cannot("read", dir, &error).hint("let it be read, or move it out of the workspace"))
        }
        _ if holds(dir, "org.db") && can_be_one() => {
            Err(UserError::bad_input(format!("`{}` has an org.db, but no {ORG_FILE}", shown(dir)))
                .hint("put that file back, or move the folder out of the workspace"))
        }
        _ => Ok(false),
    }
}

/// A path for a message: one line, whatever its bytes are.
pub(super) fn shown(path: &Path) -> String {
    one_line(&path.display().to_string())
}

fn strict_slug(dir: &Path) -> Result<Slug, UserError> {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    name.parse().map_err(|error: UserError| UserError {
        kind: crate::error::Kind::BadInput,
        message: format!("folder `{}` cannot be an org: {}", shown(dir), one_line(&error.message)),
        hint: error.hint,
    })
}

/// A folder that works alone may be called anything; commands and paths then use its name folded to a slug.
pub(super) fn lone_slug(dir: &Path) -> Slug {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    name.parse().unwrap_or_else(|_| Slug::from_name(&name, "org"))
}

/// `` `a`, `b` and `c` ``.
fn names(orgs: &[OrgFolder]) -> String {
    let names: Vec<String> = orgs.iter().map(|org| format!("`{}`", org.slug)).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{NewOrg, create_org_folder, init_workspace, write_file};
    use crate::error::Kind;
    use std::os::unix::fs::symlink;

    /// A workspace with these organizations.
    fn workspace(slugs: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let temp = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(temp.path()).unwrap().join("w");
        init_workspace(&root).unwrap();
        for slug in slugs {
            let new = NewOrg { name: slug.to_uppercase(), url: None, time_zone: None };
            create_org_folder(&root, &slug.parse().unwrap(), &new, |_| Ok::<(), UserError>(())).unwrap();
        }
        (temp, root)
    }

    #[test]
    fn the_nearest_ancestor_is_found_and_an_org_folder_belongs_to_the_workspace_above() {
        let (_temp, root) = workspace(&["acme", "globex"]);
        let deep = root.join("acme/overrides/templates");
        std::process::Command::new("mkdir").arg("-p").arg(&deep).status().unwrap();
        let found = Workspace::find(None, &deep).unwrap();
        assert_eq!(found, Workspace { root: root.clone(), lone: false, current: Some("acme".parse().unwrap()) });
        assert_eq!(found.org(None).unwrap().slug.as_str(), "acme");
        assert_eq!(found.org(Some("globex")).unwrap().dir, root.join("globex"));
        assert_eq!(Workspace::find(Some(&root.join("globex")), &deep).unwrap().current.unwrap().as_str(), "globex");
        assert_eq!(Workspace::find(None, &root).unwrap().current, None);
    }

    #[test]
    fn an_org_folder_works_alone_under_any_name() {
        let (temp, root) = workspace(&["acme"]);
        let alone = fs::canonicalize(temp.path()).unwrap().join("My Status");
        std::process::Command::new("mv").arg(root.join("acme")).arg(&alone).status().unwrap();
        let found = Workspace::find(None, &alone).unwrap();
        assert!(found.lone);
        assert_eq!(found.org(None).unwrap(), OrgFolder { slug: "my-status".parse().unwrap(), dir: alone.clone() });
        assert_eq!(found.org(Some("my-status")).unwrap().dir, alone);
        assert_eq!(found.org(Some("other")).unwrap_err().kind, Kind::NotFound);
    }

    #[test]
    fn nothing_found_says_what_to_do() {
        let temp = tempfile::tempdir().unwrap();
        let error = Workspace::find(None, temp.path()).unwrap_err();
        assert_eq!(error.kind, Kind::NotFound);
        assert!(error.hint.unwrap().contains("statuary init"));
        assert_eq!(Workspace::find(Some(temp.path()), temp.path()).unwrap_err().kind, Kind::NotFound);
        assert_eq!(Workspace::find(Some(&temp.path().join("no")), temp.path()).unwrap_err().kind, Kind::NotFound);
    }

    #[test]
    fn which_org_is_asked_only_where_several_would_do() {
        let (_temp, root) = workspace(&[]);
        let none = Workspace::find(None, &root).unwrap().org(None).unwrap_err();
        assert!(none.kind == Kind::NotFound && none.hint.unwrap().contains("statuary org create"));
        let (_temp, root) = workspace(&["a"]);
        assert_eq!(Workspace::find(None, &root).unwrap().org(None).unwrap().slug.as_str(), "a");
        let (_temp, root) = workspace(&["c", "a", "b"]);
        let found = Workspace::find(None, &root).unwrap();
        let many = found.org(None).unwrap_err();
        assert_eq!((many.kind, many.message.as_str()), (Kind::Usage, "which org? there are `a`, `b` and `c`"));
        assert_eq!(many.hint.as_deref(), Some("choose one with `--org SLUG`"));
    }

    #[test]
    fn unknown_orgs_are_not_found_whatever_they_are_called() {
        let (_temp, root) = workspace(&["acme"]);
        let found = Workspace::find(None, &root).unwrap();
        let error = found.org(Some("acmee")).unwrap_err();
        assert_eq!(
            (error.kind, error.message.as_str(), error.hint.as_deref()),
            (Kind::NotFound, "no org `acmee`", Some("did you mean `acme`?"))
        );
        for name in ["../w/acme", "/etc", "", ".", "ACME", "a\nb"] {
            assert_eq!(found.org(Some(name)).unwrap_err().kind, Kind::NotFound, "{name:?}");
        }
    }

    #[test]
    fn folders_with_other_names_and_links_that_leave_are_refused_by_name() {
        let (_temp, root) = workspace(&["acme"]);
        let (_other, elsewhere) = workspace(&["evil"]);
        symlink(elsewhere.join("evil"), root.join("evil")).unwrap();
        let found = Workspace::find(None, &root).unwrap();
        for error in [found.orgs().unwrap_err(), found.org(Some("evil")).unwrap_err()] {
            assert_eq!(error.kind, Kind::BadInput);
            assert!(error.message.contains("evil") && error.message.contains("leaves the workspace"), "{error}");
        }
        let (_temp, root) = workspace(&["acme"]);
        std::process::Command::new("cp").arg("-r").arg(root.join("acme")).arg(root.join("Ac me")).status().unwrap();
        let error = Workspace::find(None, &root).unwrap().orgs().unwrap_err();
        assert!(error.kind == Kind::BadInput && error.message.contains("Ac me"), "{error}");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test's own folders")]
    fn a_folder_with_data_and_no_settings_is_named_and_keeps_nobody_from_the_others() {
        let (_temp, root) = workspace(&["acme", "beta"]);
        fs::remove_file(root.join("beta/org.toml")).unwrap();
        write_file(&root.join("beta/org.db"), b"").unwrap();
        // Nobody means these.
        fs::create_dir(root.join("notes")).unwrap();
        fs::create_dir(root.join("acme.old")).unwrap();
        write_file(&root.join("acme.old/org.db"), b"").unwrap();
        let found = Workspace::find(None, &root).unwrap();
        let each = found.each_org().unwrap();
        let [Ok(acme), Err(beta)] = each.as_slice() else { panic!("{each:?}") };
        assert_eq!(acme.slug.as_str(), "acme");
        assert_eq!(
            (beta.kind, beta.message.as_str(), beta.hint.as_deref()),
            (
                Kind::BadInput,
                format!("`{}/beta` has an org.db, but no org.toml", root.display()).as_str(),
                Some("put that file back, or move the folder out of the workspace")
            )
        );
        assert_eq!(&found.org(Some("beta")).unwrap_err(), beta);
        assert_eq!((found.org(None).unwrap().slug.as_str(), found.orgs().unwrap().len()), ("acme", 1));
    }

    #[test]
    fn an_org_toml_that_is_a_link_out_or_not_text_is_refused() {
        let (_temp, root) = workspace(&["acme", "globex"]);
        let folder = Workspace::find(None, &root).unwrap().org(Some("acme")).unwrap();
        write_file(&folder.settings_file(), b"name = 'A'\nurl = '\xff'").unwrap();
        let error = folder.settings().unwrap_err();
        assert_eq!(error.kind, Kind::BadInput);
        assert!(error.message.ends_with("acme/org.toml: line 2, column 8: it is not UTF-8 text"), "{error}");
        std::process::Command::new("ln").arg("-sf").arg("../globex/org.toml").arg(folder.settings_file()).status().unwrap();
        let error = folder.settings().unwrap_err();
        assert!(error.kind == Kind::BadInput && error.message.contains("acme/org.toml: it is a link"), "{error}");
    }
}
