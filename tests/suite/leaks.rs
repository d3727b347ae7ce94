//! What is private shows in no byte and no name of the public tree, however it is written, also where it was public before.

mod encodings;
mod everything;

use chrono::{DateTime, TimeDelta, Utc};
use statuary::config::Workspace;
use statuary::domain::ServiceStatus;
use statuary::ops::build::{BuildOptions, build};
use statuary::ops::incident::{NamedStatus, OpenIncident, UpdateIncident};
use statuary::ops::maintenance::ScheduleMaintenance;
use statuary::ops::service::{ServiceSettings, SetStatus};
use statuary::ops::workspace::{CreateOrg, create_org};
use statuary::ops::{Org, group, incident, maintenance, service};

pub(crate) use self::encodings::Searched;
use crate::built_site::BuiltSite;
use crate::fresh_org::{ACTOR, FreshOrg, at, deed};

fn now() -> DateTime<Utc> {
    at("2026-11-22T12:00:00Z")
}

fn hours_ago(hours: i64) -> DateTime<Utc> {
    now() - TimeDelta::hours(hours)
}

#[track_caller]
fn assert_absent(site: &BuiltSite, words: &[&str]) {
    let site = Searched::new(site);
    for word in words {
        assert_eq!(site.places(word), Vec::<String>::new(), "`{word}` shows");
    }
}

#[track_caller]
fn assert_shown(site: &BuiltSite, words: &[&str]) {
    let site = Searched::new(site);
    for word in words {
        assert_ne!(site.places(word), Vec::<String>::new(), "`{word}` does not show");
    }
}

fn add(org: &mut Org, slug: &str, settings: &ServiceSettings) {
    service::add(org, &slug.parse().unwrap(), settings, &deed(hours_ago(48))).unwrap();
}

fn open(org: &mut Org, title: &str, body: &str, services: &[&str], draft: bool) -> String {
    let services = services.iter().map(|service| NamedStatus { service: (*service).to_owned(), status: None }).collect();
    let options = OpenIncident {
        title: title.to_owned(),
        impact: None,
        status: None,
        services,
        message: Some(body.into()),
        draft,
        next_update: None,
    };
    incident::open(org, &options, &deed(hours_ago(5))).unwrap().thing.id.to_string()
}

fn schedule(org: &mut Org, title: &str, body: &str, services: &[&str]) -> String {
    let options = ScheduleMaintenance {
        title: title.to_owned(),
        from: hours_ago(-24),
        until: hours_ago(-25),
        services: services.iter().map(|service| (*service).to_owned()).collect(),
        message: Some(body.into()),
        auto_start: true,
        auto_finish: true,
        repeat: None,
    };
    maintenance::schedule(org, &options, &deed(hours_ago(4))).unwrap().thing.id.to_string()
}

fn named(name: &str, hidden: bool, group: &str) -> ServiceSettings {
    ServiceSettings {
        name: Some(name.to_owned()),
        description: Some(format!("described {name}")),
        group: Some(group.to_owned()),
        hidden: Some(hidden),
        ..ServiceSettings::default()
    }
}

#[test]
fn private_things_are_in_no_byte_and_no_name() {
    let mut fresh = FreshOrg::new("acmeworks", hours_ago(72));
    let org = &mut fresh.org;
    for (slug, name) in [("open-group", "Opengroup"), ("zorblewort-group", "Zorblewortgroup")] {
        group::add(org, &group::AddGroup { slug: slug.parse().unwrap(), name: name.to_owned(), position: None }, &deed(hours_ago(50)))
            .unwrap();
    }
    add(org, "web", &named("Wobsitely", false, "open-group"));
    add(org, "fluxgate", &named("Quonkableservice", true, "open-group"));
    add(org, "fluxgate-two", &named("Quonkabletwin", true, "zorblewort-group"));
    let status = SetStatus { service: "fluxgate".to_owned(), status: ServiceStatus::MajorOutage, message: Some("Vexmessage".to_owned()) };
    service::set_status(org, &status, &deed(hours_ago(40))).unwrap();
    let ids = [
        open(org, "Draftyishtitle", "Draftyishbody", &["web"], true),
        open(org, "Hushawaytitle", "Hushawaybody", &["fluxgate"], false),
        schedule(org, "Murkydeedtitle", "Murkydeedbody", &["fluxgate", "fluxgate-two"]),
    ];
    let shared = open(org, "Sharedtitle", "Sharedbody", &["web", "fluxgate"], false);
    let update = UpdateIncident {
        services: vec![NamedStatus { service: "fluxgate".to_owned(), status: Some(ServiceStatus::DegradedPerformance) }],
        message: Some("Sharedupdate".into()),
        ..UpdateIncident::default()
    };
    incident::update(org, &shared, &update, &deed(hours_ago(3))).unwrap();
    schedule(org, "Sharedmaintenance", "Sharedwork", &["web", "fluxgate"]);
    incident::update(
        org,
        &ids[0],
        &UpdateIncident { message: Some("Draftyishupdate".into()), ..UpdateIncident::default() },
        &deed(hours_ago(2)),
    )
    .unwrap();

    let workspace = Workspace::find(Some(fresh.path("workspace").as_path()), fresh.path("workspace").as_path()).unwrap();
    let options = CreateOrg { slug: "globexinia".parse().unwrap(), name: "Globexincorp".to_owned(), url: None, time_zone: None };
    create_org(&workspace, &options, &deed(hours_ago(72))).unwrap();
    let mut second = Org::open(workspace.org(Some("globexinia")).unwrap()).unwrap();
    add(&mut second, "blorplingservice", &named("Blorplingname", false, ""));
    open(&mut second, "Blorplingtitle", "Blorplingbody", &["blorplingservice"], false);

    let site = fresh.built(now());
    build(&second, &BuildOptions::default(), now(), &|_, _| {}).unwrap();
    let second_site = BuiltSite::read(&second.folder.public());

    let home = fresh.path("");
    let place = home.file_name().unwrap().to_str().unwrap();
    let private = [
        "fluxgate",
        "quonkable",
        "zorblewort",
        "vexmessage",
        "draftyish",
        "hushaway",
        "murkydeed",
        ACTOR,
        place,
        "org.db",
        "/dev/shm",
        "workspace",
        &ids[0],
        &ids[1],
        &ids[2],
    ];
    assert_absent(&site, &private);
    assert_absent(&site, &["globexin", "blorpling"]);
    assert_absent(&second_site, &["acmeworks", "wobsitely", "sharedtitle", "quonkable", ACTOR, place, "/dev/shm"]);
    assert_shown(&site, &["Wobsitely", "Opengroup", "Sharedtitle", "Sharedbody", "Sharedupdate", "Sharedmaintenance", "Sharedwork"]);
    for path in ["badge.svg", "badge/web.svg", "badge/web/uptime.svg"] {
        assert!(site.files.contains_key(path), "{path}");
    }
    assert!(site.text("maintenance.ics").contains("SUMMARY:Sharedmaintenance\r\n"), "{}", site.text("maintenance.ics"));
    assert_shown(&second_site, &["Globexincorp", "blorplingservice", "Blorplingname", "Blorplingtitle", "Blorplingbody"]);
    assert_eq!(fresh.built(now()).differing(&site), Vec::<String>::new(), "the other organization's build touched this one");

    incident::publish(&mut fresh.org, &ids[0], &deed(hours_ago(1))).unwrap();
    let site = fresh.built(now());
    assert_shown(&site, &["Draftyishtitle", "Draftyishbody", "Draftyishupdate", &ids[0]]);
    assert_absent(&site, &["drafted", "fluxgate", "hushaway", "murkydeed", ACTOR]);
}

