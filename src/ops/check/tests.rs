//! Tests of the rule for checks, against an organization of its own.

use tempfile::TempDir;

use super::*;
use crate::config::{NewOrg, create_org_folder, init_workspace};
use crate::domain::{Impact, IncidentStatus};
use crate::ops::incident::{self, NamedStatus, OpenIncident, UpdateIncident};
use crate::ops::report::IncidentReport;
use crate::ops::service::{self, ServiceSettings, SetStatus};
use crate::ops::{build, maintenance};
use CheckStatus::{Degraded, Down, Maintenance, Up};

/// An organization with the service `api`.
struct Monitored {
    org: Org,
    _folder: TempDir,
}

fn minute(minute: i64) -> DateTime<Utc> {
    "2026-11-22T10:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minute)
}

fn result(status: CheckStatus, at: i64) -> CheckResult {
    CheckResult { status, at: minute(at), latency_ms: Some(50), message: None }
}

impl Monitored {
    fn new(settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = init_workspace(&folder.path().join("w")).unwrap();
        let new = NewOrg { name: "Acme".into(), url: None, time_zone: None };
        let acme = create_org_folder(&root, &"acme".parse().unwrap(), &new, |_| Ok::<_, UserError>(())).unwrap();
        crate::config::write_file(&acme.dir.join("org.toml"), format!("name = 'Acme'\n{settings}").as_bytes()).unwrap();
        let mut org = Org::open_or_create(acme, minute(-60)).unwrap();
        let name = ServiceSettings { name: Some("Public *API*".into()), ..Default::default() };
        service::add(&mut org, &"api".parse().unwrap(), &name, &by("ann", -60)).unwrap();
        Self { org, _folder: folder }
    }

    /// `source` reports results at these minutes, the last of which is now.
    fn report(&mut self, source: &str, results: &[(CheckStatus, i64)]) -> ChecksReport {
        let now = results.iter().map(|(_, at)| *at).max().unwrap();
        let results: Vec<CheckResult> = results.iter().map(|(status, at)| result(*status, *at)).collect();
        record(&mut self.org, "api", &results, &by(source, now)).unwrap()
    }

    /// What became of results of the source `probe`: `opened 1`.
    fn done(&mut self, results: &[(CheckStatus, i64)]) -> Vec<String> {
        self.report("probe", results).incidents.iter().map(|incident| format!("{} {}", incident.done, incident.number)).collect()
    }

    fn incident(&self, number: i64) -> IncidentReport {
        incident::show(&self.org, &number.to_string()).unwrap()
    }

    fn bodies(&self, number: i64) -> Vec<String> {
        self.incident(number).updates.into_iter().map(|update| update.body).collect()
    }
}

fn by(actor: &str, now: i64) -> Deed {
    Deed::new(actor, minute(now))
}

const FAILING: [(CheckStatus, i64); 3] = [(Down, 1), (Down, 2), (Down, 3)];
const WELL: [(CheckStatus, i64); 2] = [(Up, 4), (Up, 5)];

#[test]
fn failures_draft_an_incident_and_good_results_resolve_it() {
    let mut acme = Monitored::new("");
    assert_eq!(acme.done(&FAILING[..2]), Vec::<String>::new());
    assert_eq!(acme.done(&FAILING[2..]), ["opened 1"]);
    assert_eq!(acme.done(&[(Down, 4), (Down, 5)]), Vec::<String>::new(), "more of the same says nothing more");
    let drafted = acme.incident(1);
    assert_eq!((drafted.title.as_str(), drafted.draft, drafted.impact), ("Public *API* fails its checks", true, Impact::Minor));
    assert_eq!((drafted.started_at, drafted.services[0].new_status), (minute(1), Some(ServiceStatus::PartialOutage)));
    assert_eq!(acme.done(&[(Up, 6)]), Vec::<String>::new());
    assert_eq!(acme.done(&[(Up, 7)]), ["resolved 1"]);
    let resolved = acme.incident(1);
    assert_eq!((resolved.status, resolved.draft, resolved.resolved_at), (IncidentStatus::Resolved, true, Some(minute(7))));
    assert_eq!(
        acme.bodies(1),
        [
            "3 of 3 checks have failed since 22 Nov 2026, 10:01 UTC.\n\nThis was opened automatically.",
            "Checks have succeeded again since 22 Nov 2026, 10:07 UTC."
        ]
    );
    let log = acme.org.store.log(None, 9).unwrap();
    let told: Vec<String> = log.iter().map(|event| format!("{}: {} {}", event.actor, event.kind, event.sentence)).collect();
    assert_eq!(
        told[told.len() - 2..],
        [
            "checks: incident.drafted drafted incident Public *API* fails its checks",
            "checks: incident.resolved resolved incident Public *API* fails its checks"
        ]
    );
    assert_eq!(told.len(), 3, "results themselves are in no log: {told:?}");
}

