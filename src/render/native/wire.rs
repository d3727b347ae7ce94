//! The shapes of Statuary's own JSON, version 1. This file is its reference.
//!
//! Promises: keys are never renamed or removed within a version, new ones may be added, so readers ignore what they do not know. Every key
//! is always present, but for those said here to be left out; what is unknown or does not apply is null, and a list without entries is `[]`.
//! Times are RFC 3339 in UTC with three fraction digits (`2026-11-22T14:30:00.000Z`), dates are `YYYY-MM-DD` in the page's time zone,
//! addresses are absolute. Ids are opaque and stable for ever. Statuses are the words of Statuspage's API: a service is `operational`,
//! `under_maintenance`, `degraded_performance`, `partial_outage` or `major_outage`; an incident `investigating`, `identified`,
//! `monitoring`, `resolved` or `postmortem`; a maintenance `scheduled`, `in_progress`, `verifying`, `completed` or `cancelled`.

use std::collections::BTreeMap;

use serde::Serialize;

/// `api/public/SLUG.json`: the present, and the last 90 days.
#[derive(Serialize)]
pub(super) struct Present<'a> {
    /// Version of this format: 1.
    pub(super) version: u8,
    /// When the file was made. The only value that differs between two builds of the same data at the same moment.
    pub(super) built_at: String,
    /// The moment all of this is true of.
    pub(super) at: String,
    /// The newest public change that counts at `at`.
    pub(super) updated_at: String,
    /// The next moment at which a rebuild would show something else, be it only another day; later than that, fetch again.
    pub(super) valid_until: String,
    /// Whose page it is.
    pub(super) page: Page<'a>,
    /// What a visitor reads first. Unlike `status` it is never green while an incident is open.
    pub(super) verdict: Verdict<'a>,
    /// What Statuspage's API says of the whole page; open incidents do not count there.
    pub(super) status: Status,
    /// How uptime is counted.
    pub(super) uptime_rule: UptimeRule,
    /// Groups in page order.
    pub(super) groups: Vec<Group<'a>>,
    /// All listed services in page order, those in groups included.
    pub(super) services: Vec<Service<'a>>,
    /// Open incidents, newest change first.
    pub(super) open_incidents: Vec<Incident<'a>>,
    /// Those of the fifty newest incidents that are over and began or ended in the last 90 days, newest start first; the documents of
    /// the months have all.
    pub(super) recent_incidents: Vec<Incident<'a>>,
    /// Maintenances that are not over or whose window lies in the last 90 days or ahead, by start of window; cancelled ones too.
    pub(super) maintenances: Vec<Maintenance<'a>>,
    /// The series whose dates are among them, by start of their first window.
    pub(super) series: Vec<Series<'a>>,
    /// The months that have a document of their own, newest first: all in which an incident or a maintenance began.
    pub(super) months: Vec<MonthLink>,
}

/// `api/public/SLUG/YYYY-MM.json`: what began in one month. It says nothing of the present, so an old one does not change.
#[derive(Serialize)]
pub(super) struct Month<'a> {
    /// Version of this format: 1.
    pub(super) version: u8,
    /// The month, `YYYY-MM`, in the page's time zone.
    pub(super) month: &'a str,
    /// Whose page it is.
    pub(super) page: Page<'a>,
    /// Addresses of the documents with the earlier incidents of the month, oldest first; none unless it has more than a hundred.
    pub(super) earlier: Vec<String>,
    /// Incidents that began in the month, newest start first.
    pub(super) incidents: Vec<Incident<'a>>,
    /// Maintenances whose window begins in the month, by start of window; cancelled ones too.
    pub(super) maintenances: Vec<Maintenance<'a>>,
}

/// Whose page it is.
#[derive(Serialize)]
pub(super) struct Page<'a> {
    /// Public id of the page.
    pub(super) id: &'a str,
    /// The organization's name in paths.
    pub(super) slug: &'a str,
    /// The organization's name.
    pub(super) name: &'a str,
    /// A sentence about it; null where there is none.
    pub(super) description: Option<&'a str>,
    /// Address of the page, ending in `/`.
    pub(super) url: String,
    /// Address of the document of the present.
    pub(super) present: String,
    /// IANA name of the zone that days and months follow.
    pub(super) time_zone: &'static str,
    /// Language of the page's fixed words (BCP 47).
    pub(super) language: &'a str,
}

