//! What a template may name: the contract between pages and themes, field by field.
//!
//! Every template gets `site` ([`Site`]), `words` (the theme's words by key), `style` (what pages of this kind have of the
//! style sheet), `embed_style` (that of the page for frames), `assets` (published path by name), `page` ([`Page`]) and its own value under the template's name: `home` ([`Home`], in `index.html`), `history`, `month`,
//! `incident`, `maintenance`, `service` or `uptime`. Values are plain text unless they say HTML, and are escaped where a template writes them.
//! New fields may come; none changes its meaning.

use serde::Serialize;

/// What is the same on every page of an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Site {
    /// The organization's name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// Language of the page (BCP 47), for `lang`.
    pub language: String,
    /// `ltr` or `rtl`, for `dir`: the word `direction`, since it is the words that run one way or the other.
    pub direction: &'static str,
    /// Where the site is published, ending in `/`.
    pub address: String,
    /// A content security policy that allows every page what it has.
    pub policy: String,
    /// Name of the time zone of all times and days.
    pub time_zone: String,
    /// Whether services are to stand close together.
    pub compact: bool,
    /// Links to the organization's other pages.
    pub links: Vec<SiteLink>,
    /// The organization's logo, to stand in place of its name, which then is its text alternative.
    pub logo: Option<Logo>,
}

/// An organization's logo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Logo {
    /// In light pages, and in dark ones too where there is no other.
    pub light: Picture,
    /// In dark pages.
    pub dark: Option<Picture>,
}

/// A picture that the site publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// Its path: put `page.files` before it.
    pub path: String,
    /// For `width`: with the height it keeps the picture's place free until it is loaded.
    pub width: u32,
    /// For `height`.
    pub height: u32,
}

/// A link to another page of the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SiteLink {
    /// What it says.
    pub text: String,
    /// Where it leads: an http, https or mailto address.
    pub url: String,
}

/// What a page's head and frame say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page {
    /// `home`, `history`, `month`, `incident`, `maintenance`, `service`, `uptime` or `not_found`.
    pub kind: &'static str,
    /// What goes before every link to a page: `./`, `../`, `../../`, or a path from the host's root for the page that stands anywhere.
    pub root: String,
    /// What goes before every link to a file that all languages share (assets, feeds, JSON, calendars): the same as `root` but on pages
    /// below the folder of a language.
    pub files: String,
    /// The languages that the page is in, this one too, in the order of org.toml; empty where there is only one.
    pub languages: Vec<PageLanguage>,
    /// For `og:title`; starts with the state where the page has one.
    pub title: String,
    /// The same in at most 70 characters, for `<title>`.
    pub short_title: String,
    /// One sentence.
    pub description: String,
    /// The page's public address; `None` where it has none of its own.
    pub canonical: Option<String>,
    /// The icon of the browser's tab: a `data:` address whose shape follows the state.
    pub icon: String,
    /// Address of the picture that other sites show beside a link to the page, for `og:image`: the theme's `assets/state-MARK.png` for the
    /// state that the page has; `None` where it has none, or the theme no such picture.
    pub image: Option<String>,
    /// Its width in pixels; 0 without a picture.
    pub image_width: usize,
    /// Its height in pixels; 0 without a picture.
    pub image_height: usize,
    /// What it says, in words; empty without a picture.
    pub image_text: String,
    /// Path of a feed of the page's own: put `files` before it.
    pub feed: Option<String>,
    /// Path of a calendar of the page's own: put `files` before it.
    pub calendar: Option<String>,
    /// Marks of the icons to have at hand, each once: those of every [`Word`] on pages of incidents, maintenances and months, all of them
    /// where the state of the moment is shown, none on the page for what is not there.
    pub marks: Vec<&'static str>,
    /// A content security policy that allows no more than this page has: with `style`, and with `embed_style`
    /// on the page for frames.
    pub policy: String,
}

/// A language that a page is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageLanguage {
    /// BCP 47, for `lang` and `hreflang`.
    pub tag: String,
    /// What it calls itself: `Deutsch`.
    pub name: String,
    /// Whether this page is in it.
    pub current: bool,
    /// Where the page in that language is, from this one: use it as it is.
    pub link: String,
    /// Its public address; `None` where the page has none of its own.
    pub address: Option<String>,
}