#[test]
fn an_organization_may_open_incidents_or_nothing() {
    let mut open = Monitored::new("[checks]\nopens = 'incident'\nstatus = 'major_outage'\nfailures = 2\nrecoveries = 1");
    let report = open.report("probe", &FAILING[..2]);
    assert_eq!((report.incidents[0].draft, report.public), (false, true));
    assert_eq!(service::show(&open.org, "api", minute(3)).unwrap().status, ServiceStatus::MajorOutage);
    assert_eq!(open.incident(1).impact, Impact::Major);
    assert_eq!(open.done(&[(Up, 4)]), ["resolved 1"]);
    assert_eq!(service::show(&open.org, "api", minute(4)).unwrap().status, ServiceStatus::Operational);
    let mut nothing = Monitored::new("[checks]\nopens = 'nothing'");
    assert!(nothing.done(&FAILING).is_empty());
    let mut only_api = Monitored::new("[checks]\nopens = 'nothing'\n[[checks.services]]\nservice = 'api'\nopens = 'draft'\nfailures = 1");
    assert_eq!(only_api.done(&[(Down, 1)]), ["opened 1"]);
}

#[test]
fn it_is_said_once_that_it_gets_worse() {
    let mut acme = Monitored::new("");
    assert_eq!(acme.done(&[(Degraded, 1), (Degraded, 2), (Degraded, 3)]), ["opened 1"]);
    assert_eq!(acme.incident(1).title, "Public *API* is degraded");
    assert!(acme.done(&[(Down, 4), (Down, 5)]).is_empty());
    assert_eq!(acme.done(&[(Down, 6)]), ["updated 1"]);
    assert!(acme.done(&[(Down, 7)]).is_empty() && acme.done(&[(Degraded, 8), (Degraded, 9), (Degraded, 10)]).is_empty());
    assert_eq!(acme.incident(1).services[0].new_status, Some(ServiceStatus::PartialOutage));
    assert_eq!(acme.bodies(1)[1], "5 of 5 checks have failed since 22 Nov 2026, 10:02 UTC.");
}

#[test]
fn what_a_person_touches_is_theirs() {
    type Touch = fn(&mut Org);
    let touches: [Touch; 3] = [
        |org| {
            drop(
                incident::update(org, "1", &UpdateIncident { message: Some("We look.".into()), ..Default::default() }, &by("ann", 3))
                    .unwrap(),
            )
        },
        |org| drop(incident::publish(org, "1", &by("ann", 3)).unwrap()),
        |org| {
            let edit = incident::EditIncident { title: Some("Other".into()), ..Default::default() };
            drop(incident::edit(org, "1", &edit, &by("ann", 3)).unwrap());
        },
    ];
    for touch in touches {
        let mut acme = Monitored::new("");
        acme.report("probe", &FAILING);
        touch(&mut acme.org);
        assert!(acme.done(&WELL).is_empty(), "only a person resolves it");
        assert!(acme.done(&[(Down, 10), (Down, 11), (Down, 12)]).is_empty(), "and it is not opened twice");
        assert!(incident::show(&acme.org, "2").is_err());
    }
    // A service's settings are not the incident's.
    let mut acme = Monitored::new("");
    acme.report("probe", &FAILING);
    let renamed = ServiceSettings { name: Some("API".into()), ..Default::default() };
    service::edit(&mut acme.org, "api", &renamed, &by("ann", 3)).unwrap();
    assert_eq!(acme.done(&WELL), ["resolved 1"]);
}

#[test]
fn flapping_reopens_and_does_not_open_anew() {
    let mut acme = Monitored::new("");
    acme.report("probe", &FAILING);
    assert_eq!(acme.done(&WELL), ["resolved 1"]);
    assert!(acme.done(&[(Down, 6), (Down, 7)]).is_empty(), "old failures are over");
    assert_eq!(acme.done(&[(Down, 8)]), ["reopened 1"]);
    assert_eq!(acme.incident(1).status, IncidentStatus::Investigating);
    assert_eq!(acme.done(&[(Up, 9), (Up, 10)]), ["resolved 1"]);
    assert_eq!(acme.done(&[(Down, 41), (Down, 42), (Down, 43)]), ["opened 2"], "the cool-down is over");
    // What a person has ended or removed stays so for a while.
    incident::resolve(&mut acme.org, "2", None, &by("ann", 44)).unwrap();
    assert!(acme.done(&[(Down, 45), (Down, 46), (Down, 47)]).is_empty());
    assert_eq!(acme.done(&[(Down, 74), (Down, 75), (Down, 76)]), ["opened 3"]);
    incident::remove(&mut acme.org, "3", &by("ann", 77)).unwrap();
    assert!(acme.done(&[(Down, 78), (Down, 79), (Down, 80)]).is_empty());
    assert_eq!(acme.done(&[(Down, 108), (Down, 109), (Down, 110)]), ["opened 4"]);
}

