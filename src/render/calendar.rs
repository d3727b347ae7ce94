//! `maintenance.ics`: every public maintenance as an event of a calendar (RFC 5545) that people subscribe to, and
//! `services/SLUG/maintenance.ics`: the same of one service.
//!
//! - **UID** is made from the maintenance's public id and nothing else: ids are never used again, while addresses, names and page ids may
//!   change, and an event whose UID changes stands twice in every subscriber's calendar.
//! - **No time is a build time.** DTSTAMP and LAST-MODIFIED are the last deed's, and SEQUENCE is the number of the event that last touched
//!   the maintenance, which only grows. The clock alone changes nothing in the file.
//! - **Times** are those of the plan until work began or was said to be completed at others: a calendar shows what happened when. Where a
//!   source merely stopped to list a maintenance, and where it was cancelled, the plan stands.
//! - **Cancelled** maintenances stay, with that status, or they would stay in the calendars of people who have them already.
//! - **Without any maintenance** the file is there all the same, so that a subscription can begin before the first one. A calendar must
//!   have a component; a time zone is one that no client shows.

use std::fmt::Write;

use chrono::{DateTime, Datelike, SubsecRound, TimeDelta, Utc};
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};

use crate::domain::{Maintenance, MaintenanceStatus, Organization, Service, text};
use crate::error::UserError;
use crate::render::markdown;
use crate::render::wire::maintenance_url;
use crate::snapshot::{MaintenanceView, Snapshot};
use crate::theme::Theme;

/// How often clients are asked to look again.
const REFRESH: &str = "PT1H";

/// How many characters of an update a description holds at most; the page has the rest.
const LONGEST: usize = 2000;

/// The component of a calendar without events.
const TIME_ZONE: &str = "BEGIN:VTIMEZONE\r\nTZID:Etc/UTC\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\n\
                         TZOFFSETTO:+0000\r\nTZNAME:UTC\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
const END: &str = "END:VCALENDAR\r\n";

/// The calendar of all maintenances of `snapshot`, by start of their windows.
///
/// # Errors
/// Fails where the calendar cannot be written.
pub fn calendar(theme: &Theme, snapshot: &Snapshot) -> Result<String, UserError> {
    let organization = &snapshot.organization;
    let name = theme.phrase("calendar_name", &[("name", &organization.name)]);
    written(organization, &name, &organization.address(), snapshot.maintenances.iter())
}

/// The calendar of the maintenances that name a service, by start of their windows. An event is the same in both calendars.
///
/// # Errors
/// Fails where the calendar cannot be written.
pub fn service_calendar<'a>(
    theme: &Theme,
    organization: &Organization,
    service: &Service,
    maintenances: impl Iterator<Item = &'a MaintenanceView>,
) -> Result<String, UserError> {
    let name = theme.phrase("service_calendar_name", &[("service", &service.name), ("name", &organization.name)]);
    written(organization, &name, &format!("{}services/{}/", organization.address(), service.slug), maintenances)
}

