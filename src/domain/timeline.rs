//! The status of a service at any moment, computed from what people said.
//!
//! It is the worst of three: its *ground*, the newest manual status or end of an incident that affected it (operational, unless the
//! resolving update says otherwise); what each open incident last said of it, where that is newer than the newest manual status; and under
//! maintenance while a window covers it, unless a manual status was given during that window. Operational before the first statement.
//! Statements of one moment count in the order of their rows, manual statuses after what incidents say.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::domain::{History, Incident, Maintenance, ManualStatus, PublicId, ServiceStatus, Update};

/// Why a service has the status it has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Nothing was ever said, or an incident ended.
    Ground,
    /// A person or an import set it.
    Manual,
    /// An open incident, by row number.
    Incident(i64),
    /// A running maintenance, by row number.
    Maintenance(i64),
}

/// A stretch of time with one status and one set of causes, half-open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// First moment.
    pub start: DateTime<Utc>,
    /// First moment after it.
    pub end: DateTime<Utc>,
    /// The status throughout.
    pub status: ServiceStatus,
    /// What makes it so: everything that says this very status.
    pub causes: Vec<Cause>,
}

/// A moment from which on a status holds.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    at: DateTime<Utc>,
    status: ServiceStatus,
    causes: Vec<Cause>,
}

/// The statuses of all services over time.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    steps: BTreeMap<PublicId, Vec<Step>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Saying {
    Says { incident: i64, status: ServiceStatus },
    Ends { incident: i64, status: ServiceStatus },
    Manual { status: ServiceStatus },
}

#[derive(Clone, Copy, Debug)]
struct Statement {
    at: DateTime<Utc>,
    number: i64,
    saying: Saying,
}

impl Statement {
    /// Time, then incidents before manual statuses, then rows.
    fn order(&self) -> (DateTime<Utc>, bool, i64) {
        (self.at, matches!(self.saying, Saying::Manual { .. }), self.number)
    }
}

#[derive(Clone, Copy, Debug)]
struct Window {
    maintenance: i64,
    start: DateTime<Utc>,
    end: Option<DateTime<Utc>>,
}

impl Ledger {
    /// The ledger of a history.
    pub fn new(history: &History) -> Self {
        Self::of(&history.manual_statuses, &history.incidents, &history.maintenances)
    }

    /// The ledger of what was said, in whichever order the rows come.
    pub fn of(manual_statuses: &[ManualStatus], incidents: &[Incident], maintenances: &[Maintenance]) -> Self {
        let mut statements: BTreeMap<PublicId, Vec<Statement>> = BTreeMap::new();
        let mut windows: BTreeMap<PublicId, Vec<Window>> = BTreeMap::new();
        for manual in manual_statuses {
            let statement = Statement { at: manual.at, number: manual.number, saying: Saying::Manual { status: manual.status } };
            statements.entry(manual.service.clone()).or_default().push(statement);
        }
        for incident in incidents.iter().filter(|incident| !incident.draft) {
            state_incident(incident, &mut statements);
        }
        for maintenance in maintenances {
            if let Some((start, end)) = maintenance.active_window() {
                let window = Window { maintenance: maintenance.number, start, end };
                for service in &maintenance.services {
                    windows.entry(service.clone()).or_default().push(window);
                }
            }
        }
        let services: BTreeSet<&PublicId> = statements.keys().chain(windows.keys()).collect();
        let steps = services
            .into_iter()
            .map(|service| {
                let mut said = statements.get(service).cloned().unwrap_or_default();
                said.sort_by_key(Statement::order);
                (service.clone(), sweep(&said, windows.get(service).map_or(&[], Vec::as_slice)))
            })
            .collect();
        Self { steps }
    }

    /// The status of `service` at `at`.
    pub fn status_at(&self, service: &PublicId, at: DateTime<Utc>) -> ServiceStatus {
        self.step_at(service, at).map_or(ServiceStatus::Operational, |step| step.status)
    }

    /// When the status that `service` has at `at` began; `None` where it never had another.
    pub fn since(&self, service: &PublicId, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let status = self.status_at(service, at);
        let before = self.steps_of(service).partition_point(|step| step.at <= at);
        let run = self.steps_of(service)[..before].iter().rev().take_while(|step| step.status == status);
        run.last().map(|step| step.at)
    }

    /// The next moment after `at` at which the status of `service` changes by what is already recorded.
    pub fn next_change(&self, service: &PublicId, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let status = self.status_at(service, at);
        self.steps_of(service).iter().find(|step| step.at > at && step.status != status).map(|step| step.at)
    }

