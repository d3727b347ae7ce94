//! What a deed changed, as JSON: the fields that differ, before and after, in the form a dump gives them.
//!
//! A thing becomes one object, its updates an object by public id, so that an incident with a hundred long updates does not store the whole
//! of itself with every event. Both sides are merge patches (RFC 7396) of each other's state: `null` in one of them stands for a field, or an
//! update, that is not there. A thing's revision is left out: it is the number of an event, and taking a deed back is one more.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::dump::{GroupRow, IncidentRow, MaintenanceRow, ManualStatusRow, ServiceRow};
use crate::domain::{Group, Incident, Maintenance, ManualStatus, PublicId, Service};
use crate::error::UserError;

/// Where a change of a service keeps the statuses given by hand, by number.
const MANUAL_STATUSES: &str = "manual_statuses";

/// Where the change that removes a group keeps the services that were taken out of it.
const SERVICES: &str = "removed_services";

/// What an event changed. Without both sides it says nothing of that: an import's, or one that is older than changes are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What stood there before, as far as it differs; `None` where the deed made the thing.
    pub before: Option<Value>,
    /// What stands there since; `None` where the deed removed the thing.
    pub after: Option<Value>,
    /// Number of the event that it takes back.
    pub undoes: Option<i64>,
}

/// What has a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbered {
    /// What the event is about.
    Subject,
    /// An update of it.
    Update,
    /// A status that a service was given by hand.
    ManualStatus,
}

/// A thing that can be told whole as one JSON object, and be made from it again.
pub trait Whole: Sized {
    /// The whole thing but its revision.
    fn whole(&self) -> Value;

    /// The thing again, at revision 0.
    ///
    /// # Errors
    /// Bad input where the value is not what [`Whole::whole`] gives: only a dump edited by hand can hold such a one.
    fn from_whole(whole: Value) -> Result<Self, UserError>;
}

impl Change {
    /// What differs between the two; neither side is narrowed where the thing was made or removed.
    pub fn between<T: Whole>(before: Option<&T>, after: Option<&T>) -> Self {
        let (mut before, mut after) = (before.map(T::whole), after.map(T::whole));
        if let (Some(Value::Object(before)), Some(Value::Object(after))) = (&mut before, &mut after) {
            narrow(before, after);
        }
        Self { before, after, undoes: None }
    }

    /// Settings say something else; each by its name, `null` where it is not set.
    pub fn settings(before: Map<String, Value>, after: Map<String, Value>) -> Self {
        Self { before: Some(Value::Object(before)), after: Some(Value::Object(after)), undoes: None }
    }

    /// A service was given a status by hand.
    pub fn status_given(manual: &ManualStatus) -> Self {
        let of = |row: Value| Some(object(MANUAL_STATUSES, object(&manual.number.to_string(), row)));
        Self { before: of(Value::Null), after: of(value(&ManualStatusRow::from(manual))), undoes: None }
    }

    /// A group was removed, and removed services were taken out of it.
    pub fn group_removed(group: &Group, detached: &[PublicId]) -> Self {
        let mut before = group.whole();
        if let Some(before) = before.as_object_mut().filter(|_| !detached.is_empty()) {
            before.insert(SERVICES.to_owned(), value(&detached));
        }
        Self { before: Some(before), after: None, undoes: None }
    }

    /// Whether it says anything at all.
    pub fn is_recorded(&self) -> bool {
        self.before.is_some() || self.after.is_some()
    }

    /// Whether it made the thing.
    pub fn made(&self) -> bool {
        self.before.is_none() && self.after.is_some()
    }

    /// Whether it removed the thing.
    pub fn removed(&self) -> bool {
        self.before.is_some() && self.after.is_none()
    }

    /// Numbers of the statuses given by hand that it is about.
    pub fn manual_statuses(&self) -> Vec<i64> {
        let numbers = self.after.as_ref().and_then(|after| after.get(MANUAL_STATUSES)).and_then(Value::as_object);
        numbers.into_iter().flatten().filter_map(|(number, _)| number.parse().ok()).collect()
    }

