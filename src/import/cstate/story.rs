//! From the pieces of a text to the updates of an incident: who said what when, and how it stood then.
//!
//! What bears no time of its own is never given an invented one: the first thing said was said when the issue began, and anything else is
//! told together with the next newer thing whose time is known, at the latest with the resolution. Where an issue says that it began or
//! ended at a moment of which its text says nothing, an update without text marks it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::label::Label;
use super::pieces::Piece;
use crate::domain::{Affected, IncidentStatus, Origin, PublicId, ServiceStatus, Update};
use crate::import::source_folder::FileRemarks;

/// What an issue's front matter says of its course.
pub(super) struct Course<'a> {
    /// The incident's id.
    pub(super) incident: &'a PublicId,
    /// When it began.
    pub(super) start: DateTime<Utc>,
    /// When it ended; `None` while open.
    pub(super) end: Option<DateTime<Utc>>,
    /// The zone of a time of day that names none.
    pub(super) zone: Tz,
    /// Its systems: id, name as written, and the status it gives them.
    pub(super) affected: &'a [(PublicId, String, ServiceStatus)],
}

/// What is said at one moment.
struct Said {
    at: DateTime<Utc>,
    label: Option<Label>,
    text: String,
}

/// The updates, oldest first.
pub(super) fn tell(course: &Course<'_>, mut pieces: Vec<Piece>, told: &mut FileRemarks<'_>) -> Vec<Update<IncidentStatus>> {
    if newest_first(&pieces) {
        pieces.reverse();
    }
    let mut said = timed(course, pieces, told);
    said.sort_by_key(|said| said.at);
    if !said.iter().any(|said| said.at == course.start) {
        said.push(Said { at: course.start, label: None, text: String::new() });
    }
    let ender = course.end.map(|end| ender(&mut said, end, course.start));
    // Stable: what a text says in one moment stays in its order.
    said.sort_by_key(|said| (said.at, said.label == Some(Label::Postmortem)));
    updates(course, &said, ender)
}

/// Whether a text has its newest piece first, as cState's own examples have.
fn newest_first(pieces: &[Piece]) -> bool {
    let mut times = pieces.iter().filter_map(|piece| piece.at);
    let (first, last) = (times.next(), times.next_back());
    match first.zip(last).map(|(first, last)| first.cmp(&last)) {
        Some(Ordering::Less) => return false,
        Some(Ordering::Greater) => return true,
        _ => {}
    }
    let is = |piece: Option<&Piece>, wanted: Label| piece.and_then(|piece| piece.label) == Some(wanted);
    if is(pieces.first(), Label::Opening) || is(pieces.last(), Label::Ending) {
        return false;
    }
    // A text that goes on with an update began with what was said first.
    let plain_first = pieces.first().is_some_and(|piece| piece.label.is_none() && piece.at.is_none() && piece.clock.is_none());
    !plain_first || is(pieces.last(), Label::Opening)
}

/// Gives every piece its moment; those without one go with the next newer that has one.
fn timed(course: &Course<'_>, pieces: Vec<Piece>, told: &mut FileRemarks<'_>) -> Vec<Said> {
    let mut said: Vec<Said> = Vec::new();
    let mut waiting: Vec<Piece> = Vec::new();
    for (index, mut piece) in pieces.into_iter().enumerate() {
        if let Some((clock, utc)) = piece.clock {
            piece.at = Some(next_time_of_day(course, clock, utc));
            let at = course.start.max(piece.at.unwrap_or_default());
            told.repaired(piece.line, format!("a time without a day is read as {}", at.format("%FT%TZ")));
        }
        let first = index == 0 && piece.label != Some(Label::Postmortem) && !(piece.label == Some(Label::Ending) && course.end.is_some());
        match piece.at.or_else(|| first.then_some(course.start)) {
            Some(at) => {
                let label = piece.label;
                let text = joined(&mut waiting, &piece, "what was said next", told);
                said.push(Said { at, label, text });
            }
            None => waiting.push(piece),
        }
    }
    if let Some(newest) = waiting.pop() {
        let label = newest.label;
        let line = newest.line;
        match (course.end, label) {
            (Some(end), Some(Label::Postmortem)) => {
                let text = joined(&mut waiting, &newest, "the resolution", told);
                said.push(Said { at: end, label, text });
            }
            (Some(end), _) => {
                if label != Some(Label::Ending) {
                    told.repaired(line, "an update bears no time, it is told with the resolution");
                }
                let text = joined(&mut waiting, &newest, "the resolution", told);
                said.push(Said { at: end, label: Some(Label::Ending), text });
            }
            (None, _) => {
                told.repaired(line, "an update bears no time, it is told with what was said before");
                let text = joined(&mut waiting, &newest, "what was said before", told);
                match said.last_mut() {
                    Some(before) => append(&mut before.text, &text),
                    None => said.push(Said { at: course.start, label, text }),
                }
            }
        }
    }
    said
}

