//! `statuary status` for people: how services do and did over the last weeks, what is open, what runs and what is next, fitted to the screen.

use anstyle::Style;
use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use unicode_width::UnicodeWidthStr;

use crate::cli::cell::Cell;
use crate::cli::drawing::{Drawing, Line, between, colour, shape};
use crate::cli::screen::Screen;
use crate::cli::service::marks;
use crate::cli::wording::{Length, one_line};
use crate::domain::{MaintenanceStatus, ServiceStatus};
use crate::ops::report::{AffectedReport, IncidentReport, MaintenanceReport, ServiceReport, StatusReport};

/// The lengths that a bar can have, the longest first.
const BARS: [usize; 3] = [90, 60, 30];

/// Space between columns.
const GAP: usize = 2;

/// Less than this tells nothing of a name.
const SHORTEST_NAME: usize = 8;

/// As wide as a screen counts that does not say.
const USUAL_WIDTH: u16 = 80;

/// How many of the maintenances to come are told.
const COMING: usize = 3;

/// The verdict.
pub(super) fn verdict(report: &StatusReport) -> Drawing {
    let (status, words) = (report.status, format!("{}: {}", report.name, report.verdict));
    Drawing::new(move |screen| vec![Line::of(colour(status), format!("{} {}", shape(status, screen), one_line(&words)))])
}

/// The services with their days.
pub(super) fn services(report: &StatusReport, zone: Tz) -> Drawing {
    let rows: Vec<Row> = report.services.iter().map(|service| Row::of(service, report, zone)).collect();
    Drawing::new(move |screen| {
        let mut lines = if rows.is_empty() { Vec::new() } else { Columns::fitting(&rows, screen).draw(&rows, screen) };
        lines.extend(legend(&rows, screen));
        lines
    })
}

/// What a service's line says.
#[derive(Debug)]
struct Row {
    slug: String,
    status: ServiceStatus,
    /// The last 90 days, oldest first; nothing before the service's first day.
    days: Vec<Option<ServiceStatus>>,
    uptime: String,
    since: String,
    name: String,
    notes: String,
}

impl Row {
    fn of(service: &ServiceReport, report: &StatusReport, zone: Tz) -> Self {
        let since = service.status_since.map(|since| Length((report.at - since).num_seconds()).to_string());
        Self {
            slug: service.slug.to_string(),
            status: service.status,
            days: days(service, report, report.at.with_timezone(&zone).date_naive()),
            uptime: service.uptime_90_days.clone().unwrap_or_else(|| "-".to_owned()),
            since: since.unwrap_or_default(),
            name: one_line(&service.name),
            notes: marks(service),
        }
    }
}

fn days(service: &ServiceReport, report: &StatusReport, today: NaiveDate) -> Vec<Option<ServiceStatus>> {
    let worst = |date: NaiveDate| {
        let bad = report.bad_days.iter().find(|day| day.service == service.slug && day.date == date);
        bad.map_or(ServiceStatus::Operational, |day| day.worst)
    };
    let dates = (0..90_u64).rev().filter_map(|back| today.checked_sub_days(Days::new(back)));
    dates.map(|date| service.start_date.is_none_or(|start| start <= date).then(|| worst(date))).collect()
}

/// How wide what of a row is shown.
#[derive(Debug, Default)]
struct Columns {
    slug: usize,
    status: usize,
    uptime: usize,
    bar: usize,
    /// Whether bars stand below their rows, for which the screen is too narrow.
    below: bool,
    /// Whether the rest of a row stands below its slug, too.
    stacked: bool,
    since: usize,
    name: usize,
    notes: usize,
}

impl Columns {
    fn fitting(rows: &[Row], screen: &Screen) -> Self {
        let width = usize::from(screen.width.unwrap_or(USUAL_WIDTH));
        let widest = |header: &str, text: &dyn Fn(&Row) -> usize| rows.iter().map(text).chain([header.width()]).max().unwrap_or(0);
        let mut columns = Self {
            slug: widest("service", &|row| row.slug.width()),
            status: widest("status", &|row| 2 + row.status.as_str().width()),
            uptime: widest("uptime", &|row| row.uptime.width()),
            ..Self::default()
        };
        let least = columns.slug + GAP + columns.status + GAP + columns.uptime;
        let Some(bar) = BARS.into_iter().find(|bar| least + GAP + bar <= width) else {
            let bar = BARS[BARS.len() - 1].min(width.saturating_sub(GAP));
            return Self { bar, below: true, stacked: least > width, ..columns };
        };
        columns.bar = bar;
        let mut left = width - least - GAP - bar;
        let mut take = |wanted: usize, least: usize| {
            let given = if wanted == 0 || left < GAP + least.min(wanted) { 0 } else { wanted.min(left - GAP) };
            left -= if given > 0 { given + GAP } else { 0 };
            given
        };
        let since = widest("", &|row| row.since.width());
        columns.since = take(if since > 0 { since.max("since".width()) } else { 0 }, usize::MAX);
        columns.name = take(widest("name", &|row| row.name.width()), SHORTEST_NAME);
        let notes = widest("", &|row| row.notes.width());
        columns.notes = take(if notes > 0 { notes.max("notes".width()) } else { 0 }, SHORTEST_NAME);
        columns
    }

