//! The status of a service at any moment, computed from what people said.
//!
//! It is the worst of three: its *ground*, the newest manual status or end of an incident that affected it (operational, unless the
//! resolving update says otherwise); what each open incident last said of it, where that is newer than the newest manual status; and under
//! maintenance while a window covers it, unless a manual status was given during that window. Operational before the first statement.
//! Statements of one moment count in the order of their rows, manual statuses after what incidents say.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::domain::{Course, History, Incident, Maintenance, ManualStatus, PublicId, Said, ServiceStatus};

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

/// How many causes a stretch names at most, so that thousands of incidents left open cost a list and not a square.
pub const MOST_CAUSES: usize = 64;

/// A stretch of time with one status and one set of causes, half-open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// First moment.
    pub start: DateTime<Utc>,
    /// First moment after it.
    pub end: DateTime<Utc>,
    /// The status throughout.
    pub status: ServiceStatus,
    /// What makes it so: everything that says this very status, in order, no more than [`MOST_CAUSES`] of it.
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
    steps: HashMap<PublicId, Vec<Step>>,
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
    /// The ledger of a history. What an outline says of services that the history does not have counts nothing.
    pub fn new(history: &History) -> Self {
        let mut stated = Stated::of(&history.manual_statuses, &history.incidents, &history.maintenances);
        let keys: HashMap<i64, usize> = history.services.iter().map(|service| (service.number, stated.key(&service.id))).collect();
        for outline in &history.outlines {
            stated.state(&outline.course, |service| keys.get(&service).copied());
        }
        stated.into_ledger()
    }

    /// The ledger of what was said, in whichever order the rows come; an incident's and a maintenance's updates are in theirs.
    pub fn of(manual_statuses: &[ManualStatus], incidents: &[Incident], maintenances: &[Maintenance]) -> Self {
        Stated::of(manual_statuses, incidents, maintenances).into_ledger()
    }

    /// The status of `service` at `at`.
    pub fn status_at(&self, service: &PublicId, at: DateTime<Utc>) -> ServiceStatus {
        self.step_at(service, at).map_or(ServiceStatus::Operational, |step| step.status)
    }

    /// When the status that `service` has at `at` began; `None` where it never had another.
    pub fn since(&self, service: &PublicId, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let status = self.status_at(service, at);
        let past = &self.steps_of(service)[..self.passed(service, at)];
        match past.iter().rposition(|step| step.status != status) {
            Some(other) => past.get(other + 1).map(|step| step.at),
            None => past.first().filter(|_| status != ServiceStatus::Operational).map(|step| step.at),
        }
    }

    /// The next moment after `at` at which the status of `service` changes by what is already recorded.
    pub fn next_change(&self, service: &PublicId, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let status = self.status_at(service, at);
        let coming = &self.steps_of(service)[self.passed(service, at)..];
        coming.iter().find(|step| step.status != status).map(|step| step.at)
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
        for step in self.steps_of(service)[self.passed(service, from)..].iter().take_while(|step| step.at < to) {
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

    /// How many steps were taken by `at`.
    fn passed(&self, service: &PublicId, at: DateTime<Utc>) -> usize {
        self.steps_of(service).partition_point(|step| step.at <= at)
    }

    fn step_at(&self, service: &PublicId, at: DateTime<Utc>) -> Option<&Step> {
        self.steps_of(service)[..self.passed(service, at)].last()
    }
}

/// What was said of each service, not in order yet.
#[derive(Default)]
struct Stated {
    keys: HashMap<PublicId, usize>,
    services: Vec<(Vec<Statement>, Vec<Window>)>,
}

impl Stated {
    fn of(manual_statuses: &[ManualStatus], incidents: &[Incident], maintenances: &[Maintenance]) -> Self {
        let mut stated = Self::default();
        for manual in manual_statuses {
            let statement = Statement { at: manual.at, number: manual.number, saying: Saying::Manual { status: manual.status } };
            let key = stated.key(&manual.service);
            stated.services[key].0.push(statement);
        }
        for incident in incidents.iter().filter(|incident| !incident.draft) {
            let course = Course::of(incident, |service| i64::try_from(stated.key(service)).ok());
            stated.state(&course, |key| usize::try_from(key).ok());
        }
        for maintenance in maintenances {
            for (start, end) in maintenance.active_windows() {
                for service in &maintenance.services {
                    let key = stated.key(service);
                    stated.services[key].1.push(Window { maintenance: maintenance.number, start, end });
                }
            }
        }
        stated
    }

    /// The place of a service, which it gets where it has none.
    fn key(&mut self, service: &PublicId) -> usize {
        if let Some(key) = self.keys.get(service) {
            return *key;
        }
        self.keys.insert(service.clone(), self.services.len());
        self.services.push(Default::default());
        self.services.len() - 1
    }

    /// What an incident's updates say of each service they name, and that its end makes them operational again.
    fn state(&mut self, course: &Course, key_of: impl Fn(i64) -> Option<usize>) {
        let incident = course.incident;
        let mut say = |key: usize, at, number, saying| self.services[key].0.push(Statement { at, number, saying });
        let ends = |status| Saying::Ends { incident, status };
        let mut named: Vec<usize> = Vec::new();
        let mut open = false;
        let mut closing = course.closed_by_source_at;
        let mut last: Option<&Said> = None;
        for said in &course.said {
            if let Some(closed) = closing.take_if(|closed| *closed < said.at).filter(|_| open) {
                let number = last.map_or(said.number, |last| last.number);
                named.iter().for_each(|key| say(*key, closed, number, ends(ServiceStatus::Operational)));
            }
            let (at, number) = (said.at, said.number);
            let names: Vec<(usize, Option<ServiceStatus>)> =
                said.named.iter().filter_map(|(service, status)| Some((key_of(*service)?, *status))).collect();
            let left = |key: usize| names.iter().rev().find_map(|(other, status)| status.filter(|_| *other == key));
            for (key, _) in &names {
                if !named.contains(key) {
                    named.push(*key);
                }
            }
            if !said.status.is_over() {
                let stated = names.iter().filter_map(|(key, status)| Some((*key, (*status)?)));
                stated.for_each(|(key, status)| say(key, at, number, Saying::Says { incident, status }));
            } else {
                let speaks = Incident::resolution_speaks(said.origin);
                if open || last.is_none() {
                    let status = |key| left(key).filter(|_| speaks).unwrap_or(ServiceStatus::Operational);
                    named.iter().for_each(|key| say(*key, at, number, ends(status(*key))));
                } else if speaks {
                    let spoken_of = named.iter().filter_map(|key| Some((*key, left(*key)?)));
                    spoken_of.for_each(|(key, status)| say(key, at, number, ends(status)));
                }
            }
            open = !said.status.is_over();
            last = Some(said);
        }
        if let (Some(closed), Some(last)) = (closing.filter(|_| open), last) {
            named.iter().for_each(|key| say(*key, closed, last.number, ends(ServiceStatus::Operational)));
        }
    }

    fn into_ledger(mut self) -> Ledger {
        let steps = self.keys.into_iter().map(|(service, key)| {
            let (mut said, windows) = std::mem::take(&mut self.services[key]);
            said.sort_by_key(Statement::order);
            (service, sweep(&said, &windows))
        });
        Ledger { steps: steps.collect() }
    }
}

/// What speaks of a service while the sweep passes.
struct Voices {
    ground: (ServiceStatus, Cause),
    /// What each open incident last said, unless a manual status came after it.
    incidents: BTreeMap<i64, ServiceStatus>,
    /// The same, worst last.
    worst: BTreeSet<(ServiceStatus, i64)>,
    /// Running maintenances, unless a manual status was given meanwhile.
    maintenances: BTreeSet<i64>,
}

impl Voices {
    fn hear(&mut self, saying: Saying) {
        match saying {
            Saying::Says { incident, status } => {
                self.forget(incident);
                self.incidents.insert(incident, status);
                self.worst.insert((status, incident));
            }
            Saying::Ends { incident, status } => {
                self.forget(incident);
                self.ground = (status, Cause::Ground);
            }
            Saying::Manual { status } => {
                *self = Self::from(status, Cause::Manual);
            }
        }
    }

    fn from(status: ServiceStatus, cause: Cause) -> Self {
        Self { ground: (status, cause), incidents: BTreeMap::new(), worst: BTreeSet::new(), maintenances: BTreeSet::new() }
    }

    fn forget(&mut self, incident: i64) {
        if let Some(status) = self.incidents.remove(&incident) {
            self.worst.remove(&(status, incident));
        }
    }

    fn step(&self, at: DateTime<Utc>) -> Step {
        let maintained = (!self.maintenances.is_empty()).then_some(ServiceStatus::UnderMaintenance);
        let said = self.worst.last().map(|(status, _)| *status);
        let status = [Some(self.ground.0), said, maintained].into_iter().flatten().max().unwrap_or(ServiceStatus::Operational);
        let ground = (self.ground.0 == status).then(|| self.ground.1.clone());
        let incidents = self.worst.range((status, i64::MIN)..=(status, i64::MAX)).map(|(_, incident)| Cause::Incident(*incident));
        let running = self.maintenances.iter().filter(|_| maintained == Some(status)).map(|number| Cause::Maintenance(*number));
        Step { at, status, causes: ground.into_iter().chain(incidents).chain(running).take(MOST_CAUSES).collect() }
    }
}

/// Turns sorted statements and windows into steps, each different from the one before.
fn sweep(statements: &[Statement], windows: &[Window]) -> Vec<Step> {
    let mut starts: Vec<(DateTime<Utc>, i64)> = windows.iter().map(|window| (window.start, window.maintenance)).collect();
    let mut ends: Vec<(DateTime<Utc>, i64)> = windows.iter().filter_map(|window| Some((window.end?, window.maintenance))).collect();
    starts.sort_unstable();
    ends.sort_unstable();
    let said = statements.iter().map(|statement| statement.at);
    let mut moments: Vec<DateTime<Utc>> = said.chain(starts.iter().chain(&ends).map(|(at, _)| *at)).collect();
    moments.sort_unstable();
    moments.dedup();
    let (mut starts, mut ends, mut statements) = (starts.as_slice(), ends.as_slice(), statements);
    let mut voices = Voices::from(ServiceStatus::Operational, Cause::Ground);
    let before = voices.step(DateTime::<Utc>::MIN_UTC);
    let mut steps: Vec<Step> = Vec::new();
    for at in moments {
        for (_, maintenance) in passed(&mut ends, |(end, _)| *end <= at) {
            voices.maintenances.remove(maintenance);
        }
        voices.maintenances.extend(passed(&mut starts, |(start, _)| *start <= at).iter().map(|(_, maintenance)| *maintenance));
        passed(&mut statements, |statement| statement.at <= at).iter().for_each(|statement| voices.hear(statement.saying));
        let step = voices.step(at);
        let before = steps.last().unwrap_or(&before);
        if (step.status, &step.causes) != (before.status, &before.causes) {
            steps.push(step);
        }
    }
    steps
}

/// Takes off the front of `rest` what `is_past`.
fn passed<'a, T>(rest: &mut &'a [T], is_past: impl Fn(&T) -> bool) -> &'a [T] {
    let (past, coming) = rest.split_at(rest.partition_point(is_past));
    *rest = coming;
    past
}
