//! What is true of an organization at a moment, in the words of a status page.
//!
//! Every output (page, JSON, feed, badge) is a function of these values, so they cannot disagree.

use std::sync::OnceLock;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::domain::{
    CheckHour, Course, Downtime, Event, Group, Impact, Incident, IncidentStatus, Maintenance, MaintenanceStatus, Organization, Percentage,
    PublicId, Rhythm, Service, ServiceStatus, Slug,
};

/// What is true of an organization at `at`.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The moment.
    pub at: DateTime<Utc>,
    /// Whose page it is.
    pub organization: Organization,
    /// The newest change that counts at `at`; never the build time.
    pub updated_at: DateTime<Utc>,
    /// The next moment at which a rebuild would show something else.
    pub valid_until: DateTime<Utc>,
    /// What the visitor reads first.
    pub verdict: Verdict,
    /// What Statuspage's JSON says of the whole page.
    pub rollup: Rollup,
    /// Groups and ungrouped services in page order.
    pub entries: Vec<Entry>,
    /// Open incidents, newest change first.
    pub open_incidents: Vec<IncidentView>,
    /// All loaded incidents that had been told of by `at`, newest start first: open ones, those of the last 90 days, and at least the newest 50.
    pub incidents: Vec<IncidentView>,
    /// All maintenances announced by `at`, by start of window ascending.
    pub maintenances: Vec<MaintenanceView>,
    /// The series whose dates are among them, by start of the first window.
    pub series: Vec<SeriesView>,
    /// The newest public events in effect at `at`, in the order in which they came to light, 100 at most.
    pub events: Vec<EventView>,
    /// The incidents told of by `at` of the last 91 days and those above, newest start first.
    pub recent: Vec<RecentIncident>,
}

/// As much of an incident at a moment as tells where it is shown, and whether what shows it is stale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecentIncident {
    /// Row number.
    pub number: i64,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// Number of the event that last touched it.
    pub revision: i64,
    /// How many of its updates are told.
    pub told: usize,
    /// Time of the newest update that is told.
    pub newest_at: DateTime<Utc>,
    /// Where it stands.
    pub status: IncidentStatus,
    /// Row numbers of the services it names, in order of first mention.
    pub services: Vec<i64>,
}

impl RecentIncident {
    /// The incident with this course as of `at`; `None` where nothing of it had been said yet.
    pub(super) fn of(course: &Course, started_at: DateTime<Utc>, revision: i64, at: DateTime<Utc>) -> Option<Self> {
        let told = course.in_effect(at);
        Some(Self {
            number: course.incident,
            started_at,
            revision,
            told: told.len(),
            newest_at: told.last()?.at,
            status: course.status_at(at)?,
            services: course.services_at(at),
        })
    }
}

/// One entry of the page's list.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A group with its services in order.
    Group(GroupView),
    /// A service without a group.
    Service(ServiceView),
}

/// A group at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupView {
    /// Its settings.
    pub group: Group,
    /// That of its worst service that is not hidden; operational without.
    pub status: ServiceStatus,
    /// Its services in order.
    pub services: Vec<ServiceView>,
    /// Mean of the untruncated uptimes of its services that are not hidden.
    pub uptime: UptimeFigures,
}

/// A listed service at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceView {
    /// Its settings.
    pub service: Service,
    /// Its group's name.
    pub group_name: Option<String>,
    /// Its status.
    pub status: ServiceStatus,
    /// Since when it has that status; `None` where it never had another.
    pub since: Option<DateTime<Utc>>,
    /// When its settings or its status last changed.
    pub updated_at: DateTime<Utc>,
    /// The last 90 days, oldest first, today's cut at `at`.
    pub days: Vec<DayView>,
    /// Its uptime.
    pub uptime: UptimeFigures,
    /// Ids of the open incidents that name it.
    pub open_incidents: Vec<PublicId>,
    /// What its checks came to in the last 24 hours, the present one included, oldest first; without hours in which there were none.
    pub checks: Vec<CheckHour>,
}

/// Uptime over the usual windows; `None` where a window is empty because the service starts later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UptimeFigures {
    /// The last 24 hours.
    pub hours_24: Option<Percentage>,
    /// Seven calendar days, today's up to now.
    pub days_7: Option<Percentage>,
    /// Thirty calendar days.
    pub days_30: Option<Percentage>,
    /// Ninety calendar days.
    pub days_90: Option<Percentage>,
}

/// One day of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayView {
    /// The date in the organization's zone.
    pub date: NaiveDate,
    /// The worst status it had; `None` before the service's start date.
    pub worst: Option<ServiceStatus>,
    /// How long it had each status.
    pub lost: Downtime,
    /// Incidents behind it.
    pub incidents: Vec<IncidentLink>,
}

/// Enough to link to an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentLink {
    /// Its id.
    pub id: PublicId,
    /// Its title.
    pub title: String,
}