    /// The stretches of `service` over `[from, to)`: they adjoin and cover it; none where it is empty.
    pub fn spans(&self, service: &PublicId, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        if from >= to {
            return spans;
        }
        let (status, causes) = self
            .step_at(service, from)
            .map_or((ServiceStatus::Operational, vec![Cause::Ground]), |step| (step.status, step.causes.clone()));
        let mut current = Span { start: from, end: to, status, causes };
        for step in self.steps_of(service).iter().filter(|step| step.at > from && step.at < to) {
            if step.status == current.status && step.causes == current.causes {
                continue;
            }
            let next = Span { start: step.at, end: to, status: step.status, causes: step.causes.clone() };
            let mut done = std::mem::replace(&mut current, next);
            done.end = step.at;
            spans.push(done);
        }
        spans.push(current);
        spans
    }

    fn steps_of(&self, service: &PublicId) -> &[Step] {
        self.steps.get(service).map_or(&[], Vec::as_slice)
    }

    fn step_at(&self, service: &PublicId, at: DateTime<Utc>) -> Option<&Step> {
        let steps = self.steps_of(service);
        steps[..steps.partition_point(|step| step.at <= at)].last()
    }
}

/// What an incident's updates say of each service they name, and that its end makes them operational again.
fn state_incident(incident: &Incident, statements: &mut BTreeMap<PublicId, Vec<Statement>>) {
    let mut named: Vec<&PublicId> = Vec::new();
    let mut open = false;
    let mut told = false;
    for update in &incident.updates {
        let fresh: Vec<(&PublicId, ServiceStatus)> = update.stated().collect();
        for service in update.affected.iter().flatten().filter_map(|affected| affected.service.as_ref()) {
            if !named.contains(&service) {
                named.push(service);
            }
        }
        let mut say = |service: &PublicId, saying| {
            let statement = Statement { at: update.display_at, number: update.number, saying };
            statements.entry(service.clone()).or_default().push(statement);
        };
        if !update.status.is_over() {
            for (service, status) in fresh {
                say(service, Saying::Says { incident: incident.number, status });
            }
        } else if open || !told {
            for service in &named {
                say(service, Saying::Ends { incident: incident.number, status: left_behind(update, service) });
            }
        } else if Incident::resolution_speaks(update.origin) {
            for (service, status) in fresh {
                say(service, Saying::Ends { incident: incident.number, status });
            }
        }
        open = !update.status.is_over();
        told = true;
    }
    if let Some(closed) = incident.closed_by_source_at.filter(|_| open) {
        let number = incident.updates.last().map_or(0, |update| update.number);
        for service in named {
            let saying = Saying::Ends { incident: incident.number, status: ServiceStatus::Operational };
            statements.entry(service.clone()).or_default().push(Statement { at: closed, number, saying });
        }
    }
}

/// The status in which a resolving update leaves a service.
fn left_behind<S>(update: &Update<S>, service: &PublicId) -> ServiceStatus {
    if !Incident::resolution_speaks(update.origin) {
        return ServiceStatus::Operational;
    }
    update.stated().filter(|(named, _)| *named == service).last().map_or(ServiceStatus::Operational, |(_, status)| status)
}

/// Turns sorted statements and windows into steps.
fn sweep(statements: &[Statement], windows: &[Window]) -> Vec<Step> {
    let moments: BTreeSet<DateTime<Utc>> = statements
        .iter()
        .map(|statement| statement.at)
        .chain(windows.iter().map(|window| window.start))
        .chain(windows.iter().filter_map(|window| window.end))
        .collect();
    let mut ground = (ServiceStatus::Operational, Cause::Ground);
    let mut manual_at: Option<DateTime<Utc>> = None;
    let mut said: BTreeMap<i64, ServiceStatus> = BTreeMap::new();
    let mut rest = statements;
    let mut steps = Vec::with_capacity(moments.len());
    for at in moments {
        let (now, later) = rest.split_at(rest.partition_point(|statement| statement.at <= at));
        rest = later;
        for statement in now {
            match statement.saying {
                Saying::Says { incident, status } => {
                    said.insert(incident, status);
                }
                Saying::Ends { incident, status } => {
                    said.remove(&incident);
                    ground = (status, Cause::Ground);
                }
                Saying::Manual { status } => {
                    said.clear();
                    ground = (status, Cause::Manual);
                    manual_at = Some(at);
                }
            }
        }
        let running = windows.iter().filter(|window| {
            window.start <= at && window.end.is_none_or(|end| at < end) && manual_at.is_none_or(|manual| manual < window.start)
        });
        let voices: Vec<(ServiceStatus, Cause)> = std::iter::once(ground.clone())
            .chain(said.iter().map(|(incident, status)| (*status, Cause::Incident(*incident))))
            .chain(running.map(|window| (ServiceStatus::UnderMaintenance, Cause::Maintenance(window.maintenance))))
            .collect();
        let status = voices.iter().map(|(status, _)| *status).max().unwrap_or(ServiceStatus::Operational);
        let causes = voices.into_iter().filter(|(voice, _)| *voice == status).map(|(_, cause)| cause).collect();
        steps.push(Step { at, status, causes });
    }
    steps
}
