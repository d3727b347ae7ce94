//! Export: the whole record as one document, or what people declare of an organization as another.

use std::path::Path;

use crate::config::declaration_text;
use crate::domain::{Group, Service};
use crate::error::UserError;
use crate::ops::Org;
use crate::ops::report::ExportReport;
use crate::store::{Scope, Window};

/// Writes the organization's dump to `out`, or hands its text back where no file is named.
///
/// # Errors
/// Failed where the file cannot be written; it is whole or as it was.
pub fn dump(org: &Org, out: Option<&Path>) -> anyhow::Result<ExportReport> {
    let organization = org.organization()?;
    let text = org.store.read(|store| -> anyhow::Result<String> {
        let history = store.history(Scope::Everything, &organization, Window::EVERYTHING)?;
        Ok(crate::export::dump(&history, &store.events_all()?)?)
    })?;
    hand_over(text, out)
}

/// Writes settings, groups and services as the declaration that `apply` finds unchanged: to `out`, or handed back where no file is named.
///
/// Services that only incidents name, and those that were removed, are not in it.
///
/// # Errors
/// As [`dump`].
pub fn declaration(org: &Org, out: Option<&Path>) -> anyhow::Result<ExportReport> {
    let (groups, services) =
        org.store.read(|store| Ok::<_, UserError>((store.groups(Scope::Everything)?, store.services(Scope::Everything)?)))?;
    let groups: Vec<&Group> = groups.iter().collect();
    let mut services: Vec<&Service> = services.iter().filter(|service| service.is_listed()).collect();
    // In page order.
    services.sort_by_key(|service| {
        let home = service.group.as_ref().and_then(|id| groups.iter().find(|group| group.id == *id));
        (home.map_or((service.position, 0), |group| (group.position, group.number)), service.position, service.number)
    });
    hand_over(declaration_text(&org.folder, &groups, &services)?, out)
}

fn hand_over(text: String, out: Option<&Path>) -> anyhow::Result<ExportReport> {
    match out {
        Some(path) => {
            crate::config::write_file(path, text.as_bytes())?;
            Ok(ExportReport { path: Some(path.display().to_string()), text: None })
        }
        None => Ok(ExportReport { path: None, text: Some(text) }),
    }
}
