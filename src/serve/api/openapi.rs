//! The description of the API (OpenAPI 3.1), made from the table of routes; only what is sent and answered is written down by hand, in
//! `schemas.json`.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::domain::AlertSource;
use crate::serve::api::call::MOST;
use crate::serve::api::overview::{DAYS, EVENTS};
use crate::serve::api::routes::{Needs, ROUTES, Route};
use crate::serve::exchange::{Request, Response};
use crate::serve::front::reason;
use crate::serve::problem::PROBLEM;

/// What is sent and answered, by name.
const SCHEMAS: &str = include_str!("schemas.json");

/// The whole description but for where the API is.
static DESCRIPTION: LazyLock<Value> = LazyLock::new(description);

/// The description, of a site whose own addresses begin with `prefix`.
pub(super) fn answer(request: &Request, prefix: &str) -> Response {
    let mut document = DESCRIPTION.clone();
    document["servers"] = json!([{ "url": if prefix.is_empty() { "/" } else { prefix } }]);
    // Serializing a value cannot fail.
    let text = serde_json::to_vec_pretty(&document).unwrap_or_default();
    let etag = format!("\"{}\"", blake3::hash(&text).to_hex().get(..32).unwrap_or_default());
    let is_known =
        request.header("if-none-match").is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag));
    let response = if is_known { Response::empty(304) } else { Response::of(200, "application/json", text) };
    response.with("etag", etag).with("cache-control", "no-cache").with("access-control-allow-origin", "*")
}

/// The whole description but for where the API is.
fn description() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let path = paths.entry(route.pattern).or_insert_with(|| json!({}));
        path[route.method.to_ascii_lowercase()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Statuary",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Services, incidents and maintenance of one status page. Documents only ever gain fields.",
        },
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer", "description": "Made with `statuary token create`; or a session token of Clerk's, where organizations are managed there." } },
            "schemas": serde_json::from_str::<Value>(SCHEMAS).unwrap_or_default(),
        },
    })
}

fn operation(route: &Route) -> Value {
    let told = &route.operation;
    let mut operation = json!({
        "operationId": told.id,
        "summary": told.summary,
        "tags": [tag(route)],
        "responses": responses(route),
    });
    match route.needs {
        Needs::Nothing => operation["security"] = json!([]),
        Needs::Right(right) => operation["description"] = json!(format!("Takes the role {} or a higher one.", right.least())),
    }
    let parameters = parameters(route);
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    if let Some(sent) = told.body {
        operation["requestBody"] =
            json!({ "required": !sent.optional, "content": { "application/json": { "schema": schema(sent.schema) } } });
    }
    operation
}

/// The noun that an operation is about.
fn tag(route: &Route) -> &'static str {
    let noun = route.pattern.trim_start_matches("/api/").split('/').next().unwrap_or_default();
    noun.split('.').next().unwrap_or_default()
}

fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Whether it is somebody's deed, and not what a monitor says: that is known by what it is.
fn is_deed(route: &Route) -> bool {
    route.operation.answer.starts_with("Written")
}

/// Whether it changes something that is there, and may be told as what it was read.
fn may_expect(route: &Route) -> bool {
    is_deed(route) && route.variables().next().is_some()
}

fn parameters(route: &Route) -> Vec<Value> {
    let mut parameters: Vec<Value> = route.variables().map(variable).collect();
    parameters.extend(route.operation.query.iter().map(|name| in_query(route, name)));
    if route.method == "POST" && is_deed(route) {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Makes the request safe to send again: for a day the same key gets the same answer, and nothing is done twice.",
            "schema": { "type": "string", "pattern": "^[!-~]{1,255}$" },
        }));
    }
    if may_expect(route) {
        parameters.push(json!({
            "name": "If-Match", "in": "header", "required": false,
            "description": "The etags of which the thing must have one, so that nothing is changed that was changed meanwhile.",
            "schema": { "type": "string", "pattern": "^(\\*|(W/)?\"[!#-~]*\"(, ?(W/)?\"[!#-~]*\")*)$" },
        }));
    }
    parameters
}

fn variable(name: &str) -> Value {
    let schema = match name {
        "number" => json!({ "type": "integer", "minimum": 1 }),
        "org" => schema("Slug"),
        "kind" => json!({ "type": "string", "enum": AlertSource::ALL }),
        _ => schema("Key"),
    };
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
}

