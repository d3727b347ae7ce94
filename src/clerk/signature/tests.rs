//! Every vector of the contract, what libraries disagree about, and any changed byte.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

const SECRET: &str = "whsec_c3RhdHVhcnktdGVzdC1zZWNyZXQtMzItYnl0ZXMtb2s=";
const OTHER: &str = "whsec_c3RhdHVhcnktcm90YXRlZC1rZXktMjRi";
const NOW: i64 = 1_795_170_000;

#[derive(Deserialize)]
struct Vector {
    name: String,
    expect: String,
    now: i64,
    secrets: Vec<String>,
    headers: Vec<(String, String)>,
    body_b64: String,
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn judge(headers: &[(&str, &str)], body: &[u8]) -> Result<ClerkId, SignatureRefusal> {
    let secrets = Secrets::parse([SECRET, OTHER]).unwrap();
    verify(&secrets, headers.iter().map(|(name, value)| (*name, value.as_bytes())), body, at(NOW))
}

/// The signature of a message as its sender makes it.
fn mac(id: &str, timestamp: &str, body: &[u8]) -> String {
    let secrets = Secrets::parse([SECRET]).unwrap();
    let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
    STANDARD.encode(hmac::sign(&secrets.keys()[0], &signed))
}

fn signed(id: &str, timestamp: &str, body: &[u8]) -> Result<ClerkId, SignatureRefusal> {
    let signature = format!("v1,{}", mac(id, timestamp, body));
    judge(&[("svix-id", id), ("svix-timestamp", timestamp), ("svix-signature", &signature)], body)
}

#[test]
fn every_vector_is_judged_as_the_contract_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contracts/clerk/vectors/signatures.json");
    let vectors: Vec<Vector> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(vectors.len(), 18);
    for vector in vectors {
        let secrets = Secrets::parse(vector.secrets.iter().map(String::as_str)).unwrap();
        let headers = vector.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let verdict = verify(&secrets, headers, &STANDARD.decode(&vector.body_b64).unwrap(), at(vector.now));
        assert_eq!(if verdict.is_ok() { "ok" } else { "reject" }, vector.expect, "{}: {verdict:?}", vector.name);
    }
}

#[test]
fn ids_and_timestamps_are_taken_to_the_letter() {
    let now = NOW.to_string();
    assert_eq!(signed("msg_1", &now, b"{}").unwrap().as_str(), "msg_1");
    assert!(signed("msg_1", &now, b"").is_ok() && signed("msg_1", &now, b"\xff\xfe").is_ok());
    for id in ["", "a.b", "a b", "\u{e9}", "a\n", &"x".repeat(129)] {
        assert_eq!(signed(id, &now, b"{}"), Err(SignatureRefusal::Id), "{id:?}");
    }
    let odd = [
        "",
        "+1795170000",
        "01795170000",
        "1795170000abc",
        " 1795170000",
        "1795170000.0",
        "1.79517e9",
        "-9223372036854775808",
        "9223372036854775807",
        "0",
        "0x6b000000",
    ];
    for timestamp in odd {
        assert_eq!(signed("msg_1", timestamp, b"{}"), Err(SignatureRefusal::Timestamp), "{timestamp:?}");
    }
    for (timestamp, fresh) in
        [(NOW - 301, false), (NOW - 300, true), (NOW + 300, true), (NOW + 301, false), (1, false), (999_999_999_999, false)]
    {
        let verdict = signed("msg_1", &timestamp.to_string(), b"{}");
        assert_eq!(verdict.is_ok(), fresh, "{timestamp}");
        assert!(fresh || verdict == Err(SignatureRefusal::Stale));
    }
}

#[test]
fn headers_are_of_one_set_and_there_once() {
    let (now, body) = (NOW.to_string(), b"{}");
    let good = format!("v1,{}", mac("msg_1", &now, body));
    let svix = [("svix-id", "msg_1"), ("svix-timestamp", &now), ("svix-signature", &good)];
    let plain = [("webhook-id", "msg_1"), ("webhook-timestamp", &now), ("webhook-signature", &good)];
    assert!(judge(&svix, body).is_ok() && judge(&plain, body).is_ok());
    assert!(judge(&[("content-type", "application/json"), svix[2], svix[0], svix[1]], body).is_ok());
    for mixed in [[svix[0], svix[1], plain[2]], [plain[0], plain[1], svix[2]], [svix[0], plain[1], plain[2]]] {
        assert_eq!(judge(&mixed, body), Err(SignatureRefusal::Missing));
    }
    // The second set does not mend what the first one lacks.
    assert_eq!(judge(&[svix[0], plain[0], plain[1], plain[2]], body), Err(SignatureRefusal::Missing));
    for twice in svix {
        assert_eq!(judge(&[svix[0], svix[1], svix[2], twice], body), Err(SignatureRefusal::Repeated));
        assert_eq!(judge(&[svix[0], svix[1], svix[2], (&twice.0.to_uppercase(), twice.1)], body), Err(SignatureRefusal::Repeated));
    }
    assert_eq!(judge(&[], body), Err(SignatureRefusal::Missing));
}

#[test]
fn one_right_signature_among_others_is_enough() {
    let (now, body) = (NOW.to_string(), b"{}");
    let good = format!("v1,{}", mac("msg_1", &now, body));
    let bad = format!("v1,{}", mac("msg_2", &now, body));
    let verdict = |signature: &str| judge(&[("svix-id", "msg_1"), ("svix-timestamp", &now), ("svix-signature", signature)], body);
    let raw = good.trim_start_matches("v1,").to_owned();
    for signatures in [
        format!("{bad} {good}"),
        format!("{good} {bad}"),
        format!("v1a,AAAA {good}"),
        format!("nonsense  {good}"),
        format!(" {good} "),
        format!("{}{good}", format!("{bad} ").repeat(15)),
    ] {
        assert!(verdict(&signatures).is_ok(), "{signatures}");
    }
    for signatures in [
        String::new(),
        raw.clone(),
        bad.clone(),
        format!("v2,{raw}"),
        format!("V1,{raw}"),
        format!("v1,{raw}AAAA"),
        format!("v1,{}", raw.trim_end_matches('=')),
        format!("v1,{raw},"),
        format!("v1, {raw}"),
        good.replace(' ', "\t"),
        "v1,".to_owned(),
    ] {
        if signatures != good {
            assert_eq!(verdict(&signatures), Err(SignatureRefusal::Signature), "{signatures}");
        }
    }
    assert_eq!(verdict(&format!("{}{good}", "x ".repeat(16))), Err(SignatureRefusal::TooMany));
}

proptest! {
    #[test]
    fn any_changed_byte_is_refused(part in 0_usize..4, place in 0_usize..1000, flip in 1_u8..=255, body in proptest::collection::vec(any::<u8>(), 1..200)) {
        let (id, now) = ("msg_3Sgiven0001", NOW.to_string());
        let signature = format!("v1,{}", mac(id, &now, &body));
        let mut parts = [id.as_bytes().to_vec(), now.into_bytes(), signature.into_bytes(), body];
        let names = ["svix-id", "svix-timestamp", "svix-signature"];
        let secrets = Secrets::parse([SECRET]).unwrap();
        let judge = |parts: &[Vec<u8>; 4]| verify(&secrets, names.iter().copied().zip(parts.iter().map(Vec::as_slice)).take(3), &parts[3], at(NOW));
        prop_assert!(judge(&parts).is_ok());
        let place = place % parts[part].len();
        parts[part][place] ^= flip;
        prop_assert!(judge(&parts).is_err());
    }
}
