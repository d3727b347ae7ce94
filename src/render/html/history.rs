//! The history: the newest years on one page, each earlier year on one of its own, and months.
//!
//! Each page of years leads to the next older one, so that a long history is neither one long page nor, to whoever follows all links of a
//! page at once, a flood of requests.

use super::incidents::{Depth, marks_of};
use super::{MonthPart, MonthSummary, MonthView, Shared, value};
use crate::error::UserError;
use crate::render::html::head::Head;
use crate::render::page::{History, Link, Month, MonthLink, Year};
use crate::snapshot::Snapshot;
use crate::theme::Theme;

/// How many months the page of the newest years has at least, where there are as many.
const NEWEST_MONTHS: usize = 12;

/// What `history/index.html` shows, and the pages of the years that are not told there, newest first: `months` newest first.
pub fn history_pages(theme: &Theme, shared: &Shared, months: &[MonthSummary], snapshot: &Snapshot) -> Vec<History> {
    let mut newest = years(theme, shared, months);
    let earlier = newest.split_off(fitting(&newest));
    let link = |year: &Year| Link { path: year_path(&year.text), text: year.text.clone() };
    let first_of = |years: &[Year]| years.first().map_or_else(String::new, |year| year.text.clone());
    let mut next = Link { path: "history/".to_owned(), text: first_of(&newest[newest.len().saturating_sub(1)..]) };
    let mut pages = vec![History { previous: earlier.first().map(link), ..newest_years(theme, shared, newest, snapshot) }];
    for (place, year) in earlier.iter().enumerate() {
        let page = one_year(theme, shared, year.clone());
        pages.push(History { previous: earlier.get(place + 1).map(link), next: Some(next), ..page });
        next = link(year);
    }
    pages
}

/// How many of the years the first page tells.
fn fitting(years: &[Year]) -> usize {
    let months_before = years.iter().scan(0, |told, year| Some(std::mem::replace(told, *told + year.months.len())));
    months_before.take_while(|told| *told < NEWEST_MONTHS).count()
}

/// Where a page of [`history_pages`] is.
pub fn history_path(history: &History) -> String {
    if history.text.is_empty() { "history/".to_owned() } else { year_path(&history.text) }
}

fn year_path(year: &str) -> String {
    format!("history/{year}/")
}

/// The months by year.
fn years(theme: &Theme, shared: &Shared, months: &[MonthSummary]) -> Vec<Year> {
    let mut years: Vec<Year> = Vec::new();
    for month in months {
        let year = month.month.split('-').next().unwrap_or("");
        if years.last().is_none_or(|last| last.text != year) {
            years.push(Year { text: year.to_owned(), months: Vec::new() });
        }
        let count = theme.plural("incidents", month.incidents, &[]);
        let place = MonthPart { month: &month.month, part: None };
        let link = MonthLink { path: place.path(), text: shared.month_text(&month.month), count };
        if let Some(last) = years.last_mut() {
            last.months.push(link);
        }
    }
    years
}

fn newest_years(theme: &Theme, shared: &Shared, years: Vec<Year>, snapshot: &Snapshot) -> History {
    let name = [("name", shared.organization.name.as_str())];
    let head = Head {
        kind: "history",
        path: "history/",
        title: theme.phrase("history_title", &name),
        description: theme.phrase("history_description", &name),
        mark: "no",
        state: "",
    };
    History {
        page: shared.page(head),
        text: String::new(),
        years,
        incidents: snapshot.incidents.iter().take(10).map(|view| shared.incident(view, Depth::Summary)).collect(),
        previous: None,
        next: None,
    }
}

fn one_year(theme: &Theme, shared: &Shared, year: Year) -> History {
    let name = shared.organization.name.as_str();
    let text = year.text.clone();
    let mut page = shared.page(Head {
        kind: "year",
        path: &year_path(&text),
        title: theme.phrase("month_title", &[("month", &text), ("name", name)]),
        description: theme.phrase("history_description", &[("name", name)]),
        mark: "no",
        state: "",
    });
    page.marks.clear();
    History { page, text, years: vec![year], incidents: Vec::new(), previous: None, next: None }
}