/// A word of a fixed vocabulary, such as a status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Word {
    /// As in the public JSON: `major_outage`.
    pub key: &'static str,
    /// Class for colour, and name of the icon: `ok`, `mt`, `dg`, `pa`, `ma` or `no`.
    pub mark: &'static str,
    /// What people read: `Major outage`.
    pub text: String,
}

/// A moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Instant {
    /// For `datetime`: `2026-11-22T10:04:00Z`.
    pub utc: String,
    /// In the organization's zone: `22 Nov 2026, 11:04 CET`.
    pub text: String,
}

/// A day of the organization's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Date {
    /// For `datetime`: `2026-11-22`.
    pub date: String,
    /// `22 Nov 2026`.
    pub text: String,
}

/// A link within the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Path below the site's root: put `page.root` before it.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// `home`: the first page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Home {
    /// What stands in the head.
    pub page: Page,
    /// Colour and icon of the verdict.
    pub status: Word,
    /// The verdict as a sentence.
    pub verdict: String,
    /// How many services are affected, as a sentence; `None` where none is.
    pub counts: Option<String>,
    /// Since when the first of them has been.
    pub since: Option<Instant>,
    /// When anything last changed.
    pub updated: Instant,
    /// The next moment at which the page would say something else without any deed.
    pub valid_until: Instant,
    /// Open incidents, newest change first.
    pub open_incidents: Vec<Incident>,
    /// Maintenances that are going on.
    pub active_maintenances: Vec<Maintenance>,
    /// Planned maintenances of the next 14 days, or else the next three.
    pub planned_maintenances: Vec<Maintenance>,
    /// Groups and ungrouped services in order.
    pub sections: Vec<Section>,
    /// First day of the traces; `None` without services.
    pub first_day: Option<Date>,
    /// Last day of the traces.
    pub last_day: Option<Date>,
    /// The newest incidents that are over: ten; fewer, and without summaries, where some are open.
    pub past_incidents: Vec<Incident>,
}

/// A group with its services, or services without a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// The group's name; `None` for services without a group.
    pub name: Option<String>,
    /// A line about the group.
    pub description: Option<String>,
    /// The worst status in it.
    pub status: Word,
    /// Its services in order.
    pub services: Vec<Service>,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Path of its page.
    pub path: String,
    /// A line about it.
    pub description: Option<String>,
    /// Where the service itself lives.
    pub link: Option<String>,
    /// Its status.
    pub status: Word,
    /// Uptime over 90 days as `99.97%`; `None` where it has none or shows none.
    pub uptime: Option<String>,
    /// Its last 90 days as a drawing; `None` where it shows none.
    pub trace: Option<Trace>,
    /// Days with trouble or maintenance, newest first; in a list of services the ten newest.
    pub bad_days: Vec<BadDay>,
}

/// Days as paths of an SVG, oldest day left: ninety, or those of a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// How many units the drawing is wide, one per day; it is 2 units high.
    pub width: usize,
    /// The line of the days with data.
    pub calm: Option<String>,
    /// The line of the days before the service's start.
    pub before: Option<String>,
    /// One mark per bad day, the worse the taller; of more than twenty bad days one per status.
    pub marks: Vec<Mark>,
}

/// A bad day's mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// Class for colour, as in [`Word::mark`].
    pub mark: &'static str,
    /// The path's `d`.
    pub path: String,
    /// The day in words.
    pub title: String,
}

/// A day with trouble or maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadDay {
    /// Which.
    pub day: Date,
    /// The worst status it had.
    pub status: Word,
    /// What was how long: `Major outage 34 min, degraded performance 2 h`.
    pub summary: String,
    /// The incidents behind it.
    pub incidents: Vec<Link>,
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// Its title.
    pub title: String,
    /// Path of its page.
    pub path: String,
    /// How bad it is.
    pub impact: Word,
    /// Where it stands.
    pub status: Word,
    /// Whether it is open.
    pub open: bool,
    /// When it began.
    pub started: Instant,
    /// The day on which it began.
    pub day: Date,
    /// When it was resolved.
    pub resolved: Option<Instant>,
    /// From start to resolution: `1 h 36 min`.
    pub duration: Option<String>,
    /// By when another update is promised, while it is open; `None` in lists of past incidents.
    pub next_update: Option<NextUpdate>,
    /// The services it names.
    pub services: Vec<Named>,
    /// The newest update as a line or two of plain text.
    pub summary: String,
    /// What was said, newest first; empty in lists of past incidents.
    pub updates: Vec<Update>,
}