    /// Services that were taken out of the group it removed.
    pub fn detached(&self) -> Vec<PublicId> {
        let services = self.before.as_ref().filter(|_| self.after.is_none()).and_then(|before| before.get(SERVICES));
        services.and_then(|services| Vec::deserialize(services).ok()).unwrap_or_default()
    }

    /// The numbers it mentions, each with the kind of thing that has it: none of them may ever mean something else.
    pub fn numbers(&self) -> Vec<(Numbered, i64)> {
        let mut numbers = Vec::new();
        for side in [&self.before, &self.after].into_iter().flatten() {
            let number = |value: &Value| value.get("number").and_then(Value::as_i64);
            numbers.extend(number(side).map(|number| (Numbered::Subject, number)));
            let updates = side.get("updates").and_then(Value::as_object).into_iter().flatten();
            numbers.extend(updates.filter_map(|(_, update)| number(update)).map(|number| (Numbered::Update, number)));
            let statuses = side.get(MANUAL_STATUSES).and_then(Value::as_object).into_iter().flatten();
            numbers.extend(statuses.filter_map(|(number, _)| number.parse().ok()).map(|number| (Numbered::ManualStatus, number)));
        }
        numbers
    }

    /// Whether everything it led to still stands in `present` as it left it.
    pub fn holds_in(&self, present: Option<&Value>) -> bool {
        match (present, &self.after) {
            (None, None) => true,
            (Some(present), Some(after)) => holds(present, self.before.as_ref(), after),
            _ => false,
        }
    }

    /// `present` as it would be without this change; `None` where it made the thing.
    pub fn taken_back(&self, present: Option<Value>) -> Option<Value> {
        let mut before = self.before.clone()?;
        match (present, &self.after) {
            (Some(mut present), Some(after)) => {
                take_back(&mut present, &before, after);
                Some(present)
            }
            _ => {
                if let Some(fields) = before.as_object_mut() {
                    fields.remove(SERVICES);
                }
                Some(before)
            }
        }
    }

    /// The change that takes this one, of the event `seq`, back.
    pub fn reversed(&self, seq: i64) -> Self {
        Self { before: self.after.clone(), after: self.before.clone(), undoes: Some(seq) }
    }
}

/// A service together with the statuses given by hand that a change is about.
pub fn with_manual_statuses(mut service: Value, manual: &[ManualStatus]) -> Value {
    if let Some(service) = service.as_object_mut() {
        let rows = manual.iter().map(|manual| (manual.number.to_string(), value(&ManualStatusRow::from(manual)))).collect();
        service.insert(MANUAL_STATUSES.to_owned(), Value::Object(rows));
    }
    service
}

/// Keeps what differs; where only one side has a field, the other says `null`.
fn narrow(before: &mut Map<String, Value>, after: &mut Map<String, Value>) {
    let names: Vec<String> = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))).cloned().collect();
    for name in names {
        let (old, new) = (before.entry(&name).or_insert(Value::Null), after.entry(&name).or_insert(Value::Null));
        if old == new {
            before.remove(&name);
            after.remove(&name);
        } else if let (Value::Object(old), Value::Object(new)) = (old, new) {
            narrow(old, new);
        }
    }
}

fn holds(present: &Value, before: Option<&Value>, after: &Value) -> bool {
    let (Some(Value::Object(before)), Value::Object(after)) = (before, after) else { return present == after };
    let Value::Object(present) = present else { return false };
    after.iter().all(|(name, new)| match (present.get(name), new) {
        (found, Value::Null) => found.is_none(),
        (Some(found), new) => holds(found, before.get(name), new),
        (None, _) => false,
    })
}

fn take_back(present: &mut Value, before: &Value, after: &Value) {
    let (Value::Object(present), Value::Object(before)) = (present, before) else { return };
    for (name, old) in before {
        match (present.get_mut(name), old, after.get(name)) {
            (_, Value::Null, _) => drop(present.remove(name)),
            (Some(found), Value::Object(_), Some(new @ Value::Object(_))) => take_back(found, old, new),
            _ => drop(present.insert(name.clone(), old.clone())),
        }
    }
}

