//! Lists come in pages that neither repeat nor leave out anything, whatever is added and removed while somebody reads them.

use chrono::{DateTime, TimeDelta, Utc};
use statuary::error::{Kind, UserError};
use statuary::ops::incident::{ListIncidents, OpenIncident};
use statuary::ops::maintenance::{MaintenanceList, ScheduleMaintenance};
use statuary::ops::service::ServiceSettings;
use statuary::ops::{Deed, Org, Page, group, incident, maintenance, service};

use crate::fresh_org::{FreshOrg, at, deed};

fn now() -> DateTime<Utc> {
    at("2026-11-22T12:00:00Z")
}

fn open(org: &mut Org, minutes_ago: i64) -> i64 {
    let down = OpenIncident {
        title: "Down".into(),
        impact: None,
        status: None,
        services: Vec::new(),
        message: None,
        draft: false,
        next_update: None,
    };
    let at = now() - TimeDelta::minutes(minutes_ago);
    incident::open(org, &down, &Deed::at(deed(now()), Some(at))).unwrap().thing.number
}

fn schedule(org: &mut Org, minutes: i64) -> i64 {
    let from = now() + TimeDelta::minutes(minutes);
    let disks = ScheduleMaintenance {
        title: "Disks".into(),
        from,
        until: from + TimeDelta::hours(1),
        services: Vec::new(),
        message: None,
        auto_start: true,
        auto_finish: true,
        repeat: None,
    };
    maintenance::schedule(org, &disks, &deed(now())).unwrap().thing.number.unwrap()
}

/// Numbers of one page, and where the next one goes on.
type Part = (Vec<i64>, Option<String>);

fn incidents(org: &Org, page: &Page) -> Part {
    let report = incident::list(org, &ListIncidents { page: page.clone(), ..ListIncidents::default() }).unwrap();
    assert_eq!(report.more, report.next.is_some());
    (report.incidents.iter().map(|incident| incident.number).collect(), report.next)
}

fn maintenances(org: &Org, page: &Page) -> Part {
    let wanted = MaintenanceList { page: page.clone(), every_date: true };
    let report = maintenance::list(org, &wanted, now()).unwrap();
    (report.maintenances.iter().filter_map(|maintenance| maintenance.number).collect(), report.next)
}

/// All pages of this size; `between` happens after each of them.
fn all_pages(org: &mut Org, limit: usize, list: fn(&Org, &Page) -> Part, mut between: impl FnMut(&mut Org, &[i64])) -> Vec<i64> {
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (numbers, next) = list(org, &Page { limit: Some(limit), after });
        assert!(numbers.len() == limit || next.is_none());
        seen.extend(&numbers);
        if next.is_none() {
            return seen;
        }
        between(org, &numbers);
        after = next;
    }
}

#[test]
fn pages_of_any_size_make_up_the_list() {
    let mut fresh = FreshOrg::new("acme", now());
    let org = &mut fresh.org;
    // Several begin at the same moment.
    let begun = [50, 50, 10, 40, 50, 10, 30, 20, 20, 50, 5];
    let opened: Vec<(i64, i64)> = begun.iter().map(|minutes| (-minutes, open(org, *minutes))).collect();
    let planned: Vec<(i64, i64)> = begun.iter().map(|minutes| (*minutes, schedule(org, *minutes))).collect();
    for (list, mut expected) in [(incidents as fn(&Org, &Page) -> Part, opened), (maintenances, planned)] {
        expected.sort_unstable();
        let expected: Vec<i64> = expected.iter().rev().map(|(_, number)| *number).collect();
        for limit in 1..=12 {
            assert_eq!(all_pages(org, limit, list, |_, _| {}), expected, "{limit}");
        }
        assert_eq!(list(org, &Page::default()), (expected, None));
    }
}

#[test]
fn what_is_added_or_removed_meanwhile_neither_repeats_nor_hides_anything() {
    let mut fresh = FreshOrg::new("acme", now());
    let org = &mut fresh.org;
    for minutes in 10..20 {
        open(org, minutes);
        schedule(org, -minutes);
    }
    let expected: Vec<i64> = (1..=10).collect();
    let seen = all_pages(org, 3, incidents, |org, page| {
        open(org, 1);
        // The cursor's own place goes away.
        incident::remove(org, &page.last().unwrap().to_string(), &deed(now())).unwrap();
    });
    assert_eq!(seen, expected);
    let seen = all_pages(org, 3, maintenances, |org, page| {
        schedule(org, 1);
        maintenance::remove(org, &page.last().unwrap().to_string(), &deed(now())).unwrap();
    });
    assert_eq!(seen, expected);
}

