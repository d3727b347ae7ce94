//! The table and its description hold together.

use std::collections::BTreeSet;

use super::*;
use crate::domain::{Right, Role};
use crate::serve::api::routes::{Found, Handler, find, largest_body};

#[test]
fn every_route_has_a_right_and_an_operation_and_every_operation_a_route() {
    let document = description();
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            assert!(described.insert(id.clone()), "{id} is there twice");
            let route = ROUTES.iter().find(|route| route.pattern == path && route.method.eq_ignore_ascii_case(method));
            assert_eq!(route.map(|route| route.operation.id), Some(id.as_str()), "{method} {path}");
        }
    }
    assert_eq!(described.len(), ROUTES.len());
    for route in ROUTES {
        let is_public = matches!(route.pattern, "/api/public/{org}" | "/api/openapi.json");
        assert_eq!(route.needs == Needs::Nothing, is_public, "{} {}", route.method, route.pattern);
        assert_eq!(matches!(route.handler, Handler::Call(_)), !is_public, "{}", route.pattern);
        if let Needs::Right(right) = route.needs {
            assert_eq!(right == Right::ReadPrivate, route.method == "GET", "{} {}", route.method, route.pattern);
            assert!(route.writes() || Role::Viewer.may(right));
        }
        assert_eq!(route.largest > 0, route.operation.body.is_some(), "{} {}", route.method, route.pattern);
        assert_eq!(matches!(route.method, "POST" | "PATCH"), route.operation.body.is_some(), "{} {}", route.method, route.pattern);
        assert!(!route.operation.summary.is_empty() && !route.operation.summary.ends_with('.'));
    }
}

#[test]
fn every_path_leads_to_its_own_route() {
    for route in ROUTES {
        let path: Vec<String> = route.pattern.split('/').skip(1).map(|name| name.replace(['{', '}'], "")).collect();
        let Found::Route(found, named) = find(&path, route.method) else { panic!("{}", route.pattern) };
        assert_eq!((found.operation.id, named.len()), (route.operation.id, route.variables().count()));
        for prefix in ["", "/acme", "/status/of/acme"] {
            assert_eq!(largest_body(route.method, &format!("{prefix}/{}?x=/api/incidents", path.join("/"))), route.largest);
        }
    }
    assert_eq!(largest_body("POST", "/api/incidents/"), 0);
    assert_eq!(largest_body("GET", "/api/incidents"), 0);
    assert_eq!(largest_body("POST", "/incidents"), 0);
    assert_eq!(largest_body("PUT", "/acme/api/incidents"), largest_body("POST", "/api/incidents"));
}

#[test]
fn every_name_in_the_description_stands_for_something() {
    let document = description();
    let mut names = BTreeSet::new();
    references(&document, &mut names);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let known: BTreeSet<String> = schemas.keys().map(|name| format!("#/components/schemas/{name}")).collect();
    assert_eq!(names, known, "a schema that nothing leads to, or a name that leads nowhere");
}

fn references(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            names.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| references(field, names));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        _ => {}
    }
}

#[test]
fn what_is_sent_is_closed_and_parameters_are_described() {
    let document = description();
    for route in ROUTES {
        let operation = &document["paths"][route.pattern][route.method.to_ascii_lowercase()];
        if let Some(sent) = route.operation.body {
            let open = sent.schema == "AlertPayload";
            assert_eq!(document["components"]["schemas"][sent.schema]["additionalProperties"] == false, !open, "{}", sent.schema);
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert_ne!(parameter["schema"], json!({}), "{} of {}", parameter["name"], route.operation.id);
        }
    }
}
