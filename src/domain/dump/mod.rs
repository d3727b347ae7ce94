//! The dump: the form of an organization's whole record that people keep in Git. What `export` writes, `import` reads.
//!
//! These types are the format, apart from the domain's own, so that renaming a field inside changes no file outside. A value most rows share
//! is left out: `created_at` where it is `at`, `updated_at` where it is `created_at`, flags with their ordinary value, whatever is absent.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::domain::{Group, ManualStatus, Origin, PublicId, Service, ServiceStatus, Slug, Standing};

mod told;

pub(crate) use told::{EventRow, IncidentRow, MaintenanceRow, UpdateRow};

/// The word that tells a dump from any other JSON.
pub(crate) const FORMAT: &str = "statuary-dump";

/// The version this program writes, and the newest it reads.
pub(crate) const VERSION: u64 = 1;

/// A whole dump, lists by row number.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    pub(crate) format: String,
    pub(crate) version: u64,
    pub(crate) page_id: PublicId,
    pub(crate) created_at: Moment,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) sources: Vec<SourceRow>,
    pub(crate) groups: Vec<GroupRow>,
    pub(crate) services: Vec<ServiceRow>,
    pub(crate) manual_statuses: Vec<ManualStatusRow>,
    pub(crate) incidents: Vec<IncidentRow>,
    pub(crate) maintenances: Vec<MaintenanceRow>,
    pub(crate) events: Vec<EventRow>,
}

/// A moment as RFC 3339 in UTC to the millisecond; read with any offset, and finer parts are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) DateTime<Utc>);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        DateTime::parse_from_rfc3339(&text)
            .ok()
            .and_then(|moment| DateTime::from_timestamp_millis(moment.timestamp_millis()))
            .map(Self)
            .ok_or_else(|| de::Error::custom(format!("`{}` is not a moment such as `2026-11-22T10:00:00.000Z`", text.escape_debug())))
    }
}

/// `moment`, unless it is `usual`.
fn unless(moment: DateTime<Utc>, usual: DateTime<Utc>) -> Option<Moment> {
    (moment != usual).then_some(Moment(moment))
}

/// What `unless` left out.
fn or(moment: Option<Moment>, usual: DateTime<Utc>) -> DateTime<Utc> {
    moment.map_or(usual, |moment| moment.0)
}

fn yes() -> bool {
    true
}

fn is_yes(flag: &bool) -> bool {
    *flag
}

fn is_no(flag: &bool) -> bool {
    !*flag
}

fn listed() -> Standing {
    Standing::Listed
}

fn is_listed(standing: &Standing) -> bool {
    *standing == Standing::Listed
}

fn person() -> Origin {
    Origin::Person
}

fn is_person(origin: &Origin) -> bool {
    *origin == Origin::Person
}

/// A page that was imported.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceRow {
    pub(crate) page: PublicId,
    pub(crate) stated_at: Moment,
}

/// A group.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupRow {
    pub(crate) number: i64,
    pub(crate) id: PublicId,
    pub(crate) slug: Slug,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) position: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_page: Option<PublicId>,
    pub(crate) created_at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) updated_at: Option<Moment>,
}

impl From<&Group> for GroupRow {
    fn from(group: &Group) -> Self {
        Self {
            number: group.number,
            id: group.id.clone(),
            slug: group.slug.clone(),
            name: group.name.clone(),
            description: group.description.clone(),
            position: group.position,
            source_page: group.source_page.clone(),
            created_at: Moment(group.created_at),
            updated_at: unless(group.updated_at, group.created_at),
        }
    }
}

impl From<GroupRow> for Group {
    fn from(row: GroupRow) -> Self {
        Self {
            number: row.number,
            id: row.id,
            slug: row.slug,
            name: row.name,
            description: row.description,
            position: row.position,
            source_page: row.source_page,
            created_at: row.created_at.0,
            updated_at: or(row.updated_at, row.created_at.0),
        }
    }
}

/// A service.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceRow {
    pub(crate) number: i64,
    pub(crate) id: PublicId,
    pub(crate) slug: Slug,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<PublicId>,
    pub(crate) position: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start_date: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "is_no")]
    pub(crate) hidden: bool,
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub(crate) showcase: bool,
    #[serde(default, skip_serializing_if = "is_no")]
    pub(crate) only_show_if_degraded: bool,
    #[serde(default = "listed", skip_serializing_if = "is_listed")]
    pub(crate) standing: Standing,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_page: Option<PublicId>,
    pub(crate) created_at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) updated_at: Option<Moment>,
}

impl From<&Service> for ServiceRow {
    fn from(service: &Service) -> Self {
        Self {
            number: service.number,
            id: service.id.clone(),
            slug: service.slug.clone(),
            name: service.name.clone(),
            description: service.description.clone(),
            link: service.link.clone(),
            group: service.group.clone(),
            position: service.position,
            start_date: service.start_date,
            hidden: service.hidden,
            showcase: service.showcase,
            only_show_if_degraded: service.only_show_if_degraded,
            standing: service.standing,
            source_page: service.source_page.clone(),
            created_at: Moment(service.created_at),
            updated_at: unless(service.updated_at, service.created_at),
        }
    }
}

impl From<ServiceRow> for Service {
    fn from(row: ServiceRow) -> Self {
        Self {
            number: row.number,
            id: row.id,
            slug: row.slug,
            name: row.name,
            description: row.description,
            link: row.link,
            group: row.group,
            position: row.position,
            start_date: row.start_date,
            hidden: row.hidden,
            showcase: row.showcase,
            only_show_if_degraded: row.only_show_if_degraded,
            standing: row.standing,
            source_page: row.source_page,
            created_at: row.created_at.0,
            updated_at: or(row.updated_at, row.created_at.0),
        }
    }
}

/// A status given by hand or stated by an import.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ManualStatusRow {
    pub(crate) number: i64,
    pub(crate) service: PublicId,
    pub(crate) status: ServiceStatus,
    pub(crate) at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_at: Option<Moment>,
    #[serde(default = "person", skip_serializing_if = "is_person")]
    pub(crate) origin: Origin,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

impl From<&ManualStatus> for ManualStatusRow {
    fn from(manual: &ManualStatus) -> Self {
        Self {
            number: manual.number,
            service: manual.service.clone(),
            status: manual.status,
            at: Moment(manual.at),
            created_at: unless(manual.created_at, manual.at),
            origin: manual.origin,
            message: manual.message.clone(),
        }
    }
}

impl From<ManualStatusRow> for ManualStatus {
    fn from(row: ManualStatusRow) -> Self {
        Self {
            number: row.number,
            service: row.service,
            status: row.status,
            at: row.at.0,
            message: row.message,
            origin: row.origin,
            created_at: or(row.created_at, row.at.0),
        }
    }
}
