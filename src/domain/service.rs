//! Services, their groups, and the statuses people give them by hand.

use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::{PublicId, ServiceStatus, Slug};

/// Positions in lists: what Statuspage's schema (`"minimum": 0`) and every reader of JSON can hold.
pub const POSITIONS: RangeInclusive<i64> = 0..=1_000_000_000;

/// A group of services; its status is that of its worst service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Row number, the small number of the command line.
    pub number: i64,
    /// Public id.
    pub id: PublicId,
    /// Name in commands and paths.
    pub slug: Slug,
    /// What visitors read.
    pub name: String,
    /// A line below the name.
    pub description: Option<String>,
    /// Order among groups and ungrouped services, smallest first.
    pub position: i64,
    /// The page it was imported from.
    pub source_page: Option<PublicId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Group {
    /// A group of which nothing is said yet: it has its slug for a name, and is the first.
    pub fn new(id: PublicId, slug: Slug, at: DateTime<Utc>) -> Self {
        let name = slug.to_string();
        Self { number: 0, id, slug, name, description: None, position: 0, source_page: None, created_at: at, updated_at: at }
    }
}

/// Where a service stands in the organization's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// In lists and rollup.
    Listed,
    /// Known only from incidents: keeps its name in their updates and is in no list or rollup.
    IncidentsOnly,
    /// Removed by a person: in no public output at all.
    Removed,
}

/// A service (Statuspage says component).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Row number, the small number of the command line.
    pub number: i64,
    /// Public id.
    pub id: PublicId,
    /// Name in commands and paths.
    pub slug: Slug,
    /// What visitors read.
    pub name: String,
    /// A line below the name.
    pub description: Option<String>,
    /// Where the service itself lives (http or https).
    pub link: Option<String>,
    /// Id of its group.
    pub group: Option<PublicId>,
    /// Order within its group, or among groups and ungrouped services, smallest first.
    pub position: i64,
    /// Uptime counts from the start of this day in the organization's zone.
    pub start_date: Option<NaiveDate>,
    /// Nowhere in public output.
    pub hidden: bool,
    /// Whether the page shows day bars and uptime.
    pub showcase: bool,
    /// In HTML only while not operational.
    pub only_show_if_degraded: bool,
    /// In lists, known only from incidents, or removed.
    pub standing: Standing,
    /// The page it was imported from.
    pub source_page: Option<PublicId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its settings last changed, or the source says it changed.
    pub updated_at: DateTime<Utc>,
}

impl Service {
    /// Whether the page shows day bars and uptime of a service of which nobody says so.
    pub const SHOWCASE: bool = true;

    /// A service of which nothing is said yet: it has its slug for a name, and is shown, in no group and first of all.
    pub fn new(id: PublicId, slug: Slug, at: DateTime<Utc>) -> Self {
        Self {
            number: 0,
            id,
            name: slug.to_string(),
            slug,
            description: None,
            link: None,
            group: None,
            position: 0,
            start_date: None,
            hidden: false,
            showcase: Self::SHOWCASE,
            only_show_if_degraded: false,
            standing: Standing::Listed,
            source_page: None,
            created_at: at,
            updated_at: at,
        }
    }

    /// Whether it is in lists and rollup for those who may see it.
    pub fn is_listed(&self) -> bool {
        self.standing == Standing::Listed
    }
}

/// Who made a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A person, by command line or API.
    Person,
    /// An import.
    Import,
}

/// A status somebody gave a service by hand, or that an imported file stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManualStatus {
    /// Row number; orders statements of the same moment.
    pub number: i64,
    /// The service's id.
    pub service: PublicId,
    /// The status from then on.
    pub status: ServiceStatus,
    /// When it takes effect; may lie ahead.
    pub at: DateTime<Utc>,
    /// Why, for visitors (Markdown).
    pub message: Option<String>,
    /// Person or import.
    pub origin: Origin,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}
