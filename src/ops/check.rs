//! Results of checks: kept, counted by the hour, and judged by the organization's rule.
//!
//! Results are measurements, not deeds: none of them is in the log, and they go with time. What the rule makes of them, an incident, is a deed
//! of `checks` like any other.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{
    CheckHour, CheckResult, CheckRule, CheckStatus, Opens, Organization, Service, ServiceStatus, Trend, start_of_hour, text, trend,
};
use crate::error::UserError;
use crate::ops::automatic::{self, Automat, REMEMBERED, Stand, Trouble, are_public, last_said, moment};
use crate::ops::naming::{find_service, one_line};
use crate::ops::report::{AutomaticReport, ChecksReport};
use crate::ops::{Deed, Org};
use crate::store::{Scope, Wanted, Write};

/// Who opens and resolves incidents because of checks.
const ACTOR: &str = "checks";

/// How long results are kept.
const RESULTS_KEPT: TimeDelta = TimeDelta::days(7);

/// How long the figures of hours are kept.
const HOURS_KEPT: TimeDelta = TimeDelta::days(90);

/// How far ahead of ours the clock of a monitor may be.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// Results of a service in an hour: one a second.
const MOST_IN_AN_HOUR: usize = 3600;

/// Results that may come at once.
const MOST_AT_ONCE: usize = 10_000;

/// How far back the rule looks, and at how many results at most.
const LOOKED_AT: (TimeDelta, usize) = (TimeDelta::days(1), 5000);

/// Characters of what a monitor says that are kept.
const LONGEST_MESSAGE: usize = 500;

/// Keeps results of a service, in any order, and does what the organization's rule asks for. The source of results is whoever does the
/// deed; of a source, a service has one result at a moment.
///
/// # Errors
/// Not found for an unknown service; usage without results, or with too many.
pub fn record(org: &mut Org, service: &str, results: &[CheckResult], deed: &Deed) -> anyhow::Result<ChecksReport> {
    if results.is_empty() {
        return Err(UserError::usage("there are no results").into());
    }
    if results.len() > MOST_AT_ONCE {
        return Err(UserError::usage(format!("there are {} results, and at most 10,000 can come at once", results.len())).into());
    }
    let organization = org.organization()?;
    let rules = org.settings.checks.clone();
    let machine = Deed { once: deed.once.clone(), offline: deed.offline, ..Deed::new(ACTOR, deed.now) };
    org.write(&machine, |write| {
        let services = write.services(Scope::Everything)?;
        let service = find_service(&services, service)?;
        let mut report = keep(write, service, results, deed)?;
        report.incidents.extend(judge(write, &organization, service, rules.of(&service.slug), &machine)?);
        report.public = are_public(write, &report.incidents)?;
        write.forget_checks(oldest(deed.now), start_of_hour(deed.now - HOURS_KEPT))?;
        write.forget_automatic(deed.now - REMEMBERED)?;
        Ok(report)
    })
}

/// The first moment of which results are kept: hours are counted from whole ones.
fn oldest(now: DateTime<Utc>) -> DateTime<Utc> {
    start_of_hour(now - RESULTS_KEPT)
}

/// Keeps what can be kept, and counts the hours anew that have changed.
fn keep(write: &Write<'_>, service: &Service, results: &[CheckResult], deed: &Deed) -> anyhow::Result<ChecksReport> {
    let mut by_hour: BTreeMap<DateTime<Utc>, Vec<CheckResult>> = BTreeMap::new();
    let [mut ahead, mut old, mut resting, mut too_many] = [0_usize; 4];
    for result in results {
        if result.status == CheckStatus::Maintenance {
            resting += 1;
        } else if result.at > deed.now + AHEAD {
            ahead += 1;
        } else if result.at < oldest(deed.now) {
            old += 1;
        } else {
            by_hour.entry(start_of_hour(result.at)).or_default().push(cleaned(result));
        }
    }
    let (mut recorded, mut repeated) = (0, 0);
    for (hour, results) in by_hour {
        let mut known = write.check_results_of_hour(&service.id, hour)?.len();
        for result in &results {
            if known >= MOST_IN_AN_HOUR {
                too_many += 1;
            } else if write.put_check_result(&service.id, &deed.actor, result)? {
                recorded += 1;
                known += 1;
            } else {
                repeated += 1;
            }
        }
        if let Some(figures) = CheckHour::of(hour, &write.check_results_of_hour(&service.id, hour)?) {
            write.put_check_hour(&service.id, &figures)?;
        }
    }
    let reasons = [
        (ahead, "of more than 5 minutes ahead: is the monitor's clock right?"),
        (old, "older than 7 days"),
        (resting, "of a monitor at rest"),
        (too_many, "beyond 3,600 of a service in an hour"),
    ];
    let warnings = reasons.iter().filter(|(count, _)| *count > 0).map(|(count, why)| format!("ignored {count} {why}"));
    Ok(ChecksReport {
        service: service.slug.clone(),
        received: results.len(),
        recorded,
        repeated,
        ignored: ahead + old + resting + too_many,
        incidents: Vec::new(),
        warnings: warnings.collect(),
        public: false,
    })
}

