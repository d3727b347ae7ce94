//! The sections `[checks]` and `[ingest]` of org.toml: what becomes of what monitors report.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::config::document::{Placed, Section};
use crate::domain::{CheckRule, Opens, ServiceStatus, Slug};
use crate::error::{UserError, nearest};

/// When results of checks open and resolve incidents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChecksRules {
    usual: CheckRule,
    /// By the slugs of services.
    services: BTreeMap<String, CheckRule>,
}

impl ChecksRules {
    /// The rule for the service with this slug.
    pub fn of(&self, service: &Slug) -> &CheckRule {
        self.services.get(service.as_str()).unwrap_or(&self.usual)
    }
}

/// What becomes of alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestRule {
    /// What an alert opens.
    pub opens: Opens,
    /// Labels that may name the service: the first one that does counts.
    pub labels: Vec<String>,
    /// Slugs of services by what a label calls them.
    pub services: BTreeMap<String, String>,
    /// Labels that may say how bad it is.
    pub severity_labels: Vec<String>,
    /// A service's status by what a label says of it in lower case; `None`: such an alert opens nothing.
    pub severities: BTreeMap<String, Option<ServiceStatus>>,
    /// A service's status where no label says anything that is known.
    pub status: ServiceStatus,
    /// How long after its end a new alert belongs to the same incident.
    pub cool_down: TimeDelta,
}

impl Default for IngestRule {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let severities = [
            (&["critical", "emergency", "fatal", "page"][..], Some(ServiceStatus::MajorOutage)),
            (&["error", "high", "major"], Some(ServiceStatus::PartialOutage)),
            (&["warning", "warn", "minor", "medium", "low"], Some(ServiceStatus::DegradedPerformance)),
            (&["info", "informational", "none", "ok"], None),
        ];
        let severities = severities.into_iter().flat_map(|(words, status)| words.iter().map(move |word| ((*word).to_owned(), status)));
        Self {
            opens: Opens::Draft,
            labels: texts(&["service", "job", "instance"]),
            services: BTreeMap::new(),
            severity_labels: texts(&["severity", "priority"]),
            severities: severities.collect(),
            status: ServiceStatus::PartialOutage,
            cool_down: TimeDelta::minutes(30),
        }
    }
}

/// The keys of a rule for checks.
const RULE: [&str; 6] = ["failures", "within", "recoveries", "opens", "status", "cool_down"];

/// What a key says in place of the name of a status.
const NOTHING: &str = "nothing";

/// The section `[checks]`.
pub(super) fn checks(top: &Section<'_>) -> Result<ChecksRules, UserError> {
    let [failures, within, recoveries, opens, status, cool_down] = RULE;
    let Some(section) = top.section("checks", &[failures, within, recoveries, opens, status, cool_down, "services"])? else {
        return Ok(ChecksRules::default());
    };
    let usual = rule(&section, &CheckRule::default())?;
    let mut services = BTreeMap::new();
    for own in section.sections("services", &[&["service"][..], &RULE[..]].concat())? {
        let Some(name) = own.text("service")? else {
            return Err(section.document().refuse_whole("a section [[checks.services]] has no `service`"));
        };
        let slug = slug(&section, &name)?;
        if services.insert(slug, rule(&own, &usual)?).is_some() {
            return Err(section.document().refuse(&name.span, &format!("`{}` has a section [[checks.services]] already", name.value)));
        }
    }
    Ok(ChecksRules { usual, services })
}

/// What a section says, and `usual` where it says nothing.
fn rule(section: &Section<'_>, usual: &CheckRule) -> Result<CheckRule, UserError> {
    let day = TimeDelta::days(1);
    Ok(CheckRule {
        failures: section.number("failures", 1..=100)?.unwrap_or(usual.failures),
        within: section.duration("within", TimeDelta::minutes(1)..=TimeDelta::hours(12))?.unwrap_or(usual.within),
        recoveries: section.number("recoveries", 1..=100)?.unwrap_or(usual.recoveries),
        opens: opens(section)?.unwrap_or(usual.opens),
        status: status_of(section)?.unwrap_or(usual.status),
        cool_down: section.duration("cool_down", TimeDelta::zero()..=day)?.unwrap_or(usual.cool_down),
    })
}

