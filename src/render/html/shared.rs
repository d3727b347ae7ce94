//! What all pages of an organization share, made once per build: serialising it for each page would cost more than rendering.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use tera::{Context, Value};

use crate::domain::{Colour, Impact, IncidentStatus, MaintenanceStatus, Organization, Rhythm, ServiceStatus};
use crate::error::UserError;
use crate::render::html::head::{Picture, pictures};
use crate::render::html::language::Tree;
use crate::render::html::logo;
use crate::render::html::moments::{Patterns, Units};
use crate::render::markdown::Images;
use crate::render::page::{Page, Site, SiteLink, Word};
use crate::theme::{PAGE_KINDS, Theme, policy_hash};

/// The organization's and the theme's part of every page.
#[derive(Clone, Debug)]
pub struct Shared {
    pub(super) organization: Organization,
    pub(super) tree: Tree,
    pub(super) zone: Tz,
    pub(super) images: Images,
    pub(super) months: Vec<String>,
    pub(super) short_months: Vec<String>,
    pub(super) patterns: Patterns,
    pub(super) units: Units,
    pub(super) unit_milliseconds: String,
    pub(super) percent: String,
    pub(super) decimal_mark: String,
    pub(super) pictures: BTreeMap<String, Picture>,
    /// What pages of each kind have.
    kinds: BTreeMap<&'static str, OfKind>,
    /// How the policies name the style sheet of the page for frames; empty where it has none.
    embed_hash: String,
    context: Context,
    /// The theme's text for every status and impact.
    texts: BTreeMap<&'static str, String>,
    /// How the theme says that something repeats, by how often.
    pub(super) rhythms: BTreeMap<&'static str, String>,
}

/// What the pages of one kind share.
#[derive(Clone, Debug)]
struct OfKind {
    /// The style sheet.
    style: Value,
    /// How the policies name it; empty where there is none.
    hash: String,
    policy: String,
}

impl Shared {
    /// The shared part of the pages of `organization` in `theme`.
    ///
    /// # Errors
    /// Fails only where values cannot become a template's.
    pub fn new(theme: &Theme, organization: &Organization) -> Result<Self, UserError> {
        Self::in_tree(theme, organization, Tree::default())
    }