/// A row as a value; rows hold nothing that cannot be one.
fn value(row: &impl Serialize) -> Value {
    serde_json::to_value(row).unwrap_or_default()
}

fn object(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value)]))
}

fn unusable(error: &serde_json::Error) -> UserError {
    UserError::bad_input(format!("the event's `before` cannot be used: {error}"))
}

impl Whole for Group {
    fn whole(&self) -> Value {
        value(&GroupRow::from(self))
    }

    fn from_whole(whole: Value) -> Result<Self, UserError> {
        serde_json::from_value(whole).map(|row: GroupRow| row.into()).map_err(|error| unusable(&error))
    }
}

impl Whole for Service {
    fn whole(&self) -> Value {
        value(&ServiceRow::from(self))
    }

    fn from_whole(mut whole: Value) -> Result<Self, UserError> {
        if let Some(fields) = whole.as_object_mut() {
            fields.remove(MANUAL_STATUSES);
        }
        serde_json::from_value(whole).map(|row: ServiceRow| row.into()).map_err(|error| unusable(&error))
    }
}

impl Whole for Incident {
    fn whole(&self) -> Value {
        by_id(value(&IncidentRow::from(self)))
    }

    fn from_whole(whole: Value) -> Result<Self, UserError> {
        serde_json::from_value(in_a_list(whole)).map(|row: IncidentRow| row.into()).map_err(|error| unusable(&error))
    }
}

impl Whole for Maintenance {
    fn whole(&self) -> Value {
        by_id(value(&MaintenanceRow::from(self)))
    }

    fn from_whole(whole: Value) -> Result<Self, UserError> {
        serde_json::from_value(in_a_list(whole)).map(|row: MaintenanceRow| row.into()).map_err(|error| unusable(&error))
    }
}

/// A row with its updates by id, without its revision.
fn by_id(mut row: Value) -> Value {
    let Some(fields) = row.as_object_mut() else { return row };
    fields.remove("revision");
    if let Some(Value::Array(updates)) = fields.remove("updates") {
        let named = updates.into_iter().filter_map(|update| Some((update.get("id")?.as_str()?.to_owned(), update)));
        let named = named.collect();
        fields.insert("updates".to_owned(), Value::Object(named));
    }
    row
}