/// The calendar called `name`, which belongs to the page at `address`.
fn written<'a>(
    organization: &Organization,
    name: &str,
    address: &str,
    maintenances: impl Iterator<Item = &'a MaintenanceView>,
) -> Result<String, UserError> {
    let mut calendar = Calendar::empty();
    let name = one_line(name);
    for (key, value) in [
        ("VERSION", "2.0".to_owned()),
        ("PRODID", "-//Statuary//Status page//EN".to_owned()),
        ("CALSCALE", "GREGORIAN".to_owned()),
        ("METHOD", "PUBLISH".to_owned()),
        // The library takes this one's value as it is.
        ("NAME", name.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,")),
        ("X-WR-CALNAME", name),
        ("URL", one_line(address)),
        ("X-PUBLISHED-TTL", REFRESH.to_owned()),
    ] {
        calendar.append_property(Property::new(key, value));
    }
    calendar.append_property(Property::new("REFRESH-INTERVAL", REFRESH).add_parameter("VALUE", "DURATION").done());
    calendar.extend(maintenances.filter(|view| can_be_written(view)).map(|view| event(organization, view)));
    let mut text = String::new();
    write!(text, "{calendar}").map_err(|error| UserError::failed(format!("cannot write the calendar: {error}")))?;
    if calendar.components.is_empty() {
        text.insert_str(text.len().saturating_sub(END.len()), TIME_ZONE);
    }
    Ok(folded(&text))
}

/// How many octets a line may have by section 3.1, without its break.
const LINE: usize = 75;

/// The lines of a calendar, folded anew: the library lets the last part of a line have one octet too many.
fn folded(calendar: &str) -> String {
    let mut text = String::with_capacity(calendar.len());
    for line in calendar.replace("\r\n ", "").split_terminator("\r\n") {
        let mut length = 0;
        for character in line.chars() {
            if length + character.len_utf8() > LINE {
                text.push_str("\r\n ");
                length = 1;
            }
            text.push(character);
            length += character.len_utf8();
        }
        text.push_str("\r\n");
    }
    text
}

fn event(organization: &Organization, view: &MaintenanceView) -> Event {
    let maintenance = &view.maintenance;
    let (start, end) = window(view);
    let url = one_line(&maintenance_url(organization, &maintenance.id));
    let mut event = Event::new();
    event
        .uid(&format!("maintenance-{}@statuary", maintenance.id))
        .timestamp(maintenance.updated_at)
        .created(maintenance.created_at)
        .last_modified(maintenance.updated_at)
        .sequence(sequence(maintenance))
        .starts(start)
        .summary(&one_line(&maintenance.title))
        .description(&description(maintenance, &url))
        .url(&url)
        .status(if view.status == MaintenanceStatus::Cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed })
        // Other people's work makes nobody busy.
        .add_property("TRANSP", "TRANSPARENT");
    // Whole seconds are all that the format has; an end must lie after the start, and may be left out.
    if end.trunc_subsecs(0) > start.trunc_subsecs(0) {
        event.ends(end);
    }
    let services: Vec<String> = view.services.iter().map(|service| one_line(&service.name)).filter(|name| !name.is_empty()).collect();
    if !services.is_empty() {
        event.categories(services);
    }
    event.done()
}

/// From when until when people see it in their calendar.
fn window(view: &MaintenanceView) -> (DateTime<Utc>, DateTime<Utc>) {
    let maintenance = &view.maintenance;
    let (planned_start, planned_end) = (maintenance.scheduled_for, maintenance.scheduled_until);
    if view.status == MaintenanceStatus::Cancelled {
        return (planned_start, planned_end);
    }
    let start = view.began_at.unwrap_or(planned_start);
    let said = maintenance.newest().is_some_and(|update| update.status == MaintenanceStatus::Completed);
    let end = view.completed_at.filter(|_| said).unwrap_or(planned_end);
    // Begun after the planned end, it takes as long as was planned, as far as anybody knows.
    let length = (planned_end - planned_start).max(TimeDelta::zero());
    (start, if end > start { end } else { start + length })
}

/// The number of the event that last touched it, in the 31 bits that the format has.
fn sequence(maintenance: &Maintenance) -> u32 {
    u32::try_from(maintenance.revision.clamp(0, i64::from(i32::MAX))).unwrap_or(0)
}

/// What was last said, and where to read all of it: not every client shows the URL of an event.
fn description(maintenance: &Maintenance, url: &str) -> String {
    let newest = maintenance.updates.iter().rev().find(|update| !update.body.trim().is_empty());
    // Far more than is needed, so that a giant body costs nothing here.
    let start: String = newest.map_or("", |update| &update.body).chars().take(LONGEST * 2).collect();
    let said = markdown::to_text(&start);
    let mut text: String = said.chars().take(LONGEST).collect();
    if text.len() < said.len() || start.len() < newest.map_or(0, |update| update.body.len()) {
        text.push('…');
    }
    if text.is_empty() { url.to_owned() } else { format!("{text}\n\n{url}") }
}

/// Text from people as one line without control characters, which no calendar may carry.
fn one_line(line: &str) -> String {
    text::clean(line).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether its years have the four digits that the format has.
fn can_be_written(view: &MaintenanceView) -> bool {
    let maintenance = &view.maintenance;
    let (start, end) = window(view);
    [start, end, maintenance.created_at, maintenance.updated_at].iter().all(|moment| (0..=9999).contains(&moment.year()))
}

#[cfg(test)]
mod tests;
