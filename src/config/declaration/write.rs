//! Writing a declaration: the file that `apply` finds unchanged.

use crate::config::OrgFolder;
use crate::config::declaration::DeclaredSettings;
use crate::config::read::settings_text;
use crate::domain::{Group, Service, text};
use crate::error::UserError;

/// What stands above everything.
const HEAD: &str = "\
# How this organization shall be: `statuary apply FILE` makes it so, and says beforehand what that changes.
# What stands here of a service or a group is all there is of it: a line that is taken out goes back to its default.
";

/// The declaration of an organization as it is: what org.toml says, and these groups and services, in this order.
///
/// # Errors
/// Bad input where org.toml cannot be used.
pub fn declaration_text(folder: &OrgFolder, groups: &[&Group], services: &[&Service]) -> Result<String, UserError> {
    let path = folder.settings_file();
    let settings = settings_text(&path, &folder.dir, |text| {
        let table = text.parse::<toml::Table>().map_err(|error| UserError::bad_input(error.message().to_owned()))?;
        Ok(DeclaredSettings::of(&table))
    })?;
    let mut out = HEAD.to_owned();
    settings.write(&mut out);
    for group in groups {
        out.push_str("\n[[groups]]\n");
        line(&mut out, "slug", &quoted(group.slug.as_str()));
        line(&mut out, "name", &quoted(&group.name));
        optional(&mut out, "description", group.description.as_deref());
        line(&mut out, "position", &group.position.to_string());
    }
    for service in services {
        out.push_str("\n[[services]]\n");
        line(&mut out, "slug", &quoted(service.slug.as_str()));
        line(&mut out, "name", &quoted(&service.name));
        optional(&mut out, "description", service.description.as_deref());
        optional(&mut out, "link", service.link.as_deref());
        let home = service.group.as_ref().and_then(|id| groups.iter().find(|group| group.id == *id));
        optional(&mut out, "group", home.map(|group| group.slug.as_str()));
        line(&mut out, "position", &service.position.to_string());
        if let Some(date) = service.start_date {
            line(&mut out, "start_date", &date.to_string());
        }
        for (key, value, usual) in [
            ("hidden", service.hidden, false),
            ("showcase", service.showcase, Service::SHOWCASE),
            ("only_show_if_degraded", service.only_show_if_degraded, false),
        ] {
            if value != usual {
                line(&mut out, key, &value.to_string());
            }
        }
    }
    Ok(out)
}

impl DeclaredSettings {
    fn write(&self, out: &mut String) {
        let mut present = None;
        let said = self.wanted.iter().filter_map(|setting| Some((setting, setting.value.as_ref()?)));
        for (place, (setting, value)) in said.enumerate() {
            if place == 0 || present != setting.section {
                present = setting.section;
                let name = present.map_or_else(String::new, |section| format!(".{section}"));
                out.push_str(&format!("\n[settings{name}]\n"));
            }
            line(out, &setting.key, &written(value));
        }
    }
}

fn line(out: &mut String, key: &str, value: &str) {
    out.push_str(&format!("{key} = {value}\n"));
}

fn optional(out: &mut String, key: &str, value: Option<&str>) {
    if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
        line(out, key, &quoted(value));
    }
}

/// A text in quotes: what JSON writes is a basic string of TOML, too.
fn quoted(said: &str) -> String {
    text::escaped_json(&serde_json::Value::from(said).to_string()).into_owned()
}

/// A value on one line.
fn written(value: &toml::Value) -> String {
    let list = |parts: Vec<String>| parts.join(", ");
    match value {
        toml::Value::String(text) => quoted(text),
        toml::Value::Array(values) => format!("[{}]", list(values.iter().map(written).collect())),
        toml::Value::Table(table) => {
            format!("{{ {} }}", list(table.iter().map(|(key, value)| format!("{} = {}", quoted(key), written(value))).collect()))
        }
        other => other.to_string(),
    }
}