    /// The shared part of the pages of one language; `theme` is in it.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn in_tree(theme: &Theme, organization: &Organization, tree: Tree) -> Result<Self, UserError> {
        let images = Images::of(organization);
        let accents = accents(theme, organization)?;
        let of_kind = |kind: &'static str| {
            let style = style(theme, organization, kind, &accents);
            let hash = hash(&style);
            // The theme has seen to it that the style sheet cannot end its element.
            (kind, OfKind { policy: policy([hash.as_str()], images), style: Value::safe_string(&style), hash })
        };
        let kinds: BTreeMap<_, _> = PAGE_KINDS.into_iter().map(of_kind).collect();
        let embed_hash = hash(theme.embed_style());
        let site = Site {
            name: organization.name.clone(),
            slug: organization.slug.to_string(),
            language: if tree.language.is_empty() { organization.language.clone() } else { tree.language.clone() },
            direction: if theme.word("direction") == "rtl" { "rtl" } else { "ltr" },
            address: organization.address(),
            policy: policy(all_hashes(&kinds, &embed_hash), images),
            time_zone: organization.time_zone.name().to_owned(),
            compact: organization.looks.compact,
            links: organization.looks.links.iter().map(|link| SiteLink { text: link.text.clone(), url: link.url.clone() }).collect(),
            logo: organization.looks.logo.as_ref().map(logo::of),
        };
        let assets: BTreeMap<&str, &str> = theme.assets().iter().map(|asset| (asset.name.as_str(), asset.path.as_str())).collect();
        let mut context = Context::new();
        insert(&mut context, "site", &site)?;
        insert(&mut context, "words", theme.words())?;
        insert(&mut context, "assets", &assets)?;
        context.insert_value("embed_style", Value::safe_string(theme.embed_style()));
        let month = |form: &str| (1..=12).map(|number| theme.word(&format!("{form}_{number}")).to_owned()).collect();
        Ok(Self {
            organization: organization.clone(),
            tree,
            zone: organization.time_zone,
            images,
            months: month("month"),
            short_months: month("month_short"),
            patterns: Patterns::of(theme),
            units: Units::of(theme),
            unit_milliseconds: theme.word("unit_milliseconds").to_owned(),
            percent: theme.word("percent").to_owned(),
            decimal_mark: theme.word("decimal_mark").to_owned(),
            pictures: pictures(theme),
            kinds,
            embed_hash,
            context,
            texts: vocabulary(theme),
            rhythms: RHYTHMS.map(|(rhythm, word)| (rhythm.as_str(), theme.word(word).to_owned())).into(),
        })
    }

    /// A content security policy for all pages of a site, `all` having what those of each language share.
    pub fn policy_of_all<'s>(all: impl IntoIterator<Item = &'s Self>) -> String {
        let (mut hashes, mut images): (Vec<&str>, Images) = (Vec::new(), Images::Off);
        for shared in all {
            images = shared.images;
            hashes.extend(all_hashes(&shared.kinds, &shared.embed_hash));
        }
        policy(hashes, images)
    }

    /// A content security policy for pages of `kind`.
    pub(super) fn policy(&self, kind: &str) -> String {
        self.kinds.get(kind).map_or_else(|| policy([], self.images), |of_kind| of_kind.policy.clone())
    }

    /// That of the page for frames.
    pub(super) fn embed_policy(&self) -> String {
        let home = self.kinds.get("home").map(|of_kind| of_kind.hash.as_str());
        policy(home.into_iter().chain([self.embed_hash.as_str()]), self.images)
    }

    /// Renders `template` with `page` and the page's own value under `name`.
    pub(super) fn render(
        &self,
        theme: &Theme,
        template: &str,
        page: &Page,
        own: Option<(&'static str, Value)>,
    ) -> Result<String, UserError> {
        let mut context = self.context.clone();
        if let Some(of_kind) = self.kinds.get(page.kind) {
            context.insert_value("style", of_kind.style.clone());
        }
        insert(&mut context, "page", page)?;
        if let Some((name, value)) = own {
            context.insert_value(name, value);
        }
        theme.render(template, &context)
    }

    /// A service status in words.
    pub(super) fn service_status(&self, status: ServiceStatus) -> Word {
        self.word(status.as_str(), status.as_str(), mark(status))
    }

    /// An incident's status in words, coloured by its impact while it is open.
    pub(super) fn incident_status(&self, status: IncidentStatus, impact: Impact) -> Word {
        let mark = if status.is_over() { "ok" } else { impact_mark(impact) };
        self.word(status.as_str(), status.as_str(), mark)
    }

    /// A maintenance's status in words.
    pub(super) fn maintenance_status(&self, status: MaintenanceStatus) -> Word {
        let mark = match status {
            MaintenanceStatus::Completed => "ok",
            MaintenanceStatus::Cancelled => "no",
            _ => "mt",
        };
        self.word(status.as_str(), status.as_str(), mark)
    }

    /// An impact in words.
    pub(super) fn impact(&self, impact: Impact) -> Word {
        let key = match impact {
            Impact::None => "impact_none",
            Impact::Minor => "impact_minor",
            Impact::Major => "impact_major",
            Impact::Critical => "impact_critical",
        };
        self.word(key, impact.as_str(), impact_mark(impact))
    }

    fn word(&self, of: &str, key: &'static str, mark: &'static str) -> Word {
        let text = self.texts.get(of).cloned().unwrap_or_else(|| key.to_owned());
        Word { key, mark, text }
    }
}

/// A template's value from a plain one.
pub(super) fn value<T: serde::Serialize + ?Sized>(plain: &T) -> Result<Value, UserError> {
    Value::try_from_serializable(plain).map_err(|error| UserError::failed(format!("cannot hand a value to the theme: {error}")))
}

fn insert<T: serde::Serialize + ?Sized>(context: &mut Context, name: &'static str, plain: &T) -> Result<(), UserError> {
    context.insert_value(name, value(plain)?);
    Ok(())
}

/// Every rhythm, and what it is called among the words of a theme.
const RHYTHMS: [(Rhythm, &str); 5] = [
    (Rhythm::Daily, "repeats_daily"),
    (Rhythm::Weekly, "repeats_weekly"),
    (Rhythm::Monthly, "repeats_monthly"),
    (Rhythm::Yearly, "repeats_yearly"),
    (Rhythm::Otherwise, "repeats_otherwise"),
];

/// Every class and icon there is of a state, best state first.
pub(super) const MARKS: [&str; 6] = ["ok", "mt", "dg", "pa", "ma", "no"];

