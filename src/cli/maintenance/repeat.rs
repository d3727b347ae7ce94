//! Maintenance that takes place again and again: its rule as it is given, and its dates as they are shown.

use chrono_tz::Tz;

use crate::cli::desk::Desk;
use crate::cli::table::Table;
use crate::cli::time_argument::Echo;
use crate::domain::Rule;
use crate::error::UserError;
use crate::ops::report::{MaintenanceReport, RepeatReport};

/// The rule that `--repeat` says.
pub(super) fn rule(text: &str) -> Result<Rule, UserError> {
    Rule::parse(text).map_err(|why| {
        UserError::usage(format!("`--repeat` cannot be `{}`: {why}", text.escape_debug()))
            .hint("say `daily`, `weekly`, `monthly`, `yearly`, or a rule such as `FREQ=WEEKLY;BYDAY=TU`")
    })
}

/// The same for `maintenance`, which may repeat already: who wants that to end is told how.
pub(super) fn other_rule(text: &str, maintenance: &str) -> Result<Rule, UserError> {
    rule(text).map_err(|error| {
        if !["none", "never", "no", "off", ""].contains(&text) {
            return error;
        }
        let series = maintenance.split('@').next().unwrap_or(maintenance);
        error.hint(format!(
            "where {series} repeats, end that with `--repeat` and a last day, as in `FREQ=WEEKLY;UNTIL=20261231`, or call off all that is to come: \
             see `statuary maintenance cancel --help`"
        ))
    })
}

/// Says when a series takes place next.
pub(super) fn echo_dates(desk: &Desk, repeat: &RepeatReport, zone: Tz) {
    desk.echo(format!("repeats {} in {}", repeat.rule, repeat.time_zone));
    for (from, until) in &repeat.coming {
        desk.echo(format!("from {} until {}", Echo(*from, zone), Echo(*until, zone)));
    }
}

/// Series, one a row.
pub(super) fn series_table(series: &[MaintenanceReport]) -> Table {
    let mut table = Table::new(&["number", "id", "status", "next", "repeats", "title"]);
    for one in series {
        let next = one.repeat.as_ref().and_then(|repeat| repeat.next.first());
        table.row([
            one.key().into(),
            one.id.as_str().into(),
            one.status.into(),
            next.map(|next| next.scheduled_for).into(),
            one.repeat.as_ref().map_or("", |repeat| &repeat.rule).into(),
            one.title.as_str().into(),
        ]);
    }
    table
}
