//! What all pages of an organization share, made once per build: serialising it for each page would cost more than rendering.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use tera::{Context, Value};

use crate::domain::{Impact, IncidentStatus, MaintenanceStatus, Organization, ServiceStatus};
use crate::error::UserError;
use crate::render::markdown::Images;
use crate::render::page::{Page, Site, Word};
use crate::theme::Theme;

/// The organization's and the theme's part of every page.
#[derive(Clone, Debug)]
pub struct Shared {
    pub(super) organization: Organization,
    pub(super) zone: Tz,
    pub(super) images: Images,
    pub(super) months: Vec<String>,
    pub(super) short_months: Vec<String>,
    policy: String,
    context: Context,
    /// The theme's text for every status and impact.
    texts: BTreeMap<&'static str, String>,
}

impl Shared {
    /// The shared part of the pages of `organization` in `theme`.
    ///
    /// # Errors
    /// Fails only where values cannot become a template's.
    pub fn new(theme: &Theme, organization: &Organization) -> Result<Self, UserError> {
        let images = Images::of(organization);
        let policy = policy(theme, images);
        let site = Site {
            name: organization.name.clone(),
            slug: organization.slug.to_string(),
            language: organization.language.clone(),
            direction: if theme.word("direction") == "rtl" { "rtl" } else { "ltr" },
            address: organization.address(),
            policy: policy.clone(),
            time_zone: organization.time_zone.name().to_owned(),
        };
        let assets: BTreeMap<&str, &str> = theme.assets().iter().map(|asset| (asset.name.as_str(), asset.path.as_str())).collect();
        let mut context = Context::new();
        insert(&mut context, "site", &site)?;
        insert(&mut context, "words", theme.words())?;
        insert(&mut context, "assets", &assets)?;
        // The theme has seen to it that the style sheet cannot end its element.
        context.insert_value("style", Value::safe_string(theme.style()));
        context.insert_value("embed_style", Value::safe_string(theme.embed_style()));
        let month = |form: &str| (1..=12).map(|number| theme.word(&format!("{form}_{number}")).to_owned()).collect();
        Ok(Self {
            organization: organization.clone(),
            zone: organization.time_zone,
            images,
            months: month("month"),
            short_months: month("month_short"),
            policy,
            context,
            texts: vocabulary(theme),
        })
    }

    /// The content security policy of every page.
    pub fn policy(&self) -> &str {
        &self.policy
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

/// Everything comes from the site itself; images of operators' text from https too where the organization allows them.
fn policy(theme: &Theme, images: Images) -> String {
    let from = match images {
        Images::Off => "",
        Images::HttpsOnly => " https:",
    };
    format!(
        "default-src 'none'; style-src '{}' '{}'; img-src 'self' data:{from}; connect-src 'self'; script-src 'self'; base-uri 'none'; \
         form-action 'none'",
        theme.style_hash(),
        theme.embed_style_hash()
    )
}
