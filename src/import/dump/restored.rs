//! What a dump holds as domain values, and moving all of it in time.

use chrono::{DateTime, Days, NaiveDate, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

use crate::domain::dump::Document;
use crate::domain::{Event, Group, Incident, Maintenance, ManualStatus, PublicId, Service, Source, Update, text};

/// The whole record of an organization, each list by row number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The page's public id.
    pub page_id: PublicId,
    /// When the organization was made.
    pub created_at: DateTime<Utc>,
    /// The pages imports came from.
    pub sources: Vec<Source>,
    /// Groups.
    pub groups: Vec<Group>,
    /// Services, also removed ones.
    pub services: Vec<Service>,
    /// Statuses given by hand or stated by imports.
    pub manual_statuses: Vec<ManualStatus>,
    /// Incidents, also drafts, each with its updates in their order.
    pub incidents: Vec<Incident>,
    /// Maintenances, each with its updates in their order.
    pub maintenances: Vec<Maintenance>,
    /// The whole log.
    pub events: Vec<Event>,
}

/// The shift of `ending_at` is a multiple of this, so that a window from 22:00 to 23:30 does not come to begin at 22:07.
const QUARTER_OF_AN_HOUR_S: i64 = 15 * 60;

/// Where a change keeps the texts of an update in other languages, by tag.
const TRANSLATIONS: &str = "translations";

impl Restored {
    /// When the newest event was written: the moment at which this was the present. `None` without events.
    pub fn newest_moment(&self) -> Option<DateTime<Utc>> {
        self.events.iter().map(|event| event.at).max()
    }

    /// The same record moved so that its newest moment lies within the quarter of an hour that ends with `now`: what had happened has
    /// happened, what was running is running, and what was to come is to come.
    #[must_use]
    pub fn ending_at(self, now: DateTime<Utc>) -> Self {
        let Some(newest) = self.newest_moment() else { return self };
        let quarters = (now - newest).num_seconds().div_euclid(QUARTER_OF_AN_HOUR_S);
        self.shifted(TimeDelta::seconds(quarters * QUARTER_OF_AN_HOUR_S))
    }

    /// The same record with every moment moved by `by`, and start dates by as many whole days (rounded down).
    ///
    /// A moment that would leave the calendar stays where it is.
    #[must_use]
    pub fn shifted(mut self, by: TimeDelta) -> Self {
        self.for_each_moment(&mut |moment| *moment = moment.checked_add_signed(by).unwrap_or(*moment));
        let days = by.num_seconds().div_euclid(24 * 60 * 60);
        let move_date = |date: &mut NaiveDate| {
            let count = Days::new(days.unsigned_abs());
            let moved = if days < 0 { date.checked_sub_days(count) } else { date.checked_add_days(count) };
            *date = moved.unwrap_or(*date);
        };
        self.services.iter_mut().filter_map(|service| service.start_date.as_mut()).for_each(move_date);
        self.maintenances.iter_mut().filter_map(|one| one.occurrence.as_mut()).for_each(|date| move_date(&mut date.day));
        for side in self.events.iter_mut().flat_map(|event| [&mut event.change.before, &mut event.change.after]).flatten() {
            for_each_text(side, "", &mut |name, text| {
                if let Some(mut date) = text.parse().ok().filter(|_| name == "start_date" || name == "day") {
                    move_date(&mut date);
                    *text = date.to_string();
                }
            });
        }
        self
    }

    fn for_each_moment(&mut self, visit: &mut impl FnMut(&mut DateTime<Utc>)) {
        visit(&mut self.created_at);
        self.sources.iter_mut().for_each(|source| visit(&mut source.stated_at));
        for group in &mut self.groups {
            [&mut group.created_at, &mut group.updated_at].into_iter().for_each(&mut *visit);
        }
        for service in &mut self.services {
            [&mut service.created_at, &mut service.updated_at].into_iter().for_each(&mut *visit);
        }
        for manual in &mut self.manual_statuses {
            [&mut manual.at, &mut manual.created_at].into_iter().for_each(&mut *visit);
        }
        for incident in &mut self.incidents {
            [&mut incident.created_at, &mut incident.updated_at, &mut incident.started_at].into_iter().for_each(&mut *visit);
            let stated = [&mut incident.stated_monitoring_at, &mut incident.stated_resolved_at, &mut incident.closed_by_source_at];
            stated.into_iter().flatten().for_each(&mut *visit);
            incident.updates.iter_mut().for_each(|update| visit_update(update, visit));
        }
        for maintenance in &mut self.maintenances {
            let planned = [&mut maintenance.scheduled_for, &mut maintenance.scheduled_until];
            planned.into_iter().for_each(&mut *visit);
            [&mut maintenance.created_at, &mut maintenance.updated_at].into_iter().for_each(&mut *visit);
            let stated = [&mut maintenance.stated_started_at, &mut maintenance.stated_monitoring_at, &mut maintenance.stated_resolved_at];
            stated.into_iter().chain([&mut maintenance.closed_by_source_at]).flatten().for_each(&mut *visit);
            maintenance.repeat.iter_mut().for_each(|repeat| visit(&mut repeat.since));
            maintenance.updates.iter_mut().for_each(|update| visit_update(update, visit));
        }
        for event in &mut self.events {
            [&mut event.at, &mut event.effective_at].into_iter().for_each(&mut *visit);
            for side in [&mut event.change.before, &mut event.change.after].into_iter().flatten() {
                for_each_text(side, "", &mut |name, text| visit_text(name, text, visit));
            }
        }
    }
}

