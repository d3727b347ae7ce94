//! From a click at Clerk to the public page: nothing in between is done by hand, and the page knows nobody.

use serde_json::json;

use super::home::{ADA, Home, NORTHWIND, claims, made, token};
use crate::built_site::BuiltSite;
use crate::leaks::Searched;

#[test]
fn a_member_of_an_organization_at_clerk_opens_an_incident_that_visitors_see_without_them() {
    let home = Home::new();
    let serving = home.serve();
    for (number, name) in ["organization.created", "user.created", "organizationMembership.created"].iter().enumerate() {
        assert_eq!(serving.deliver(&format!("msg_{number}"), &made(name)), 200);
    }
    serving.until_page("/northwind/", "Northwind Traders");
    let ada = token(&claims(ADA, NORTHWIND, "admin"));
    let post = |path: &str, body: serde_json::Value| serving.api("POST", &format!("/northwind/api/{path}"), &ada, &body.to_string());
    assert_eq!(post("services", json!({"slug": "freight", "name": "Freight"})).status, 201);
    let opened = post(
        "incidents",
        json!({"title": "Boats are late", "services": [{"service": "freight", "status": "partial_outage"}], "message": "We row."}),
    );
    assert_eq!(opened.status, 201, "{}", opened.text());
    let id = opened.json()["id"].as_str().unwrap().to_owned();
    serving.until_page("/northwind/", "Boats are late");
    serving.until_page(&format!("/northwind/incidents/{id}/"), "We row.");
    assert_eq!(home.org.run("log --org northwind --json --limit 1").json()["events"][0]["actor"], "Ada Byron");
    let site = BuiltSite::read(&home.org.path("northwind/public"));
    let searched = Searched::new(&site);
    assert_ne!(searched.places("Boats are late"), Vec::<String>::new());
    assert!(site.files.len() > 20, "{}", site.files.len());
    for word in ["Byron", "ada@northwind.example", "northwind.example", ADA, NORTHWIND, "203.0.113.7", "orgmem_"] {
        assert_eq!(searched.places(word), Vec::<String>::new(), "`{word}` shows");
    }
}