/// A promise to say more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NextUpdate {
    /// By when.
    pub at: Instant,
    /// Whether that has passed.
    pub overdue: bool,
}

/// A maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Maintenance {
    /// Its title.
    pub title: String,
    /// Path of its page.
    pub path: String,
    /// Where it stands.
    pub status: Word,
    /// Whether it was called off.
    pub cancelled: bool,
    /// Planned start.
    pub from: Instant,
    /// Planned end.
    pub until: Instant,
    /// Whether it is under way from its planned start on without anybody saying so, or is already.
    pub begins_by_clock: bool,
    /// Whether it is then completed at its planned end without anybody saying so.
    pub ends_by_clock: bool,
    /// The day of the planned start.
    pub day: Date,
    /// Length of the window: `1 h 30 min`.
    pub duration: String,
    /// When work began.
    pub began: Option<Instant>,
    /// When it was completed.
    pub completed: Option<Instant>,
    /// The services it covers.
    pub services: Vec<Named>,
    /// The newest update as a line or two of plain text.
    pub summary: String,
    /// What was said, newest first; empty in lists.
    pub updates: Vec<Update>,
    /// `Repeats weekly`, of a series and its dates.
    pub repeats: Option<String>,
    /// Path of the page of the series of which it is a date.
    pub series: Option<String>,
    /// The dates to come, of a series on its own page; there `from` and `until` are those of the first one ever.
    pub dates: Vec<MaintenanceDate>,
}

/// A date of a maintenance that repeats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MaintenanceDate {
    /// Path of its page.
    pub path: String,
    /// Where it stands.
    pub status: Word,
    /// Planned start.
    pub from: Instant,
    /// Planned end.
    pub until: Instant,
    /// `2 h`.
    pub duration: String,
}

/// A service as an incident or a maintenance names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Path of its page; `None` where it has none.
    pub path: Option<String>,
    /// What was last said of it here.
    pub status: Option<Word>,
}

/// An update of an incident or a maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Update {
    /// For links to it: `u3` is the third one said.
    pub anchor: String,
    /// Status from then on.
    pub status: Word,
    /// When.
    pub at: Instant,
    /// What was said: HTML without anything live but links.
    pub html: String,
    /// Language of what was said (BCP 47) where it is another one than the page's.
    pub language: Option<String>,
    /// Services whose status it changed.
    pub changes: Vec<Change>,
}

/// A service's change of status, as an update states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The service's name as it was written then.
    pub name: String,
    /// Status before.
    pub old: Option<Word>,
    /// Status from then on.
    pub new: Word,
}

/// `history`: the months of the newest years and the newest incidents, or the months of one earlier year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct History {
    /// What stands in the head.
    pub page: Page,
    /// `2019`; empty on the page of the newest years.
    pub text: String,
    /// Years, newest first.
    pub years: Vec<Year>,
    /// The newest ten incidents, open ones too; none on the page of an earlier year.
    pub incidents: Vec<Incident>,
    /// The year before.
    pub previous: Option<Link>,
    /// The year after, or the page of the newest years.
    pub next: Option<Link>,
}

/// A year of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Year {
    /// `2026`.
    pub text: String,
    /// Its months that have a page, newest first.
    pub months: Vec<MonthLink>,
}

/// A month of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MonthLink {
    /// Path of its page.
    pub path: String,
    /// `November 2026`.
    pub text: String,
    /// `3 incidents`.
    pub count: String,
}

/// `month`: what happened in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Month {
    /// What stands in the head.
    pub page: Page,
    /// `November 2026`.
    pub text: String,
    /// The month before it that has a page.
    pub previous: Option<Link>,
    /// The month after it that has a page.
    pub next: Option<Link>,
    /// Incidents that began in it, in the order given.
    pub incidents: Vec<Incident>,
    /// Maintenances whose window starts in it, in the order given.
    pub maintenances: Vec<Maintenance>,
}

