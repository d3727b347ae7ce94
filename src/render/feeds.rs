//! Atom and RSS feeds in the form that readers of Statuspage's feeds know.
//!
//! An entry is an incident or a maintenance; of one that repeats, each date is one. Its id never changes, while `published` moves with its newest update, so that feed readers
//! show it again. No time in a feed is a build time: where nothing changed, the bytes stay the same.

mod json;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use atom_syndication::{Content, Entry as AtomEntry, Feed, Generator, Link, Person, Text};
use chrono::{DateTime, SubsecRound, Utc};
use chrono_tz::Tz;
use rss::extension::Extension;
use rss::{Channel, Guid, Item};

use crate::domain::{IncidentStatus, MaintenanceStatus, Organization, Update, day_of, text};
use crate::error::UserError;
use crate::render::markdown::Images;
use crate::render::wire::{incident_bodies, incident_url, maintenance_bodies, maintenance_url, service_url};
use crate::snapshot::{IncidentView, MaintenanceView, ServiceView, Snapshot};

pub use json::json;

/// How many entries a feed holds at most.
pub const MOST_RECENT: usize = 25;

/// The incidents and maintenances of the page's feeds, converted once for both.
pub struct Topics(Vec<Topic>);

/// What the page's feeds tell of: incidents and maintenances, newest update first.
pub fn newest(snapshot: &Snapshot) -> Topics {
    Topics(topics(snapshot, snapshot.incidents.iter(), snapshot.maintenances.iter()))
}

/// `history.atom`: the [`newest`].
///
/// # Errors
/// Fails where the XML cannot be written.
pub fn atom(snapshot: &Snapshot, newest: &Topics) -> Result<String, UserError> {
    let organization = &snapshot.organization;
    let about = About {
        title: history_title(organization),
        id: format!("tag:{},2005:/history", host(&organization.address())),
        page: organization.address(),
        file: format!("{}history.atom", organization.address()),
        updated: snapshot.updated_at,
    };
    atom_feed(organization, &about, &newest.0)
}

/// `services/SLUG/history.atom`: the incidents and maintenances that name the service, of which `incidents` are those with the newest
/// updates. Changes only when one of them does.
///
/// # Errors
/// Fails where the XML cannot be written.
pub fn service_atom(snapshot: &Snapshot, view: &ServiceView, incidents: &[&IncidentView]) -> Result<String, UserError> {
    let (organization, service) = (&snapshot.organization, &view.service);
    let naming = |view: &&MaintenanceView| view.services.iter().any(|named| named.id == service.id);
    let topics = topics(snapshot, incidents.iter().copied(), snapshot.maintenances.iter().filter(naming));
    let page = service_url(organization, &service.slug);
    let about = About {
        title: format!("{} - {} - Incident History", organization.name, service.name),
        id: format!("tag:{},2005:Service/{}/history", host(&organization.address()), service.id),
        file: format!("{page}history.atom"),
        page,
        updated: topics.iter().map(|topic| topic.updated).max().unwrap_or(service.created_at),
    };
    atom_feed(organization, &about, &topics)
}

/// `history.rss`: the same entries as `history.atom`.
///
/// # Errors
/// Fails where the XML cannot be written.
pub fn rss(snapshot: &Snapshot, newest: &Topics) -> Result<String, UserError> {
    let organization = &snapshot.organization;
    let zone = organization.time_zone;
    let description = organization.description.clone().unwrap_or_else(|| format!("Incidents and maintenance of {}", organization.name));
    let channel = Channel {
        title: xml_text(&history_title(organization)),
        link: xml_text(&organization.address()),
        description: xml_text(&description),
        language: Some(xml_text(&organization.language)),
        generator: Some("Statuary".to_owned()),
        pub_date: Some(rss_date(snapshot.updated_at, zone)),
        items: newest.0.iter().map(|topic| rss_item(topic, zone)).collect(),
        ..Channel::default()
    };
    written(channel.write_to(Vec::new()).map_err(|error| error.to_string()))
}

/// What stands at the head of an Atom feed.
struct About {
    title: String,
    id: String,
    /// Address of the page the feed belongs to.
    page: String,
    /// Address of the feed itself.
    file: String,
    updated: DateTime<Utc>,
}

