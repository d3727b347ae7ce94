//! What deeds and questions answer: the documents of `--json`, which only ever gain fields.
//!
//! Dates are RFC 3339 in UTC; statuses and impacts are the words of the public JSON; lengths of time are whole seconds.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::domain::{
    CheckStatus, Etag, Event, Impact, IncidentStatus, MaintenanceStatus, PublicId, Role, Secret, ServiceStatus, Slug, Subject, TokenName,
};
use crate::import::source_folder::Remark;
use crate::site::Generation;

/// An organization.
#[derive(Clone, Debug, Serialize)]
pub struct OrgReport {
    /// Folder name and name in commands.
    pub slug: Slug,
    /// The page's public id.
    pub id: PublicId,
    /// What visitors read.
    pub name: String,
    /// Public address; null while nobody said.
    pub url: Option<String>,
    /// IANA zone.
    pub time_zone: String,
    /// Its folder.
    pub path: String,
    /// How many services are listed.
    pub services: usize,
    /// How many incidents are open.
    pub open_incidents: usize,
}

/// A group of services.
#[derive(Clone, Debug, Serialize)]
pub struct GroupReport {
    /// Public id.
    pub id: PublicId,
    /// The organization's small number for it.
    pub number: i64,
    /// Name in commands.
    pub slug: Slug,
    /// What visitors read.
    pub name: String,
    /// Order on the page.
    pub position: i64,
    /// Status of its worst service.
    pub status: ServiceStatus,
    /// Slugs of its services in order.
    pub services: Vec<Slug>,
    /// Whether it is still as it is here: see [`Etag`].
    pub etag: Etag,
}