/// `service`: one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServicePage {
    /// What stands in the head.
    pub page: Page,
    /// The service with trace and bad days.
    pub service: Service,
    /// Its group's name.
    pub group: Option<String>,
    /// Since when it has its status; `None` where it never had another.
    pub since: Option<Instant>,
    /// Uptime over the usual windows; empty where it shows none.
    pub figures: Vec<Figure>,
    /// How uptime is counted, as a sentence.
    pub rule: String,
    /// How long answers took in the last 24 hours; `None` without checks, and where it shows no uptime.
    pub latency: Option<Latency>,
    /// First day of the trace.
    pub first_day: Option<Date>,
    /// Last day of the trace.
    pub last_day: Option<Date>,
    /// The last twelve months, newest first, without those before its start; empty where it shows no uptime.
    pub months: Vec<ServiceMonth>,
    /// The newest 20 incidents that name it.
    pub incidents: Vec<Incident>,
}

/// How long a service's answers took in the last 24 hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// The newest hour as a sentence; `None` where no answer was measured.
    pub summary: Option<String>,
    /// How many checks there were and how many failed, as a sentence.
    pub checks: String,
    /// The hours as a drawing; `None` where no answer was measured.
    pub drawing: Option<LatencyDrawing>,
    /// The hours in which there were checks, newest first.
    pub hours: Vec<LatencyHour>,
}

/// Hours as paths of an SVG, oldest hour left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LatencyDrawing {
    /// How many units the drawing is wide, one per hour.
    pub width: i64,
    /// How many units it is high.
    pub height: u64,
    /// A rectangle per hour, from its quickest answer to the slowest of 95 in 100.
    pub area: String,
    /// The median of each hour.
    pub line: String,
    /// A mark at the bottom for each hour with a failure; `None` without any.
    pub failed: Option<String>,
    /// What is drawn, from when until when and how high, in words.
    pub key: String,
}

/// An hour of checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LatencyHour {
    /// When it began.
    pub from: Instant,
    /// `42 ms`, or a dash where no answer was measured.
    pub median: String,
    /// The same of the slowest of 95 in 100.
    pub p95: String,
    /// How many checks there were.
    pub results: u32,
    /// How many of them failed.
    pub failures: u32,
}

/// A month of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceMonth {
    /// `November 2026`.
    pub text: String,
    /// Path of the month in the history; `None` where nothing began in it.
    pub path: Option<String>,
    /// Its days as a drawing.
    pub trace: Trace,
    /// Uptime as `99.97%`; `None` where it has none.
    pub uptime: Option<String>,
    /// The worst status it had; the text says how long: `Major outage 34 min`.
    pub status: Word,
}

/// `uptime`: the figures of all services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UptimePage {
    /// What stands in the head.
    pub page: Page,
    /// The windows of all rows, shortest first: `24 hours`.
    pub windows: Vec<String>,
    /// Groups and ungrouped services in order, without services that show no uptime.
    pub sections: Vec<UptimeSection>,
    /// How uptime is counted, as a sentence.
    pub rule: String,
    /// First of the ninety days.
    pub first_day: Option<Date>,
    /// First of the twelve months: `December 2025`.
    pub first_month: String,
    /// Last of them.
    pub last_month: String,
    /// The services that had trouble or maintenance in ninety days.
    pub troubled: Vec<Service>,
}

/// A group's services with their figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UptimeSection {
    /// The group's name; `None` for services without a group.
    pub name: Option<String>,
    /// Means of the services' figures, one per window; empty without a group.
    pub figures: Vec<String>,
    /// The services in order.
    pub services: Vec<UptimeRow>,
}

/// A service with its figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UptimeRow {
    /// Its name.
    pub name: String,
    /// Path of its page.
    pub path: String,
    /// One per window: `99.97%`, or a dash where there is none.
    pub figures: Vec<String>,
}

/// An uptime figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// `90 days`.
    pub window: String,
    /// `99.97%`, or a dash where there is none.
    pub value: String,
}