/// The section `[ingest]`.
pub(super) fn ingest(top: &Section<'_>) -> Result<IngestRule, UserError> {
    let usual = IngestRule::default();
    let keys = ["opens", "labels", "services", "severity_labels", "severities", "status", "cool_down"];
    let Some(section) = top.section("ingest", &keys)? else { return Ok(usual) };
    let names = |name: &str, usual: Vec<String>| {
        let given = section.texts(name)?;
        Ok::<_, UserError>(if given.is_empty() { usual } else { given.into_iter().map(|placed| placed.value).collect() })
    };
    let mut services = BTreeMap::new();
    for (called, service) in section.texts_by_name("services")? {
        services.insert(called.value, slug(&section, &service)?);
    }
    let mut severities = usual.severities;
    for (word, status) in section.texts_by_name("severities")? {
        let status = if status.value == NOTHING { None } else { Some(bad_status(&section, &status)?) };
        severities.insert(word.value.to_lowercase(), status);
    }
    Ok(IngestRule {
        opens: opens(&section)?.unwrap_or(usual.opens),
        labels: names("labels", usual.labels)?,
        services,
        severity_labels: names("severity_labels", usual.severity_labels)?,
        severities,
        status: status_of(&section)?.unwrap_or(usual.status),
        cool_down: section.duration("cool_down", TimeDelta::zero()..=TimeDelta::days(1))?.unwrap_or(usual.cool_down),
    })
}

fn opens(section: &Section<'_>) -> Result<Option<Opens>, UserError> {
    const WORDS: [(&str, Opens); 3] = [("draft", Opens::Draft), ("incident", Opens::Incident), (NOTHING, Opens::Nothing)];
    let Some(given) = section.text("opens")? else { return Ok(None) };
    if let Some((_, opens)) = WORDS.iter().find(|(word, _)| *word == given.value) {
        return Ok(Some(*opens));
    }
    let error = section.document().refuse(&given.span, &format!("`{}` is nothing that can be opened", given.value));
    Err(match nearest(&given.value, WORDS.map(|(word, _)| word)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("it is `draft`, `incident` or `nothing`"),
    })
}

fn status_of(section: &Section<'_>) -> Result<Option<ServiceStatus>, UserError> {
    section.text("status")?.map(|given| bad_status(section, &given)).transpose()
}

/// A status of a service with which something is wrong.
fn bad_status(section: &Section<'_>, given: &Placed<String>) -> Result<ServiceStatus, UserError> {
    let status = given.value.parse().ok().filter(|status: &ServiceStatus| *status >= ServiceStatus::DegradedPerformance);
    status.ok_or_else(|| {
        section
            .document()
            .refuse(&given.span, &format!("`{}` is no status of a service that fails", given.value))
            .hint("it is `degraded_performance`, `partial_outage` or `major_outage`")
    })
}