/// Groups, as many as were asked for.
#[derive(Clone, Debug, Serialize)]
pub struct GroupsReport {
    /// In page order.
    pub groups: Vec<GroupReport>,
    /// Where the next page goes on; left out where there is none.
    // `next` is a moment wherever documents say it.
    #[serde(rename = "next_page", skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A service and how it does.
#[derive(Clone, Debug, Serialize)]
pub struct ServiceReport {
    /// Public id.
    pub id: PublicId,
    /// The organization's small number for it.
    pub number: i64,
    /// Name in commands and paths.
    pub slug: Slug,
    /// What visitors read.
    pub name: String,
    /// A line below the name.
    pub description: Option<String>,
    /// Where the service itself lives.
    pub link: Option<String>,
    /// Slug of its group.
    pub group: Option<Slug>,
    /// Order within its group or on the page.
    pub position: i64,
    /// Uptime counts from this day on.
    pub start_date: Option<NaiveDate>,
    /// Nowhere in public output.
    pub hidden: bool,
    /// Whether the page shows bars and uptime.
    pub showcase: bool,
    /// In HTML only while not operational.
    pub only_show_if_degraded: bool,
    /// Known only from incidents: in no list or rollup of the page.
    pub incidents_only: bool,
    /// Its status now.
    pub status: ServiceStatus,
    /// Since when; null where it never had another.
    pub status_since: Option<DateTime<Utc>>,
    /// Ids of the open incidents that name it.
    pub open_incidents: Vec<PublicId>,
    /// Uptime over 90 days as the page shows it (`99.87`); null before its start date.
    pub uptime_90_days: Option<String>,
    /// The newest result of checks; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_check: Option<CheckReport>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its settings last changed.
    pub updated_at: DateTime<Utc>,
    /// Whether it is still as it is here: see [`Etag`].
    pub etag: Etag,
}

/// Services, as many as were asked for.
#[derive(Clone, Debug, Serialize)]
pub struct ServicesReport {
    /// In page order.
    pub services: Vec<ServiceReport>,
    /// Where the next page goes on; left out where there is none.
    // `next` is a moment wherever documents say it.
    #[serde(rename = "next_page", skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// The newest result of checks of a service.
#[derive(Clone, Debug, Serialize)]
pub struct CheckReport {
    /// What it found.
    pub status: CheckStatus,
    /// When.
    pub at: DateTime<Utc>,
    /// How long the answer took; null where nobody measured it.
    pub latency_ms: Option<u32>,
    /// What the monitor says about it.
    pub message: Option<String>,
    /// Who reported it.
    pub source: String,
}

/// What became of results of checks.
#[derive(Clone, Debug, Serialize)]
pub struct ChecksReport {
    /// The service.
    pub service: Slug,
    /// Results that came.
    pub received: usize,
    /// Results that were kept.
    pub recorded: usize,
    /// Results that were known already.
    pub repeated: usize,
    /// Results that say nothing: too old, of the future, too many, or of a monitor at rest.
    pub ignored: usize,
    /// Incidents that the rule opened, changed or resolved because of them.
    pub incidents: Vec<AutomaticReport>,
    /// Why results were ignored.
    pub warnings: Vec<String>,
    /// Whether visitors see one of those incidents.
    pub public: bool,
}

/// What became of alerts.
#[derive(Clone, Debug, Default, Serialize)]
pub struct IngestReport {
    /// Whether nothing was written because it was only asked for.
    pub dry_run: bool,
    /// Alerts that came.
    pub received: usize,
    /// Incidents that were opened, or opened again.
    pub opened: usize,
    /// Open incidents that more alerts have joined.
    pub updated: usize,
    /// Incidents that were resolved.
    pub resolved: usize,
    /// Alerts that say nothing new, or nothing that is worth an incident.
    pub ignored: usize,
    /// The incidents.
    pub incidents: Vec<AutomaticReport>,
    /// What a person should know of the payload.
    pub warnings: Vec<String>,
    /// Whether visitors see one of the incidents.
    pub public: bool,
}

/// An incident that a rule opened, changed or resolved.
#[derive(Clone, Debug, Serialize)]
pub struct AutomaticReport {
    /// Public id; of a new one that was not written, one that nothing will ever have.
    pub id: PublicId,
    /// The organization's small number for it.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub status: IncidentStatus,
    /// Not published yet.
    pub draft: bool,
    /// `opened`, `reopened`, `updated` or `resolved`.
    pub done: &'static str,
}

/// Incidents, as many as were asked for.
#[derive(Clone, Debug, Serialize)]
pub struct IncidentsReport {
    /// Newest start first.
    pub incidents: Vec<IncidentReport>,
    /// Whether there are older ones that were not asked for.
    pub more: bool,
    /// Where the next page goes on; left out where there is none.
    // `next` is a moment wherever documents say it.
    #[serde(rename = "next_page", skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An incident.
#[derive(Clone, Debug, Serialize)]
pub struct IncidentReport {
    /// Public id.
    pub id: PublicId,
    /// The organization's small number for it.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub status: IncidentStatus,
    /// How bad it is.
    pub impact: Impact,
    /// Not published yet.
    pub draft: bool,
    /// When it began to be told.
    pub created_at: DateTime<Utc>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was first monitored.
    pub monitoring_at: Option<DateTime<Utc>>,
    /// When it was resolved.
    pub resolved_at: Option<DateTime<Utc>>,
    /// By when another update is promised, while it is open.
    pub next_update_at: Option<DateTime<Utc>>,
    /// When its source closed it without a word.
    pub closed_by_source_at: Option<DateTime<Utc>>,
    /// The services it names, with what it last said of them.
    pub services: Vec<AffectedReport>,
    /// Oldest first.
    pub updates: Vec<UpdateReport>,
    /// Whether it is still as it is here: see [`Etag`].
    pub etag: Etag,
}

/// A service as an update or incident names it.
#[derive(Clone, Debug, Serialize)]
pub struct AffectedReport {
    /// Public id; null for the source's "No components were affected by this update.".
    pub id: Option<PublicId>,
    /// Its slug, where it still has one.
    pub slug: Option<Slug>,
    /// Name as written.
    pub name: String,
    /// Status before.
    pub old_status: Option<ServiceStatus>,
    /// Status from then on.
    pub new_status: Option<ServiceStatus>,
}

/// One update.
#[derive(Clone, Debug, Serialize)]
pub struct UpdateReport {
    /// Its place in the incident, from 1, oldest first.
    pub number: usize,
    /// Public id.
    pub id: PublicId,
    /// Status from then on.
    pub status: String,
    /// Markdown.
    pub body: String,
    /// The body in other languages: Markdown by language tag.
    pub translations: BTreeMap<String, String>,
    /// When it takes effect.
    pub display_at: DateTime<Utc>,
    /// By when it promises another update; left out where it promises none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_update_at: Option<DateTime<Utc>>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
    /// The services it speaks of; null where it says nothing of services.
    pub affected: Option<Vec<AffectedReport>>,
}

/// Maintenances, as many as were asked for.
#[derive(Clone, Debug, Serialize)]
pub struct MaintenancesReport {
    /// Newest start of window first; the dates of series are among them.
    pub maintenances: Vec<MaintenanceReport>,
    /// All series, newest first date first.
    pub series: Vec<MaintenanceReport>,
    /// Where the next page goes on; left out where there is none.
    // `next` is a moment wherever documents say it.
    #[serde(rename = "next_page", skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A maintenance.
#[derive(Clone, Debug, Serialize)]
pub struct MaintenanceReport {
    /// Public id.
    pub id: PublicId,
    /// The organization's small number for it; null for a date of a series that nobody has touched.
    pub number: Option<i64>,
    /// Its title.
    pub title: String,
    /// Where it stands now; a series is scheduled as long as it has dates to come.
    pub status: MaintenanceStatus,
    /// Planned start; the first one of a series.
    pub scheduled_for: DateTime<Utc>,
    /// Planned end.
    pub scheduled_until: DateTime<Utc>,
    /// Starts by itself.
    pub auto_start: bool,
    /// Finishes by itself.
    pub auto_finish: bool,
    /// When work began.
    pub began_at: Option<DateTime<Utc>>,
    /// When it was completed.
    pub completed_at: Option<DateTime<Utc>>,
    /// When it was announced.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// The services it covers.
    pub services: Vec<AffectedReport>,
    /// How it repeats, where it is a series.
    pub repeat: Option<RepeatReport>,
    /// Which date of a series it is, where it is one.
    pub occurrence: Option<OccurrenceReport>,
    /// Oldest first.
    pub updates: Vec<UpdateReport>,
    /// Whether it is still as it is here: see [`Etag`].
    pub etag: Etag,
}

impl MaintenanceReport {
    /// What commands may call it: its number, or `3@2026-12-08` for a date that has none.
    pub fn key(&self) -> String {
        match (self.number, &self.occurrence) {
            (Some(number), _) => number.to_string(),
            (None, Some(OccurrenceReport { number: Some(number), day, .. })) => format!("{number}@{day}"),
            (None, _) => self.id.to_string(),
        }
    }
}

/// How a series of maintenances repeats.
#[derive(Clone, Debug, Serialize)]
pub struct RepeatReport {
    /// On which days, as RFC 5545 says it.
    pub rule: String,
    /// The zone whose clocks say when.
    pub time_zone: String,
    /// Its next dates of those that are told, three at most.
    pub next: Vec<DateReport>,
    /// The windows of those, and of dates so far ahead that they are not told yet, to make it three.
    #[serde(skip)]
    pub coming: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

/// A date of a series.
#[derive(Clone, Debug, Serialize)]
pub struct DateReport {
    /// Public id of its maintenance.
    pub id: PublicId,
    /// The day that the rule means.
    pub day: NaiveDate,
    /// Where it stands now.
    pub status: MaintenanceStatus,
    /// Planned start.
    pub scheduled_for: DateTime<Utc>,
    /// Planned end.
    pub scheduled_until: DateTime<Utc>,
}

/// Which date of which series a maintenance is.
#[derive(Clone, Debug, Serialize)]
pub struct OccurrenceReport {
    /// Public id of the series.
    pub series: PublicId,
    /// The small number of the series.
    pub number: Option<i64>,
    /// The day that the rule means, also where it was moved to another.
    pub day: NaiveDate,
}

/// What a write came to.
#[derive(Clone, Debug, Serialize)]
pub struct Written<T> {
    /// The moment it takes effect.
    pub effective_at: DateTime<Utc>,
    /// Whether what visitors see changes at the next build.
    pub public: bool,
    /// The thing as it is now.
    #[serde(flatten)]
    pub thing: T,
}

/// The organization at a glance.
#[derive(Clone, Debug, Serialize)]
pub struct StatusReport {
    /// The organization's slug.
    pub org: Slug,
    /// Its name.
    pub name: String,
    /// The moment it is about.
    pub at: DateTime<Utc>,
    /// The worst status, as the page's verdict shows it.
    pub status: ServiceStatus,
    /// The page's verdict as a sentence; hidden services have no part in it.
    pub verdict: String,
    /// Statuspage's indicator.
    pub indicator: &'static str,
    /// Statuspage's description.
    pub description: &'static str,
    /// Services in page order, hidden ones included.
    pub services: Vec<ServiceReport>,
    /// The days of the last 90, today included, on which they were not operational throughout; by service, oldest first.
    pub bad_days: Vec<BadDayReport>,
    /// Open incidents, newest change first; drafts included.
    pub open_incidents: Vec<IncidentReport>,
    /// Ids of the open incidents whose next update is overdue: it was promised by now and has not come.
    pub overdue: Vec<PublicId>,
    /// Maintenances that run or are to come, by start; of a series the next date, and those that somebody has touched.
    pub maintenances: Vec<MaintenanceReport>,
    /// The next moment at which a rebuild would change something.
    pub next: DateTime<Utc>,
}

/// A day on which a service was not operational throughout.
#[derive(Clone, Debug, Serialize)]
pub struct BadDayReport {
    /// The service.
    pub service: Slug,
    /// The day in the organization's zone.
    pub date: NaiveDate,
    /// The worst status that it had.
    pub worst: ServiceStatus,
}

/// Uptime of services and groups over one window.
#[derive(Clone, Debug, Serialize)]
pub struct UptimeReport {
    /// First moment of the window.
    pub from: DateTime<Utc>,
    /// First moment after it.
    pub until: DateTime<Utc>,
    /// The rule in words.
    pub rule: String,
    /// Services and groups in page order.
    pub rows: Vec<UptimeRow>,
}

/// One row of an [`UptimeReport`].
#[derive(Clone, Debug, Serialize)]
pub struct UptimeRow {
    /// `service` or `group`.
    pub kind: &'static str,
    /// Its slug.
    pub slug: Slug,
    /// Its public id.
    pub id: PublicId,
    /// Its name.
    pub name: String,
    /// The figure as the page shows it (`99.87`); null where the window is empty.
    pub uptime: Option<String>,
    /// Seconds of the window that count, from the start date on; null for a group.
    pub window_seconds: Option<i64>,
    /// Seconds of major outage; null for a group.
    pub major_seconds: Option<i64>,
    /// Seconds of partial outage; null for a group.
    pub partial_seconds: Option<i64>,
}

/// Everything behind one figure.
#[derive(Clone, Debug, Serialize)]
pub struct ExplainReport {
    /// The service.
    pub slug: Slug,
    /// Its name.
    pub name: String,
    /// First moment asked for.
    pub from: DateTime<Utc>,
    /// First moment after the window.
    pub until: DateTime<Utc>,
    /// Where counting starts because of the start date, if later than `from`.
    pub counted_from: DateTime<Utc>,
    /// The rule in words.
    pub rule: String,
    /// The figure; null where the window is empty.
    pub uptime: Option<String>,
    /// Seconds that count in all.
    pub window_seconds: i64,
    /// Weighted seconds lost, as an exact decimal or fraction.
    pub lost_seconds: String,
    /// Every stretch in order; they cover the window.
    pub intervals: Vec<IntervalReport>,
}

/// One stretch of an [`ExplainReport`].
#[derive(Clone, Debug, Serialize)]
pub struct IntervalReport {
    /// First moment.
    pub start: DateTime<Utc>,
    /// First moment after it.
    pub end: DateTime<Utc>,
    /// Its length.
    pub seconds: i64,
    /// The status throughout.
    pub status: ServiceStatus,
    /// What a second of it weighs, such as `0.3`.
    pub weight: String,
    /// Why: `incident 7 API down`, `maintenance 2 …`, `set by hand`, `nothing said`.
    pub causes: Vec<String>,
}

/// The log.
#[derive(Clone, Debug, Serialize)]
pub struct LogReport {
    /// Oldest first.
    pub events: Vec<Event>,
}

/// What was taken back.
#[derive(Clone, Debug, Serialize)]
pub struct UndoReport {
    /// When it was taken back.
    pub effective_at: DateTime<Utc>,
    /// Whether what visitors see changes at the next build.
    pub public: bool,
    /// Number of the event that says so.
    pub event: i64,
    /// Number of the event that was taken back.
    pub undoes: i64,
    /// What both are about.
    pub subject: Subject,
    /// What was done, for people: `took back: opened incident API down`.
    pub sentence: String,
}

/// A token, without what it is known by.
#[derive(Clone, Debug, Serialize)]
pub struct TokenReport {
    /// The organization's small number for it.
    pub number: i64,
    /// Its name.
    pub name: TokenName,
    /// What whoever shows it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// When it was last used, to the minute; null where it never was.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Since when it lets nobody in; null while it stands.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A token that was just made, with its secret: nobody is ever told it again.
#[derive(Clone, Debug, Serialize)]
pub struct NewTokenReport {
    /// What to show to be let in.
    pub secret: Secret,
    /// The token.
    #[serde(flatten)]
    pub token: TokenReport,
}

/// A copy of an organization's database.
#[derive(Clone, Debug, Serialize)]
pub struct BackupReport {
    /// The file.
    pub path: String,
    /// Its size.
    pub bytes: u64,
}

/// A theme in the program.
#[derive(Clone, Debug, Serialize)]
pub struct ThemeReport {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Whether the organization uses it.
    pub used: bool,
    /// Its files, by path within it.
    pub files: Vec<String>,
}

/// Files of a theme that are the organization's own now.
#[derive(Clone, Debug, Serialize)]
pub struct EjectReport {
    /// The theme.
    pub theme: String,
    /// The files written.
    pub paths: Vec<String>,
}

/// A theme of which every template was rendered.
#[derive(Clone, Debug, Serialize)]
pub struct CheckedTheme {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Language of its words (BCP 47): the organization's, or the nearest there is.
    pub language: String,
    /// The organization's files that count in place of its own.
    pub overridden: Vec<String>,
    /// Files rendered.
    pub pages: usize,
}

/// An organization that is gone.
#[derive(Clone, Debug, Serialize)]
pub struct RemovedOrgReport {
    /// What it was called.
    pub slug: Slug,
    /// The file that holds everything people made in it.
    pub backup: String,
    /// What a person should know of it; null where all was well.
    pub notice: Option<String>,
    /// The folder that could not be deleted, and why; null where it is gone.
    pub left: Option<String>,
}

/// When to build again.
#[derive(Clone, Debug, Serialize)]
pub struct NextReport {
    /// The next moment at which a rebuild would change something.
    pub next: DateTime<Utc>,
    /// Why then.
    pub reason: String,
}

/// What a build did.
#[derive(Clone, Debug, Serialize)]
pub struct BuildReport {
    /// The organization.
    pub org: Slug,
    /// The folder it built into.
    pub out: String,
    /// The page to open.
    pub index: String,
    /// The moment that counted as now.
    pub at: DateTime<Utc>,
    /// Whether nothing was written because it was only asked for.
    pub dry_run: bool,
    /// What a person should know of the folder as the build found it; null where all was well.
    pub notice: Option<String>,
    /// Identity of the site: the same files are the same generation; null where nothing was built.
    pub generation: Option<Generation>,
    /// Files written, new or changed.
    pub written: usize,
    /// Files left as they were.
    pub kept: usize,
    /// Files removed.
    pub removed: usize,
    /// How long each step took, in microseconds: survey, plan, load, render, stage, switch.
    pub steps: Vec<StepReport>,
    /// The next moment at which a rebuild would change something.
    pub valid_until: DateTime<Utc>,
}

/// One step of a build.
#[derive(Clone, Debug, Serialize)]
pub struct StepReport {
    /// Its name.
    pub step: &'static str,
    /// How long it took.
    pub microseconds: u128,
}

/// What an import did, or would do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ImportReport {
    /// Whether nothing was written because it was only asked for.
    pub dry_run: bool,
    /// Files read.
    pub files: usize,
    /// Groups added and changed.
    pub groups: Counted,
    /// Services added and changed.
    pub services: Counted,
    /// Incidents added and changed.
    pub incidents: Counted,
    /// Maintenances added and changed.
    pub maintenances: Counted,
    /// Updates added and changed.
    pub updates: Counted,
    /// Manual statuses recorded because a file states another present status than what was recorded computes.
    pub corrections: usize,
    /// Incidents and maintenances closed because a newer list of their page no longer names them.
    pub closed_by_source: usize,
    /// Statuses of the past that a file states of services without an incident.
    pub past_statuses: usize,
    /// What could not be used, by file and place.
    pub warnings: Vec<String>,
    /// What was used otherwise than it is written.
    pub repaired: Vec<Remark>,
    /// What of a folder could not be used.
    pub refused: Vec<Remark>,
    /// Files and folders within a folder that hold nothing of a record.
    pub passed_over: Vec<Remark>,
}

impl ImportReport {
    /// Whether it says anything that was not recorded before.
    pub fn has_changes(&self) -> bool {
        let moved = |counted: &Counted| counted.added + counted.changed > 0;
        [&self.groups, &self.services, &self.incidents, &self.maintenances, &self.updates].into_iter().any(moved)
            || self.corrections + self.closed_by_source + self.past_statuses > 0
    }
}

/// Added, changed and unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Not there before.
    pub added: usize,
    /// There before, different now.
    pub changed: usize,
    /// There before, the same.
    pub unchanged: usize,
}

/// Where an export went.
#[derive(Clone, Debug, Serialize)]
pub struct ExportReport {
    /// The file; null where the text went to standard output.
    pub path: Option<String>,
    /// The document itself, where no file was named.
    #[serde(skip)]
    pub text: Option<String>,
}

/// A folder that was made.
#[derive(Clone, Debug, Serialize)]
pub struct FolderReport {
    /// Its path.
    pub path: String,
}

/// What `apply` changes, or would.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ApplyReport {
    /// Whether nothing was written because nothing was to be.
    pub dry_run: bool,
    /// From when on it counts.
    pub effective_at: DateTime<Utc>,
    /// Whether visitors may notice.
    pub public: bool,
    /// What differs: settings, then groups, then services, then what is removed.
    pub changes: Vec<AppliedChange>,
    /// How many groups and services are as the file says already.
    pub unchanged: usize,
    /// Groups that the file lacks and that stay.
    pub other_groups: Vec<Slug>,
    /// Services that the file lacks and that stay.
    pub other_services: Vec<Slug>,
}

/// One thing that `apply` changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AppliedChange {
    /// `setting`, `group` or `service`.
    pub kind: &'static str,
    /// Name of the setting, or slug.
    pub name: String,
    /// `added`, `changed` or `removed`.
    pub change: &'static str,
    /// What differs; a setting has one field, `value`, and what is removed none.
    pub fields: Vec<AppliedField>,
}

/// A field that `apply` changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AppliedField {
    /// Its key in the file.
    pub field: &'static str,
    /// What it was; null where it was not set.
    pub before: Value,
    /// What it is to be; null where it is not to be set.
    pub after: Value,
}
