//! Minutes of downtime per day, which is all that a summary keeps, as statuses of the past.
//!
//! A day of 1440 minutes was down throughout. Of any other the time of day is not kept: its minutes are put next to a day before or after
//! it that was down where they touch, and else at the start of the day (UTC), so that bars and uptime of the day are what they were.
//! Days of which an incident of the service tells are left to it; the day that is not over yet counts only from its start on, and only
//! where the site is up again.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use crate::domain::{Incident, Phase, PublicId, ServiceStatus};
use crate::import::source_folder::FileRemarks;
use crate::import::statuspage::StatedStatus;
use crate::import::statuspage::value::shown;
use crate::import::tree::Node;

/// Minutes of a whole day.
const WHOLE: u32 = 24 * 60;

/// Most days that are kept of a site, the newest.
const MOST_DAYS: usize = 4000;

/// What a summary keeps of one site.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    line: usize,
    minutes: BTreeMap<NaiveDate, u32>,
}

/// What else is known of a site.
pub(super) struct Course<'a> {
    /// Its id.
    pub(super) service: &'a PublicId,
    /// The day that is not over.
    pub(super) today: NaiveDate,
    /// Whether it is up now.
    pub(super) is_up: bool,
    /// The incidents of all sites.
    pub(super) incidents: &'a [Incident],
}

impl Recorded {
    /// Reads an entry of the summary.
    pub(super) fn read(figure: &Node, told: &mut FileRemarks<'_>) -> Self {
        let Some(node) = figure.get("dailyMinutesDown") else { return Self::default() };
        let mut minutes = BTreeMap::new();
        for (day, value) in node.map().unwrap_or_default() {
            let date = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().filter(|date| (1970..=9999).contains(&chrono::Datelike::year(date)));
            let number = value.scalar().and_then(|text| text.parse::<f64>().ok()).filter(|number| number.is_finite() && *number >= 0.0);
            let Some((date, number)) = date.zip(number) else {
                told.refused(
                    Some(value.line),
                    format!("`{}: {}` is no day with its minutes", shown(day), shown(value.scalar().unwrap_or("…"))),
                );
                continue;
            };
            if number > f64::from(WHOLE) {
                told.repaired(value.line, format!("{date} has more minutes than a day, {WHOLE} count"));
            }
            let number = (0..=WHOLE).rev().find(|whole| f64::from(*whole) <= number).unwrap_or_default();
            if number > 0 {
                minutes.insert(date, number);
            }
        }
        if minutes.len() > MOST_DAYS {
            told.refused(Some(node.line), format!("more than {MOST_DAYS} days, the oldest are left out"));
        }
        while minutes.len() > MOST_DAYS {
            minutes.pop_first();
        }
        Self { line: node.line, minutes }
    }

    /// The newest day it names.
    pub(super) fn newest_day(&self) -> Option<NaiveDate> {
        self.minutes.last_key_value().map(|(day, _)| *day)
    }

    /// The statuses that follow, in order of time.
    pub(super) fn stated(&self, course: &Course<'_>, name: &str, told: &mut FileRemarks<'_>) -> Vec<StatedStatus> {
        let mut free: BTreeMap<NaiveDate, u32> = self.minutes.clone();
        let of_service = course.incidents.iter().filter(|incident| incident.services().contains(&course.service));
        let phases: Vec<Phase> = of_service.flat_map(Incident::phases).collect();
        free.retain(|day, _| !is_told(*day, &phases));
        let assumed = free.iter().filter(|(day, minutes)| **day < course.today && **minutes < WHOLE).count();
        if assumed > 0 {
            let days = if assumed == 1 { "1 day".to_owned() } else { format!("{assumed} days") };
            told.repaired(self.line, format!("the summary keeps no time of day of the downtime of `{}` on {days}", shown(name)));
        }
        let mut stated = Vec::new();
        for (from, until) in stretches(&free, course) {
            let mut state = |status, at| stated.push(StatedStatus { service: course.service.clone(), status, at });
            state(ServiceStatus::MajorOutage, from);
            if let Some(until) = until {
                state(ServiceStatus::Operational, until);
            }
        }
        stated
    }
}

/// Whether an incident of the service tells of a day.
fn is_told(day: NaiveDate, phases: &[Phase]) -> bool {
    let (from, until) = (start(day), start(next(day)));
    phases.iter().any(|phase| phase.start < until && phase.end.is_none_or(|end| end >= from))
}

/// The stretches of downtime in order, those that touch joined; `None` ends one that goes on.
fn stretches(minutes: &BTreeMap<NaiveDate, u32>, course: &Course<'_>) -> Vec<(DateTime<Utc>, Option<DateTime<Utc>>)> {
    let mut stretches: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)> = Vec::new();
    for (day, count) in minutes.range(..course.today) {
        let length = TimeDelta::minutes(i64::from(*count));
        let begins_down = stretches.last().is_some_and(|(_, until)| *until == Some(start(*day)));
        let ends_down = *count < WHOLE && !begins_down && minutes.get(&next(*day)) == Some(&WHOLE);
        let from = if ends_down { start(next(*day)) - length } else { start(*day) };
        match stretches.last_mut().filter(|_| begins_down) {
            Some((_, until)) => *until = Some(from + length),
            None => stretches.push((from, Some(from + length))),
        }
    }
    if let Some((_, until)) = stretches.last_mut().filter(|(_, until)| *until == Some(start(course.today))) {
        let more = minutes.get(&course.today).copied().unwrap_or_default();
        *until = course.is_up.then(|| start(course.today) + TimeDelta::minutes(i64::from(more)));
    }
    stretches
}

fn start(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

fn next(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, number).unwrap()
    }

    fn told(minutes: &[(u32, u32)], is_up: bool) -> Vec<String> {
        let minutes = minutes.iter().map(|(number, minutes)| (day(*number), *minutes)).collect();
        let service = PublicId::derived(&["site"]);
        let course = Course { service: &service, today: day(22), is_up, incidents: &[] };
        let text = |at: DateTime<Utc>| at.format("%dT%H:%M").to_string();
        stretches(&minutes, &course)
            .into_iter()
            .map(|(from, until)| format!("{}-{}", text(from), until.map_or("".to_owned(), text)))
            .collect()
    }

    #[test]
    fn minutes_lie_where_they_touch_a_whole_day() {
        assert_eq!(told(&[(3, 79)], true), ["03T00:00-03T01:19"]);
        assert_eq!(told(&[(3, 489), (4, 1440), (5, 1440), (6, 30)], true), ["03T15:51-06T00:30"]);
        assert_eq!(told(&[(3, 10), (4, 20)], true), ["03T00:00-03T00:10", "04T00:00-04T00:20"]);
        assert_eq!(told(&[(3, 10), (5, 1440)], true), ["03T00:00-03T00:10", "05T00:00-06T00:00"]);
    }

    #[test]
    fn the_day_that_is_not_over_counts_only_where_it_goes_on() {
        assert_eq!(told(&[(22, 45)], true), Vec::<String>::new());
        assert_eq!(told(&[(21, 1440), (22, 45)], false), ["21T00:00-"]);
        assert_eq!(told(&[(21, 1440), (22, 45)], true), ["21T00:00-22T00:45"]);
        assert_eq!(told(&[(21, 1440)], true), ["21T00:00-22T00:00"]);
    }
}