    fn draw(&self, rows: &[Row], screen: &Screen) -> Vec<Line> {
        let mut lines = if self.stacked { Vec::new() } else { vec![self.header()] };
        for row in rows {
            lines.extend(self.row(row, screen));
        }
        lines
    }

    fn header(&self) -> Line {
        let bar = format!("{} DAYS", self.bar);
        let names =
            [("SERVICE", self.slug), ("STATUS", self.status), (if self.below { "" } else { &bar }, if self.below { 0 } else { self.bar })];
        let rest = [("UPTIME", self.uptime), ("SINCE", self.since), ("NAME", self.name), ("NOTES", self.notes)];
        let mut line = Line::default();
        for (name, width) in names.into_iter().chain(rest).filter(|(_, width)| *width > 0) {
            line.add_wide(Style::new().dimmed(), name, width + GAP);
        }
        line
    }

    fn row(&self, row: &Row, screen: &Screen) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut line = Line::default();
        if self.stacked {
            lines.push(Line::of(Style::new(), screen.shortened(&row.slug, usize::from(screen.width.unwrap_or(USUAL_WIDTH)))));
            line.add(Style::new(), " ".repeat(GAP));
        } else {
            line.add_wide(Style::new(), &row.slug, self.slug + GAP);
        }
        line.add_wide(colour(row.status), &format!("{} {}", shape(row.status, screen), row.status), self.status + GAP);
        if !self.below {
            bar(&mut line, row, self.bar, screen);
            line.add(Style::new(), " ".repeat(GAP));
        }
        line.add_wide(Style::new(), &row.uptime, self.uptime + GAP);
        for (text, width) in [(&row.since, self.since), (&row.name, self.name), (&row.notes, self.notes)] {
            if width > 0 {
                line.add_wide(Style::new(), &screen.shortened(text, width), width + GAP);
            }
        }
        lines.push(line);
        if self.below {
            let mut below = Line::of(Style::new(), " ".repeat(GAP));
            bar(&mut below, row, self.bar, screen);
            lines.push(below);
        }
        lines
    }
}

/// The newest `length` days of a row: neighbours of one status are one piece.
fn bar(line: &mut Line, row: &Row, length: usize, screen: &Screen) {
    let shown = &row.days[row.days.len().saturating_sub(length)..];
    for days in shown.chunk_by(|left, right| left == right) {
        match days.first().copied().flatten() {
            Some(status) => line.add(colour(status), shape(status, screen).repeat(days.len())),
            None => line.add(Style::new(), " ".repeat(days.len())),
        }
    }
}

/// What the shapes mean, as far as any but the usual one is seen.
fn legend(rows: &[Row], screen: &Screen) -> Option<Line> {
    let seen = |status: ServiceStatus| rows.iter().any(|row| row.status == status || row.days.contains(&Some(status)));
    let words = ServiceStatus::ALL.iter().filter(|status| seen(**status)).map(|status| {
        let word = match status {
            ServiceStatus::Operational => "up",
            ServiceStatus::UnderMaintenance => "maintenance",
            ServiceStatus::DegradedPerformance => "degraded",
            ServiceStatus::PartialOutage => "partial",
            ServiceStatus::MajorOutage => "major",
        };
        (*status, word)
    });
    let words: Vec<(ServiceStatus, &str)> = words.collect();
    let mut line = Line::default();
    for (status, word) in &words {
        line.add(colour(*status), shape(*status, screen));
        line.add(Style::new().dimmed(), format!(" {word}{}", " ".repeat(GAP)));
    }
    (words.len() > 1).then_some(line)
}

/// Something that is told in two lines: what it is, and below it what is to be known of it.
struct Entry {
    head: Vec<Cell>,
    title: String,
    facts: Vec<String>,
    services: Vec<AffectedReport>,
}

/// Entries below one another, and a last line.
fn entries(entries: Vec<Entry>, last: Option<String>) -> Drawing {
    Drawing::new(move |screen| {
        let heads: Vec<&[Cell]> = entries.iter().map(|entry| entry.head.as_slice()).collect();
        let mut lines = Vec::new();
        for entry in &entries {
            lines.push(titled(&entry.head, &heads, &entry.title, screen));
            let facts: Vec<String> = entry.facts.iter().cloned().chain(concerned(&entry.services, screen)).collect();
            lines.push(detail(&facts.join(between(screen)), screen));
        }
        lines.extend(last.clone().map(Line::aside));
        lines
    })
}