/// An organization in which everything is public: a service called Quonkableservice, what happened to it, and others.
fn all_public() -> FreshOrg {
    let mut fresh = FreshOrg::new("acmeworks", hours_ago(72));
    let org = &mut fresh.org;
    group::add(
        org,
        &group::AddGroup { slug: "zorbleworts".parse().unwrap(), name: "Zorblewortgroup".to_owned(), position: None },
        &deed(hours_ago(50)),
    )
    .unwrap();
    add(org, "web", &named("Wobsitely", false, ""));
    add(org, "fluxgate", &named("Quonkableservice", false, "zorbleworts"));
    let status = SetStatus { service: "fluxgate".to_owned(), status: ServiceStatus::MajorOutage, message: Some("Vexmessage".to_owned()) };
    service::set_status(org, &status, &deed(hours_ago(40))).unwrap();
    open(org, "Hushawaytitle", "Hushawaybody", &["fluxgate"], false);
    schedule(org, "Murkydeedtitle", "Murkydeedbody", &["fluxgate"]);
    open(org, "Sharedtitle", "Sharedbody", &["web", "fluxgate"], false);
    schedule(org, "Sharedmaintenance", "Sharedwork", &["web", "fluxgate"]);
    fresh
}

#[test]
fn what_is_hidden_later_is_gone_with_the_next_build() {
    let mut fresh = all_public();
    let before = fresh.built(now());
    assert_shown(
        &before,
        &["fluxgate", "Quonkableservice", "Zorblewortgroup", "Hushawaytitle", "Hushawaybody", "Murkydeedtitle", "Murkydeedbody"],
    );
    let hide = ServiceSettings { hidden: Some(true), ..ServiceSettings::default() };
    service::edit(&mut fresh.org, "fluxgate", &hide, &deed(hours_ago(1))).unwrap();
    let hidden = fresh.built(now());
    assert_absent(&hidden, &["fluxgate", "quonkable", "zorblewort", "hushaway", "murkydeed", "vexmessage", ACTOR]);
    assert_shown(&hidden, &["Wobsitely", "Sharedtitle", "Sharedmaintenance"]);
    assert_eq!(statuses(&hidden), ["degraded_performance"], "the incident's word on the other service stays");

    let show = ServiceSettings { hidden: Some(false), ..ServiceSettings::default() };
    service::edit(&mut fresh.org, "fluxgate", &show, &deed(now())).unwrap();
    let again = fresh.built(now());
    assert_shown(&again, &["fluxgate", "Quonkableservice", "Zorblewortgroup", "Hushawaytitle", "Murkydeedtitle"]);
}

#[test]
fn what_is_removed_is_gone_with_the_next_build() {
    let mut fresh = all_public();
    assert_shown(&fresh.built(now()), &["fluxgate", "Quonkableservice"]);
    service::remove(&mut fresh.org, "fluxgate", &deed(hours_ago(1))).unwrap();
    let removed = fresh.built(now());
    assert_absent(&removed, &["fluxgate", "quonkable", "vexmessage", ACTOR]);
    assert_shown(&removed, &["Wobsitely", "Sharedtitle", "Sharedmaintenance"]);
}

/// The statuses of the services in the public list.
fn statuses(site: &BuiltSite) -> Vec<String> {
    let components = site.json("api/v2/components.json")["components"].as_array().unwrap().clone();
    components
        .iter()
        .filter(|component| component["group"] == false)
        .map(|component| component["status"].as_str().unwrap().to_owned())
        .collect()
}