/// What a visitor reads first.
#[derive(Serialize)]
pub(super) struct Verdict<'a> {
    /// A service status; decides colour and icon.
    pub(super) status: &'static str,
    /// `all_operational`; `some` or `all` services have `status`; `open_incident`: no service is down, but an incident is open; `empty`:
    /// there are no services.
    pub(super) kind: &'static str,
    /// Names of the services with the worst status, in page order.
    pub(super) worst: &'a [String],
    /// How many listed services are not operational.
    pub(super) affected: usize,
    /// How many services are listed.
    pub(super) total: usize,
}

/// Statuspage's rollup.
#[derive(Serialize)]
pub(super) struct Status {
    /// `none`, `minor`, `major`, `critical` or `maintenance`.
    pub(super) indicator: &'static str,
    /// One of Statuspage's seven sentences.
    pub(super) description: &'static str,
}

/// Uptime is `100 * (1 - (major_weight * major + partial_weight * partial) / window)`; other statuses count nothing.
#[derive(Serialize)]
pub(super) struct UptimeRule {
    /// Weight of a second of partial outage, 0.3 by default.
    pub(super) partial_weight: f64,
    /// Weight of a second of major outage, 1 by default.
    pub(super) major_weight: f64,
}

/// A group of services.
#[derive(Serialize)]
pub(super) struct Group<'a> {
    /// Public id.
    pub(super) id: &'a str,
    /// Name in paths.
    pub(super) slug: &'a str,
    /// What visitors read.
    pub(super) name: &'a str,
    /// A line below the name; null where there is none.
    pub(super) description: Option<&'a str>,
    /// That of its worst service; `operational` without services.
    pub(super) status: &'static str,
    /// Mean of its services' untruncated uptimes.
    pub(super) uptime: Uptime,
    /// Ids of its services in order.
    pub(super) services: Vec<&'a str>,
}

/// A service.
#[derive(Serialize)]
pub(super) struct Service<'a> {
    /// Public id.
    pub(super) id: &'a str,
    /// Name in paths.
    pub(super) slug: &'a str,
    /// What visitors read.
    pub(super) name: &'a str,
    /// A line below the name; null where there is none.
    pub(super) description: Option<&'a str>,
    /// Address of its page here.
    pub(super) url: String,
    /// Address of the service itself; null where none is given.
    pub(super) link: Option<&'a str>,
    /// Id of its group; null outside of groups.
    pub(super) group: Option<&'a str>,
    /// Its status at `at`.
    pub(super) status: &'static str,
    /// Since when it has that status; null where it never had another.
    pub(super) since: Option<String>,
    /// When its settings or its status last changed.
    pub(super) updated_at: String,
    /// The date from whose start its uptime counts; null: from the beginning.
    pub(super) start_date: Option<String>,
    /// Whether the page shows its days and uptime. Where it does not, `uptime` holds nulls and `days` is empty.
    pub(super) showcase: bool,
    /// Whether the HTML page lists it only while it is not operational.
    pub(super) only_show_if_degraded: bool,
    /// Its uptime.
    pub(super) uptime: Uptime,
    /// The last 90 days, oldest first; today's up to `at`.
    pub(super) days: Vec<Day<'a>>,
    /// Ids of the open incidents that name it.
    pub(super) open_incidents: Vec<&'a str>,
    /// What checks came to in the last 24 hours, oldest hour first; absent without checks, and where the page does not show uptime.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) checks: Vec<CheckHour>,
}

/// The checks of an hour. Latencies are whole milliseconds, null where no answer was measured.
#[derive(Serialize)]
pub(super) struct CheckHour {
    /// First moment of the hour.
    pub(super) start: String,
    /// How many checks there were.
    pub(super) results: u32,
    /// How many of them failed.
    pub(super) failures: u32,
    /// The quickest answer.
    pub(super) min_ms: Option<u32>,
    /// Half of the answers took no longer.
    pub(super) median_ms: Option<u32>,
    /// 95 of 100 answers took no longer.
    pub(super) p95_ms: Option<u32>,
    /// The slowest answer.
    pub(super) max_ms: Option<u32>,
}

