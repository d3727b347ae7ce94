//! Twelve months of services, month by month.
//!
//! A year is much to read and changes little: a month that is over says the same for ever, unless somebody corrects what was said of it. So
//! what came of the months that are over can be kept ([`PastMonths`]), and only the present has to be computed.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::{Day, Downtime, History, Ledger, Percentage, PublicId, ServiceStatus, Uptime, days_ending_at};
use crate::snapshot::days::service_days;
use crate::snapshot::{DayView, Entry, Snapshot};

/// How many months a year has: the present one and eleven before it.
const MONTHS: usize = 12;

/// More days than twelve months have.
const MOST_DAYS: u64 = 366;

/// What came of months that are over: by month (`2026-10`), by row number of the service.
pub type PastMonths = BTreeMap<String, BTreeMap<i64, MonthDays>>;

/// One month of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthDays {
    /// How long it had each status.
    pub lost: Downtime,
    /// The worst status of each day so far, from the first on; `None` before the service's start date.
    pub days: DayLine,
}

/// Statuses of days, kept as one character each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct DayLine(pub Vec<Option<ServiceStatus>>);

impl DayLine {
    /// One character each.
    pub fn text(&self) -> String {
        let character = |worst: &Option<ServiceStatus>| match worst {
            Some(ServiceStatus::Operational) => 'o',
            Some(ServiceStatus::UnderMaintenance) => 'm',
            Some(ServiceStatus::DegradedPerformance) => 'd',
            Some(ServiceStatus::PartialOutage) => 'p',
            Some(ServiceStatus::MajorOutage) => 'a',
            None => '-',
        };
        self.0.iter().map(character).collect()
    }
}

impl From<DayLine> for String {
    fn from(line: DayLine) -> Self {
        line.text()
    }
}

impl TryFrom<String> for DayLine {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut days = Vec::with_capacity(text.len());
        for character in text.chars() {
            days.push(match character {
                'o' => Some(ServiceStatus::Operational),
                'm' => Some(ServiceStatus::UnderMaintenance),
                'd' => Some(ServiceStatus::DegradedPerformance),
                'p' => Some(ServiceStatus::PartialOutage),
                'a' => Some(ServiceStatus::MajorOutage),
                '-' => None,
                other => return Err(format!("`{other}` is no status")),
            });
        }
        Ok(Self(days))
    }
}

/// The twelve months that end with the present one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TwelveMonths {
    /// `2025-12` to `2026-11`.
    pub months: Vec<String>,
    /// The first day of the first of them.
    pub first_day: NaiveDate,
    services: HashMap<PublicId, ServiceYear>,
    groups: HashMap<PublicId, Percentage>,
}

/// Twelve months of one service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceYear {
    /// Oldest first, as many as the year has.
    pub months: Vec<MonthDays>,
    /// Its uptime over all of them, up to now; `None` where it starts later.
    pub uptime: Option<Percentage>,
}

impl TwelveMonths {
    /// The year of `snapshot`; months that its days do not cover are taken from `past`, and are empty where they are not there either.
    pub fn of(snapshot: &Snapshot, past: &PastMonths) -> Self {
        let names = names(snapshot);
        let covered = covered(snapshot);
        let mut exact: HashMap<&PublicId, Uptime> = HashMap::new();
        let mut services = HashMap::new();
        for view in snapshot.services() {
            let mut present = by_month(&view.days);
            let month = |name: &String| match covered.contains(name) {
                true => present.remove(name).unwrap_or_default(),
                false => past.get(name).and_then(|services| services.get(&view.service.number)).cloned().unwrap_or_default(),
            };
            let months: Vec<MonthDays> = names.iter().map(month).collect();
            let mut lost = Downtime::default();
            months.iter().for_each(|month| lost.add_all(&month.lost));
            let uptime = Uptime::of(&lost, &snapshot.organization.uptime);
            services.insert(view.service.id.clone(), ServiceYear { months, uptime: uptime.as_ref().map(Uptime::percentage) });
            exact.extend(uptime.map(|uptime| (&view.service.id, uptime)));
        }
        let mut groups = HashMap::new();
        for entry in &snapshot.entries {
            let Entry::Group(group) = entry else { continue };
            let seen = group.services.iter().filter(|view| !view.service.hidden);
            let figures: Vec<Uptime> = seen.filter_map(|view| exact.get(&view.service.id).copied()).collect();
            groups.extend(Uptime::mean(&figures).map(|mean| (group.group.id.clone(), mean)));
        }
        Self { first_day: first_day(&names), months: names, services, groups }
    }

