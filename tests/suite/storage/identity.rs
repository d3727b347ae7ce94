//! Keys by web identity: the token from a file or from GitHub, exchanged at the token service.

use statuary::storage::{Address, Bucket, Condition, Environment, Put, Settings, Written};

use super::{Fate, Faulty, TestStorage};
use crate::test_org::TestOrg;

/// A client that has a role to take, and no keys.
fn bucket(storage: &TestStorage, own: &[(&str, &str)]) -> Bucket {
    let variables = storage.variables(&storage.endpoint).into_iter().filter(|(name, _)| !name.contains("KEY"));
    let role = ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/status");
    let own = own.iter().chain([&role]).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let address: Address = storage.address("web").parse().unwrap();
    Bucket::open(&address, &Settings::default(), &Environment::new(variables.chain(own), None)).unwrap()
}

#[test]
fn a_role_is_taken_by_the_token_in_a_file() {
    let Some(storage) = TestStorage::credulous("web identity by file") else { return };
    let folder = TestOrg::empty();
    folder.write("token", "CANARY-TOKEN\n");
    let proxy = Faulty::before(&storage.endpoint, |request| if request.number == 0 { Fate::Refused(503) } else { Fate::Pass });
    let path = folder.path("token");
    let bucket = bucket(&storage, &[("AWS_WEB_IDENTITY_TOKEN_FILE", path.to_str().unwrap()), ("AWS_ENDPOINT_URL_STS", &proxy.endpoint)]);
    for name in ["a", "b"] {
        assert!(matches!(bucket.put(name, &Put { condition: Condition::Absent, ..Put::default() }).unwrap(), Written::Done(_)));
    }
    assert_eq!(proxy.seen().iter().filter(|request| request.method == "POST").count(), 2, "keys are kept");
    folder.write("token", "");
}

#[test]
fn github_is_asked_for_the_token_where_there_is_no_file() {
    let Some(storage) = TestStorage::credulous("web identity by GitHub") else { return };
    // GitHub is played by an object that the storage shows to everybody who knows the address.
    let played = storage.client("github");
    played.put("token", &Put { body: b"{\"count\":1,\"value\":\"CANARY-TOKEN\"}", ..Put::default() }).unwrap();
    let proxy = Faulty::before(&storage.endpoint, |_| Fate::Pass);
    let address = format!("{}/{}/github/token?api-version=2", proxy.endpoint, storage.bucket);
    let own = [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", address.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "CANARY-REQUEST"),
        ("AWS_ENDPOINT_URL_STS", storage.endpoint.as_str()),
    ];
    assert_eq!(bucket(&storage, &own).list("").unwrap(), []);
    let seen = proxy.seen();
    assert!(seen[0].head.contains("authorization: bearer canary-request"), "{}", seen[0].head);
    assert!(seen[0].head.contains("audience=sts.amazonaws.com"), "{}", seen[0].head);

    let refusing = Faulty::before(&storage.endpoint, |_| Fate::Refused(403));
    let own = [own[0], own[1], ("AWS_ENDPOINT_URL_STS", refusing.endpoint.as_str())];
    let error = bucket(&storage, &own).list("").unwrap_err();
    assert_eq!(error.message, "cannot exchange the web identity for credentials: the credentials may not do this (status 403)");
}