/// Class and icon of a service status.
pub(super) const fn mark(status: ServiceStatus) -> &'static str {
    match status {
        ServiceStatus::Operational => "ok",
        ServiceStatus::UnderMaintenance => "mt",
        ServiceStatus::DegradedPerformance => "dg",
        ServiceStatus::PartialOutage => "pa",
        ServiceStatus::MajorOutage => "ma",
    }
}

const fn impact_mark(impact: Impact) -> &'static str {
    match impact {
        Impact::None => "no",
        Impact::Minor => "dg",
        Impact::Major => "pa",
        Impact::Critical => "ma",
    }
}

/// Every status and impact with the theme's word for it.
fn vocabulary(theme: &Theme) -> BTreeMap<&'static str, String> {
    let services = ServiceStatus::ALL.iter().map(|status| status.as_str());
    let incidents = IncidentStatus::ALL.iter().map(|status| status.as_str());
    let maintenances = MaintenanceStatus::ALL.iter().map(|status| status.as_str());
    let impacts = ["impact_none", "impact_minor", "impact_major", "impact_critical"];
    let keys = services.chain(incidents).chain(maintenances).chain(impacts);
    keys.map(|key| (key, theme.word(key).to_owned())).collect()
}

/// Text of this contrast can be read: level AA of WCAG 2.2, 1.4.3.
const READABLE: f64 = 4.5;

/// The theme's style sheet for pages of `kind`, with what the organization's looks and language need, and its colours.
fn style(theme: &Theme, organization: &Organization, kind: &str, accents: &str) -> String {
    let looks = &organization.looks;
    // Rules that few pages need stand in those only.
    let is_rtl = theme.word("direction") == "rtl";
    let parts = [
        Some(theme.style(kind)),
        is_rtl.then(|| theme.rtl_style(kind)),
        looks.compact.then(|| theme.compact_style(kind)),
        looks.logo.as_ref().map(|_| theme.logo_style(kind)),
        Some(accents.to_owned()),
    ];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// How the policies name every style sheet of the pages.
fn all_hashes<'s>(kinds: &'s BTreeMap<&'static str, OfKind>, embed_hash: &'s str) -> impl Iterator<Item = &'s str> {
    kinds.values().map(|of_kind| of_kind.hash.as_str()).chain([embed_hash])
}

/// How a policy names a style sheet: empty where there is none.
fn hash(style: &str) -> String {
    if style.is_empty() { String::new() } else { policy_hash(style) }
}

/// Rules that give links the organization's colours.
fn accents(theme: &Theme, organization: &Organization) -> Result<String, UserError> {
    let (looks, backgrounds) = (&organization.looks, theme.backgrounds());
    let mut rules = Vec::new();
    for (key, scheme, colour, backgrounds) in
        [("accent", "light", looks.accent, &backgrounds.light), ("accent_dark", "dark", looks.accent_dark, &backgrounds.dark)]
    {
        let Some(colour) = colour else { continue };
        for background in backgrounds.iter().filter_map(|written| written.parse::<Colour>().ok()) {
            let contrast = colour.contrast(background);
            if contrast < READABLE {
                let darker = if scheme == "light" { "darker" } else { "lighter" };
                return Err(UserError::bad_input(format!(
                    "`{key}` has too little contrast: {colour} on {background} has {:.2}, and text needs {READABLE}",
                    (contrast * 100.0).floor() / 100.0
                ))
                .hint(format!("choose a {darker} colour")));
            }
        }
        rules.push(format!("@media (prefers-color-scheme: {scheme}) {{ :root {{ --link: {colour}; }} }}"));
    }
    Ok(rules.join("\n"))
}

/// Everything comes from the site itself; images of operators' text from https too where the organization allows them.
fn policy<'h>(hashes: impl IntoIterator<Item = &'h str>, images: Images) -> String {
    let from = match images {
        Images::Off => "",
        Images::HttpsOnly => " https:",
    };
    // Kinds of pages that have the same style share its name.
    let mut named: Vec<&str> = Vec::new();
    for hash in hashes {
        if !hash.is_empty() && !named.contains(&hash) {
            named.push(hash);
        }
    }
    let hashes: String = named.iter().map(|hash| format!(" '{hash}'")).collect();
    format!(
        "default-src 'none'; style-src{hashes}; img-src 'self' data:{from}; connect-src 'self'; script-src 'self'; base-uri 'none'; \
         form-action 'none'"
    )
}