/// A result as it is kept: to the millisecond, its message one short line.
fn cleaned(result: &CheckResult) -> CheckResult {
    let message = result.message.as_deref().map(|message| text::on_one_line(message).trim().chars().take(LONGEST_MESSAGE).collect());
    CheckResult {
        at: DateTime::from_timestamp_millis(result.at.timestamp_millis()).unwrap_or(result.at),
        message: message.filter(|message: &String| !message.is_empty()),
        ..result.clone()
    }
}

/// Opens, changes or resolves what the rule says.
fn judge(
    write: &Write<'_>,
    organization: &Organization,
    service: &Service,
    rule: &CheckRule,
    deed: &Deed,
) -> anyhow::Result<Option<AutomaticReport>> {
    let now = deed.now;
    let observed = write.observed(&service.id, now - LOOKED_AT.0, LOOKED_AT.1)?;
    let key = format!("checks:{}", service.id);
    // Nearly every time all is well, and nothing more is read.
    let may_matter = match trend(rule, &observed, now, None) {
        Trend::Failing { .. } => true,
        Trend::Recovered { .. } => write.claim(&key)?.is_some(),
        Trend::Unclear => false,
    };
    if !may_matter {
        return Ok(None);
    }
    let catalogue = automatic::catalogue(write, organization, now)?;
    let automat = Automat { key, write, catalogue: &catalogue, deed };
    let trouble = |trend: &Trend, again: bool| match trend {
        Trend::Failing { since, worst, .. } => Some(Trouble {
            title: title(service, *worst)?,
            body: body(trend, again, organization)?,
            services: vec![(service.clone(), status_of(rule, *worst))],
            since: *since,
            opens: rule.opens,
        }),
        _ => None,
    };
    let may_open = || -> anyhow::Result<bool> {
        let open = Wanted { open: true, since: None, service: Some(service.id.as_str()), ..Wanted::default() };
        let maintained = catalogue.status_at(&service.id, now) == ServiceStatus::UnderMaintenance;
        Ok(rule.opens != Opens::Nothing && !maintained && write.incident_numbers(Scope::Everything, open, 1)?.is_empty())
    };
    match automat.stand(rule.cool_down)? {
        Stand::Ours(incident) => match trend(rule, &observed, now, None) {
            Trend::Recovered { at } => {
                let body = format!("Checks have succeeded again since {}.", moment(at.min(now), organization));
                automat.resolve(&incident, &body, at).map(Some)
            }
            failing @ Trend::Failing { worst, .. } if last_said(&incident, &service.id) < Some(status_of(rule, worst)) => {
                trouble(&failing, true).map(|trouble| automat.say(&incident, &Trouble { since: now, ..trouble })).transpose()
            }
            _ => Ok(None),
        },
        Stand::Ended(incident) if may_open()? => {
            let failing = trend(rule, &observed, now, incident.ended_at());
            trouble(&failing, true).map(|trouble| automat.say(&incident, &trouble)).transpose()
        }
        Stand::Free(after) if may_open()? => {
            trouble(&trend(rule, &observed, now, after), false).map(|trouble| automat.open(&trouble)).transpose()
        }
        Stand::Ended(_) | Stand::Free(_) | Stand::Theirs(_) | Stand::Resting => Ok(None),
    }
}

fn status_of(rule: &CheckRule, worst: CheckStatus) -> ServiceStatus {
    if worst == CheckStatus::Down { rule.status } else { ServiceStatus::DegradedPerformance }
}

fn title(service: &Service, worst: CheckStatus) -> Option<String> {
    let name = one_line("name", &service.name).ok()?;
    Some(if worst == CheckStatus::Down { format!("{name} fails its checks") } else { format!("{name} is degraded") })
}

fn body(trend: &Trend, again: bool, organization: &Organization) -> Option<String> {
    let Trend::Failing { since, failures, results, worst } = trend else { return None };
    let have = if *failures == 1 { "has" } else { "have" };
    let found = if *worst == CheckStatus::Down { "failed" } else { "failed or found it degraded" };
    let told = format!("{failures} of {results} checks {have} {found} since {}.", moment(*since, organization));
    let note = if again { "" } else { "\n\nThis was opened automatically." };
    Some(format!("{told}{note}"))
}

#[cfg(test)]
mod tests;
