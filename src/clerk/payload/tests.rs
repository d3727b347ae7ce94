//! Events as Clerk publishes them, as it really sends them, and as nobody should.

use serde_json::json;

use super::*;

fn made(name: &str) -> Value {
    let path = format!("{}/tests/contracts/clerk/made/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn reading(event: &Value) -> Reading {
    read_event(event.to_string().as_bytes()).reading
}

/// What the only, or last, change is.
fn change(event: &Value) -> DirectoryChange {
    match reading(event) {
        Reading::Understood(mut changes) => changes.pop().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_made_event_is_read_or_passed_over() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contracts/clerk/made");
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names.len(), 23);
    for name in names {
        let kind = name.trim_end_matches(".json");
        let event = read_event(&std::fs::read(format!("{folder}/{name}")).unwrap());
        assert_eq!(event.kind.as_deref(), Some(kind));
        assert_eq!(event.instance.as_deref(), Some("ins_3SSL5YDZcTqzQNdXXb4K5ZYCRoc"));
        let kept = ["organization.", "organizationMembership.", "organizationInvitation.", "user.", "role."];
        match event.reading {
            Reading::Understood(changes) => {
                assert!(kept.iter().any(|known| kind.starts_with(known)) && !changes.is_empty(), "{kind}");
                let text = format!("{changes:?}");
                for canary in ["203.0.113.7", "Firefox", "northwind.example"] {
                    assert!(!text.contains(canary), "{kind}: {text}");
                }
            }
            Reading::PassedOver => assert!(!kept.iter().any(|known| kind.starts_with(known)), "{kind}"),
            Reading::Malformed(why) => panic!("{kind}: {why}"),
        }
    }
}

#[test]
fn a_membership_that_has_ended_tells_of_its_organization_and_needs_only_an_id() {
    let event = made("organizationMembership.deleted");
    let Reading::Understood(changes) = reading(&event) else { panic!("not understood") };
    let [DirectoryChange::Organization(organization), DirectoryChange::MembershipGone(id)] = changes.as_slice() else {
        panic!("{changes:?}")
    };
    assert_eq!((organization.name.as_str(), id.as_str()), ("Northwind Traders", "orgmem_3SlWwADQOldzd5M94TrtcDdofeE"));
    let bare = json!({"type": "organizationMembership.deleted", "data": {"id": "orgmem_1"}});
    assert_eq!(reading(&bare), Reading::Understood(vec![DirectoryChange::MembershipGone("orgmem_1".parse().unwrap())]));
}

#[test]
fn the_address_of_a_user_is_the_primary_one_or_none() {
    let mut event = made("user.created");
    let email = |event: &Value| match change(event) {
        DirectoryChange::User(user) => user.person.email.map(|email| email.reveal().to_owned()),
        other => panic!("{other:?}"),
    };
    assert_eq!(email(&event).as_deref(), Some("ada@northwind.example"));
    event["data"]["primary_email_address_id"] = "idn_other".into();
    assert_eq!(email(&event), None);
    event["data"]["primary_email_address_id"] = Value::Null;
    assert_eq!(email(&event), None);
    event["data"]["email_addresses"] = Value::Null;
    assert_eq!(email(&event), None);
}

#[test]
fn who_a_membership_is_of_may_be_called_by_a_user_name() {
    let mut event = made("organizationMembership.created");
    event["data"]["public_user_data"]["identifier"] = "ben_o".into();
    event["data"]["public_user_data"]["first_name"] = Value::Null;
    let DirectoryChange::Membership(membership) = change(&event) else { panic!("no membership") };
    assert_eq!((membership.person.email.as_ref(), membership.person.name().as_deref()), (None, Some("Byron")));
}

#[test]
fn invitations_name_their_organization_in_three_ways() {
    let event = made("organizationInvitation.created");
    let organization = |event: &Value| match change(event) {
        DirectoryChange::Invitation(invitation) => (invitation.organization.to_string(), invitation.status),
        other => panic!("{other:?}"),
    };
    let expected = ("org_3SfuUpMDWnX9NKk6WZ8QPF5cr2h".to_owned(), InvitationStatus::Pending);
    assert_eq!(organization(&event), expected);
    let mut flat = event.clone();
    flat["data"].as_object_mut().unwrap().remove("organization_id");
    flat["data"].as_object_mut().unwrap().remove("status");
    assert_eq!(organization(&flat), expected);
    let mut nested = flat.clone();
    let public = nested["data"].as_object_mut().unwrap().remove("public_organization_data").unwrap();
    nested["data"]["data"] = json!({"public_organization_data": public});
    assert_eq!(organization(&nested), expected);
}

#[test]
fn times_in_seconds_and_nothing_for_a_slug_are_taken_as_meant() {
    let mut event = made("organization.created");
    event["timestamp"] = 1_795_168_800.into();
    event["data"]["slug"] = Value::Null;
    let DirectoryChange::Organization(organization) = change(&event) else { panic!("no organization") };
    assert_eq!((organization.version.told_at.timestamp_millis(), organization.slug), (1_795_168_800_000, None));
    event["data"]["name"] = "".into();
    let DirectoryChange::Organization(organization) = change(&event) else { panic!("no organization") };
    assert_eq!(organization.name, "org_3SfuUpMDWnX9NKk6WZ8QPF5cr2h");
}

#[test]
fn texts_are_one_short_line_without_characters_that_command() {
    let mut event = made("organization.created");
    event["data"]["name"] = format!(" a\u{0}b\r\nc\u{202e}<script>{} ", "x".repeat(500)).into();
    let DirectoryChange::Organization(organization) = change(&event) else { panic!("no organization") };
    assert!(organization.name.starts_with("ab c<script>xxx") && organization.name.chars().count() == 200, "{}", organization.name);
}

#[test]
fn what_cannot_be_understood_is_told_without_being_repeated() {
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    for (body, why) in [
        ("", "it is not JSON"),
        ("canary", "it is not JSON"),
        ("{\"type\":\"user.created\"", "it is not JSON"),
        (deep.as_str(), "it is not JSON"),
        ("[]", "it has no type"),
        ("{\"type\":7}", "it has no type"),
        ("{\"type\":\"a b\\n\"}", "it has no type"),
        ("{\"type\":\"user.created\"}", "a user has no `updated_at`"),
        ("{\"type\":\"user.created\",\"data\":{\"id\":\"../canary\",\"updated_at\":1}}", "a user has no id"),
        ("{\"type\":\"user.created\",\"data\":{\"id\":\"user_1\",\"updated_at\":99999999999999999999}}", "a user has no `updated_at`"),
        ("{\"type\":\"user.created\",\"data\":{\"id\":\"user_1\",\"updated_at\":9223372036854775807}}", "a user has no `updated_at`"),
        ("{\"type\":\"user.created\",\"data\":{\"id\":\"user_1\",\"updated_at\":-5}}", "a user has no `updated_at`"),
        ("{\"type\":\"user.deleted\",\"data\":{\"deleted\":true}}", "it does not say what was deleted"),
        ("{\"type\":\"role.deleted\",\"data\":null}", "it does not say what was deleted"),
        (
            "{\"type\":\"organizationMembership.created\",\"data\":{\"id\":\"orgmem_1\",\"updated_at\":1}}",
            "a membership has no organization",
        ),
    ] {
        assert_eq!(read_event(body.as_bytes()).reading, Reading::Malformed(why), "{body:.60}");
    }
    assert_eq!(read_event(b"\xff\xfe{}").reading, Reading::Malformed("it is not JSON"));
}

#[test]
fn types_of_tomorrow_are_passed_over() {
    for kind in ["organizationTeam.created", "email.created", "session.created", "permission.deleted", "x"] {
        assert_eq!(reading(&json!({"type": kind, "data": 7})), Reading::PassedOver, "{kind}");
    }
}