/// An incident or a maintenance, as feeds tell of it.
struct Topic {
    /// `Incident/ID` or `Maintenance/ID`.
    id: String,
    title: String,
    url: String,
    /// Time of the newest update.
    published: DateTime<Utc>,
    /// Time of the newest change.
    updated: DateTime<Utc>,
    /// All updates, newest first.
    html: String,
    /// The window of a maintenance.
    window: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// The newest topics, of one service or of all.
fn topics<'a>(
    snapshot: &'a Snapshot,
    incidents: impl Iterator<Item = &'a IncidentView>,
    maintenances: impl Iterator<Item = &'a MaintenanceView>,
) -> Vec<Topic> {
    let organization = &snapshot.organization;
    let incidents = incidents.map(Subject::Incident);
    let maintenances = maintenances.map(Subject::Maintenance);
    let mut subjects: Vec<Subject<'_>> = incidents.chain(maintenances).collect();
    // A year of dates would leave room for nothing else: those that wait for their turn come last.
    subjects.sort_by_cached_key(|subject| (subject.waits(), Reverse(subject.published()), subject.id()));
    subjects.truncate(MOST_RECENT);
    subjects.sort_by_cached_key(|subject| (Reverse(subject.published()), subject.id()));
    let topic = |subject: &Subject<'_>| match subject {
        Subject::Incident(view) => incident_topic(organization, view),
        Subject::Maintenance(view) => maintenance_topic(organization, view),
    };
    subjects.iter().map(topic).collect()
}

/// What may become a topic, before anything of it is converted.
enum Subject<'a> {
    Incident(&'a IncidentView),
    Maintenance(&'a MaintenanceView),
}

impl Subject<'_> {
    fn id(&self) -> String {
        match self {
            Self::Incident(view) => format!("Incident/{}", view.incident.id),
            Self::Maintenance(view) => format!("Maintenance/{}", view.maintenance.id),
        }
    }

    fn published(&self) -> DateTime<Utc> {
        match self {
            Self::Incident(IncidentView { incident, .. }) => incident.newest().map_or(incident.updated_at, |update| update.display_at),
            Self::Maintenance(MaintenanceView { maintenance, date, .. }) => {
                let newest = maintenance.newest().map_or(maintenance.updated_at, |update| update.display_at);
                // A date is news when it is its turn.
                let turn = date.as_ref().filter(|date| !date.ahead).and_then(|date| date.turn_at);
                turn.map_or(newest, |turn| turn.max(newest))
            }
        }
    }

    /// From when on it waits for its turn, where it does: the nearest comes first.
    fn waits(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Maintenance(view) if view.is_ahead() => Some(view.maintenance.scheduled_for),
            _ => None,
        }
    }
}

fn incident_topic(organization: &Organization, view: &IncidentView) -> Topic {
    let incident = &view.incident;
    let subject = Subject::Incident(view);
    Topic {
        id: subject.id(),
        title: incident.title.clone(),
        url: incident_url(organization, &incident.id),
        published: subject.published(),
        updated: incident.updated_at,
        html: paragraphs(organization.time_zone, &incident.updates, incident_bodies(view, Images::of(organization)), incident_label),
        window: None,
    }
}

fn maintenance_topic(organization: &Organization, view: &MaintenanceView) -> Topic {
    let maintenance = &view.maintenance;
    let (start, end) = (maintenance.scheduled_for, maintenance.scheduled_until);
    let announcement = announcement(start, end, organization.time_zone);
    let subject = Subject::Maintenance(view);
    Topic {
        id: subject.id(),
        title: maintenance.title.clone(),
        url: maintenance_url(organization, &maintenance.id),
        published: subject.published(),
        updated: view.updated_at,
        html: format!(
            "{announcement}{}",
            paragraphs(organization.time_zone, &maintenance.updates, maintenance_bodies(view, Images::of(organization)), maintenance_label)
        ),
        window: Some((start, end)),
    }
}

/// One paragraph per update, newest first; scripts look for `<strong>Resolved</strong>`.
fn paragraphs<S: Copy + PartialEq>(zone: Tz, updates: &[Update<S>], bodies: &[String], label: fn(S) -> &'static str) -> String {
    let mut paragraphs = Vec::with_capacity(updates.len());
    let mut before = None;
    for (update, body) in updates.iter().zip(bodies) {
        let label = if before == Some(update.status) { "Update" } else { label(update.status) };
        before = Some(update.status);
        let time = moment(update.display_at, zone);
        let zone_name = update.display_at.with_timezone(&zone).format("%Z");
        let head = format!("<p><small>{time} {zone_name}</small><br /><strong>{label}</strong> - ");
        paragraphs.push(match body.strip_prefix("<p>") {
            Some(rest) => format!("{head}{rest}"),
            // A list or a quote cannot stand in a paragraph.
            None => format!("{head}</p>{body}"),
        });
    }
    paragraphs.reverse();
    paragraphs.concat()
}

/// `Aug 21, 00:37` with the marks that Statuspage's clients look for.
fn moment(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%b <var data-var='date'>%-d</var>, <var data-var='time'>%H:%M</var>").to_string()
}

