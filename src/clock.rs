//! The only room that reads the clock.
//!
//! `STATUARY_NOW` (RFC 3339) replaces it, for tests and reproducible builds.

use chrono::{DateTime, SubsecRound, Utc};

use crate::error::UserError;

/// The moment that counts as now, to the millisecond: `STATUARY_NOW` where it is set, else the system's clock.
///
/// # Errors
/// A usage error where `STATUARY_NOW` is not RFC 3339.
pub fn now() -> Result<DateTime<Utc>, UserError> {
    match std::env::var("STATUARY_NOW") {
        Ok(text) if !text.is_empty() => parse(&text),
        _ => Ok(system()),
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that may")]
fn system() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}

fn parse(text: &str) -> Result<DateTime<Utc>, UserError> {
    match DateTime::parse_from_rfc3339(text) {
        Ok(moment) => Ok(moment.to_utc().trunc_subsecs(3)),
        Err(_) => {
            Err(UserError::usage(format!("STATUARY_NOW is `{text}`, which is not a moment")).hint("write it as in `2026-11-22T10:00:00Z`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_utc_and_nonsense_is_refused() {
        assert_eq!(parse("2026-11-22T12:00:00.1239+02:00").unwrap().to_rfc3339(), "2026-11-22T10:00:00.123+00:00");
        assert!(parse("yesterday").is_err());
    }
}