#[test]
fn conditions_hold_for_every_page() {
    let mut fresh = FreshOrg::new("acme", now());
    let org = &mut fresh.org;
    for minutes in 0..30 {
        let number = open(org, minutes);
        if number % 2 == 0 {
            incident::resolve(org, &number.to_string(), None, &deed(now())).unwrap();
        }
    }
    let page = |limit, after| ListIncidents {
        open: true,
        since: Some(now() - TimeDelta::minutes(20)),
        page: Page { limit, after },
        ..ListIncidents::default()
    };
    let whole = incident::list(org, &page(None, None)).unwrap();
    assert_eq!((whole.incidents.len(), whole.more, whole.next), (11, false, None));
    let first = incident::list(org, &page(Some(7), None)).unwrap();
    let second = incident::list(org, &page(Some(7), first.next.clone())).unwrap();
    let numbers: Vec<i64> = first.incidents.iter().chain(&second.incidents).map(|incident| incident.number).collect();
    assert_eq!(numbers, whole.incidents.iter().map(|incident| incident.number).collect::<Vec<_>>());
    assert_eq!(second.next, None);
    // Without conditions the newest twenty, and a way to the rest.
    let newest = incident::list(org, &ListIncidents::default()).unwrap();
    assert_eq!((newest.incidents.len(), newest.more), (20, true));
    let rest = ListIncidents { page: Page { limit: None, after: newest.next }, ..ListIncidents::default() };
    assert_eq!(incident::list(org, &rest).unwrap().incidents.len(), 10);
}

#[test]
fn short_lists_have_pages_too_and_cursors_are_each_lists_own() {
    let mut fresh = FreshOrg::new("acme", now());
    let org = &mut fresh.org;
    for name in ["a", "b", "c"] {
        let slug: statuary::domain::Slug = name.parse().unwrap();
        group::add(org, &group::AddGroup { slug: slug.clone(), name: name.into(), position: None }, &deed(now())).unwrap();
        let settings = ServiceSettings { group: Some(name.to_owned()), ..ServiceSettings::default() };
        service::add(org, &slug, &settings, &deed(now())).unwrap();
    }
    let page = |limit, after: &Option<String>| Page { limit: Some(limit), after: after.clone() };
    let services = service::list(org, &page(2, &None), now()).unwrap();
    let first = ServiceSettings { position: Some(0), ..ServiceSettings::default() };
    service::add(org, &"first".parse().unwrap(), &first, &deed(now())).unwrap();
    let rest = service::list(org, &page(2, &services.next), now()).unwrap();
    let slugs: Vec<&str> = services.services.iter().chain(&rest.services).map(|service| service.slug.as_str()).collect();
    assert_eq!((slugs, rest.next), (vec!["a", "b", "c"], None));
    let groups = group::list(org, &page(1, &None), now()).unwrap();
    assert_eq!(group::list(org, &page(9, &groups.next), now()).unwrap().groups.len(), 2);
    open(org, 1);
    open(org, 2);
    let one = incident::list(org, &ListIncidents { page: page(1, &None), ..ListIncidents::default() }).unwrap().next;
    for wrong in [services.next, groups.next.clone(), Some("x".to_owned())] {
        let refused = incident::list(org, &ListIncidents { page: page(1, &wrong), ..ListIncidents::default() }).unwrap_err();
        assert_eq!(refused.downcast::<UserError>().unwrap().kind, Kind::Usage);
    }
    for refused in [
        maintenance::list(org, &MaintenanceList { page: page(1, &one), every_date: false }, now()).unwrap_err(),
        maintenance::list(org, &MaintenanceList { page: page(0, &None), every_date: false }, now()).unwrap_err(),
        service::list(org, &page(1, &groups.next), now()).unwrap_err(),
    ] {
        assert_eq!(refused.downcast::<UserError>().unwrap().kind, Kind::Usage);
    }
}
