//! The words and rules of a status page, pure: no clock, no files, no database.
//!
//! Times are UTC instants to the millisecond, intervals are half-open, and the order of statements is (effective time, row number).

mod alert;
mod blanks;
mod calendar;
mod change;
mod check;
mod colour;
mod correction;
mod course;
mod directory;
pub(crate) mod dump;
mod etag;
mod event;
mod history;
mod incident;
mod language;
mod maintenance;
mod organization;
mod public_id;
mod recurrence;
mod role;
#[cfg(test)]
pub(crate) mod samples;
mod service;
mod slug;
mod status;
mod timeline;
#[cfg(test)]
mod timeline_tests;
mod token;
mod update;
mod uptime;

pub use alert::{Alert, Alerts};
pub use blanks::{Blanks, WrongBlank};
pub use calendar::{Day, MonthNamer, around_month, day_of, days_ending_at, moment_in, month_of, start_of_day};
pub use change::{Change, Numbered, Whole, with_manual_statuses};
pub use check::{CHECK_HOURS, CheckHour, CheckResult, CheckRule, Latency, Observed, Opens, Trend, first_check_hour, start_of_hour, trend};
pub use colour::Colour;
pub use correction::Correction;
pub use course::{Course, Said};
pub use directory::{
    ClerkId, ClerkOrganization, ClerkRole, ClerkUser, DirectoryChange, Email, Invitation, InvitationStatus, Membership, MessageOutcome,
    Person, Version,
};
pub use etag::{Etag, StatusesGiven};
pub use event::{Event, EventKind, Subject};
pub use history::{History, IndexRow, Outline, Source};
pub use incident::{Incident, Phase};
pub use language::{is_language_tag, suiting_tag, usual_tag};
pub use maintenance::Maintenance;
pub use organization::{HeaderLink, Logo, Looks, Organization, Picture, UptimeRule};
pub use public_id::PublicId;
pub use recurrence::{
    HORIZON, Occurrence, Repeat, Rhythm, Rule, ahead, dates_of, first_start, has_untold_dates, in_order, in_zone, lapsing, missed_at, told,
    touched,
};
pub use role::{Right, Role};
pub use service::{Group, ManualStatus, Origin, POSITIONS, Service, Standing};
pub use slug::Slug;
pub use status::{AlertSource, CheckStatus, Impact, IncidentStatus, MaintenanceStatus, ServiceStatus};
pub use timeline::{Cause, Ledger, MOST_CAUSES, Span};
pub use token::{SECRET_PREFIX, Secret, SecretHash, Token, TokenName};
pub use update::{Affected, Update};
pub use uptime::{Downtime, Percentage, Uptime, downtime, window_since_start};

pub mod text;