    /// The year of a service.
    pub fn service(&self, id: &PublicId) -> Option<&ServiceYear> {
        self.services.get(id)
    }

    /// Mean of the untruncated uptimes of a group's services.
    pub fn group(&self, id: &PublicId) -> Option<Percentage> {
        self.groups.get(id).copied()
    }

    /// What came of its months that are over.
    pub fn past(&self, snapshot: &Snapshot) -> PastMonths {
        let over = self.months.iter().enumerate().take(self.months.len().saturating_sub(1));
        let of_services = |place: usize| {
            let month = |id: &PublicId| self.services.get(id)?.months.get(place).cloned();
            snapshot.services().filter_map(|view| Some((view.service.number, month(&view.service.id)?))).collect()
        };
        over.map(|(place, name)| (name.clone(), of_services(place))).collect()
    }
}

/// From which moment on a history must be right for the months that neither `snapshot` covers nor `past` has; `None` where there are none.
pub fn missing_since(snapshot: &Snapshot, past: &PastMonths) -> Option<DateTime<Utc>> {
    let covered = covered(snapshot);
    let known = |name: &String| {
        let services = past.get(name);
        covered.contains(name) || snapshot.services().all(|view| services.is_some_and(|known| known.contains_key(&view.service.number)))
    };
    let names = names(snapshot);
    if names.iter().all(known) {
        return None;
    }
    older_days(snapshot, &names).first().map(|day| day.start)
}

/// The months before those that `snapshot` covers, as `history` has them.
pub fn past_months(history: &History, snapshot: &Snapshot) -> PastMonths {
    let ledger = Ledger::new(history);
    let days = older_days(snapshot, &names(snapshot));
    let mut past = PastMonths::new();
    for service in history.services.iter().filter(|service| service.is_listed()) {
        let views = service_days(service, &ledger, &history.organization, &HashMap::new(), &days, snapshot.at).days;
        for (name, month) in by_month(&views) {
            past.entry(name).or_default().insert(service.number, month);
        }
    }
    past
}

/// The names of the twelve months, oldest first.
fn names(snapshot: &Snapshot) -> Vec<String> {
    let Some(today) = days_ending_at(snapshot.at, snapshot.organization.time_zone, 1).pop() else { return Vec::new() };
    let present = i64::from(today.date.year()) * 12 + i64::from(today.date.month0());
    let name = |back: usize| {
        let month = present - i64::try_from(back).unwrap_or(0);
        format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
    };
    (0..MONTHS).rev().map(name).collect()
}

fn first_day(names: &[String]) -> NaiveDate {
    names.first().and_then(|name| format!("{name}-01").parse().ok()).unwrap_or_default()
}

fn month_name(date: NaiveDate) -> String {
    format!("{:04}-{:02}", date.year(), date.month())
}

/// The months all of whose days up to now are among the days that `snapshot` shows.
fn covered(snapshot: &Snapshot) -> Vec<String> {
    let days = days_ending_at(snapshot.at, snapshot.organization.time_zone, super::BAR_DAYS);
    let firsts = days.iter().enumerate().filter(|(place, day)| day.date.day() == 1 || (*place == 0 && days.len() == 1));
    let mut names: Vec<String> = firsts.map(|(_, day)| month_name(day.date)).collect();
    names.dedup();
    names
}

/// The days of the year that `snapshot` does not cover with whole months.
fn older_days(snapshot: &Snapshot, names: &[String]) -> Vec<Day> {
    let covered = covered(snapshot);
    let (first, until) = (first_day(names), covered.first().map(|name| first_day(std::slice::from_ref(name))));
    let days = days_ending_at(snapshot.at, snapshot.organization.time_zone, MOST_DAYS);
    days.into_iter().filter(|day| day.date >= first && until.is_none_or(|until| day.date < until)).collect()
}