/// `THIS IS A SCHEDULED EVENT Jan 16, 12:00 - 16:00 GMT`, with the second date where the window ends on another day.
fn announcement(start: DateTime<Utc>, end: DateTime<Utc>, zone: Tz) -> String {
    let until = if day_of(start, zone) == day_of(end, zone) {
        end.with_timezone(&zone).format("<var data-var='time'>%H:%M</var>").to_string()
    } else {
        moment(end, zone)
    };
    let zone_name = end.with_timezone(&zone).format("%Z");
    format!("<p><strong>THIS IS A SCHEDULED EVENT {} - {until} {zone_name}</strong></p>", moment(start, zone))
}

/// Always English: scripts compare these words.
fn incident_label(status: IncidentStatus) -> &'static str {
    match status {
        IncidentStatus::Investigating => "Investigating",
        IncidentStatus::Identified => "Identified",
        IncidentStatus::Monitoring => "Monitoring",
        IncidentStatus::Resolved => "Resolved",
        IncidentStatus::Postmortem => "Postmortem",
    }
}

fn maintenance_label(status: MaintenanceStatus) -> &'static str {
    match status {
        MaintenanceStatus::Scheduled => "Scheduled",
        MaintenanceStatus::InProgress => "In progress",
        MaintenanceStatus::Verifying => "Verifying",
        MaintenanceStatus::Completed => "Completed",
        MaintenanceStatus::Cancelled => "Cancelled",
    }
}

fn atom_feed(organization: &Organization, about: &About, topics: &[Topic]) -> Result<String, UserError> {
    let host = host(&organization.address());
    let feed = Feed {
        title: Text::plain(xml_text(&about.title)),
        id: xml_text(&about.id),
        updated: seconds(about.updated),
        authors: vec![Person { name: xml_text(&organization.name), ..Person::default() }],
        generator: Some(Generator { value: "Statuary".to_owned(), ..Generator::default() }),
        links: vec![link("alternate", "text/html", &about.page), link("self", "application/atom+xml", &about.file)],
        subtitle: organization.description.as_deref().map(|text| Text::plain(xml_text(text))),
        entries: topics.iter().map(|topic| atom_entry(topic, &host)).collect(),
        // Relative links in operators' text start from the page.
        base: Some(xml_text(&organization.address())),
        lang: Some(xml_text(&organization.language)),
        ..Feed::default()
    };
    written(feed.write_to(Vec::new()).map_err(|error| error.to_string()))
}

fn atom_entry(topic: &Topic, host: &str) -> AtomEntry {
    AtomEntry {
        title: Text::plain(xml_text(&topic.title)),
        id: xml_text(&format!("tag:{host},2005:{}", topic.id)),
        published: Some(seconds(topic.published)),
        updated: seconds(topic.updated),
        links: vec![link("alternate", "text/html", &topic.url)],
        content: Some(Content { value: Some(xml_text(&topic.html)), content_type: Some("html".to_owned()), ..Content::default() }),
        ..AtomEntry::default()
    }
}

fn rss_item(topic: &Topic, zone: Tz) -> Item {
    let mut item = Item {
        title: Some(xml_text(&topic.title)),
        description: Some(xml_text(&topic.html)),
        pub_date: Some(rss_date(topic.window.map_or(topic.published, |(start, _)| start), zone)),
        link: Some(xml_text(&topic.url)),
        guid: Some(Guid { value: xml_text(&topic.url), permalink: true }),
        ..Item::default()
    };
    if let Some((_, end)) = topic.window {
        // Scripts depend on this element as Statuspage writes it, without a namespace.
        let name = "maintenanceEndDate".to_owned();
        let extension = Extension { name: name.clone(), value: Some(rss_date(end, zone)), ..Extension::default() };
        item.extensions.insert(String::new(), BTreeMap::from([(name, vec![extension])]));
    }
    item
}

fn history_title(organization: &Organization) -> String {
    format!("{} Status - Incident History", organization.name)
}

fn link(rel: &str, mime_type: &str, href: &str) -> Link {
    Link { rel: rel.to_owned(), mime_type: Some(mime_type.to_owned()), href: xml_text(href), ..Link::default() }
}

fn seconds(at: DateTime<Utc>) -> DateTime<chrono::FixedOffset> {
    at.trunc_subsecs(0).fixed_offset()
}

fn rss_date(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).to_rfc2822()
}

fn written(result: Result<Vec<u8>, String>) -> Result<String, UserError> {
    let bytes = result.map_err(|error| UserError::failed(format!("cannot write a feed: {error}")))?;
    let mut text = String::from_utf8(bytes).map_err(|error| UserError::failed(format!("cannot write a feed: {error}")))?;
    text.push('\n');
    Ok(text)
}

/// The host of an address, for `tag:` ids.
fn host(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let port = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    port.map_or(host, |(name, _)| name).to_ascii_lowercase()
}

/// The text without the characters no output may carry, among them those that XML 1.0 cannot, and with plain line breaks.
fn xml_text(said: &str) -> String {
    text::clean(said).into_owned()
}

#[cfg(test)]
mod tests;