/// Percentages as they are shown, truncated to two decimals: `"100.0"`, `"99.5"`, `"99.87"`. Null where the window is empty because the
/// service starts later, or where the page does not show uptime.
#[derive(Serialize)]
pub(super) struct Uptime {
    /// The last 24 hours.
    pub(super) hours_24: Option<String>,
    /// Seven calendar days, today's up to `at`.
    pub(super) days_7: Option<String>,
    /// Thirty calendar days.
    pub(super) days_30: Option<String>,
    /// Ninety calendar days.
    pub(super) days_90: Option<String>,
}

/// One day of one service. Most days are uneventful: what is zero or empty is left out.
#[derive(Serialize)]
pub(super) struct Day<'a> {
    /// The date in the page's zone.
    pub(super) date: String,
    /// The worst status of the day; null before the service's start date.
    pub(super) worst: Option<&'static str>,
    /// Seconds of major outage.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) major_seconds: i64,
    /// Seconds of partial outage.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) partial_seconds: i64,
    /// Seconds of degraded performance.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) degraded_seconds: i64,
    /// Seconds under maintenance.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) maintenance_seconds: i64,
    /// Ids of the incidents behind it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) incidents: Vec<&'a str>,
}

fn is_zero(seconds: &i64) -> bool {
    *seconds == 0
}

/// An incident.
#[derive(Serialize)]
pub(super) struct Incident<'a> {
    /// Public id.
    pub(super) id: &'a str,
    /// One line.
    pub(super) title: &'a str,
    /// Address of its page.
    pub(super) url: String,
    /// Where it stands.
    pub(super) status: &'static str,
    /// Whether it is open, that is neither `resolved` nor `postmortem`.
    pub(super) open: bool,
    /// How bad it is: `none`, `minor`, `major` or `critical`.
    pub(super) impact: &'static str,
    /// When it began.
    pub(super) started_at: String,
    /// When it was first monitored; null where it was not.
    pub(super) monitoring_at: Option<String>,
    /// By when another update is promised; null where none is, and once it is over. It may have passed.
    pub(super) next_update_at: Option<String>,
    /// When it was resolved; null while it is open.
    pub(super) resolved_at: Option<String>,
    /// When it began to be told.
    pub(super) created_at: String,
    /// When anything about it last changed.
    pub(super) updated_at: String,
    /// The services it names, in order of first mention.
    pub(super) services: Vec<NamedService<'a>>,
    /// What was said, newest first.
    pub(super) updates: Vec<Update<'a>>,
}

/// A maintenance.
#[derive(Serialize)]
pub(super) struct Maintenance<'a> {
    /// Public id.
    pub(super) id: &'a str,
    /// One line.
    pub(super) title: &'a str,
    /// Address of its page.
    pub(super) url: String,
    /// Where it stands, by its updates and by the clock.
    pub(super) status: &'static str,
    /// Whether it was called off or broken off.
    pub(super) cancelled: bool,
    /// Planned start.
    pub(super) scheduled_for: String,
    /// Planned end.
    pub(super) scheduled_until: String,
    /// Whether it counts as begun when its window begins.
    pub(super) auto_start: bool,
    /// Whether it counts as completed when its window ends.
    pub(super) auto_finish: bool,
    /// When work began; null where it has not.
    pub(super) began_at: Option<String>,
    /// When it was completed; null where it is not.
    pub(super) completed_at: Option<String>,
    /// When it was announced.
    pub(super) created_at: String,
    /// When anything about it last changed, by deed or by the clock.
    pub(super) updated_at: String,
    /// The services it covers, in order.
    pub(super) services: Vec<NamedService<'a>>,
    /// Which date of a series it is; left out where it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) occurrence: Option<Occurrence<'a>>,
    /// What was said, newest first.
    pub(super) updates: Vec<Update<'a>>,
}