fn slug(section: &Section<'_>, given: &Placed<String>) -> Result<String, UserError> {
    let slug: Result<Slug, UserError> = given.value.parse();
    slug.map(|slug| slug.to_string()).map_err(|error| section.document().refuse(&given.span, &error.message))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Settings;
    use crate::error::Kind;

    fn parse(text: &str) -> Result<Settings, UserError> {
        Settings::parse(Path::new("org.toml"), &format!("name = 'A'\n{text}"))
    }

    #[test]
    fn every_key_is_read_and_has_a_default() {
        let usual = parse("").unwrap();
        assert_eq!((usual.checks.of(&"api".parse().unwrap()), &usual.ingest), (&CheckRule::default(), &IngestRule::default()));
        let settings = parse(
            "[checks]\nfailures = 5\nwithin = '10m'\nrecoveries = 1\nopens = 'incident'\nstatus = 'major'\ncool_down = '0s'\n\
             [[checks.services]]\nservice = 'api'\nfailures = 2\nopens = 'nothing'\n\
             [ingest]\nopens = 'incident'\nlabels = ['app']\nseverity_labels = ['level']\nstatus = 'degraded'\ncool_down = '1h'\n\
             [ingest.services]\n'Main site' = 'web'\n[ingest.severities]\nP1 = 'major_outage'\nwarning = 'nothing'",
        )
        .unwrap();
        let web = CheckRule {
            failures: 5,
            within: TimeDelta::minutes(10),
            recoveries: 1,
            opens: Opens::Incident,
            status: ServiceStatus::MajorOutage,
            cool_down: TimeDelta::zero(),
        };
        assert_eq!(settings.checks.of(&"web".parse().unwrap()), &web);
        assert_eq!(settings.checks.of(&"api".parse().unwrap()), &CheckRule { failures: 2, opens: Opens::Nothing, ..web });
        let rule = settings.ingest;
        assert_eq!((rule.opens, rule.labels, rule.severity_labels), (Opens::Incident, vec!["app".to_owned()], vec!["level".to_owned()]));
        assert_eq!(rule.services.get("Main site").map(String::as_str), Some("web"));
        let severity = |word: &str| rule.severities.get(word).copied();
        assert_eq!(severity("p1"), Some(Some(ServiceStatus::MajorOutage)));
        assert_eq!((severity("warning"), severity("info"), severity("p9")), (Some(None), Some(None), None));
        assert_eq!((rule.status, rule.cool_down), (ServiceStatus::DegradedPerformance, TimeDelta::hours(1)));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_place() {
        for (text, why) in [
            ("checks = 1", "line 2, column 10: `checks` is a number, not a section"),
            ("[checks]\nfailure = 3", "line 3, column 1: unknown key `failure`"),
            ("[checks]\nfailures = 0", "line 3, column 12: `failures` is not a whole number from 1 to 100"),
            ("[checks]\nfailures = '3'", "line 3, column 12: `failures` is not a whole number from 1 to 100"),
            ("[checks]\nwithin = '5 weeks'", "line 3, column 10: `5 weeks` is not a length of time"),
            ("[checks]\nwithin = '1s'", "line 3, column 10: `within` is not from 1 minute to 720 minutes"),
            ("[checks]\nwithin = 5", "line 3, column 10: `within` is a number, not a text in quotes"),
            ("[checks]\nopens = 'drafts'", "line 3, column 9: `drafts` is nothing that can be opened"),
            ("[checks]\nstatus = 'operational'", "line 3, column 10: `operational` is no status of a service that fails"),
            ("[[checks.services]]\nfailures = 1", "a section [[checks.services]] has no `service`"),
            ("[[checks.services]]\nservice = 'A B'", "line 3, column 11: "),
            (
                "[[checks.services]]\nservice = 'a'\n[[checks.services]]\nservice = 'a'",
                "line 5, column 11: `a` has a section [[checks.services]] already",
            ),
            ("[ingest]\nlabels = 'a'", "line 3, column 10: `labels` is a text, not a list of texts"),
            ("[ingest]\nservices = ['a']", "line 3, column 12: `services` is a list, not a section"),
            ("[ingest.services]\na = 1", "line 3, column 5: `a` is a number, not a text in quotes"),
            ("[ingest.services]\na = ''", "line 3, column 1: `a` is empty"),
            ("[ingest.services]\na = '../b'", "line 3, column 5: "),
            ("[ingest.severities]\na = 'bad'", "line 3, column 5: `bad` is no status of a service that fails"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.kind, Kind::BadInput, "{text}");
            assert!(error.message.starts_with(&format!("org.toml: {why}")), "{text}: {error}");
        }
    }
}
