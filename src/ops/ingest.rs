//! Alerts of other tools become incidents.
//!
//! Alerts of one group about one service are one incident. What fires again says nothing new; when the last alert of an incident is over, so
//! is the incident, as long as no person has touched it.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::config::{IngestRule, read_given_text};
use crate::domain::{Alert, AlertSource, Alerts, Opens, Organization, PublicId, Service, ServiceStatus, Standing, text};
use crate::import::alerts::{self, uptime_kuma};
use crate::ops::automatic::{self, Automat, REMEMBERED, Stand, Trouble, are_public, last_said, moment};
use crate::ops::import::RolledBack;
use crate::ops::naming::Catalogue;
use crate::ops::report::{AutomaticReport, IngestReport};
use crate::ops::{Deed, Org};
use crate::store::{KnownAlert, Scope, Write};

/// Largest payload, in bytes.
const LARGEST_PAYLOAD: u64 = 16 << 20;

/// Alerts that a text tells one by one.
const TOLD: usize = 10;

/// Characters of an alert's title and of its description that a text repeats.
const LONGEST: (usize, usize) = (200, 2000);

/// The payload in a file; `-` reads standard input.
///
/// # Errors
/// As for [`read_given_text`].
pub fn read_payload(path: &Path) -> anyhow::Result<Vec<u8>> {
    Ok(read_given_text(path, LARGEST_PAYLOAD)?.into_bytes())
}

/// Does what the organization's rule says of the alerts in `payload`.
///
/// # Errors
/// Bad input for what is no payload of this kind; nothing is changed then.
pub fn ingest(org: &mut Org, kind: AlertSource, payload: &[u8], deed: &Deed) -> anyhow::Result<IngestReport> {
    take(org, kind, payload, false, deed)
}

/// Says what [`ingest`] would do, and writes nothing.
///
/// # Errors
/// As [`ingest`].
pub fn rehearse(org: &mut Org, kind: AlertSource, payload: &[u8], deed: &Deed) -> anyhow::Result<IngestReport> {
    take(org, kind, payload, true, deed)
}

fn take(org: &mut Org, kind: AlertSource, payload: &[u8], dry_run: bool, deed: &Deed) -> anyhow::Result<IngestReport> {
    let read = alerts::read(kind, payload)?;
    let organization = org.organization()?;
    let rule = org.settings.ingest.clone();
    // The log says which monitor it was.
    let machine = Deed { once: deed.once.clone(), offline: deed.offline, ..Deed::new(kind.to_string(), deed.now) };
    let mut rehearsed = None;
    let outcome = org.write(&machine, |write| {
        let catalogue = automatic::catalogue(write, &organization, deed.now)?;
        let services = write.services(Scope::Everything)?;
        let desk =
            Desk { write, catalogue: &catalogue, services: &services, organization: &organization, rule: &rule, kind, deed: &machine };
        let report = IngestReport { dry_run, ..desk.take(&read)? };
        write.forget_automatic(deed.now - REMEMBERED)?;
        // What begins an organization's record is a deed, not a payload that says nothing.
        if dry_run || write.latest_seq()? == 0 {
            rehearsed = Some(report);
            return Err(RolledBack.into());
        }
        Ok(report)
    });
    match (outcome, rehearsed) {
        (Err(error), Some(report)) if error.is::<RolledBack>() => Ok(report),
        (outcome, _) => outcome,
    }
}

/// What alerts are judged with, within a write.
struct Desk<'w> {
    write: &'w Write<'w>,
    catalogue: &'w Catalogue,
    services: &'w [Service],
    organization: &'w Organization,
    rule: &'w IngestRule,
    kind: AlertSource,
    /// Done by the monitor, now.
    deed: &'w Deed,
}

/// Alerts of one group about one service.
struct Bundle<'a> {
    service: Option<&'a Service>,
    /// The worst that they say.
    status: ServiceStatus,
    alerts: Vec<&'a Alert>,
}

impl<'w> Desk<'w> {
    fn take(&self, read: &Alerts) -> anyhow::Result<IngestReport> {
        let received = read.alerts.len() + read.silent;
        let mut report = IngestReport { received, ignored: read.silent, warnings: read.warnings.clone(), ..IngestReport::default() };
        for bundle in self.news(&read.alerts, &mut report)? {
            match self.fire(&bundle)? {
                Some(incident) => report.incidents.push(incident),
                None => report.ignored += bundle.alerts.len(),
            }
        }
        self.end(&read.alerts, &mut report)?;
        let done = |words: &[&str]| report.incidents.iter().filter(|incident| words.contains(&incident.done)).count();
        (report.opened, report.updated, report.resolved) = (done(&["opened", "reopened"]), done(&["updated"]), done(&["resolved"]));
        report.public = are_public(self.write, &report.incidents)?;
        Ok(report)
    }