/// Open incidents: since when, when something was last said of them, whom they concern.
pub(super) fn incidents(incidents: &[IncidentReport], now: DateTime<Utc>) -> Drawing {
    let ago = |at: DateTime<Utc>| Length((now - at).num_seconds());
    let entry = |incident: &IncidentReport| {
        let status = if incident.draft { Cell::from("draft") } else { incident.status.into() };
        let said = incident.updates.last().map(|update| format!("last update {} ago", ago(update.display_at)));
        Entry {
            head: vec![incident.number.to_string().into(), status, incident.impact.into()],
            title: one_line(&incident.title),
            facts: [format!("open for {}", ago(incident.started_at))].into_iter().chain(said).collect(),
            services: incident.services.clone(),
        }
    };
    entries(incidents.iter().map(entry).collect(), None)
}

/// Maintenance that runs, and the next ones.
pub(super) fn maintenances(maintenances: &[MaintenanceReport], now: DateTime<Utc>, zone: Tz) -> Drawing {
    let (coming, running): (Vec<&MaintenanceReport>, Vec<_>) =
        maintenances.iter().partition(|maintenance| maintenance.status == MaintenanceStatus::Scheduled);
    let left_out = coming.len().saturating_sub(COMING);
    let entry = |maintenance: &MaintenanceReport| Entry {
        head: vec![maintenance.key().into(), maintenance.status.into()],
        title: one_line(&maintenance.title),
        facts: vec![window(maintenance, now, zone)],
        services: maintenance.services.clone(),
    };
    let shown = running.into_iter().chain(coming.into_iter().take(COMING)).map(entry).collect();
    entries(shown, (left_out > 0).then(|| format!("and {left_out} more: `statuary maintenance list`")))
}

/// When a maintenance begins or ends, seen from now.
fn window(maintenance: &MaintenanceReport, now: DateTime<Utc>, zone: Tz) -> String {
    let moment = |at: DateTime<Utc>| Cell::from(at).text(true, zone);
    let (from, until) = (maintenance.scheduled_for, maintenance.scheduled_until);
    let runs = maintenance.status != MaintenanceStatus::Scheduled;
    let ahead = |at: DateTime<Utc>| Length((at - now).num_seconds());
    match (runs, if runs { until } else { from } > now) {
        (false, true) => format!("from {}, in {}, for {}", moment(from), ahead(from), Length((until - from).num_seconds())),
        (false, false) => format!("was to start {} ago", Length((now - from).num_seconds())),
        (true, true) => format!("until {}, in {}", moment(until), ahead(until)),
        (true, false) => format!("was to end {} ago", Length((now - until).num_seconds())),
    }
}

/// The next moment at which the page changes by itself.
pub(super) fn next(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> Drawing {
    let words = format!("{}, in {}", Cell::from(at).text(true, zone), Length((at - now).num_seconds()));
    Drawing::new(move |_| vec![Line::of(Style::new(), words.clone())])
}

/// A line whose cells stand below those of the others, with a title that is shortened to fit.
fn titled(head: &[Cell], heads: &[&[Cell]], title: &str, screen: &Screen) -> Line {
    let text = |cell: &Cell| cell.text(true, Tz::UTC);
    let mut line = Line::default();
    let mut used = 0;
    for (place, cell) in head.iter().enumerate() {
        let width = heads.iter().filter_map(|head| head.get(place)).map(|cell| text(cell).width()).max().unwrap_or(0) + GAP;
        line.add_wide(cell.style(), &text(cell), width);
        used += width;
    }
    let left = usize::from(screen.width.unwrap_or(USUAL_WIDTH)).saturating_sub(used);
    line.add(Style::new().bold(), screen.shortened(title, left.max(SHORTEST_NAME)));
    line
}

/// A line below another one.
fn detail(text: &str, screen: &Screen) -> Line {
    let left = usize::from(screen.width.unwrap_or(USUAL_WIDTH)).saturating_sub(GAP + 1);
    Line::aside(format!("{}{}", " ".repeat(GAP + 1), screen.shortened(text, left)))
}

/// `▃ api, █ web`: the services with what was last said of them.
fn concerned(services: &[AffectedReport], screen: &Screen) -> Option<String> {
    let words: Vec<String> = services
        .iter()
        .map(|service| {
            let name = service.slug.as_ref().map_or_else(|| one_line(&service.name), ToString::to_string);
            service.new_status.map_or_else(|| name.clone(), |status| format!("{} {name}", shape(status, screen)))
        })
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}
