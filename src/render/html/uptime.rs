//! Uptime: the figures of a service over the usual windows, its twelve months, and the page with the figures of all services.

use chrono::{Datelike, NaiveDate};

use crate::domain::{Percentage, ServiceStatus};
use crate::render::html::Shared;
use crate::render::html::head::Head;
use crate::render::html::services::{IN_A_LIST, is_shown, service_path};
use crate::render::page::{Figure, Service, ServiceMonth, UptimePage, UptimeRow, UptimeSection, Word};
use crate::snapshot::year::{MonthDays, ServiceYear, TwelveMonths};
use crate::snapshot::{Entry, ServiceView, Snapshot, UptimeFigures};
use crate::theme::Theme;

/// The words for the windows, shortest first.
const WINDOWS: [&str; 5] = ["window_24_hours", "window_7_days", "window_30_days", "window_90_days", "window_12_months"];

/// How many bad days all services together show on the page of all: services of a few show all of theirs, many only the newest.
const BAD_DAYS: usize = 500;

/// Days of the longest month.
const LONGEST_MONTH: usize = 31;

/// What `uptime/index.html` shows.
pub fn uptime_page(theme: &Theme, shared: &Shared, snapshot: &Snapshot, year: &TwelveMonths) -> UptimePage {
    let name = [("name", shared.organization.name.as_str())];
    let month = |month: Option<&String>| month.map_or_else(String::new, |month| shared.month_text(month));
    let shown = || snapshot.services().filter(|view| view.service.showcase && is_shown(view));
    let has_trouble = |view: &&ServiceView| view.days.iter().any(|day| day.worst.is_some_and(|worst| worst != ServiceStatus::Operational));
    let troubled: Vec<&ServiceView> = shown().filter(has_trouble).collect();
    let most = BAD_DAYS.checked_div(troubled.len()).unwrap_or(0).max(IN_A_LIST);
    let troubled: Vec<Service> = troubled.into_iter().map(|view| shared.service(view, most)).collect();
    UptimePage {
        page: shared.page(Head {
            kind: "uptime",
            path: "uptime/",
            title: theme.phrase("uptime_title", &name),
            description: theme.phrase("uptime_description", &name),
            mark: "no",
            state: "",
        }),
        windows: WINDOWS.map(|word| theme.word(word).to_owned()).into(),
        sections: shared.uptime_sections(theme, snapshot, year),
        rule: uptime_rule(theme, shared),
        first_day: shared.day_range(shown().next()).0,
        first_month: month(year.months.first()),
        last_month: month(year.months.last()),
        troubled,
    }
}

impl Shared {
    /// Uptime over the usual windows; empty where the service shows none.
    pub(super) fn figures(&self, theme: &Theme, view: &ServiceView, year: Option<&ServiceYear>) -> Vec<Figure> {
        if !view.service.showcase {
            return Vec::new();
        }
        let values = self.percentages(theme, view.uptime, year.and_then(|year| year.uptime));
        let figure = |(word, value): (&str, String)| Figure { window: theme.word(word).to_owned(), value };
        WINDOWS.into_iter().zip(values).map(figure).collect()
    }

    /// The twelve months of a service that shows uptime, newest first; `has_page` tells of which the history has a page.
    pub(super) fn months_of_service(&self, view: &ServiceView, year: &TwelveMonths, has_page: impl Fn(&str) -> bool) -> Vec<ServiceMonth> {
        let Some(service) = year.service(&view.service.id).filter(|_| view.service.showcase) else { return Vec::new() };
        let known = year.months.iter().zip(&service.months).rev().filter(|(_, month)| month.days.0.iter().any(Option::is_some));
        known
            .map(|(name, month)| ServiceMonth {
                text: self.month_text(name),
                path: has_page(name).then(|| format!("history/{name}/")),
                trace: self.month_trace(name, month),
                uptime: crate::domain::Uptime::of(&month.lost, &self.organization.uptime).map(|uptime| self.percent(uptime.percentage())),
                status: self.month_status(month),
            })
            .collect()
    }

    fn month_trace(&self, name: &str, month: &MonthDays) -> crate::render::page::Trace {
        let first: NaiveDate = format!("{name}-01").parse().unwrap_or_default();
        let title = |place: usize, status| {
            let date = u32::try_from(place + 1).ok().and_then(|day| first.with_day(day)).unwrap_or(first);
            format!("{}: {}", self.date(date).text, self.service_status(status).text)
        };
        self.drawn(&month.days.0, LONGEST_MONTH, 0, title)
    }

    fn month_status(&self, month: &MonthDays) -> Word {
        let worst = month.days.0.iter().flatten().max().copied().unwrap_or(ServiceStatus::Operational);
        let seconds = month.lost.lasted_ms(worst) / 1000;
        let status = self.service_status(worst);
        match seconds {
            1.. => Word { text: format!("{} {}", status.text, self.units.duration(seconds)), ..status },
            _ => status,
        }
    }

    fn uptime_sections(&self, theme: &Theme, snapshot: &Snapshot, year: &TwelveMonths) -> Vec<UptimeSection> {
        let row = |view: &ServiceView| UptimeRow {
            name: view.service.name.clone(),
            path: service_path(view.service.slug.as_str()),
            figures: self.percentages(theme, view.uptime, year.service(&view.service.id).and_then(|year| year.uptime)).into(),
        };
        let mut sections: Vec<UptimeSection> = Vec::new();
        for entry in &snapshot.entries {
            let shown = entry.services().iter().filter(|view| view.service.showcase && is_shown(view));
            let services: Vec<UptimeRow> = shown.map(row).collect();
            if services.is_empty() {
                continue;
            }
            match entry {
                Entry::Group(view) => sections.push(UptimeSection {
                    name: Some(view.group.name.clone()),
                    figures: self.percentages(theme, view.uptime, year.group(&view.group.id)).into(),
                    services,
                }),
                Entry::Service(_) => match sections.last_mut().filter(|section| section.name.is_none()) {
                    Some(section) => section.services.extend(services),
                    None => sections.push(UptimeSection { name: None, figures: Vec::new(), services }),
                },
            }
        }
        sections
    }

    /// One figure per window.
    fn percentages(&self, theme: &Theme, uptime: UptimeFigures, months_12: Option<Percentage>) -> [String; 5] {
        let UptimeFigures { hours_24, days_7, days_30, days_90 } = uptime;
        let text = |figure: Option<Percentage>| figure.map_or_else(|| theme.word("no_figure").to_owned(), |figure| self.percent(figure));
        [hours_24, days_7, days_30, days_90, months_12].map(text)
    }
}

/// `A second of major outage counts 1, one of partial outage 0.3; …`
pub(super) fn uptime_rule(theme: &Theme, shared: &Shared) -> String {
    let weight = |thousandths: u32| {
        let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let rule = &shared.organization.uptime;
    theme.phrase("uptime_rule", &[("major", &weight(rule.major_thousandths)), ("partial", &weight(rule.partial_thousandths))])
}