    /// The alerts that fire and say something new, by group and service, in the order in which they came.
    fn news<'a>(&self, alerts: &'a [Alert], report: &mut IngestReport) -> anyhow::Result<Vec<Bundle<'a>>>
    where
        'w: 'a,
    {
        let mut bundles: Vec<Bundle<'a>> = Vec::new();
        let mut places: HashMap<(&str, Option<i64>), usize> = HashMap::new();
        let mut seen: HashSet<&str> = HashSet::new();
        let mut nameless = 0;
        for alert in alerts.iter().filter(|alert| alert.firing) {
            let status = self.status_of(alert);
            let (Some(status), true, true) = (status, seen.insert(&alert.fingerprint), self.is_new(alert)?) else {
                report.ignored += 1;
                continue;
            };
            let service = self.service_of(alert);
            nameless += usize::from(service.is_none());
            let place = *places.entry((alert.group.as_str(), service.map(|service| service.number))).or_insert(bundles.len());
            if place == bundles.len() {
                bundles.push(Bundle { service, status, alerts: Vec::new() });
            }
            if let Some(bundle) = bundles.get_mut(place) {
                bundle.status = bundle.status.max(status);
                bundle.alerts.push(alert);
            }
        }
        if nameless > 0 {
            let (alerts, name) = if nameless == 1 { ("alert", "names") } else { ("alerts", "name") };
            let labels = self.labels().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
            report.warnings.push(format!("{nameless} {alerts} {name} no service in {labels}: see [ingest] in org.toml"));
        }
        Ok(bundles)
    }

    /// What labels say of a service's status; `None`: it is not worth an incident.
    fn status_of(&self, alert: &Alert) -> Option<ServiceStatus> {
        let words = self.rule.severity_labels.iter().filter_map(|label| alert.labels.get(label));
        let known = words.filter_map(|word| self.rule.severities.get(&word.trim().to_lowercase()));
        known.copied().next().unwrap_or(Some(self.rule.status))
    }

    /// Labels that may name a service.
    fn labels(&self) -> impl Iterator<Item = &str> {
        let monitor = (self.kind == AlertSource::UptimeKuma).then_some(uptime_kuma::MONITOR);
        self.rule.labels.iter().map(String::as_str).chain(monitor)
    }

    fn service_of(&self, alert: &Alert) -> Option<&'w Service> {
        let present = || self.services.iter().filter(|service| service.standing != Standing::Removed);
        self.labels().filter_map(|label| alert.labels.get(label)).find_map(|value| {
            let value = value.trim();
            let slug = self.rule.services.get(value).map_or(value, String::as_str);
            present()
                .find(|service| service.slug.as_str() == slug)
                .or_else(|| present().find(|service| service.name.eq_ignore_ascii_case(value)))
        })
    }

    /// Whether an alert that fires was not heard of, or was over, before.
    fn is_new(&self, alert: &Alert) -> anyhow::Result<bool> {
        let Some(known) = self.write.known_alert(self.kind.as_str(), &fingerprint(alert))? else { return Ok(true) };
        let since = alert.starts_at.unwrap_or(self.deed.now);
        if let Some(ended) = known.ended_at {
            return Ok(since > ended);
        }
        let incident = self.write.find_incident(Scope::Everything, known.incident.as_str())?;
        if incident.is_some_and(|incident| incident.is_open()) {
            return Ok(false);
        }
        // A person has ended or removed the incident; what fires since before that is what they knew of.
        Ok(self.write.newest_event_about(&known.incident)?.is_some_and(|(_, at)| since > at))
    }

    fn automat(&self, key: String) -> Automat<'_> {
        Automat { key, write: self.write, catalogue: self.catalogue, deed: self.deed }
    }

    /// Opens an incident, or adds to one; `None` where nothing is to be done.
    fn fire(&self, bundle: &Bundle<'_>) -> anyhow::Result<Option<AutomaticReport>> {
        if self.rule.opens == Opens::Nothing {
            return Ok(None);
        }
        let group = bundle.alerts.first().map_or("", |alert| alert.group.as_str());
        let service = bundle.service.map_or("-", |service| service.id.as_str());
        let automat = self.automat(format!("{}:{}:{service}", self.kind, short_hash(group)));
        let done = match automat.stand(self.rule.cool_down)? {
            Stand::Theirs(incident) => {
                self.remember(bundle, &incident)?;
                return Ok(None);
            }
            Stand::Ours(incident) => {
                let mut trouble = self.trouble(bundle, "More is reported:");
                // Where it is no worse than was said, nothing is said of services.
                trouble.services.retain(|(service, status)| last_said(&incident, &service.id) < Some(*status));
                automat.say(&incident, &trouble)?
            }
            Stand::Ended(incident) => automat.say(&incident, &self.trouble(bundle, "It is reported again:"))?,
            // What a person has ended was another alert: this one has begun since.
            Stand::Free(_) | Stand::Resting => automat.open(&self.trouble(bundle, ""))?,
        };
        self.remember(bundle, &done.id)?;
        Ok(Some(done))
    }

    fn remember(&self, bundle: &Bundle<'_>, incident: &PublicId) -> anyhow::Result<()> {
        for alert in &bundle.alerts {
            self.write.put_alert(&KnownAlert {
                source: self.kind.to_string(),
                fingerprint: fingerprint(alert),
                incident: incident.clone(),
                started_at: alert.starts_at.unwrap_or(self.deed.now).min(self.deed.now),
                ended_at: None,
                seen_at: self.deed.now,
            })?;
        }
        Ok(())
    }

    /// What to say of new alerts; an `introduction` leads to a list of them.
    fn trouble(&self, bundle: &Bundle<'_>, introduction: &str) -> Trouble {
        let now = self.deed.now;
        let since = bundle.alerts.iter().map(|alert| alert.starts_at.unwrap_or(now)).min().unwrap_or(now).min(now);
        let opening = introduction.is_empty();
        let mut parts: Vec<String> = Vec::new();
        match bundle.alerts[..] {
            [only] if opening => parts.extend(Some(only.description.trim()).filter(|said| !said.is_empty()).map(in_markdown)),
            _ => parts.extend([introduction.to_owned(), list(&bundle.alerts)].into_iter().filter(|part| !part.is_empty())),
        }
        if opening {
            let since = moment(since, self.organization);
            parts.push(format!("Monitoring has reported this since {since}. This was opened automatically."));
        }
        let maintained = |service: &Service| self.catalogue.status_at(&service.id, now) == ServiceStatus::UnderMaintenance;
        Trouble {
            title: title(bundle),
            body: parts.join("\n\n"),
            services: bundle.service.map(|service| (service.clone(), bundle.status)).into_iter().collect(),
            since,
            // Nobody wants the public to read what concerns no service, or work that was announced.
            opens: if bundle.service.is_none_or(maintained) { Opens::Draft } else { self.rule.opens },
        }
    }

    /// Marks what is over, and resolves the incidents of which nothing fires any more.
    fn end(&self, alerts: &[Alert], report: &mut IngestReport) -> anyhow::Result<()> {
        let mut ended: Vec<(PublicId, DateTime<Utc>)> = Vec::new();
        for alert in alerts.iter().filter(|alert| !alert.firing) {
            let known = self.write.known_alert(self.kind.as_str(), &fingerprint(alert))?;
            let stands = |known: &KnownAlert| known.ended_at.is_none() && alert.starts_at.is_none_or(|since| since >= known.started_at);
            let Some(known) = known.filter(stands) else {
                report.ignored += 1;
                continue;
            };
            let at = alert.ends_at.unwrap_or(self.deed.now).min(self.deed.now);
            match ended.iter_mut().find(|(incident, _)| *incident == known.incident) {
                Some((_, last)) => *last = (*last).max(at),
                None => ended.push((known.incident.clone(), at)),
            }
            self.write.put_alert(&KnownAlert { ended_at: Some(at), seen_at: self.deed.now, ..known })?;
        }
        for (incident, at) in ended {
            let key = self.write.key_of_claim(&incident)?;
            let (Some(key), 0) = (key, self.write.firing_alerts(&incident)?) else { continue };
            let automat = self.automat(key);
            if let Stand::Ours(open) = automat.stand(self.rule.cool_down)?
                && open.id == incident
            {
                let body = format!("Monitoring has reported no more trouble since {}.", moment(at, self.organization));
                report.incidents.push(automat.resolve(&open, &body, at)?);
            }
        }
        Ok(())
    }
}