/// What [`by_id`] did, taken back.
fn in_a_list(mut whole: Value) -> Value {
    let Some(fields) = whole.as_object_mut() else { return whole };
    fields.insert("revision".to_owned(), Value::from(0));
    if let Some(Value::Object(updates)) = fields.remove("updates") {
        fields.insert("updates".to_owned(), updates.into_iter().map(|(_, update)| update).collect());
    }
    whole
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::IncidentStatus::{Identified, Investigating, Resolved};
    use crate::domain::samples::{id, incident, recorded, update};

    #[test]
    fn what_is_no_whole_thing_is_said() {
        let told = Group::from_whole(json!({})).unwrap_err();
        assert_eq!(told.message, "the event's `before` cannot be used: missing field `number`");
    }

    #[test]
    fn only_what_differs_is_kept_and_updates_go_by_id() {
        let before = incident(1, vec![update(1, 5, Investigating, &[]), update(2, 6, Identified, &[])]);
        let mut after = before.clone();
        after.title = "Other".to_owned();
        after.updates[1].body = "More".to_owned();
        after.updates.push(update(3, 9, Resolved, &[]));
        let change = Change::between(Some(&before), Some(&after));
        let (old, new) = (change.before.clone().unwrap(), change.after.clone().unwrap());
        assert_eq!(new["title"], "Other");
        assert_eq!(old["title"], json!(before.title));
        let ids: Vec<&str> = before.updates.iter().chain(&after.updates[2..]).map(|update| update.id.as_str()).collect();
        assert_eq!(old["updates"], json!({ids[1]: {"body": before.updates[1].body}, ids[2]: null}));
        assert_eq!(new["updates"][ids[1]], json!({"body": "More"}));
        assert_eq!(new["updates"][ids[2]]["number"], 3);
        assert_eq!(old.as_object().unwrap().keys().collect::<Vec<_>>(), ["title", "updates"]);
        assert!(change.is_recorded() && !change.made() && !change.removed());
    }

    #[test]
    fn what_was_added_to_since_does_not_hold_any_more() {
        let before = incident(1, vec![update(1, 5, Investigating, &[])]);
        let mut after = before.clone();
        after.updates.push(update(2, 9, Resolved, &[]));
        let change = Change::between(Some(&before), Some(&after));
        assert!(change.holds_in(Some(&after.whole())));
        let mut later = after.clone();
        later.title = "A title is not what it changed".to_owned();
        assert!(change.holds_in(Some(&later.whole())));
        // A field that the update did not have is a change of that update, too.
        later.updates[1].affected = Some(Vec::new());
        assert!(!change.holds_in(Some(&later.whole())));
        assert!(!change.holds_in(Some(&before.whole())));
        assert!(!change.holds_in(None));
        assert!(!change.holds_in(Some(&json!([]))));
    }

    #[test]
    fn nonsense_from_a_dump_is_an_error_and_nothing_else() {
        for nonsense in [json!(null), json!(7), json!({}), json!({"updates": {"a": 1}}), json!({"number": "x", "updates": []})] {
            assert!(Incident::from_whole(nonsense.clone()).is_err(), "{nonsense}");
            assert!(Maintenance::from_whole(nonsense.clone()).is_err(), "{nonsense}");
            assert!(Service::from_whole(nonsense.clone()).is_err(), "{nonsense}");
            assert!(Group::from_whole(nonsense.clone()).is_err(), "{nonsense}");
            let change = Change { before: Some(nonsense.clone()), after: Some(json!({"a": {"b": 1}})), undoes: None };
            change.taken_back(Some(json!({"a": 2})));
            change.holds_in(Some(&nonsense));
            assert!(change.manual_statuses().is_empty() && change.detached().is_empty());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_change_leads_back_to_what_was_before(recorded in recorded()) {
            let (mut things, mut maintenances) = (recorded.incidents, recorded.maintenances);
            // One id is one update.
            for update in things.iter_mut().flat_map(|incident| &mut incident.updates) {
                update.id = id(&format!("u{}", update.number));
            }
            for (update, place) in maintenances.iter_mut().flat_map(|maintenance| &mut maintenance.updates).zip(0..) {
                update.id = id(&format!("m{place}"));
            }
            for incident in &things {
                let mut again = Incident::from_whole(incident.whole()).unwrap();
                again.revision = incident.revision;
                prop_assert_eq!(&again, incident);
            }
            for pair in things.windows(2) {
                let change = Change::between(Some(&pair[0]), Some(&pair[1]));
                prop_assert!(change.holds_in(Some(&pair[1].whole())));
                prop_assert_eq!(change.taken_back(Some(pair[1].whole())), Some(pair[0].whole()));
                prop_assert_eq!(change.reversed(1).taken_back(Some(pair[0].whole())), Some(pair[1].whole()));
                let made = Change::between(None, Some(&pair[0]));
                prop_assert!(made.made() && made.holds_in(Some(&pair[0].whole())) && made.taken_back(Some(pair[0].whole())).is_none());
                let removed = Change::between(Some(&pair[0]), None);
                prop_assert!(removed.removed() && removed.holds_in(None));
                prop_assert_eq!(removed.taken_back(None), Some(pair[0].whole()));
            }
            for maintenance in &maintenances {
                let mut again = Maintenance::from_whole(maintenance.whole()).unwrap();
                again.revision = maintenance.revision;
                prop_assert_eq!(&again, maintenance);
            }
        }
    }
}
