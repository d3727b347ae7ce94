//! What differs between a group or a service as it is and as it is to be, field by field, for the plan.

use serde_json::{Value, json};

use crate::domain::{Group, Service};
use crate::ops::report::AppliedField;

/// What a file says of a thing, by key.
pub(super) type Fields = Vec<(&'static str, Value)>;

pub(super) fn fields_of_group(group: &Group) -> Fields {
    vec![("name", json!(group.name)), ("description", json!(group.description)), ("position", json!(group.position))]
}

pub(super) fn fields_of_service(service: &Service, groups: &[Group]) -> Fields {
    let home = service.group.as_ref().and_then(|id| groups.iter().find(|group| group.id == *id));
    vec![
        ("name", json!(service.name)),
        ("description", json!(service.description)),
        ("link", json!(service.link)),
        ("group", json!(home.map(|group| &group.slug))),
        ("position", json!(service.position)),
        ("start_date", json!(service.start_date)),
        ("hidden", json!(service.hidden)),
        ("showcase", json!(service.showcase)),
        ("only_show_if_degraded", json!(service.only_show_if_degraded)),
    ]
}

/// The fields that differ.
pub(super) fn differing(before: Fields, after: Fields) -> Vec<AppliedField> {
    let pairs = before.into_iter().zip(after).filter(|((_, before), (_, after))| before != after);
    pairs.map(|((field, before), (_, after))| AppliedField { field, before, after }).collect()
}

/// The fields of a new thing that are not as usual.
pub(super) fn made(fields: Fields) -> Vec<AppliedField> {
    let usual = |field: &str, value: &Value| value.is_null() || *value == json!(field == "showcase") && value.is_boolean();
    let told = fields.into_iter().filter(|(field, value)| !usual(field, value));
    told.map(|(field, after)| AppliedField { field, before: Value::Null, after }).collect()
}