/// What an alert is remembered by: as it is called, or a digest where that is long.
fn fingerprint(alert: &Alert) -> String {
    if alert.fingerprint.len() <= 64 { alert.fingerprint.clone() } else { short_hash(&alert.fingerprint) }
}

fn short_hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().chars().take(32).collect()
}

/// The first alert's title, with the name of the service where it does not say it, and how many there are more.
fn title(bundle: &Bundle<'_>) -> String {
    let first = bundle.alerts.first().map_or("", |alert| alert.title.as_str());
    let cleaned = cut(text::on_one_line(first).trim(), LONGEST.0);
    let said = if cleaned.is_empty() { "Alert".to_owned() } else { cleaned };
    let named = match bundle.service {
        Some(service) if !said.to_lowercase().contains(&service.name.to_lowercase()) => format!("{}: {said}", service.name),
        _ => said,
    };
    match bundle.alerts.len() {
        0 | 1 => named,
        2 => format!("{} and 1 more alert", cut(&named, 90)),
        count => format!("{} and {} more alerts", cut(&named, 90), count - 1),
    }
}

/// Alerts as a list in Markdown.
fn list(alerts: &[&Alert]) -> String {
    let line = |alert: &&Alert| {
        let title = cut(text::on_one_line(&alert.title).trim(), LONGEST.0);
        let more = cut(text::on_one_line(&alert.description).trim(), LONGEST.0);
        let said = if more.is_empty() || more == title { title } else { format!("{title}: {more}") };
        format!("- {}", text::as_markdown(&said))
    };
    let mut lines: Vec<String> = alerts.iter().take(TOLD).map(line).collect();
    if alerts.len() > TOLD {
        lines.push(format!("- and {} more", alerts.len() - TOLD));
    }
    lines.join("\n")
}

fn in_markdown(said: &str) -> String {
    text::as_markdown(&cut(said, LONGEST.1))
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
