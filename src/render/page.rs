//! What a template may name: the contract between pages and themes, field by field.
//!
//! Every template gets `site` ([`Site`]), `words` (the theme's words by key), `style` (what pages of this kind have of the style sheet),
//! `embed_style` (that of the page for frames), `assets` (published path by name), `page` ([`Page`]) and its own value under the template's
//! name: `home` ([`Home`], in `index.html`), `history` ([`History`]), `month` ([`Month`]), `incident` ([`Incident`]), `maintenance`
//! ([`Maintenance`]), `service` ([`ServicePage`]) or `uptime` ([`UptimePage`]). What all pages share is written down here, the rest in
//! `page/`, a file for each. Values are plain text unless they say HTML, and are escaped where a template writes them. New fields may
//! come; none changes its meaning.

mod history;
mod home;
mod services;
mod told;
mod uptime;

use serde::Serialize;

pub use history::{History, Month, MonthLink, Year};
pub use home::{Home, Section};
pub use services::{BadDay, Latency, LatencyDrawing, LatencyHour, Mark, Service, ServiceMonth, ServicePage, Trace};
pub use told::{Change, Incident, Maintenance, MaintenanceDate, Named, NextUpdate, Update};
pub use uptime::{Figure, UptimePage, UptimeRow, UptimeSection};

/// What is the same on every page of an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Site {
    /// The organization's name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// Language of the page (BCP 47), for `lang`.
    pub language: String,
    /// `ltr` or `rtl`, for `dir`: the word `direction`, since it is the words that run one way or the other.
    pub direction: &'static str,
    /// Where the site is published, ending in `/`.
    pub address: String,
    /// A content security policy that allows every page what it has.
    pub policy: String,
    /// Name of the time zone of all times and days.
    pub time_zone: String,
    /// Whether services are to stand close together.
    pub compact: bool,
    /// Links to the organization's other pages.
    pub links: Vec<SiteLink>,
    /// The organization's logo, to stand in place of its name, which then is its text alternative.
    pub logo: Option<Logo>,
}

/// An organization's logo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Logo {
    /// In light pages, and in dark ones too where there is no other.
    pub light: Picture,
    /// In dark pages.
    pub dark: Option<Picture>,
}

/// A picture that the site publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// Its path: put `page.files` before it.
    pub path: String,
    /// For `width`: with the height it keeps the picture's place free until it is loaded.
    pub width: u32,
    /// For `height`.
    pub height: u32,
}

/// A link to another page of the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SiteLink {
    /// What it says.
    pub text: String,
    /// Where it leads: an http, https or mailto address.
    pub url: String,
}

/// What a page's head and frame say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page {
    /// `home`, `history`, `month`, `incident`, `maintenance`, `service`, `uptime` or `not_found`.
    pub kind: &'static str,
    /// What goes before every link to a page: `./`, `../`, `../../`, or a path from the host's root for the page that stands anywhere.
    pub root: String,
    /// What goes before every link to a file that all languages share (assets, feeds, JSON, calendars): the same as `root` but on pages
    /// below the folder of a language.
    pub files: String,
    /// The languages that the page is in, this one too, in the order of org.toml; empty where there is only one.
    pub languages: Vec<PageLanguage>,
    /// For `og:title`; starts with the state where the page has one.
    pub title: String,
    /// The same in at most 70 characters, for `<title>`.
    pub short_title: String,
    /// One sentence.
    pub description: String,
    /// The page's public address; `None` where it has none of its own.
    pub canonical: Option<String>,
    /// The icon of the browser's tab: a `data:` address whose shape follows the state.
    pub icon: String,
    /// Address of the picture that other sites show beside a link to the page, for `og:image`: the theme's `assets/state-MARK.png` for the
    /// state that the page has; `None` where it has none, or the theme no such picture.
    pub image: Option<String>,
    /// Its width in pixels; 0 without a picture.
    pub image_width: usize,
    /// Its height in pixels; 0 without a picture.
    pub image_height: usize,
    /// What it says, in words; empty without a picture.
    pub image_text: String,
    /// Path of a feed of the page's own: put `files` before it.
    pub feed: Option<String>,
    /// Path of a calendar of the page's own: put `files` before it.
    pub calendar: Option<String>,
    /// Marks of the icons to have at hand, each once: those of every [`Word`] on pages of incidents, maintenances and months, all of them
    /// where the state of the moment is shown, none on the page for what is not there.
    pub marks: Vec<&'static str>,
    /// A content security policy that allows no more than this page has: with `style`, and with `embed_style`
    /// on the page for frames.
    pub policy: String,
}

/// A language that a page is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageLanguage {
    /// BCP 47, for `lang` and `hreflang`.
    pub tag: String,
    /// What it calls itself: `Deutsch`.
    pub name: String,
    /// Whether this page is in it.
    pub current: bool,
    /// Where the page in that language is, from this one: use it as it is.
    pub link: String,
    /// Its public address; `None` where the page has none of its own.
    pub address: Option<String>,
}

/// A word of a fixed vocabulary, such as a status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Word {
    /// As in the public JSON: `major_outage`.
    pub key: &'static str,
    /// Class for colour, and name of the icon: `ok`, `mt`, `dg`, `pa`, `ma` or `no`.
    pub mark: &'static str,
    /// What people read: `Major outage`.
    pub text: String,
}

/// A moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Instant {
    /// For `datetime`: `2026-11-22T10:04:00Z`.
    pub utc: String,
    /// In the organization's zone: `22 Nov 2026, 11:04 CET`.
    pub text: String,
}

/// A day of the organization's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Date {
    /// For `datetime`: `2026-11-22`.
    pub date: String,
    /// `22 Nov 2026`.
    pub text: String,
}

/// A link within the site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// Path below the site's root: put `page.root` before it.
    pub path: String,
    /// What it says.
    pub text: String,
}
