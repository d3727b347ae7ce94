//! `feed.json`: JSON Feed 1.1 (<https://www.jsonfeed.org/version/1.1/>).

use serde::Serialize;

use super::{Topic, Topics, history_title, host};
use crate::render::wire::{document, timestamp};
use crate::snapshot::Snapshot;

#[derive(Serialize)]
struct Feed<'a> {
    version: &'static str,
    title: String,
    home_page_url: String,
    feed_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    authors: [Author<'a>; 1],
    language: &'a str,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
    url: String,
}

#[derive(Serialize)]
struct Item<'a> {
    id: String,
    url: &'a str,
    title: &'a str,
    content_html: &'a str,
    /// Moves with the newest update, as in the other feeds, so that readers show the entry again.
    date_published: String,
    date_modified: String,
}

/// `feed.json`: the same entries, with the same ids, as `history.atom`.
pub fn json(snapshot: &Snapshot, newest: &Topics) -> String {
    let organization = &snapshot.organization;
    let (address, host) = (organization.address(), host(&organization.address()));
    document(&Feed {
        version: "https://jsonfeed.org/version/1.1",
        title: history_title(organization),
        feed_url: format!("{address}feed.json"),
        description: organization.description.as_deref(),
        authors: [Author { name: &organization.name, url: address.clone() }],
        home_page_url: address,
        language: &organization.language,
        items: newest.0.iter().map(|topic| item(topic, &host)).collect(),
    })
}

fn item<'a>(topic: &'a Topic, host: &str) -> Item<'a> {
    Item {
        id: format!("tag:{host},2005:{}", topic.id),
        url: &topic.url,
        title: &topic.title,
        content_html: &topic.html,
        date_published: timestamp(topic.published),
        date_modified: timestamp(topic.updated),
    }
}
