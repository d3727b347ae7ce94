//! What Alertmanager and Grafana have in common: a group of alerts with labels and annotations.

use std::collections::BTreeMap;

use super::MOST_ALERTS;
use super::field::{Fields, parse};
use crate::domain::{Alert, AlertSource, Alerts};
use crate::error::UserError;

/// The alerts of a group.
pub(super) fn read(source: AlertSource, payload: &[u8]) -> Result<Alerts, UserError> {
    let value = parse(source, payload)?;
    let top = Fields::of(source, &value)?;
    let group = top.first_text(&["groupKey", "receiver"])?.unwrap_or_default();
    let Some(listed) = top.objects("alerts")? else { return Err(top.refuse("alerts", "is missing")) };
    if listed.len() > MOST_ALERTS {
        return Err(top.refuse("alerts", &format!("holds {} alerts, and at most {MOST_ALERTS} can come at once", listed.len())));
    }
    let mut warnings = Vec::new();
    if let Some(left_out @ 1..) = top.number("truncatedAlerts")? {
        warnings.push(format!("the sender left out {left_out} alerts of this group"));
    }
    Ok(Alerts { alerts: listed.iter().map(|fields| alert(fields, group)).collect::<Result<_, _>>()?, silent: 0, warnings })
}

fn alert(fields: &Fields<'_>, group: &str) -> Result<Alert, UserError> {
    let firing = match fields.text("status")? {
        Some("firing") => true,
        Some("resolved") => false,
        Some(_) => return Err(fields.refuse("status", "is neither `firing` nor `resolved`")),
        None => return Err(fields.refuse("status", "is missing")),
    };
    let labels: BTreeMap<String, String> =
        fields.texts("labels")?.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let (mut summary, mut description) = (None, None);
    if let Some(annotations) = fields.object("annotations")? {
        summary = annotations.first_text(&["summary", "title"])?;
        description = annotations.first_text(&["description", "message"])?;
    }
    let name = labels.get("alertname").map(String::as_str).filter(|name| !name.trim().is_empty());
    Ok(Alert {
        fingerprint: match fields.text("fingerprint")?.filter(|given| !given.is_empty()) {
            Some(given) => given.to_owned(),
            // Old versions give none; labels are what tells alerts apart.
            None => labels.iter().map(|(name, value)| format!("{name}={value:?},")).collect(),
        },
        group: group.to_owned(),
        firing,
        title: summary.or(name).or(description).unwrap_or("Alert").to_owned(),
        description: description.unwrap_or_default().to_owned(),
        labels,
        starts_at: fields.moment("startsAt")?,
        ends_at: fields.moment("endsAt")?.filter(|_| !firing),
        url: fields.text("generatorURL")?.filter(|url| !url.is_empty()).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::error::Kind;

    fn parsed(value: &serde_json::Value) -> Result<Alerts, UserError> {
        read(AlertSource::Alertmanager, value.to_string().as_bytes())
    }

    #[test]
    fn a_group_of_alerts_is_read() {
        let alerts = parsed(&json!({
            "version": "4", "groupKey": "{}:{job=\"web\"}", "status": "firing", "receiver": "page", "truncatedAlerts": 2, "new": [1],
            "alerts": [
                {
                    "status": "firing", "labels": {"alertname": "Slow", "job": "web"}, "fingerprint": "f1", "values": {"B": 4.2},
                    "annotations": {"summary": "It is slow", "description": "Very.\nReally."},
                    "startsAt": "2026-11-22T11:00:00.123456789+01:00", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "https://p.example/g"
                },
                {"status": "resolved", "labels": {"alertname": "Down"}, "startsAt": "", "endsAt": "2026-11-22T10:30:00Z", "annotations": null}
            ]
        }))
        .unwrap();
        let [slow, down] = &alerts.alerts[..] else { panic!("two alerts") };
        assert_eq!((slow.fingerprint.as_str(), slow.group.as_str(), slow.firing), ("f1", "{}:{job=\"web\"}", true));
        assert_eq!((slow.title.as_str(), slow.description.as_str()), ("It is slow", "Very.\nReally."));
        assert_eq!((slow.starts_at.unwrap().to_rfc3339(), slow.ends_at), ("2026-11-22T10:00:00.123+00:00".to_owned(), None));
        assert_eq!((slow.labels["job"].as_str(), slow.url.as_deref()), ("web", Some("https://p.example/g")));
        assert_eq!((down.fingerprint.as_str(), down.title.as_str(), down.firing), ("alertname=\"Down\",", "Down", false));
        assert_eq!((down.starts_at, down.ends_at.is_some()), (None, true));
        assert_eq!(alerts.warnings, ["the sender left out 2 alerts of this group"]);
        assert_eq!(parsed(&json!({"alerts": []})).unwrap(), Alerts::default());
        assert_eq!(parsed(&json!({"alerts": [{"status": "firing"}]})).unwrap().alerts[0].title, "Alert");
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_place() {
        let one = |alert: serde_json::Value| json!({ "alerts": [{"status": "firing"}, alert] });
        for (payload, why) in [
            (json!([]), "it is a list, not an object"),
            (json!({}), "`alerts` is missing"),
            (json!({"alerts": {}}), "`alerts` is an object, not a list"),
            (json!({"alerts": [7]}), "`alerts[0]` is a number, not an object"),
            (json!({"alerts": [], "groupKey": 7}), "`groupKey` is a number, not a text"),
            (json!({"alerts": [], "truncatedAlerts": "2"}), "`truncatedAlerts` is a text, not a whole number"),
            (one(json!({})), "`alerts[1].status` is missing"),
            (one(json!({"status": "odd"})), "`alerts[1].status` is neither `firing` nor `resolved`"),
            (one(json!({"status": "firing", "labels": []})), "`alerts[1].labels` is a list, not an object"),
            (one(json!({"status": "firing", "labels": {"a\u{1b}": 1}})), "`alerts[1].labels.a\\u{1b}` is a number, not a text"),
            (one(json!({"status": "firing", "annotations": {"summary": {}}})), "`alerts[1].annotations.summary` is an object, not a text"),
            (one(json!({"status": "firing", "startsAt": "now"})), "`alerts[1].startsAt` is not a time such as 2026-11-22T10:00:00Z"),
            (one(json!({"status": "firing", "startsAt": 7})), "`alerts[1].startsAt` is a number, not a text"),
            (json!({"alerts": vec![json!({}); 10_001]}), "`alerts` holds 10001 alerts, and at most 10000 can come at once"),
        ] {
            let error = parsed(&payload).unwrap_err();
            assert_eq!((error.kind, error.message), (Kind::BadInput, format!("not a payload of alertmanager: {why}")));
        }
        for (bytes, why) in [
            (&b""[..], " line 1, column 1: the file ends too early"),
            (b"{\"alerts\": [", " line 1, column 12: the file ends too early"),
            (b"\xff", " line 1, column 1: expected value"),
        ] {
            assert_eq!(read(AlertSource::Grafana, bytes).unwrap_err().message, format!("not a payload of grafana:{why}"));
        }
        let deep = "[".repeat(100_000);
        assert_eq!(read(AlertSource::Grafana, deep.as_bytes()).unwrap_err().kind, Kind::BadInput);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60), text in "[{}\\[\\]\":,a-z0-9]{0,60}") {
            for source in AlertSource::ALL {
                drop(crate::import::alerts::read(*source, &bytes));
                drop(crate::import::alerts::read(*source, text.as_bytes()));
            }
        }
    }
}
