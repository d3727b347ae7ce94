//! Whether a dump agrees with itself. Faults are `place: what`, in the words of the document.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use crate::domain::dump::{Document, UpdateRow};
use crate::domain::{POSITIONS, PublicId, is_language_tag, usual_tag};

/// The first fault of a dump.
pub(super) fn document(document: &Document) -> Result<(), String> {
    let mut known = Known::default();
    groups(document, &mut known)?;
    services(document, &mut known)?;
    manual_statuses(document, &known)?;
    let newest = events(document)?;
    // Updates of both kinds share their numbers; ids are each kind's own.
    let mut numbers = Numbers::new("number");
    incidents(document, &known, newest, &mut numbers)?;
    maintenances(document, &known, newest, &mut numbers)
}

/// The ids that may be referred to.
#[derive(Default)]
struct Known<'a> {
    groups: BTreeSet<&'a PublicId>,
    services: BTreeSet<&'a PublicId>,
}

impl Known<'_> {
    fn service(&self, id: &PublicId, place: &str) -> Result<(), String> {
        if self.services.contains(id) { Ok(()) } else { Err(format!("{place}: there is no service with id `{id}`")) }
    }
}

/// Values of one field that must differ.
struct Unique<T>(&'static str, BTreeSet<T>);

impl<T: Ord + Display> Unique<T> {
    const fn new(field: &'static str) -> Self {
        Self(field, BTreeSet::new())
    }

    fn take(&mut self, value: T, place: &str) -> Result<(), String> {
        if self.1.contains(&value) {
            return Err(format!("{place}: {} `{value}` is there twice", self.0));
        }
        self.1.insert(value);
        Ok(())
    }
}

/// Row numbers of one table.
struct Numbers(Unique<i64>);

impl Numbers {
    const fn new(field: &'static str) -> Self {
        Self(Unique::new(field))
    }

    fn take(&mut self, number: i64, place: &str) -> Result<(), String> {
        if number < 1 {
            return Err(format!("{place}: {} is {number}, and the first is 1", self.0.0));
        }
        self.0.take(number, place)
    }
}

fn groups<'a>(document: &'a Document, known: &mut Known<'a>) -> Result<(), String> {
    let (mut numbers, mut ids, mut slugs) = (Numbers::new("number"), Unique::new("id"), Unique::new("slug"));
    for (index, group) in document.groups.iter().enumerate() {
        let place = format!("groups[{index}]");
        numbers.take(group.number, &place)?;
        ids.take(&group.id, &place)?;
        slugs.take(&group.slug, &place)?;
        position(group.position, &place)?;
        known.groups.insert(&group.id);
    }
    Ok(())
}

fn services<'a>(document: &'a Document, known: &mut Known<'a>) -> Result<(), String> {
    let (mut numbers, mut ids, mut slugs) = (Numbers::new("number"), Unique::new("id"), Unique::new("slug"));
    for (index, service) in document.services.iter().enumerate() {
        let place = format!("services[{index}]");
        numbers.take(service.number, &place)?;
        ids.take(&service.id, &place)?;
        slugs.take(&service.slug, &place)?;
        position(service.position, &place)?;
        if let Some(group) = service.group.as_ref().filter(|group| !known.groups.contains(group)) {
            return Err(format!("{place}: there is no group with id `{group}`"));
        }
        if let Some(link) = service.link.as_deref().filter(|link| !is_web_address(link)) {
            return Err(format!("{place}: link `{}` is not an http or https address", link.escape_debug()));
        }
        known.services.insert(&service.id);
    }
    Ok(())
}

fn position(position: i64, place: &str) -> Result<(), String> {
    if POSITIONS.contains(&position) {
        return Ok(());
    }
    Err(format!("{place}: position is {position}, and positions go from {} to {}", POSITIONS.start(), POSITIONS.end()))
}

/// Only what a browser opens as a page: a `javascript:` link must not come in by a dump.
fn is_web_address(link: &str) -> bool {
    let rest = link.strip_prefix("https://").or_else(|| link.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !link.chars().any(|character| character.is_control() || character.is_whitespace()))
}

fn manual_statuses(document: &Document, known: &Known<'_>) -> Result<(), String> {
    let mut numbers = Numbers::new("number");
    for (index, manual) in document.manual_statuses.iter().enumerate() {
        let place = format!("manual_statuses[{index}]");
        numbers.take(manual.number, &place)?;
        known.service(&manual.service, &place)?;
    }
    Ok(())
}