/// Every text within what an event changed, with the name of its field; not translations, whose names are languages.
fn for_each_text(value: &mut Value, name: &str, visit: &mut impl FnMut(&str, &mut String)) {
    match value {
        Value::Object(_) if name == TRANSLATIONS => {}
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| for_each_text(value, name, visit)),
        Value::Array(values) => values.iter_mut().for_each(|value| for_each_text(value, name, visit)),
        Value::String(text) => visit(name, text),
        _ => {}
    }
}

/// Visits a text that is a moment, as the name of its field says.
fn visit_text(name: &str, text: &mut String, visit: &mut impl FnMut(&mut DateTime<Utc>)) {
    let is_moment = name == "at" || name.ends_with("_at") || ["scheduled_for", "scheduled_until", "since"].contains(&name);
    if let Some(moment) = DateTime::parse_from_rfc3339(text).ok().filter(|_| is_moment) {
        let mut moment = moment.to_utc();
        visit(&mut moment);
        *text = moment.to_rfc3339_opts(SecondsFormat::Millis, true);
    }
}

fn visit_update<S>(update: &mut Update<S>, visit: &mut impl FnMut(&mut DateTime<Utc>)) {
    [&mut update.display_at, &mut update.created_at, &mut update.updated_at].into_iter().chain(&mut update.next_update_at).for_each(visit);
}

impl From<Document> for Restored {
    fn from(document: Document) -> Self {
        let mut restored = Self {
            page_id: document.page_id,
            created_at: document.created_at.0,
            sources: document.sources.into_iter().map(|row| Source { page: row.page, stated_at: row.stated_at.0 }).collect(),
            groups: by_number(document.groups, |group: &Group| group.number),
            services: by_number(document.services, |service: &Service| service.number),
            manual_statuses: by_number(document.manual_statuses, |manual: &ManualStatus| manual.number),
            incidents: by_number(document.incidents, |incident: &Incident| incident.number),
            maintenances: by_number(document.maintenances, |maintenance: &Maintenance| maintenance.number),
            events: by_number(document.events, |event: &Event| event.seq),
        };
        restored.clean();
        restored
    }
}

impl Restored {
    /// What commands never let in does not come in by an edited file either: lines are lines, and no text carries what no output may.
    fn clean(&mut self) {
        for group in &mut self.groups {
            lines([Some(&mut group.name), group.description.as_mut()]);
        }
        for service in &mut self.services {
            lines([Some(&mut service.name), service.description.as_mut()]);
        }
        self.manual_statuses.iter_mut().filter_map(|manual| manual.message.as_mut()).for_each(paragraphs);
        for incident in &mut self.incidents {
            lines([Some(&mut incident.title)]);
            incident.updates.iter_mut().for_each(clean_update);
        }
        for maintenance in &mut self.maintenances {
            lines([Some(&mut maintenance.title)]);
            maintenance.updates.iter_mut().for_each(clean_update);
        }
        for event in &mut self.events {
            lines([Some(&mut event.actor), Some(&mut event.sentence), event.status.as_mut()]);
            // What was changed can come back by `undo`.
            [&mut event.change.before, &mut event.change.after].into_iter().flatten().for_each(|value| clean_value("", value));
        }
    }
}

fn clean_update<S>(update: &mut Update<S>) {
    paragraphs(&mut update.body);
    update.translations.values_mut().for_each(paragraphs);
    // In the place of an empty text there is the body.
    update.translations.retain(|_, text| !text.trim().is_empty());
    lines(update.affected.iter_mut().flatten().map(|affected| Some(&mut affected.name)));
}

/// The texts in a change, `field` being the name of the value.
fn clean_value(field: &str, value: &mut Value) {
    match value {
        Value::String(words) if matches!(field, "body" | "message") => paragraphs(words),
        Value::String(line) => lines([Some(line)]),
        Value::Array(values) => values.iter_mut().for_each(|value| clean_value(field, value)),
        // What looks like the name of a field is a language.
        Value::Object(texts) if field == TRANSLATIONS => texts.values_mut().for_each(|text| clean_value("body", text)),
        Value::Object(fields) => fields.iter_mut().for_each(|(field, value)| clean_value(field, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn lines<'a>(lines: impl IntoIterator<Item = Option<&'a mut String>>) {
    for line in lines.into_iter().flatten() {
        if line.contains(['\n', '\t', '\u{2028}', '\u{2029}']) || !text::is_clean(line) {
            *line = text::on_one_line(line);
        }
    }
}

fn paragraphs(words: &mut String) {
    if !text::is_clean(words) {
        *words = text::clean(words).into_owned();
    }
}

fn by_number<R, T: From<R>>(rows: Vec<R>, number: impl Fn(&T) -> i64) -> Vec<T> {
    let mut values: Vec<T> = rows.into_iter().map(T::from).collect();
    values.sort_by_key(|value| number(value));
    values
}