fn by_month(days: &[DayView]) -> BTreeMap<String, MonthDays> {
    let mut months: BTreeMap<String, MonthDays> = BTreeMap::new();
    // Days stand in order, so that a month is named once.
    for of_month in days.chunk_by(|one, next| (one.date.year(), one.date.month()) == (next.date.year(), next.date.month())) {
        let Some(first) = of_month.first() else { continue };
        let month = months.entry(month_name(first.date)).or_default();
        for day in of_month {
            month.lost.add_all(&day.lost);
            month.days.0.push(day.worst);
        }
    }
    months
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::samples::{history, manual, service};
    use crate::snapshot::snapshot;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// One service that was down now and then, at (days before `now`, hours).
    fn troubled(now: DateTime<Utc>, trouble: &[(i64, i64)]) -> History {
        let mut history = history();
        history.services = vec![service(1, "apis")];
        let mut number = 0;
        for (days, hours) in trouble {
            let start = now - chrono::TimeDelta::days(*days);
            for (moment, status) in
                [(start, ServiceStatus::MajorOutage), (start + chrono::TimeDelta::hours(*hours), ServiceStatus::Operational)]
            {
                number += 1;
                let mut set = manual(number, "apis", 0, status);
                set.at = moment;
                history.manual_statuses.push(set);
            }
        }
        history.manual_statuses.sort_by_key(|manual| (manual.at, manual.number));
        history
    }

    fn whole(history: &History, now: DateTime<Utc>) -> (Snapshot, TwelveMonths) {
        let snapshot = snapshot(history, now);
        let year = TwelveMonths::of(&snapshot, &past_months(history, &snapshot));
        (snapshot, year)
    }

    #[test]
    fn a_year_is_this_month_and_the_eleven_before() {
        let now = at("2026-11-27T12:00:00Z");
        let history = troubled(now, &[(0, 1), (30, 2), (330, 24), (400, 5)]);
        let (snapshot, year) = whole(&history, now);
        assert_eq!((year.months.len(), year.months[0].as_str(), year.months[11].as_str()), (12, "2025-12", "2026-11"));
        assert_eq!(year.first_day.to_string(), "2025-12-01");
        let service = year.service(&history.services[0].id).unwrap();
        let lost: Vec<i64> = service.months.iter().map(|month| month.lost.major_ms / 3_600_000).collect();
        assert_eq!(lost, [0, 24, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0]);
        let lengths: Vec<usize> = service.months.iter().map(|month| month.days.0.len()).collect();
        assert_eq!(lengths, [31, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 27]);
        assert_eq!(service.uptime.unwrap().to_string(), "99.7");
        assert_eq!(missing_since(&snapshot, &PastMonths::new()), Some(at("2025-12-01T00:00:00Z")));
        assert_eq!(missing_since(&snapshot, &year.past(&snapshot)), None);
    }

    #[test]
    fn what_is_kept_can_be_written_down() {
        let now = at("2026-11-27T12:00:00Z");
        let (snapshot, year) = whole(&troubled(now, &[(30, 2), (330, 24)]), now);
        let past = year.past(&snapshot);
        assert_eq!(past.len(), 11);
        let text = serde_json::to_string(&past).unwrap();
        assert!(text.contains("\"aaoooo"), "{text}");
        assert_eq!(serde_json::from_str::<PastMonths>(&text).unwrap(), past);
        assert!(serde_json::from_str::<DayLine>("\"oox\"").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_kept_earlier_gives_the_same_year(
            day in 0..800_i64,
            passed in 0..70_i64,
            trouble in proptest::collection::vec((0..900_i64, 1..200_i64), 0..8),
        ) {
            let now = at("2025-01-01T09:30:00Z") + chrono::TimeDelta::days(day);
            let history = troubled(now, &trouble);
            let earlier = now - chrono::TimeDelta::days(passed);
            let (before, year) = whole(&history, earlier);
            let kept = year.past(&before);
            let (after, expected) = whole(&history, now);
            match missing_since(&after, &kept) {
                // Only months that were not over then can be missing, and only where more has passed than the days show.
                Some(_) => prop_assert!(passed > 28),
                None => prop_assert_eq!(TwelveMonths::of(&after, &kept), expected),
            }
        }
    }
}
