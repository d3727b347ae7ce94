//! Saying an update of an incident otherwise than it was said, and what follows from that in the rest of the incident.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};

use crate::domain::{Affected, Incident, IncidentStatus, Origin, PublicId, ServiceStatus};

/// What an update is to say instead; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correction {
    /// Status from then on.
    pub status: Option<IncidentStatus>,
    /// Markdown.
    pub body: Option<String>,
    /// Texts in other languages, by tag: these, and none where there is `None`.
    pub translations: BTreeMap<String, Option<String>>,
    /// When it takes effect.
    pub display_at: Option<DateTime<Utc>>,
    /// By when another update is promised; nothing is, where there is `Some(None)`.
    pub next_update_at: Option<Option<DateTime<Utc>>>,
    /// The services it speaks of, all of them; none where the list is empty.
    pub affected: Option<Vec<Affected>>,
}

impl Incident {
    /// Corrects the update at `place`, at the moment `now`. Its time moves it to where it belongs, and the start of the incident with it.
    ///
    /// A service that is newly named is operational again where the incident ends, as if it had been named then; one that is not named any
    /// more leaves the end, too. What later updates call the status before follows.
    pub fn correct(&mut self, place: usize, correction: Correction, now: DateTime<Utc>) {
        let first = self.updates.first().map(|update| update.display_at);
        let Some(update) = self.updates.get_mut(place) else { return };
        let before = update.clone();
        update.status = correction.status.unwrap_or(update.status);
        update.body = correction.body.unwrap_or_else(|| before.body.clone());
        for (language, text) in correction.translations {
            match text {
                Some(text) => drop(update.translations.insert(language, text)),
                None => drop(update.translations.remove(&language)),
            }
        }
        update.display_at = correction.display_at.unwrap_or(update.display_at);
        update.next_update_at = correction.next_update_at.unwrap_or(update.next_update_at);
        if let Some(affected) = correction.affected {
            update.affected = (!affected.is_empty()).then_some(affected);
        }
        update.updated_at = now;
        let after = update.clone();
        self.updated_at = now;
        self.updates.sort_by_key(|update| (update.display_at, update.number));
        self.follow_start(first, place == 0 && before.display_at == self.created_at, after.display_at);
        if (after.status, after.display_at) != (before.status, before.display_at) {
            // A person's word outlives what the source stated.
            self.stated_monitoring_at = None;
            self.stated_resolved_at = None;
        }
        let place = self.updates.iter().position(|update| update.id == after.id).unwrap_or(place);
        self.follow_services(place, &named(before.affected.as_ref()), &named(after.affected.as_ref()));
        self.follow_statuses(place, before.affected.as_ref());
        if after.status.is_over() && !before.status.is_over() {
            self.end_at(place);
        }
    }

    /// The incident began with its first update, unless its source says otherwise.
    fn follow_start(&mut self, first: Option<DateTime<Utc>>, is_creation: bool, moved: DateTime<Utc>) {
        let earliest = self.updates.first().map_or(self.started_at, |update| update.display_at);
        self.started_at = if first == Some(self.started_at) { earliest } else { self.started_at.min(earliest) };
        if is_creation && self.source_page.is_none() {
            self.created_at = moved;
        }
    }

    fn follow_services(&mut self, place: usize, before: &HashSet<PublicId>, after: &HashSet<PublicId>) {
        for gone in before.difference(after) {
            let still = self.updates.iter().any(|update| !update.status.is_over() && names(update.affected.as_ref(), gone));
            for update in self.updates.iter_mut().filter(|update| !still && update.status.is_over() && update.origin == Origin::Person) {
                let affected = update.affected.take().unwrap_or_default().into_iter();
                let rest: Vec<Affected> = affected.filter(|affected| affected.service.as_ref() != Some(gone)).collect();
                update.affected = (!rest.is_empty()).then_some(rest);
            }
        }
        if after.difference(before).next().is_some()
            && let Some(end) =
                (place + 1..self.updates.len()).find(|later| self.updates.get(*later).is_some_and(|one| one.status.is_over()))
        {
            self.end_at(end);
        }
    }

    /// Later updates tell of the status before: where that was what the corrected one said, it is what it says now.
    fn follow_statuses(&mut self, place: usize, before: Option<&Vec<Affected>>) {
        let said = self.updates.get(place).and_then(|update| update.affected.clone()).unwrap_or_default();
        for now in said {
            let then = before.into_iter().flatten().find(|then| then.service == now.service);
            let Some(then) = then.filter(|then| then.new_status != now.new_status) else { continue };
            let later = self.updates.iter_mut().skip(place + 1).filter_map(|update| update.affected.as_mut()).flatten();
            let next = later.into_iter().find(|later| later.service == now.service);
            if let Some(next) = next.filter(|next| next.old_status == then.new_status) {
                next.old_status = now.new_status;
            }
        }
    }

    /// Services that the update at `place`, which ends the incident, does not name are operational again with it.
    fn end_at(&mut self, place: usize) {
        let mut last_said: Vec<Affected> = Vec::new();
        for affected in self.updates.iter().take(place).filter_map(|update| update.affected.as_ref()).flatten() {
            last_said.retain(|said| said.service != affected.service);
            last_said.push(affected.clone());
        }
        let Some(end) = self.updates.get_mut(place).filter(|end| end.origin == Origin::Person) else { return };
        let mut said = end.affected.take().unwrap_or_default();
        for affected in last_said.into_iter().filter(|affected| affected.service.is_some()) {
            if !said.iter().any(|other| other.service == affected.service) {
                said.push(Affected { old_status: affected.new_status, new_status: Some(ServiceStatus::Operational), ..affected });
            }
        }
        end.affected = (!said.is_empty()).then_some(said);
    }
}

