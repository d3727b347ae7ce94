//! Changing single values of an org.toml that people edit: whatever else stands in it stays as it is, comments included.

use std::fs;
use std::path::Path;

use toml_edit::Document;

use crate::config::read::settings_text;
use crate::config::setting::with_setting;
use crate::config::write::{cannot, write_file};
use crate::config::{OrgFolder, Settings};
use crate::domain::ClerkId;
use crate::error::UserError;

/// The key that links an organization to one at Clerk.
const LINK: &str = "clerk_organization";

impl OrgFolder {
    /// Links it to an organization at Clerk.
    ///
    /// # Errors
    /// Bad input where org.toml cannot be used; failed where it cannot be written. It is as it was then.
    pub fn link(&self, organization: &ClerkId) -> Result<(), UserError> {
        self.edit(
            |text| with_setting(text, None, LINK, Some(&organization.as_str().into())),
            |settings| settings.clerk_organization.as_deref() == Some(organization.as_str()),
        )
    }

    /// Takes the link away; what it was stays as a comment that ends with `why`.
    ///
    /// # Errors
    /// As [`OrgFolder::link`].
    pub fn unlink(&self, why: &str) -> Result<(), UserError> {
        self.edit(|text| commented_out(text, LINK, why), |settings| settings.clerk_organization.is_none())
    }

    /// Gives it another name.
    ///
    /// # Errors
    /// As [`OrgFolder::link`].
    pub fn rename(&self, name: &str) -> Result<(), UserError> {
        self.edit(|text| with_setting(text, None, "name", Some(&name.into())), |settings| settings.name == name.trim())
    }

    /// Replaces org.toml by what `change` makes of it, once that reads as it `should`.
    fn edit(&self, change: impl FnOnce(&str) -> Option<String>, should: impl FnOnce(&Settings) -> bool) -> Result<(), UserError> {
        let path = self.settings_file();
        let text = settings_text(&path, &self.dir, |text| Settings::parse(&path, text).map(|_| text.to_owned()))?;
        let changed = change(&text).filter(|changed| Settings::parse(&path, changed).is_ok_and(|settings| should(&settings)));
        let changed = changed.ok_or_else(|| cannot_edit(&path))?;
        if changed == text { Ok(()) } else { self.replace(&path, &changed) }
    }

    fn replace(&self, path: &Path, text: &str) -> Result<(), UserError> {
        let real = fs::canonicalize(path).map_err(|error| cannot("write", path, &error))?;
        write_file(&real, text.as_bytes())
    }
}

pub(super) fn cannot_edit(path: &Path) -> UserError {
    UserError::bad_input(format!("cannot change `{}`: it is written in a way that this program does not understand", path.display()))
        .hint("change it by hand")
}

/// The text with the line of this key as a comment.
fn commented_out(text: &str, key: &str, why: &str) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let (key, item) = document.as_table().get_key_value(key)?;
    let (start, end) = (key.span()?.start, item.span()?.end);
    let (before, line, after) = (text.get(..start)?, text.get(start..end)?, text.get(end..)?);
    let alone = before.is_empty() || before.ends_with('\n');
    (alone && !line.contains('\n')).then(|| format!("{before}# {line} ({why}){after}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{NewOrg, create_org_folder, init_workspace};

    fn folder(text: Option<&str>) -> (tempfile::TempDir, OrgFolder) {
        let temp = tempfile::tempdir().unwrap();
        let root = init_workspace(temp.path()).unwrap();
        let new = NewOrg { name: "Acme".into(), url: None, time_zone: None };
        let folder = create_org_folder(&root, &"acme".parse().unwrap(), &new, |_| Ok::<(), UserError>(())).unwrap();
        if let Some(text) = text {
            write_file(&folder.settings_file(), text.as_bytes()).unwrap();
        }
        (temp, folder)
    }

    fn text(folder: &OrgFolder) -> String {
        fs::read_to_string(folder.settings_file()).unwrap()
    }

    fn id(text: &str) -> ClerkId {
        text.parse().unwrap()
    }

    #[test]
    fn a_new_org_toml_is_linked_where_its_comment_shows_how() {
        let (_temp, folder) = folder(None);
        let before = text(&folder);
        folder.link(&id("org_1")).unwrap();
        assert_eq!(text(&folder), before.replace("# clerk_organization = \"org_2abc\"", "clerk_organization = \"org_1\""));
        folder.unlink("deleted at Clerk").unwrap();
        let after = before.replace("# clerk_organization = \"org_2abc\"", "# clerk_organization = \"org_1\" (deleted at Clerk)");
        assert_eq!(text(&folder), after);
        folder.link(&id("org_2")).unwrap();
        assert_eq!(folder.settings().unwrap().clerk_organization.as_deref(), Some("org_2"));
    }

    #[test]
    fn everything_people_wrote_stays() {
        let written = "# mine\nname   =  'Acme' # theirs\n\nclerk_organization='org_1' # theirs, too\n# below\n[theme]\n# last\n";
        let (_temp, folder) = folder(Some(written));
        folder.link(&id("org_2")).unwrap();
        assert_eq!(text(&folder), written.replace("'org_1'", "\"org_2\""));
        folder.rename("Acme \"Two\"").unwrap();
        let renamed = written.replace("'org_1'", "\"org_2\"").replace("'Acme'", "'Acme \"Two\"'");
        assert_eq!(text(&folder), renamed);
        folder.unlink("left").unwrap();
        assert_eq!(text(&folder), renamed.replace("clerk_organization=\"org_2\"", "# clerk_organization=\"org_2\" (left)"));
    }

    #[test]
    fn without_a_comment_the_link_stands_before_the_first_section() {
        let (_temp, folder) = folder(Some("name = 'Acme'\n\n# looks\n[theme]\nname = 'plain'\n"));
        folder.link(&id("org_1")).unwrap();
        assert_eq!(text(&folder), "name = 'Acme'\nclerk_organization = \"org_1\"\n\n# looks\n[theme]\nname = 'plain'\n");
    }

    #[test]
    fn what_cannot_be_changed_safely_is_left_as_it_is() {
        let written = "name = 'Acme'\n\"clerk_organization\" = '''\norg_1'''\n";
        let (_temp, folder) = folder(Some(written));
        assert!(folder.unlink("left").unwrap_err().message.starts_with("cannot change `"));
        assert_eq!(text(&folder), written);
        write_file(&folder.settings_file(), b"nome = 'x'").unwrap();
        assert!(folder.link(&id("org_1")).is_err());
        assert_eq!(text(&folder), "nome = 'x'");
    }
}
