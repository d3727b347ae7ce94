//! Whose certificates are trusted: Mozilla's roots, or those that the environment names in their place.

use std::path::Path;

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use crate::error::{UserError, reason};
use crate::storage::environment::Environment;

/// What a file of certificates may have, in bytes.
const LARGEST_BUNDLE: u64 = 4 << 20;

/// For object storage: the file that `AWS_CA_BUNDLE` names, else that of `SSL_CERT_FILE`.
///
/// # Errors
/// Failed where that file cannot be read; bad input where it holds no certificates.
pub(super) fn of_storage(environment: &Environment) -> Result<RootCerts, UserError> {
    named(environment, &["AWS_CA_BUNDLE", "SSL_CERT_FILE"])
}

/// For pages that anybody may read: the file that `SSL_CERT_FILE` names. What is meant for storage alone does not count, since pages seldom
/// have their certificates from there.
///
/// # Errors
/// Failed where that file cannot be read; bad input where it holds no certificates.
pub fn of_pages(environment: &Environment) -> Result<RootCerts, UserError> {
    named(environment, &["SSL_CERT_FILE"])
}

/// Whether the environment names those for pages.
pub fn are_named_for_pages(environment: &Environment) -> bool {
    environment.get("SSL_CERT_FILE").is_some()
}

fn named(environment: &Environment, names: &[&str]) -> Result<RootCerts, UserError> {
    match names.iter().find_map(|name| environment.get(name)) {
        Some(path) => Ok(RootCerts::new_with_certs(&certificates(Path::new(path))?)),
        None => Ok(RootCerts::WebPki),
    }
}

/// The certificates in a PEM file.
fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, UserError> {
    let shown = path.display().to_string();
    let shown = shown.escape_debug();
    let cannot = |why: &str| UserError::failed(format!("cannot read the certificates in `{shown}`: {why}"));
    let about = std::fs::metadata(path).map_err(|error| cannot(&reason(&error)))?;
    if !about.is_file() || about.len() > LARGEST_BUNDLE {
        return Err(cannot("it is no file of certificates"));
    }
    let text = std::fs::read(path).map_err(|error| cannot(&reason(&error)))?;
    let mut found = Vec::new();
    for item in parse_pem(&text) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(_) => return Err(UserError::bad_input(format!("`{shown}` is no file of certificates"))),
        }
    }
    match found.is_empty() {
        true => Err(UserError::bad_input(format!("`{shown}` holds no certificates"))),
        false => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())), None)
    }

    #[test]
    fn roots_come_from_a_file_that_holds_some() {
        let with = |path: &str| of_pages(&environment(&[("SSL_CERT_FILE", path)])).map(|_| ()).map_err(|error| error.message);
        assert_eq!(with("/nowhere"), Err("cannot read the certificates in `/nowhere`: no such file or directory".to_owned()));
        assert_eq!(with("Cargo.toml"), Err("`Cargo.toml` holds no certificates".to_owned()));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roots.pem");
        crate::config::write_file(&path, b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n").unwrap();
        assert_eq!(with(path.to_str().unwrap()), Err(format!("`{}` is no file of certificates", path.display())));
        let folder = folder.path().to_str().unwrap();
        assert_eq!(with(folder), Err(format!("cannot read the certificates in `{folder}`: it is no file of certificates")));
    }

    #[test]
    fn what_is_meant_for_storage_is_not_for_pages() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, count: usize| {
            let path = folder.path().join(name);
            let one = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
            crate::config::write_file(&path, one.repeat(count).as_bytes()).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let (one, two) = (file("one", 1), file("two", 2));
        let count = |roots: RootCerts| match roots {
            RootCerts::Specific(roots) => Some(roots.len()),
            _ => None,
        };
        for (variables, storage, pages) in [
            (&[][..], None, None),
            (&[("SSL_CERT_FILE", one.as_str())], Some(1), Some(1)),
            (&[("AWS_CA_BUNDLE", &two)], Some(2), None),
            (&[("SSL_CERT_FILE", &one), ("AWS_CA_BUNDLE", &two)], Some(2), Some(1)),
        ] {
            let environment = environment(variables);
            let found = [of_storage(&environment), of_pages(&environment)].map(|roots| count(roots.unwrap()));
            assert_eq!(found, [storage, pages], "{variables:?}");
        }
    }
}