/// The text of a piece behind those that waited for it.
fn joined(waiting: &mut Vec<Piece>, piece: &Piece, with: &str, told: &mut FileRemarks<'_>) -> String {
    let mut text = String::new();
    let several = !waiting.is_empty();
    for earlier in waiting.drain(..) {
        told.repaired(earlier.line, format!("an update bears no time, it is told with {with}"));
        append(&mut text, &earlier.written_label);
        append(&mut text, &earlier.text);
    }
    // A label that says no more than the status is not repeated, but one sets a text apart from those before it.
    if several || piece.label == Some(Label::Other) {
        append(&mut text, &piece.written_label);
    }
    append(&mut text, &piece.text);
    text
}

fn append(text: &mut String, more: &str) {
    if !text.is_empty() && !more.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(more);
}

/// The first moment from the beginning on at which a clock shows this.
fn next_time_of_day(course: &Course<'_>, clock: chrono::NaiveTime, utc: bool) -> DateTime<Utc> {
    let zone = if utc { Tz::UTC } else { course.zone };
    let day = course.start.with_timezone(&zone).date_naive();
    let on = |day: chrono::NaiveDate| zone.from_local_datetime(&day.and_time(clock)).earliest().map(|at| at.to_utc());
    let today = on(day).filter(|at| *at >= course.start);
    today.or_else(|| on(day.succ_opt()?)).unwrap_or(course.start + TimeDelta::zero())
}

/// The moment of what ends the incident: what is said when it ended, else what says of itself that it is the end, else a new silence.
fn ender(said: &mut Vec<Said>, end: DateTime<Utc>, start: DateTime<Utc>) -> DateTime<Utc> {
    let speaks = |said: &&Said| said.label != Some(Label::Postmortem);
    if said.iter().filter(speaks).any(|said| said.at == end) {
        return end;
    }
    let ends = said.iter().rev().find(|said| said.label == Some(Label::Ending) && (start..=end).contains(&said.at));
    if let Some(ends) = ends {
        return ends.at;
    }
    said.push(Said { at: end, label: None, text: String::new() });
    end
}

fn updates(course: &Course<'_>, said: &[Said], ender: Option<DateTime<Utc>>) -> Vec<Update<IncidentStatus>> {
    let mut updates: Vec<Update<IncidentStatus>> = Vec::with_capacity(said.len());
    let mut status = IncidentStatus::Investigating;
    let opening = said.iter().position(|said| said.at == course.start);
    let ending = ender.and_then(|ender| said.iter().rposition(|said| said.at == ender && said.label != Some(Label::Postmortem)));
    let mut seen: BTreeMap<DateTime<Utc>, usize> = BTreeMap::new();
    for (index, said) in said.iter().enumerate() {
        let over = ending.is_some_and(|ending| ending <= index);
        status = match said.label {
            Some(Label::Postmortem) if over => IncidentStatus::Postmortem,
            _ if over && status == IncidentStatus::Postmortem => status,
            _ if over => IncidentStatus::Resolved,
            Some(Label::Identified) => IncidentStatus::Identified,
            Some(Label::Monitoring) => IncidentStatus::Monitoring,
            _ => status,
        };
        let affected = if ending == Some(index) {
            Some(named(course, |_| ServiceStatus::Operational))
        } else if opening == Some(index) {
            Some(named(course, |status| status))
        } else {
            None
        };
        let ordinal = seen.entry(said.at).and_modify(|count| *count += 1).or_insert(0);
        let role = if opening == Some(index) {
            "opening".to_owned()
        } else if ending == Some(index) {
            "ending".to_owned()
        } else {
            format!("{}.{ordinal}", said.at.timestamp_millis())
        };
        updates.push(Update {
            number: 0,
            id: PublicId::derived(&["cstate", course.incident.as_str(), &role]),
            status,
            body: said.text.clone(),
            translations: BTreeMap::new(),
            next_update_at: None,
            display_at: said.at,
            created_at: said.at,
            updated_at: said.at,
            affected,
            deliver_notifications: true,
            origin: Origin::Import,
        });
    }
    updates
}

fn named(course: &Course<'_>, status: impl Fn(ServiceStatus) -> ServiceStatus) -> Vec<Affected> {
    let affected = course.affected.iter().map(|(service, name, given)| Affected {
        service: Some(service.clone()),
        name: name.clone(),
        old_status: None,
        new_status: Some(status(*given)),
    });
    affected.collect()
}
