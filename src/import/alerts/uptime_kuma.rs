//! What Uptime Kuma sends to a webhook in JSON: a monitor and its newest heartbeat.

use std::collections::BTreeMap;

use super::field::{Fields, parse};
use crate::domain::{Alert, AlertSource, Alerts};
use crate::error::UserError;

/// The label that holds a monitor's name.
pub const MONITOR: &str = "monitor";

/// The alert of a payload: a monitor that is down fires, one that is up is over.
///
/// # Errors
/// Bad input where it is no JSON, or not what Uptime Kuma sends.
pub fn read(payload: &[u8]) -> Result<Alerts, UserError> {
    let value = parse(AlertSource::UptimeKuma, payload)?;
    let top = Fields::of(AlertSource::UptimeKuma, &value)?;
    top.text("msg")?;
    let (Some(heartbeat), Some(monitor)) = (top.object("heartbeat")?, top.object("monitor")?) else {
        if top.value("msg").is_none() {
            return Err(top.refuse("heartbeat", "is missing"));
        }
        let warning = "a message without a heartbeat, such as a test or one about a certificate, opens nothing".to_owned();
        return Ok(Alerts { alerts: Vec::new(), silent: 1, warnings: vec![warning] });
    };
    let firing = match heartbeat.number("status")? {
        Some(0) => true,
        Some(1) => false,
        // Pending, and under maintenance.
        Some(2 | 3) => return Ok(Alerts { silent: 1, ..Alerts::default() }),
        Some(_) => return Err(heartbeat.refuse("status", "is none of 0, 1, 2 and 3")),
        None => return Err(heartbeat.refuse("status", "is missing")),
    };
    let Some(id) = monitor.number("id")? else { return Err(monitor.refuse("id", "is missing")) };
    let name = monitor.first_text(&["name"])?;
    let at = heartbeat.utc_moment("time")?;
    let title = match name {
        Some(name) => format!("{name} is down"),
        None => format!("Monitor {id} is down"),
    };
    let alert = Alert {
        fingerprint: format!("monitor {id}"),
        group: format!("monitor {id}"),
        firing,
        title,
        description: heartbeat.text("msg")?.unwrap_or_default().to_owned(),
        labels: labels(&monitor, name)?,
        starts_at: at.filter(|_| firing),
        ends_at: at.filter(|_| !firing),
        url: None,
    };
    Ok(Alerts { alerts: vec![alert], silent: 0, warnings: Vec::new() })
}

/// The monitor's name and its tags.
fn labels(monitor: &Fields<'_>, name: Option<&str>) -> Result<BTreeMap<String, String>, UserError> {
    let mut labels = BTreeMap::new();
    for tag in monitor.objects("tags")?.unwrap_or_default() {
        if let (Some(name), Some(value)) = (tag.text("name")?, tag.text("value")?) {
            labels.insert(name.to_owned(), value.to_owned());
        }
    }
    labels.extend(name.map(|name| (MONITOR.to_owned(), name.to_owned())));
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::Kind;

    fn beat(status: impl Into<Value>) -> Value {
        json!({
            "heartbeat": {
                "monitorID": 4, "status": status.into(), "time": "2026-11-22 10:00:00.250", "msg": "connect ECONNREFUSED", "ping": null,
                "important": true, "duration": 60, "timezone": "Europe/Berlin", "timezoneOffset": "+01:00",
                "localDateTime": "2026-11-22 11:00:00"
            },
            "monitor": {
                "id": 4, "name": "Main site", "url": "https://www.example.com", "type": "http", "interval": 60, "maintenance": false,
                "tags": [{"tag_id": 1, "monitor_id": 4, "name": "service", "value": "web", "color": "#fff"}, {"name": "old", "value": null}]
            },
            "msg": "[Main site] [Down] connect ECONNREFUSED"
        })
    }

    fn parsed(payload: &Value) -> Result<Alerts, UserError> {
        read(payload.to_string().as_bytes())
    }

    #[test]
    fn a_heartbeat_is_an_alert() {
        let alerts = parsed(&beat(0)).unwrap().alerts;
        let down = &alerts[0];
        assert_eq!((down.fingerprint.as_str(), down.firing, down.title.as_str()), ("monitor 4", true, "Main site is down"));
        assert_eq!((down.description.as_str(), down.ends_at), ("connect ECONNREFUSED", None));
        assert_eq!(down.starts_at.unwrap().to_rfc3339(), "2026-11-22T10:00:00.250+00:00");
        assert_eq!(down.labels, [("monitor", "Main site"), ("service", "web")].map(|(a, b)| (a.to_owned(), b.to_owned())).into());
        let up = &parsed(&beat(1)).unwrap().alerts[0];
        assert_eq!((up.firing, up.starts_at, up.ends_at), (false, None, down.starts_at));
        for quiet in [2, 3] {
            assert_eq!(parsed(&beat(quiet)).unwrap(), Alerts { silent: 1, ..Alerts::default() });
        }
        let test = parsed(&json!({"heartbeat": null, "monitor": null, "msg": "a test"})).unwrap();
        assert_eq!((test.alerts.len(), test.silent, test.warnings.len()), (0, 1, 1));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_place() {
        let changed = |path: &str, value: Value| {
            let mut payload = beat(0);
            *payload.pointer_mut(path).unwrap() = value;
            payload
        };
        for (payload, why) in [
            (json!({}), "`heartbeat` is missing"),
            (json!({"alerts": []}), "`heartbeat` is missing"),
            (json!({"heartbeat": 1, "msg": "a"}), "`heartbeat` is a number, not an object"),
            (beat(4), "`heartbeat.status` is none of 0, 1, 2 and 3"),
            (beat(0.5), "`heartbeat.status` is a number, not a whole number"),
            (beat("down"), "`heartbeat.status` is a text, not a whole number"),
            (changed("/monitor/id", Value::Null), "`monitor.id` is missing"),
            (changed("/monitor/id", json!("4")), "`monitor.id` is a text, not a whole number"),
            (changed("/monitor/name", json!(["x"])), "`monitor.name` is a list, not a text"),
            (changed("/monitor/tags/0", json!("x")), "`monitor.tags[0]` is a text, not an object"),
            (changed("/heartbeat/time", json!("soon")), "`heartbeat.time` is not a time such as 2026-11-22 10:00:00"),
            (changed("/heartbeat/msg", json!({})), "`heartbeat.msg` is an object, not a text"),
        ] {
            let error = parsed(&payload).unwrap_err();
            assert_eq!((error.kind, error.message), (Kind::BadInput, format!("not a payload of uptime-kuma: {why}")));
        }
    }
}
