//! Saved answers of Clerk's Backend API as the same news that webhooks bring.
//!
//! A list tells of each thing with its own time, so that it never takes the place of newer news.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::clerk::objects::{self, Fault};
use crate::domain::{ClerkId, DirectoryChange, InvitationStatus};
use crate::error::UserError;

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListingKind {
    /// `GET /v1/organizations`
    Organizations,
    /// `GET /v1/users`
    Users,
    /// `GET /v1/organization_memberships`
    Memberships,
    /// `GET /v1/organizations/ID/invitations`
    Invitations,
    /// `GET /v1/organization_roles`
    Roles,
}

/// What several answers tell together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// What is in them, in order.
    pub changes: Vec<DirectoryChange>,
    /// The ids that each kind of list in them holds.
    pub ids: BTreeMap<ListingKind, BTreeSet<ClerkId>>,
    /// How many there are of a kind, as the answers themselves say.
    pub totals: BTreeMap<ListingKind, u64>,
    /// The newest time in them.
    pub newest: Option<DateTime<Utc>>,
    /// What could not be read: the number of the thing and why.
    pub faults: Vec<(usize, &'static str)>,
}

impl Listing {
    /// Adds the answer that `bytes` are: a list of things, or an object with such a list as `data`.
    ///
    /// # Errors
    /// Bad input where it is no such answer.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), UserError> {
        let answer: Value = serde_json::from_slice(bytes)
            .map_err(|error| UserError::bad_input(format!("it is not JSON: line {}, column {}", error.line(), error.column())))?;
        let items = answer.as_array().or_else(|| answer.get("data")?.as_array());
        let items = items.ok_or_else(|| {
            UserError::bad_input("it is not a list of Clerk's").hint("save the answer of `GET /v1/organizations`, `/v1/users` or the like")
        })?;
        let mut kinds = BTreeSet::new();
        for (number, item) in (1..).zip(items) {
            match self.add_item(item) {
                Ok(kind) => drop(kinds.insert(kind)),
                Err(why) => self.faults.push((number, why)),
            }
        }
        let total = answer.get("total_count").and_then(Value::as_u64);
        if let (Some(kind), Some(total), 1) = (kinds.first(), total, kinds.len()) {
            let known = self.totals.entry(*kind).or_default();
            // Invitations are listed for each organization; of everything else, pages of one list repeat one total.
            *known = if *kind == ListingKind::Invitations { *known } else { total.max(*known) };
        }
        Ok(())
    }

    /// How many things of a kind are missing, by what the answers themselves say.
    pub fn missing(&self, kind: ListingKind) -> u64 {
        let found = self.ids.get(&kind).map_or(0, |ids| u64::try_from(ids.len()).unwrap_or(u64::MAX));
        self.totals.get(&kind).copied().unwrap_or(0).saturating_sub(found)
    }

    fn add_item(&mut self, item: &Value) -> Result<ListingKind, Fault> {
        let told_at = DateTime::UNIX_EPOCH;
        let (kind, changes) = match item.get("object").and_then(Value::as_str).unwrap_or_default() {
            "organization" => (ListingKind::Organizations, vec![DirectoryChange::Organization(objects::organization(item, told_at)?)]),
            "user" => (ListingKind::Users, vec![DirectoryChange::User(objects::user(item, told_at)?)]),
            "organization_membership" => {
                let (organization, membership) = objects::membership(item, told_at)?;
                (ListingKind::Memberships, organization.into_iter().chain([DirectoryChange::Membership(membership)]).collect())
            }
            "organization_invitation" => {
                let invitation = objects::invitation(item, told_at, InvitationStatus::Pending)?;
                (ListingKind::Invitations, vec![DirectoryChange::Invitation(invitation)])
            }
            "role" => (ListingKind::Roles, vec![DirectoryChange::Role(objects::role(item, told_at)?)]),
            _ => return Err("it is nothing that is kept here"),
        };
        self.changes.extend(changes);
        self.ids.entry(kind).or_default().extend(objects::id(item, "id"));
        self.newest = self.newest.max(objects::moment(item, "updated_at"));
        Ok(kind)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn organization(id: &str, updated_at: i64) -> Value {
        json!({"object": "organization", "id": id, "name": "A", "slug": "a", "updated_at": updated_at})
    }

    #[test]
    fn both_shapes_of_answers_are_read_and_pages_add_up() {
        let mut listing = Listing::default();
        let page = json!({"data": [organization("org_1", 1_795_000_000_000), organization("org_2", 1_795_000_000_009)], "total_count": 4});
        listing.add(page.to_string().as_bytes()).unwrap();
        assert_eq!((listing.changes.len(), listing.missing(ListingKind::Organizations)), (2, 2));
        listing.add(json!([organization("org_3", 5), {"object": "user", "id": "user_1", "updated_at": 7}]).to_string().as_bytes()).unwrap();
        assert_eq!((listing.changes.len(), listing.missing(ListingKind::Organizations)), (4, 1));
        assert_eq!(listing.ids[&ListingKind::Users].len(), 1);
        assert_eq!(listing.newest.unwrap().timestamp_millis(), 1_795_000_000_009);
    }

    #[test]
    fn what_cannot_be_read_is_told_without_being_repeated() {
        let mut listing = Listing::default();
        let items = json!([{"object": "session", "id": "canary"}, organization("../canary", 1), 7, organization("org_1", 1)]);
        listing.add(items.to_string().as_bytes()).unwrap();
        let faults = [(1, "it is nothing that is kept here"), (2, "an organization has no id"), (3, "it is nothing that is kept here")];
        assert_eq!((listing.changes.len(), listing.faults.as_slice()), (1, faults.as_slice()));
        for (bytes, why) in
            [("{", "it is not JSON: line 1, column 1"), ("{}", "it is not a list of Clerk's"), ("7", "it is not a list of Clerk's")]
        {
            assert_eq!(listing.add(bytes.as_bytes()).unwrap_err().message, why);
        }
    }
}