#[test]
fn a_rule_without_cool_down_opens_anew() {
    let mut acme = Monitored::new("[checks]\nfailures = 1\nrecoveries = 1\ncool_down = '0s'");
    assert_eq!(acme.done(&[(Down, 1)]), ["opened 1"]);
    assert_eq!(acme.done(&[(Up, 2)]), ["resolved 1"]);
    assert_eq!(acme.done(&[(Down, 3)]), ["opened 2"]);
}

#[test]
fn nothing_is_opened_where_somebody_knows_already() {
    let mut acme = Monitored::new("");
    let named = OpenIncident {
        title: "We know".into(),
        impact: None,
        status: None,
        services: vec![NamedStatus { service: "api".into(), status: None }],
        message: None,
        draft: false,
        next_update: None,
    };
    incident::open(&mut acme.org, &named, &by("ann", 0)).unwrap();
    assert!(acme.done(&FAILING).is_empty());
    let mut acme = Monitored::new("");
    let window = maintenance::ScheduleMaintenance {
        title: "Work".into(),
        from: minute(0),
        until: minute(4),
        services: vec!["api".into()],
        message: None,
        auto_start: true,
        auto_finish: true,
        repeat: None,
    };
    maintenance::schedule(&mut acme.org, &window, &by("ann", -5)).unwrap();
    assert!(acme.done(&FAILING).is_empty(), "it is being worked on");
    assert_eq!(acme.done(&[(Down, 4)]), ["opened 1"], "and still fails when that is over");
    let manual = SetStatus { service: "api".into(), status: ServiceStatus::Operational, message: None };
    service::set_status(&mut acme.org, &manual, &by("ann", 5)).unwrap();
    assert_eq!(acme.done(&[(Up, 6), (Up, 7)]), ["resolved 1"], "a status by hand is no deed on the incident");
}

#[test]
fn results_are_kept_once_and_in_any_order() {
    let mut acme = Monitored::new("");
    let first = acme.report("probe", &[(Up, 9), (Up, 3), (Down, 5), (Up, 9)]);
    assert_eq!((first.received, first.recorded, first.repeated, first.ignored), (4, 3, 1, 0));
    let again = acme.report("probe", &[(Down, 9), (Up, 4)]);
    assert_eq!((again.recorded, again.repeated), (1, 1));
    assert_eq!(acme.report("other", &[(Down, 9)]).recorded, 1, "another source sees for itself");
    let strange = [result(Maintenance, 9), result(Up, 16), result(Up, 15), result(Up, -7 * 24 * 60 - 60), result(Up, -7 * 24 * 60 + 10)];
    let report = record(&mut acme.org, "api", &strange, &by("probe", 10)).unwrap();
    assert_eq!((report.recorded, report.ignored), (2, 3));
    assert_eq!(
        report.warnings,
        [
            "ignored 1 of more than 5 minutes ahead: is the monitor's clock right?",
            "ignored 1 older than 7 days",
            "ignored 1 of a monitor at rest"
        ]
    );
    let hours = acme.org.history(Scope::Public, minute(10)).unwrap().check_hours;
    let (_, hours) = hours.iter().next().unwrap();
    assert_eq!((hours.len(), hours[0].start, hours[0].results, hours[0].failures), (1, minute(0), 6, 2));
    let latest = service::show(&acme.org, "api", minute(10)).unwrap().last_check.unwrap();
    assert_eq!((latest.at, latest.source.as_str(), latest.latency_ms), (minute(15), "probe", Some(50)));
}

#[test]
fn nothing_at_all_and_too_much_at_once_are_refused() {
    let mut acme = Monitored::new("");
    for (count, told) in [(0, "there are no results"), (10_001, "there are 10001 results, and at most 10,000 can come at once")] {
        let refused = record(&mut acme.org, "api", &vec![result(Up, 0); count], &by("probe", 0)).unwrap_err();
        assert_eq!(refused.to_string(), told);
    }
}

#[test]
fn late_results_open_nothing() {
    let mut acme = Monitored::new("");
    let old: Vec<CheckResult> = (0..9).map(|minute| result(Down, minute - 120)).collect();
    let report = record(&mut acme.org, "api", &old, &by("probe", 0)).unwrap();
    assert_eq!((report.recorded, report.incidents.len()), (9, 0));
}