/// An incident at a moment: without what takes effect later.
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentView {
    /// As of the moment; updates oldest first.
    pub incident: Incident,
    /// Where it stands.
    pub status: IncidentStatus,
    /// When it was first monitored.
    pub monitoring_at: Option<DateTime<Utc>>,
    /// When it was resolved, where it is.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Whether an update was promised by now and has not come.
    pub overdue: bool,
    /// The services it names, in order of first mention.
    pub services: Vec<NamedService>,
    /// What was said, as HTML.
    pub bodies: Bodies,
}

impl IncidentView {
    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        !self.status.is_over()
    }

    /// How bad it is.
    pub fn impact(&self) -> Impact {
        self.incident.impact
    }
}

/// A service as an incident or a maintenance names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedService {
    /// Its id.
    pub id: PublicId,
    /// Its name today where it is listed, else as it was last written.
    pub name: String,
    /// Where its page is; `None` where it has none.
    pub slug: Option<Slug>,
    /// What was last said of it here.
    pub last_said: Option<ServiceStatus>,
    /// When that was said.
    pub said_at: DateTime<Utc>,
}

/// A maintenance at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct MaintenanceView {
    /// As of the moment; updates oldest first.
    pub maintenance: Maintenance,
    /// Where it stands, by its updates and the clock.
    pub status: MaintenanceStatus,
    /// When work began, if it has.
    pub began_at: Option<DateTime<Utc>>,
    /// When it was completed, if it is.
    pub completed_at: Option<DateTime<Utc>>,
    /// When anything about it last changed, by deed or by the clock.
    pub updated_at: DateTime<Utc>,
    /// The services it covers, in order.
    pub services: Vec<NamedService>,
    /// Which date of which series it is, where it is one that visitors know of.
    pub date: Option<DateView>,
    /// What was said, as HTML.
    pub bodies: Bodies,
}

/// How a maintenance belongs to a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateView {
    /// The series's id.
    pub series: PublicId,
    /// The day that its rule means.
    pub day: NaiveDate,
    /// On which days the series takes place, as RFC 5545 says it.
    pub rule: String,
    /// How often that is.
    pub rhythm: Rhythm,
    /// Whether it waits for its turn: another date comes before it, and nobody has said anything of it.
    pub ahead: bool,
    /// When it was its turn, at the end of the dates before it; `None` for a first one, and where somebody has said something of it.
    pub turn_at: Option<DateTime<Utc>>,
}

/// A series of maintenances at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesView {
    /// As of the moment: its window is the first.
    pub view: MaintenanceView,
    /// On which days it takes place, as RFC 5545 says it.
    pub rule: String,
    /// The zone whose clocks say when.
    pub zone: Tz,
    /// How often that is.
    pub rhythm: Rhythm,
    /// Its dates that are not over, by start.
    pub dates: Vec<DateLink>,
}

/// Enough to link to a date of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateLink {
    /// Id of its maintenance.
    pub id: PublicId,
    /// Planned start.
    pub scheduled_for: DateTime<Utc>,
    /// Planned end.
    pub scheduled_until: DateTime<Utc>,
    /// Where it stands.
    pub status: MaintenanceStatus,
}

impl MaintenanceView {
    /// When what is told of it last changed, by deed, by the clock or by its source, whose own `updated_at` an imported one keeps.
    pub fn changed_at(&self) -> DateTime<Utc> {
        [self.began_at, self.completed_at].into_iter().flatten().fold(self.updated_at, DateTime::max)
    }

    /// Whether it waits behind another date of its series.
    pub fn is_ahead(&self) -> bool {
        self.date.as_ref().is_some_and(|date| date.ahead)
    }
}

/// What the Markdown of a view's updates becomes, kept by whoever converts it first: many documents tell the same.
#[derive(Clone, Debug, Default)]
pub struct Bodies(OnceLock<Vec<String>>);

impl Bodies {
    /// One body per update, in their order; `convert` makes them where nobody has.
    pub fn get(&self, convert: impl FnOnce() -> Vec<String>) -> &[String] {
        self.0.get_or_init(convert)
    }
}

/// They follow from the updates.
impl PartialEq for Bodies {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What the visitor reads first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Decides colour and icon. Never operational while an incident is open.
    pub status: ServiceStatus,
    /// What kind of sentence it is.
    pub kind: VerdictKind,
    /// Names of the worst services, in page order.
    pub worst: Vec<String>,
    /// How many listed services are not operational.
    pub affected: usize,
    /// How many services are listed.
    pub total: usize,
}

/// What kind of sentence a verdict is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictKind {
    /// Everything works and no incident is open.
    AllOperational,
    /// Some services have the worst status.
    Some,
    /// All services have the worst status.
    All,
    /// No service is down, but an incident is open.
    OpenIncident,
    /// There are no services yet.
    Empty,
}

/// What Statuspage's JSON says of the whole page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rollup {
    /// `none`, `minor`, `major`, `critical` or `maintenance`.
    pub indicator: &'static str,
    /// One of the seven sentences that clients know.
    pub description: &'static str,
}

/// An event visitors may read, with what its subject is called now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventView {
    /// The event.
    pub event: Event,
    /// Its subject's title or name now.
    pub title: String,
    /// Slug of a service, for its page.
    pub slug: Option<Slug>,
}