/// A page of [`history_pages`].
///
/// # Errors
/// Bad input where a template of the theme fails.
pub fn history(theme: &Theme, shared: &Shared, history: &History) -> Result<String, UserError> {
    shared.render(theme, "history.html", &history.page, Some(("history", value(history)?)))
}

/// What `history/MONTH/index.html` shows.
pub fn month_page(theme: &Theme, shared: &Shared, view: &MonthView<'_>) -> Month {
    let text_of = |place: MonthPart<'_>| {
        let month = shared.month_text(place.month);
        place.part.map_or(month.clone(), |part| theme.phrase("month_part", &[("month", &month), ("part", &part.to_string())]))
    };
    let text = text_of(view.place);
    let values = [("month", text.as_str()), ("name", shared.organization.name.as_str())];
    let link = |place: MonthPart<'_>| Link { path: place.path(), text: text_of(place) };
    let incidents: Vec<_> = view.incidents.iter().map(|incident| shared.incident(incident, Depth::Summary)).collect();
    let maintenances: Vec<_> = view.maintenances.iter().map(|maintenance| shared.maintenance(maintenance, Depth::Summary)).collect();
    let mut page = shared.page(Head {
        kind: "month",
        path: &view.place.path(),
        title: theme.phrase("month_title", &values),
        description: theme.phrase("month_description", &values),
        mark: "no",
        state: "",
    });
    page.marks = marks_of(&incidents, &maintenances);
    Month { page, previous: view.previous.map(link), next: view.next.map(link), incidents, maintenances, text }
}

/// `history/MONTH/index.html`.
///
/// # Errors
/// Bad input where a template of the theme fails.
pub fn month(theme: &Theme, shared: &Shared, month: &Month) -> Result<String, UserError> {
    shared.render(theme, "month.html", &month.page, Some(("month", value(month)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::html::sample;

    /// The pages of these months, as `text: months; previous, next`.
    fn chain(months: &[&str]) -> Vec<String> {
        let snapshot = sample::snapshot(true);
        let theme = Theme::load("default", None, "en").unwrap();
        let shared = Shared::new(&theme, &snapshot.organization).unwrap();
        let months: Vec<_> = months.iter().map(|month| MonthSummary { month: (*month).to_owned(), incidents: 1 }).collect();
        let told = |page: &History| {
            let years: Vec<_> = page.years.iter().map(|year| format!("{}x{}", year.text, year.months.len())).collect();
            let to = |link: &Option<Link>| link.as_ref().map_or_else(|| "-".to_owned(), |link| format!("{} {}", link.path, link.text));
            format!("{} {}; {}; {}", history_path(page), years.join(" "), to(&page.previous), to(&page.next))
        };
        history_pages(&theme, &shared, &months, &snapshot).iter().map(told).collect()
    }

    #[test]
    fn years_that_are_not_on_the_first_page_have_pages_in_a_chain() {
        assert_eq!(chain(&[]), ["history/ ; -; -"]);
        let few = ["2026-11", "2024-12", "2019-01"];
        assert_eq!(chain(&few), ["history/ 2026x1 2024x1 2019x1; -; -"]);
        let year = |year: usize| (1..=12).rev().map(move |month| format!("{year}-{month:02}"));
        let many: Vec<_> = ["2026-01".to_owned()].into_iter().chain(year(2025)).chain(year(2024)).chain(["2019-03".to_owned()]).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let expected = [
            "history/ 2026x1 2025x12; history/2024/ 2024; -",
            "history/2024/ 2024x12; history/2019/ 2019; history/ 2025",
            "history/2019/ 2019x1; -; history/2024/ 2024",
        ];
        assert_eq!(chain(&many), expected);
        assert_eq!(chain(&many[1..])[0], "history/ 2025x12; history/2024/ 2024; -", "twelve months are enough");
    }
}