fn in_query(route: &Route, name: &str) -> Value {
    let (description, schema) = match name {
        "limit" => {
            let most = if route.operation.id == "showLog" { EVENTS.1 } else { MOST };
            ("How many at most.", json!({ "type": "integer", "minimum": 1, "maximum": most }))
        }
        "after" => ("The `next_page` of the page before.", schema("Cursor")),
        "open" => ("Open ones only, drafts included.", json!({ "type": "boolean", "default": false })),
        "service" => ("Those about this service: slug, id or number.", schema("Key")),
        "since" => ("From this moment on.", schema("Moment")),
        "at" => ("From when on it counts; now by default.", schema("Moment")),
        "from" => ("Start of the window.", schema("Moment")),
        "until" => ("End of the window; now by default.", schema("Moment")),
        "days" => ("Calendar days, today included.", json!({ "type": "integer", "minimum": 1, "maximum": DAYS.1, "default": DAYS.0 })),
        _ => ("", json!({})),
    };
    json!({ "name": name, "in": "query", "required": false, "description": description, "schema": schema })
}

fn responses(route: &Route) -> Value {
    let mut responses = Map::new();
    let (status, words) = if route.operation.makes { ("201", "Made.") } else { ("200", "Done.") };
    let mut good = json!({
        "description": words,
        "content": { "application/json": { "schema": schema(route.operation.answer) } },
    });
    if let Some(headers) = headers(route) {
        good["headers"] = headers;
    }
    if route.operation.makes {
        good["links"] = links(route);
    }
    responses.insert(status.to_owned(), good);
    for status in refusals(route) {
        let mut refusal = json!({
            "description": reason(status),
            "content": { PROBLEM: { "schema": schema("Problem") } },
        });
        if status == 401 {
            refusal["headers"] = json!({ "WWW-Authenticate": { "required": true, "schema": { "const": "Bearer" } } });
        }
        responses.insert(status.to_string(), refusal);
    }
    Value::Object(responses)
}

fn headers(route: &Route) -> Option<Value> {
    let mut headers = Map::new();
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    let is_thing = ["Service", "Group", "Incident", "Maintenance"].iter().any(|thing| {
        route.operation.answer == *thing || (route.method != "DELETE" && route.operation.answer.strip_prefix("Written") == Some(thing))
    });
    if is_thing {
        headers.insert("ETag".to_owned(), text("What `If-Match` takes."));
    }
    if route.operation.makes {
        headers.insert("Location".to_owned(), text("Where it can be read."));
    }
    if route.operation.query.contains(&"after") {
        headers.insert("Link".to_owned(), text("The next page, where there is one."));
    }
    (!headers.is_empty()).then_some(Value::Object(headers))
}

/// Where an answer tells what stands for a variable of a path.
fn known_after(variable: &str) -> &'static str {
    match variable {
        "number" => "$response.body#/updates/0/number",
        _ => "$response.body#/id",
    }
}

/// What can be done next with what was made.
fn links(route: &Route) -> Value {
    let below = format!("{}/", route.pattern);
    let mut links = Map::new();
    for other in ROUTES.iter().filter(|other| other.pattern.starts_with(&below)) {
        let parameters: Map<String, Value> =
            other.variables().map(|variable| (variable.to_owned(), json!(known_after(variable)))).collect();
        links.insert(other.operation.id.to_owned(), json!({ "operationId": other.operation.id, "parameters": parameters }));
    }
    Value::Object(links)
}

/// How else it can be answered.
fn refusals(route: &Route) -> Vec<u16> {
    let is_named = route.variables().next().is_some();
    let mut statuses = Vec::new();
    if route.needs != Needs::Nothing {
        statuses.extend([400, 401, 403, 503]);
    }
    if is_named || route.operation.body.is_some() || route.operation.query.contains(&"service") {
        statuses.push(404);
    }
    if route.writes() {
        statuses.push(409);
    }
    if may_expect(route) {
        statuses.push(412);
    }
    if route.operation.body.is_some() {
        statuses.extend([413, 415, 422]);
    }
    statuses.sort_unstable();
    statuses
}

#[cfg(test)]
mod tests;
