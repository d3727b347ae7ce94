//! An organization: whose page it is, and the settings people keep in org.toml.

use std::fmt;
use std::sync::Arc;

use chrono_tz::Tz;
use num_bigint::BigInt;
use num_rational::BigRational;

use crate::domain::{Colour, PublicId, Slug};

/// What an organization's page is called, where it lives and by which rules it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Organization {
    /// The page's public id (`page.id`): made by `org create`, or the source's after a first import.
    pub id: PublicId,
    /// Folder name and name in commands.
    pub slug: Slug,
    /// What visitors read.
    pub name: String,
    /// Where the page is published, ending in `/`; `None` while nobody said.
    pub url: Option<String>,
    /// A sentence about the organization for search engines and feeds.
    pub description: Option<String>,
    /// Days and dates follow this zone.
    pub time_zone: Tz,
    /// Language of the page's fixed words (BCP 47): that of the pages at the root.
    pub language: String,
    /// The other languages that the pages are in, each below a folder of its name.
    pub other_languages: Vec<String>,
    /// How uptime is counted.
    pub uptime: UptimeRule,
    /// Whether https images in operators' text are shown.
    pub images: bool,
    /// How its page differs from other pages in the same theme.
    pub looks: Looks,
}

/// What an organization sets of a theme's looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    /// Colour of links and of the focus in light pages; `None`: the theme's.
    pub accent: Option<Colour>,
    /// The same in dark pages.
    pub accent_dark: Option<Colour>,
    /// Whether lists of services stand close together.
    pub compact: bool,
    /// Links to the organization's other pages, in order.
    pub links: Vec<HeaderLink>,
    /// What stands in the head of pages in place of its name, as far as it has been read: pages need it, deeds do not.
    pub logo: Option<Logo>,
}

/// A picture that stands for an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// In light pages, and in dark ones too where there is no other.
    pub light: Picture,
    /// In dark pages.
    pub dark: Option<Picture>,
}

/// A picture that may be published.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// How the name of its file ends: `svg`.
    pub extension: &'static str,
    /// Its width; only the ratio to its height counts where it has no pixels.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// What it holds.
    pub bytes: Arc<[u8]>,
}

impl Picture {
    /// A name that changes with its bytes.
    pub fn hash(&self) -> String {
        blake3::hash(&self.bytes).to_hex().chars().take(12).collect()
    }
}

/// Pages are stale where the settings of their organization read differently: the hash stands for the bytes.
impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { extension, width, height, bytes } = self;
        write!(f, "Picture({extension}, {width} x {height}, {})", blake3::hash(bytes))
    }
}

/// A link to another page of the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderLink {
    /// What it says.
    pub text: String,
    /// Where it leads: http, https or mailto.
    pub url: String,
}

impl Organization {
    /// The public address, ending in `/`; `https://SLUG.invalid/` while there is none.
    pub fn address(&self) -> String {
        self.url.clone().unwrap_or_else(|| format!("https://{}.invalid/", self.slug))
    }
}

/// How much outage counts: `uptime% = 100 * (1 - (major * major_s + partial * partial_s) / window_s)`.
#[derive(Clone, Debug, PartialEq)]
pub struct UptimeRule {
    /// Weight of a second of partial outage, in thousandths: 300 by default.
    pub partial_thousandths: u32,
    /// Weight of a second of major outage, in thousandths: 1000 by default.
    pub major_thousandths: u32,
}

impl Default for UptimeRule {
    fn default() -> Self {
        Self { partial_thousandths: 300, major_thousandths: 1000 }
    }
}

impl UptimeRule {
    /// The weight of a second of partial outage, exactly.
    pub fn partial(&self) -> BigRational {
        BigRational::new(BigInt::from(self.partial_thousandths), BigInt::from(1000))
    }

    /// The weight of a second of major outage, exactly.
    pub fn major(&self) -> BigRational {
        BigRational::new(BigInt::from(self.major_thousandths), BigInt::from(1000))
    }
}