#[test]
fn the_tables_never_grow_without_end() {
    let mut acme = Monitored::new("[checks]\nopens = 'nothing'");
    let flood: Vec<CheckResult> =
        (0..5000).map(|ms| CheckResult { at: minute(0) + TimeDelta::milliseconds(ms), ..result(Up, 0) }).collect();
    let report = record(&mut acme.org, "api", &flood, &by("probe", 1)).unwrap();
    assert_eq!((report.recorded, report.ignored), (3600, 1400));
    let week = 7 * 24 * 60 + 60;
    acme.report("probe", &[(Up, week + 1)]);
    let service = acme.org.store.services(Scope::Everything).unwrap().remove(0).id;
    assert_eq!(acme.org.store.observed(&service, minute(-1), 9999).unwrap().len(), 1);
    assert_eq!(acme.org.store.check_results_of_hour(&service, minute(0)).unwrap().len(), 0);
    for refused in [&[][..], &vec![result(Up, 1); 10_001][..]] {
        assert!(record(&mut acme.org, "api", refused, &by("probe", 1)).is_err());
    }
    assert!(record(&mut acme.org, "web", &[result(Up, 1)], &by("probe", 1)).is_err());
}

#[test]
fn messages_are_kept_harmless_and_told_to_nobody_but_operators() {
    let mut acme = Monitored::new("[checks]\nopens = 'incident'");
    let hostile = format!("10.0.0.7\u{0}\n\u{202e}<script>{}", "x".repeat(1 << 20));
    let results: Vec<CheckResult> =
        FAILING.iter().map(|(status, at)| CheckResult { message: Some(hostile.clone()), ..result(*status, *at) }).collect();
    record(&mut acme.org, "api", &results, &by("probe", 3)).unwrap();
    let message = service::show(&acme.org, "api", minute(3)).unwrap().last_check.unwrap().message.unwrap();
    assert!(message.starts_with("10.0.0.7 <script>x") && message.chars().count() == 500, "{message}");
    build::build(&acme.org, &build::BuildOptions::default(), minute(3), &|_, _| {}).unwrap();
    let page = std::fs::read_to_string(acme.org.folder.public().join("index.html")).unwrap();
    assert!(page.contains("Public *API* fails its checks") && !page.contains("10.0.0.7"));
}

/// What a build wrote, by path.
fn built(acme: &Monitored, now: i64) -> (usize, usize) {
    let report = build::build(&acme.org, &build::BuildOptions::default(), minute(now), &|_, _| {}).unwrap();
    (report.written, report.removed)
}

#[test]
fn a_build_makes_anew_what_tells_of_checks_and_nothing_else() {
    let mut acme = Monitored::new("");
    let page = |acme: &Monitored, path: &str| std::fs::read_to_string(acme.org.folder.public().join(path)).unwrap();
    service::add(&mut acme.org, &"vault".parse().unwrap(), &ServiceSettings { hidden: Some(true), ..Default::default() }, &by("ann", 0))
        .unwrap();
    built(&acme, 30);
    let (before, native) = (page(&acme, "services/api/index.html"), page(&acme, "api/public/acme.json"));
    assert!(!before.contains("<h2 id=\"latency\"") && !native.contains("\"checks\""));
    record(&mut acme.org, "vault", &[result(Up, 29)], &by("probe", 29)).unwrap();
    assert_eq!(built(&acme, 30), (0, 0), "a hidden service has no page");
    acme.report("probe", &[(Up, 29)]);
    assert_eq!(built(&acme, 30), (3, 0), "the service's page, the native document, and the home page, which carries the site's generation");
    let drawn = page(&acme, "services/api/index.html");
    assert!(drawn.contains("<h2 id=\"latency\"") && drawn.contains("M23 ") && drawn.contains("50 ms"), "{drawn}");
    assert_eq!(page(&acme, "api/public/acme.json").matches("\"checks\"").count(), 1);
    assert_eq!(built(&acme, 30), (0, 0));
    built(&acme, 45);
    assert_eq!(page(&acme, "services/api/index.html"), drawn, "within the hour nothing moves on");
    built(&acme, 65);
    assert!(page(&acme, "services/api/index.html").contains("M22 "));
    built(&acme, 25 * 60);
    let gone = page(&acme, "services/api/index.html");
    assert!(!gone.contains("<h2 id=\"latency\""), "after a day there is nothing to draw");
}

#[test]
fn a_service_without_figures_shows_none_of_its_checks() {
    let mut acme = Monitored::new("");
    service::edit(&mut acme.org, "api", &ServiceSettings { showcase: Some(false), ..Default::default() }, &by("ann", 0)).unwrap();
    acme.report("probe", &[(Up, 29)]);
    built(&acme, 30);
    let read = |path: &str| std::fs::read_to_string(acme.org.folder.public().join(path)).unwrap();
    assert!(!read("services/api/index.html").contains("<h2 id=\"latency\"") && !read("api/public/acme.json").contains("\"checks\""));
}