/// Subjects are not looked up: the log outlives what it speaks of. Gives the newest number.
fn events(document: &Document) -> Result<i64, String> {
    let (mut numbers, mut undone) = (Numbers::new("seq"), Unique::new("undoes"));
    for (index, event) in document.events.iter().enumerate() {
        let place = format!("events[{index}]");
        numbers.take(event.seq, &place)?;
        for (name, side) in [("before", &event.before), ("after", &event.after)] {
            if side.as_ref().is_some_and(|side| !side.is_object()) {
                return Err(format!("{place}: {name} is not an object"));
            }
        }
        if let Some(seq) = event.undoes {
            if seq >= event.seq {
                return Err(format!("{place}: undoes {seq} is no earlier event's number"));
            }
            undone.take(seq, &place)?;
        }
    }
    Ok(document.events.iter().map(|event| event.seq).max().unwrap_or(0))
}

fn incidents(document: &Document, known: &Known<'_>, newest: i64, update_numbers: &mut Numbers) -> Result<(), String> {
    let (mut numbers, mut ids) = (Numbers::new("number"), Unique::new("id"));
    let mut update_ids = Unique::new("id");
    for (index, incident) in document.incidents.iter().enumerate() {
        let place = format!("incidents[{index}]");
        numbers.take(incident.number, &place)?;
        ids.take(&incident.id, &place)?;
        revision(incident.revision, newest, &place)?;
        updates(&incident.updates, update_numbers, &mut update_ids, known, &place)?;
    }
    Ok(())
}

fn maintenances(document: &Document, known: &Known<'_>, newest: i64, update_numbers: &mut Numbers) -> Result<(), String> {
    let (mut numbers, mut ids) = (Numbers::new("number"), Unique::new("id"));
    let mut update_ids = Unique::new("id");
    for (index, maintenance) in document.maintenances.iter().enumerate() {
        let place = format!("maintenances[{index}]");
        numbers.take(maintenance.number, &place)?;
        ids.take(&maintenance.id, &place)?;
        revision(maintenance.revision, newest, &place)?;
        if maintenance.scheduled_until.0 < maintenance.scheduled_for.0 {
            return Err(format!("{place}: scheduled_until is before scheduled_for"));
        }
        for service in &maintenance.services {
            known.service(service, &place)?;
        }
        updates(&maintenance.updates, update_numbers, &mut update_ids, known, &place)?;
    }
    dates_of_series(document)
}

/// A date belongs to a series that is there, and stands for one day of it.
fn dates_of_series(document: &Document) -> Result<(), String> {
    let series: BTreeSet<&PublicId> = document.maintenances.iter().filter(|one| one.repeat.is_some()).map(|one| &one.id).collect();
    let mut dates = BTreeSet::new();
    for (index, maintenance) in document.maintenances.iter().enumerate() {
        let Some(date) = &maintenance.occurrence else { continue };
        let place = format!("maintenances[{index}]");
        if maintenance.repeat.is_some() {
            return Err(format!("{place}: a series is no date of another one"));
        }
        if !series.contains(&date.series) {
            return Err(format!("{place}: there is no series with id `{}`", date.series));
        }
        if !dates.insert((&date.series, date.day)) {
            return Err(format!("{place}: the date {} of `{}` is there twice", date.day, date.series));
        }
    }
    Ok(())
}

/// A revision ahead of the log would keep its page from being built again until the log catches up.
fn revision(revision: i64, newest: i64, place: &str) -> Result<(), String> {
    if (0..=newest).contains(&revision) { Ok(()) } else { Err(format!("{place}: revision {revision} is no event's number")) }
}

fn updates<'a, S>(
    updates: &'a [UpdateRow<S>],
    numbers: &mut Numbers,
    ids: &mut Unique<&'a PublicId>,
    known: &Known<'_>,
    place: &str,
) -> Result<(), String> {
    for (index, update) in updates.iter().enumerate() {
        let place = format!("{place}.updates[{index}]");
        numbers.take(update.number, &place)?;
        ids.take(&update.id, &place)?;
        translations(&update.translations, &place)?;
        for (index, affected) in update.affected.iter().flatten().enumerate() {
            if let Some(service) = &affected.service {
                known.service(service, &format!("{place}.affected[{index}]"))?;
            }
        }
    }
    Ok(())
}

fn translations(translations: &BTreeMap<String, String>, place: &str) -> Result<(), String> {
    let mut languages = Unique::new("language");
    for language in translations.keys() {
        if !is_language_tag(language) {
            return Err(format!("{place}.translations: `{}` is not a language", language.escape_debug()));
        }
        languages.take(usual_tag(language), &format!("{place}.translations"))?;
    }
    Ok(())
}