/// Which date of a series a maintenance is.
#[derive(Serialize)]
pub(super) struct Occurrence<'a> {
    /// Public id of the series.
    pub(super) series: &'a str,
    /// The day that its rule means, also where this date was moved to another; with the series it is the same for ever.
    pub(super) day: String,
    /// On which days the series takes place now: a recurrence rule of RFC 5545.
    pub(super) rule: &'a str,
}

/// Maintenance that takes place again and again. Its dates are maintenances of their own, told for a year ahead.
#[derive(Serialize)]
pub(super) struct Series<'a> {
    /// Public id.
    pub(super) id: &'a str,
    /// One line.
    pub(super) title: &'a str,
    /// Address of its page.
    pub(super) url: String,
    /// `scheduled` as long as it has dates to come, then `completed`; `cancelled` where it was called off.
    pub(super) status: &'static str,
    /// On which days it takes place: a recurrence rule of RFC 5545.
    pub(super) rule: &'a str,
    /// IANA name of the zone whose clocks say when.
    pub(super) time_zone: &'static str,
    /// Planned start of the first date.
    pub(super) scheduled_for: String,
    /// Planned end of the first date; every date takes as long.
    pub(super) scheduled_until: String,
    /// When it was announced.
    pub(super) created_at: String,
    /// When anything about it was last changed by a deed.
    pub(super) updated_at: String,
    /// Ids of its dates that are not over, by start.
    pub(super) dates: Vec<&'a str>,
}

/// A service as an incident or a maintenance names it.
#[derive(Serialize)]
pub(super) struct NamedService<'a> {
    /// Public id.
    pub(super) id: &'a str,
    /// Its name today where it is listed, else as it was last written.
    pub(super) name: &'a str,
    /// Address of its page; null where it has none any more.
    pub(super) url: Option<String>,
    /// The status last said of it here; null where none was said.
    pub(super) last_said: Option<&'static str>,
    /// When that was said.
    pub(super) said_at: String,
}

/// An update of an incident or a maintenance.
#[derive(Serialize)]
pub(super) struct Update<'a> {
    /// Public id.
    pub(super) id: &'a str,
    /// Status from then on.
    pub(super) status: &'static str,
    /// The text as it was written, in Markdown. Not safe to show as HTML.
    pub(super) body_markdown: &'a str,
    /// The text as HTML without anything live in it.
    pub(super) body_html: &'a str,
    /// The text in other languages, by language tag (BCP 47); left out where there are none, as with most updates.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) translations: BTreeMap<&'a str, Translation<'a>>,
    /// When it takes effect, and the time visitors read.
    pub(super) display_at: String,
    /// By when it promises another update; left out where it promises none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_update_at: Option<String>,
    /// When it was written.
    pub(super) created_at: String,
    /// When it was last edited.
    pub(super) updated_at: String,
    /// What it says of services, in order; null where it says nothing of services, `[]` where it says that there are none.
    pub(super) affected: Option<Vec<Affected<'a>>>,
}

/// What an update says in another language.
#[derive(Serialize)]
pub(super) struct Translation<'a> {
    /// The text as it was written, in Markdown. Not safe to show as HTML.
    pub(super) body_markdown: &'a str,
    /// The text as HTML without anything live in it.
    pub(super) body_html: String,
}

/// What an update says of one service.
#[derive(Serialize)]
pub(super) struct Affected<'a> {
    /// The service's id; null for an imported line that names none, such as "No components were affected by this update.".
    pub(super) service: Option<&'a str>,
    /// The service's name as it was written then, `Group - Service` for one in a group; or the imported line.
    pub(super) name: &'a str,
    /// Status before; null where it is not known.
    pub(super) old_status: Option<&'static str>,
    /// Status from then on; null where it is not known.
    pub(super) new_status: Option<&'static str>,
}

/// Where the document of a month is.
#[derive(Serialize)]
pub(super) struct MonthLink {
    /// The month, `YYYY-MM`.
    pub(super) month: String,
    /// Address of its document.
    pub(super) url: String,
}