fn named(affected: Option<&Vec<Affected>>) -> HashSet<PublicId> {
    affected.into_iter().flatten().filter_map(|affected| affected.service.clone()).collect()
}

fn names(affected: Option<&Vec<Affected>>, service: &PublicId) -> bool {
    affected.into_iter().flatten().any(|affected| affected.service.as_ref() == Some(service))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples::{at, id, incident, update};
    use IncidentStatus::{Identified, Investigating, Resolved};
    use ServiceStatus::{MajorOutage, Operational, PartialOutage};

    /// API down at minute 5, worse known at 7, over at 9.
    fn told() -> Incident {
        let mut incident = incident(
            1,
            vec![
                update(1, 5, Investigating, &[("api", MajorOutage)]),
                update(2, 7, Identified, &[]),
                update(3, 9, Resolved, &[("api", Operational)]),
            ],
        );
        incident.updates[2].affected.as_mut().unwrap()[0].old_status = Some(MajorOutage);
        incident
    }

    fn said(service: &str, status: ServiceStatus) -> Affected {
        Affected { service: Some(id(service)), name: service.to_owned(), old_status: None, new_status: Some(status) }
    }

    /// Service, status before and after, of the update at a place.
    fn affected(incident: &Incident, place: usize) -> Vec<(&str, Option<ServiceStatus>, Option<ServiceStatus>)> {
        let affected = incident.updates[place].affected.iter().flatten();
        affected.map(|one| (one.service.as_ref().map_or("", PublicId::as_str), one.old_status, one.new_status)).collect()
    }

    #[test]
    fn words_and_status_are_replaced_and_the_rest_stays() {
        let mut incident = told();
        incident.correct(1, Correction { body: Some("More".to_owned()), ..Correction::default() }, at(20));
        let mut expected = told();
        expected.updates[1].body = "More".to_owned();
        expected.updates[1].updated_at = at(20);
        expected.updated_at = at(20);
        assert_eq!(incident, expected);
        incident.correct(9, Correction::default(), at(30));
        assert_eq!(incident, expected, "there is no such update");
    }

    #[test]
    fn translations_are_added_replaced_and_taken_away_one_by_one() {
        let mut incident = told();
        let mut say = |texts: &[(&str, Option<&str>)]| {
            let translations = texts.iter().map(|(tag, text)| ((*tag).to_owned(), text.map(str::to_owned))).collect();
            incident.correct(1, Correction { translations, ..Correction::default() }, at(20));
            incident.updates[1].translations.iter().map(|(tag, text)| format!("{tag}={text}")).collect::<Vec<_>>()
        };
        assert_eq!(say(&[("fr", Some("un")), ("de", Some("eins"))]), ["de=eins", "fr=un"]);
        assert_eq!(say(&[("de", Some("zwei")), ("fr", None), ("es", None)]), ["de=zwei"]);
        assert_eq!(say(&[]), ["de=zwei"]);
        assert!(incident.updates[0].translations.is_empty() && incident.updates[1].body.is_empty());
    }

    #[test]
    fn a_moved_update_takes_its_place_and_the_start_follows() {
        let mut incident = told();
        incident.correct(0, Correction { display_at: Some(at(2)), ..Correction::default() }, at(20));
        assert_eq!((incident.started_at, incident.created_at), (at(2), at(2)));
        incident.correct(0, Correction { display_at: Some(at(8)), ..Correction::default() }, at(20));
        assert_eq!((incident.started_at, incident.created_at, incident.updates[0].number), (at(7), at(8), 2));
        let mut stated = Incident { started_at: at(1), source_page: Some(id("page")), stated_resolved_at: Some(at(9)), ..told() };
        stated.correct(0, Correction { display_at: Some(at(6)), ..Correction::default() }, at(20));
        assert_eq!((stated.started_at, stated.created_at, stated.stated_resolved_at), (at(1), at(5), None));
    }

    #[test]
    fn the_end_and_what_was_before_follow_the_services() {
        let mut incident = told();
        incident.correct(0, Correction { affected: Some(vec![said("api", PartialOutage)]), ..Correction::default() }, at(20));
        assert_eq!(affected(&incident, 2), [("api", Some(PartialOutage), Some(Operational))]);
        let both = vec![said("api", PartialOutage), said("web", MajorOutage)];
        incident.correct(0, Correction { affected: Some(both), ..Correction::default() }, at(20));
        assert_eq!(
            affected(&incident, 2),
            [("api", Some(PartialOutage), Some(Operational)), ("web", Some(MajorOutage), Some(Operational))]
        );
        incident.correct(0, Correction { affected: Some(vec![said("web", MajorOutage)]), ..Correction::default() }, at(20));
        assert_eq!(affected(&incident, 2), [("web", Some(MajorOutage), Some(Operational))]);
        incident.correct(0, Correction { affected: Some(Vec::new()), ..Correction::default() }, at(20));
        assert!(incident.services().is_empty() && incident.updates[2].affected.is_none());
    }

    #[test]
    fn an_update_that_ends_the_incident_now_ends_it_for_its_services() {
        let mut incident = told();
        incident.updates.pop();
        incident.correct(1, Correction { status: Some(Resolved), ..Correction::default() }, at(20));
        assert_eq!(affected(&incident, 1), [("api", Some(MajorOutage), Some(Operational))]);
        assert!(!incident.is_open());
    }
}
