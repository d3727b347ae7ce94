//! Every vector of the contract, and every rule on tokens signed for the purpose.

use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaKeyPair, RsaPublicKeyComponents};
use serde_json::json;

use super::*;

const NOW: i64 = 1_795_170_000;

/// A key made for these tests, which opens nothing.
fn key_pair() -> RsaKeyPair {
    RsaKeyPair::from_der(include_bytes!("test_key.der")).unwrap()
}

fn keys(kid: Option<&str>) -> Keys {
    let public = RsaPublicKeyComponents::<Vec<u8>>::from(key_pair().public());
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let (n, e) = (number(&public.n), number(&public.e));
    let mut key = json!({"kty": "RSA", "n": n, "e": e});
    if let Some(kid) = kid {
        key["kid"] = kid.into();
    }
    Keys::from_jwks(json!({"keys": [key]}).to_string().as_bytes()).unwrap()
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn header() -> Value {
    json!({"alg": "RS256", "kid": "ins_1", "typ": "JWT", "cat": "cl_B7d4PD111AAA"})
}

fn claims() -> Value {
    json!({
        "v": 2, "sub": "user_ada", "sid": "sess_1", "iss": "https://clerk.example.com", "azp": "https://status.example.com",
        "iat": NOW, "nbf": NOW - 10, "exp": NOW + 60, "fea": "o:incidents", "org_id": 7, "new": {"claim": [1]},
        "o": {"id": "org_1", "slg": "northwind", "rol": "admin", "per": "manage", "fpm": "1"},
    })
}

fn signed_text(header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let pair = key_pair();
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn judge(token: &str) -> Result<Session, TokenRefusal> {
    let rules =
        TokenRules { authorized_parties: vec!["https://status.example.com".into()], issuer: Some("https://clerk.example.com".into()) };
    Session::verify(token, &keys(Some("ins_1")), &rules, at(NOW))
}

/// The verdict on a token whose claim `name` is `value`, or missing where that is null.
fn with(name: &str, value: Value) -> Result<Session, TokenRefusal> {
    let mut claims = claims();
    let fields = claims.as_object_mut().unwrap();
    if value.is_null() {
        fields.remove(name)
    } else {
        fields.insert(name.to_owned(), value)
    };
    judge(&signed_text(&header().to_string(), &claims.to_string()))
}

/// The same for the header.
fn with_header(name: &str, value: Value) -> Result<Session, TokenRefusal> {
    let mut header = header();
    let fields = header.as_object_mut().unwrap();
    if value.is_null() {
        fields.remove(name)
    } else {
        fields.insert(name.to_owned(), value)
    };
    judge(&signed_text(&header.to_string(), &claims().to_string()))
}

#[test]
fn every_vector_is_judged_as_the_contract_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contracts/clerk/vectors/session_tokens.json");
    let vectors: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(vectors.len(), 11);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    for vector in vectors {
        let rules =
            TokenRules { authorized_parties: vector["authorized_parties"].as_array().unwrap().iter().map(text).collect(), issuer: None };
        let keys = Keys::from_pem(&text(&vector["pem"])).unwrap();
        let token = text(&vector["token"]);
        assert!(looks_like_token(&token));
        let verdict = Session::verify(&token, &keys, &rules, at(vector["now"].as_i64().unwrap()));
        assert_eq!(if verdict.is_ok() { "ok" } else { "reject" }, vector["expect"], "{}: {verdict:?}", vector["name"]);
        let Some(auth) = vector.get("auth").filter(|auth| !auth.is_null()) else { continue };
        let session = verdict.unwrap();
        let organization = session.organization.as_ref();
        let told = json!({
            "user_id": session.user, "session_id": session.id,
            "org_id": organization.map(|claim| &claim.id), "org_slug": organization.map(|claim| &claim.slug),
            "org_role": organization.map(|claim| &claim.role),
            "permissions": organization.map(|claim| claim.permissions.clone()).unwrap_or_default(),
        });
        assert_eq!(&told, auth, "{}", vector["name"]);
    }
}

#[test]
fn a_good_token_tells_whose_session_it_is() {
    let session = judge(&signed_text(&header().to_string(), &claims().to_string())).unwrap();
    assert_eq!((session.user.as_str(), session.id.as_str(), session.impersonator), ("user_ada", "sess_1", None));
    let claim = session.organization.unwrap();
    assert_eq!(
        (claim.id.as_str(), claim.role.as_deref(), claim.permissions),
        ("org_1", Some("org:admin"), vec!["org:incidents:manage".into()])
    );
    assert_eq!(with("act", json!({"sub": "user_support", "iss": "x"})).unwrap().impersonator.as_deref(), Some("user_support"));
    assert_eq!(with("o", Value::Null).unwrap().organization, None);
}

#[test]
fn every_claim_has_its_rule() {
    use TokenRefusal::{Expired, Issuer, Malformed, NoSession, NotYet, Party, Pending};
    for (name, value, expected) in [
        ("exp", Value::Null, Err(Malformed)),
        ("exp", "9".into(), Err(Malformed)),
        ("exp", (NOW - 5).into(), Err(Expired)),
        ("exp", (NOW - 4).into(), Ok(())),
        ("exp", json!(-1e300), Err(Expired)),
        ("nbf", (NOW + 5).into(), Ok(())),
        ("nbf", (NOW + 6).into(), Err(NotYet)),
        ("nbf", Value::Null, Ok(())),
        ("iat", (NOW + 6).into(), Err(NotYet)),
        ("iat", "soon".into(), Err(Malformed)),
        ("azp", Value::Null, Err(Party)),
        ("azp", "https://evil.example".into(), Err(Party)),
        ("azp", json!(["https://status.example.com"]), Err(Party)),
        ("iss", "https://evil.example".into(), Err(Issuer)),
        ("iss", Value::Null, Err(Issuer)),
        ("sub", Value::Null, Err(Malformed)),
        ("sub", 7.into(), Err(Malformed)),
        ("sub", "mch_1".into(), Err(NoSession)),
        ("sub", "user_a b".into(), Err(NoSession)),
        ("sid", Value::Null, Err(NoSession)),
        ("sid", "".into(), Err(NoSession)),
        ("sts", "pending".into(), Err(Pending)),
        ("sts", "active".into(), Ok(())),
        ("sts", "of tomorrow".into(), Err(Pending)),
        ("act", json!({}), Err(Malformed)),
        ("act", "user_x".into(), Err(Malformed)),
        ("act", json!(["user_x"]), Err(Malformed)),
        ("act", json!({"sub": 7}), Err(Malformed)),
        ("v", 3.into(), Err(Malformed)),
        ("v", "2".into(), Err(Malformed)),
        ("o", json!({"rol": "admin"}), Err(Malformed)),
        ("o", json!({"id": "../x"}), Err(Malformed)),
        ("o", 7.into(), Err(Malformed)),
        ("o", json!({"id": "org_1", "per": 5, "fpm": []}), Ok(())),
        ("fea", json!(["o:incidents"]), Ok(())),
    ] {
        assert_eq!(with(name, value.clone()).map(drop), expected, "{name}: {value}");
    }
}

#[test]
fn every_part_of_the_header_has_its_rule() {
    use TokenRefusal::{Malformed, Signature};
    for (name, value, expected) in [
        ("alg", "none".into(), Err(Malformed)),
        ("alg", "RS512".into(), Err(Malformed)),
        ("alg", "HS256".into(), Err(Malformed)),
        ("alg", Value::Null, Err(Malformed)),
        ("typ", Value::Null, Ok(())),
        ("typ", "at+jwt".into(), Err(Malformed)),
        ("cat", Value::Null, Ok(())),
        ("cat", "cl_I7d4PD111III".into(), Ok(())),
        ("cat", "cl_other".into(), Err(Malformed)),
        ("crit", json!(["exp"]), Err(Malformed)),
        ("crit", json!([]), Err(Malformed)),
        ("kid", "ins_2".into(), Err(Signature)),
        ("kid", Value::Null, Err(Signature)),
        ("oiat", 5.into(), Ok(())),
        ("new", json!({"a": 1}), Ok(())),
    ] {
        assert_eq!(with_header(name, value.clone()).map(drop), expected, "{name}: {value}");
    }
    let token = signed_text(&header().to_string(), &claims().to_string());
    let rules = TokenRules::default();
    assert!(Session::verify(&token, &keys(None), &rules, at(NOW)).is_ok(), "a key without a kid is for all");
    let several = keys(Some("ins_0")).and(keys(Some("ins_1")));
    assert!(Session::verify(&token, &several, &rules, at(NOW)).is_ok());
}

#[test]
fn version_1_has_its_claims_at_the_top() {
    let mut claims = claims();
    let fields = claims.as_object_mut().unwrap();
    fields.remove("v");
    fields.insert("org_id".into(), "org_2".into());
    fields.insert("org_role".into(), "admin".into());
    fields.insert("org_permissions".into(), json!(["org:a:b", 5]));
    let claim = judge(&signed_text(&header().to_string(), &claims.to_string())).unwrap().organization.unwrap();
    assert_eq!((claim.id.as_str(), claim.role.as_deref(), claim.permissions), ("org_2", Some("admin"), vec!["org:a:b".to_owned()]));
}

#[test]
fn what_is_shaped_otherwise_is_refused() {
    let good = signed_text(&header().to_string(), &claims().to_string());
    assert!(judge(&good).is_ok());
    let twice = claims().to_string().replacen('{', "{\"sub\":\"user_eve\",", 1);
    let padded = good.split('.').map(|part| format!("{part}=")).collect::<Vec<_>>().join(".");
    for bad in [
        String::new(),
        ".".into(),
        "..".into(),
        "a.b.c.d".into(),
        format!("Bearer {good}"),
        format!("{good}.x"),
        format!("{good}="),
        padded,
        format!(" {good}"),
        good.replace('.', ". "),
        signed_text(&header().to_string(), &twice),
        signed_text(&header().to_string(), "[]"),
        signed_text("[\"RS256\"]", &claims().to_string()),
        signed_text(&header().to_string(), &format!("{}{}", claims(), " ".repeat(LONGEST))),
        signed_text(&header().to_string(), "{\"sub\":\"user_\u{0}"),
    ] {
        assert_eq!(judge(&bad), Err(TokenRefusal::Malformed), "{bad:.60}");
    }
    // The same key, another digest.
    let (signed, _) = good.rsplit_once('.').unwrap();
    let mut signature = vec![0; 256];
    key_pair().sign(&RSA_PKCS1_SHA512, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    assert_eq!(judge(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))), Err(TokenRefusal::Signature));
}

#[test]
fn any_changed_character_is_refused() {
    let good = signed_text(&header().to_string(), &claims().to_string());
    let mut state = 7_u64;
    for _ in 0..400 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = usize::try_from(state >> 33).unwrap() % good.len();
        let mut bytes = good.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        assert!(judge(std::str::from_utf8(&bytes).unwrap()).is_err(), "at {place}");
    }
}
