//! What a bucket's client does, with a good connection and with bad ones.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use statuary::storage::{Condition, Etag, Found, Put, Written, md5_of};

use super::{Fate, Faulty, Seen, TestStorage};

fn put(body: &[u8], condition: Condition) -> Put<'_> {
    Put { body, condition, ..Put::default() }
}

#[track_caller]
fn done(written: Written) -> Etag {
    match written {
        Written::Done(etag) => etag,
        Written::Defeated => panic!("somebody else was first"),
    }
}

#[test]
fn objects_are_written_read_listed_and_deleted() {
    let Some(storage) = TestStorage::new("objects in storage") else { return };
    let bucket = storage.client("acme/site");
    assert_eq!(bucket.get("index.html", None, 100).unwrap(), Found::Nothing);
    assert_eq!(bucket.head("index.html").unwrap(), None);
    let page = Put {
        body: b"<p>hello",
        content_type: Some("text/html; charset=utf-8"),
        cache_control: Some("public, max-age=60"),
        content_encoding: Some("identity"),
        metadata: &[("generation", "abc  def")],
        condition: Condition::None,
    };
    let etag = done(bucket.put("index.html", &page).unwrap());
    assert!(etag.is_md5_of(b"<p>hello") && etag.as_str() == md5_of(b"<p>hello"));
    let Found::Object(object) = bucket.get("index.html", None, 100).unwrap() else { panic!("it is there") };
    assert_eq!((object.body.as_slice(), &object.about.etag), (&b"<p>hello"[..], &etag));
    assert_eq!(bucket.get("index.html", Some(&etag), 100).unwrap(), Found::Same);
    assert_eq!(bucket.get("index.html", Etag::new("other").as_ref(), 100).unwrap(), Found::Object(object));
    let error = bucket.get("index.html", None, 7).unwrap_err();
    assert!(error.message.ends_with("it sent more than was to be expected"), "{error}");
    let about = bucket.head("index.html").unwrap().unwrap();
    assert_eq!((about.size, about.metadata["generation"].as_str()), (Some(8), "abc  def"));

    // Names that URLs and listings write differently, and a neighbour that is not below the prefix.
    let names = ["a b+c&d=ä%20?#.html", "empty", "x/y/z.json", "x/y/z.json2"];
    for name in names {
        done(bucket.put(name, &put(name.as_bytes(), Condition::None)).unwrap());
    }
    done(storage.client("acme").put("site2/other", &put(b"1", Condition::None)).unwrap());
    let listed = |under: &str| bucket.list(under).unwrap().into_iter().map(|one| one.name).collect::<Vec<_>>();
    assert_eq!(listed(""), ["a b+c&d=ä%20?#.html", "empty", "index.html", "x/y/z.json", "x/y/z.json2"]);
    assert_eq!(listed("x/y"), ["x/y/z.json", "x/y/z.json2"]);
    assert_eq!(listed("nothing"), Vec::<String>::new());
    bucket.delete(&["index.html", "never-there", names[0], names[1], names[2], names[3]]).unwrap();
    assert_eq!(listed(""), Vec::<String>::new());
    assert_eq!(storage.client("").list("acme").unwrap().len(), 1);
}

#[test]
fn long_listings_come_in_pages() {
    let Some(storage) = TestStorage::new("long listings") else { return };
    let bucket = storage.client("many");
    let names: Vec<String> = (0..1005).map(|number| format!("{number:05}")).collect();
    std::thread::scope(|scope| {
        for part in names.chunks(252) {
            let bucket = &bucket;
            scope.spawn(move || part.iter().for_each(|name| drop(bucket.put(name, &put(b"", Condition::None)).unwrap())));
        }
    });
    let proxy = Faulty::before(&storage.endpoint, |_| Fate::Pass);
    let listed: Vec<String> = storage.client_at(&proxy.endpoint, "many").list("").unwrap().into_iter().map(|one| one.name).collect();
    assert!(listed == names);
    assert_eq!(proxy.seen().iter().filter(|request| request.lists).count(), 2);
    bucket.delete(&names).unwrap();
    assert!(bucket.list("").unwrap().is_empty());
}

#[test]
fn of_two_writers_one_is_first() {
    let Some(storage) = TestStorage::new("conditional writes") else { return };
    let bucket = storage.client("");
    assert!(bucket.honours_conditions().unwrap());
    assert!(bucket.list("").unwrap().is_empty(), "the probe is gone");
    let first = done(bucket.put("state", &put(b"1", Condition::Absent)).unwrap());
    assert_eq!(bucket.put("state", &put(b"2", Condition::Absent)).unwrap(), Written::Defeated);
    let second = done(bucket.put("state", &put(b"2", Condition::Is(first.clone()))).unwrap());
    assert_eq!(bucket.put("state", &put(b"3", Condition::Is(first))).unwrap(), Written::Defeated);
    assert_eq!(bucket.put("gone", &put(b"3", Condition::Is(second))).unwrap(), Written::Defeated);
    let winners = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for number in 0..8_u8 {
            let (storage, winners) = (&storage, &winners);
            scope.spawn(move || {
                if let Written::Done(_) = storage.client("").put("race", &put(&[number], Condition::Absent)).unwrap() {
                    winners.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(winners.into_inner(), 1);
}

#[test]
fn a_host_that_reads_etags_without_quotes_is_spoken_to_so() {
    let Some(storage) = TestStorage::new("bare etags") else { return };
    // As Ceph's gateway has it: what stands between quotes is no etag that it has.
    let quoted = |request: &Seen| request.method == "PUT" && request.head.contains("if-match: \"");
    let proxy = Faulty::before(&storage.endpoint, move |request| if quoted(request) { Fate::Refused(412) } else { Fate::Pass });
    let bucket = storage.client_at(&proxy.endpoint, "");
    let first = done(bucket.put("state", &put(b"1", Condition::Absent)).unwrap());
    let second = done(bucket.put("state", &put(b"2", Condition::Is(first.clone()))).unwrap());
    let third = done(bucket.put("state", &put(b"3", Condition::Is(second))).unwrap());
    let refused = |proxy: &Faulty| proxy.seen().iter().filter(|request| quoted(request)).count();
    assert_eq!(refused(&proxy), 1, "it is known after the first time");
    for bucket in [bucket, storage.client_at(&proxy.endpoint, "")] {
        assert_eq!(bucket.put("state", &put(b"4", Condition::Is(first.clone()))).unwrap(), Written::Defeated);
        assert_eq!(bucket.put("gone", &put(b"4", Condition::Is(first.clone()))).unwrap(), Written::Defeated);
        assert_eq!(bucket.head("state").unwrap().unwrap().etag, third);
    }
    assert!(storage.client_at(&proxy.endpoint, "").honours_conditions().unwrap());
}

#[test]
fn a_host_that_passes_over_bare_etags_lets_nobody_win() {
    let Some(storage) = TestStorage::new("bare etags that are passed over") else { return };
    let proxy = Faulty::before(&storage.endpoint, |request| match request.method.as_str() {
        "PUT" if request.head.contains("if-match: \"") => Fate::Refused(412),
        "PUT" if request.head.contains("if-match:") => Fate::Unconditional,
        _ => Fate::Pass,
    });
    let bucket = storage.client_at(&proxy.endpoint, "");
    let first = done(bucket.put("state", &put(b"1", Condition::Absent)).unwrap());
    for _ in 0..2 {
        assert_eq!(bucket.put("state", &put(b"2", Condition::Is(first.clone()))).unwrap(), Written::Defeated);
    }
    assert!(proxy.seen().iter().all(|request| !request.path.ends_with("/state") || !request.head.contains(&format!("if-match: {first}"))));
    let there: Vec<_> = bucket.list("").unwrap().into_iter().map(|one| one.name).collect();
    assert_eq!((there, bucket.head("state").unwrap().unwrap().etag), (vec!["state".to_owned()], first));
}

#[test]
fn a_defeat_is_one_also_where_nothing_more_can_be_found_out() {
    let Some(storage) = TestStorage::new("defeats") else { return };
    let etag = Etag::new("17").unwrap();
    for (write, look, looks) in [(404, 200, 0), (412, 403, 1), (412, 503, 12)] {
        let proxy = Faulty::before(&storage.endpoint, move |request| match request.method.as_str() {
            "HEAD" => Fate::Refused(look),
            _ => Fate::Refused(write),
        });
        let written = storage.client_at(&proxy.endpoint, "").put("state", &put(b"2", Condition::Is(etag.clone()))).unwrap();
        assert_eq!(written, Written::Defeated, "{write} {look}");
        assert_eq!(proxy.seen().iter().filter(|request| request.method == "HEAD").count(), looks, "{write} {look}");
    }
}

#[test]
fn a_write_whose_answer_is_lost_is_no_defeat() {
    let Some(storage) = TestStorage::new("lost answers") else { return };
    for (lost, condition) in [(1, Condition::Absent), (3, Condition::Absent), (1, Condition::None)] {
        let name = format!("state-{lost}-{condition:?}");
        let proxy = Faulty::before(&storage.endpoint, move |request| if request.number < lost { Fate::LostAfter } else { Fate::Pass });
        let etag = done(storage.client_at(&proxy.endpoint, "").put(&name, &put(b"mine", condition)).unwrap());
        assert_eq!(storage.client("").head(&name).unwrap().unwrap().etag, etag);
    }
    // Somebody else's write of the same bytes is a defeat all the same.
    done(storage.client("").put("same", &put(b"same", Condition::Absent)).unwrap());
    let proxy = Faulty::before(&storage.endpoint, |request| if request.number == 0 { Fate::LostAfter } else { Fate::Pass });
    assert_eq!(storage.client_at(&proxy.endpoint, "").put("same", &put(b"same", Condition::Absent)).unwrap(), Written::Defeated);
}

#[test]
fn passing_failures_are_borne_and_lasting_ones_are_told() {
    let Some(storage) = TestStorage::new("passing failures") else { return };
    let proxy = Faulty::failing(&storage.endpoint, 400, 7);
    let bucket = storage.client_at(&proxy.endpoint, "shaky");
    for number in 0..30 {
        let name = number.to_string();
        let first = done(bucket.put(&name, &put(b"1", Condition::Absent)).unwrap());
        done(bucket.put(&name, &put(name.as_bytes(), Condition::Is(first))).unwrap());
        let Found::Object(object) = bucket.get(&name, None, 10).unwrap() else { panic!("it is there") };
        assert_eq!(object.body, name.as_bytes());
    }
    assert_eq!(bucket.list("").unwrap().len(), 30);
    assert!(proxy.seen().len() > 120, "many were sent again");

    for (fate, told) in [(Fate::Refused(503), "the host is busy (status 503)"), (Fate::LostBefore, "the connection broke")] {
        let proxy = Faulty::before(&storage.endpoint, move |_| fate);
        let error = storage.client_at(&proxy.endpoint, "a").put("b", &put(b"", Condition::None)).unwrap_err();
        assert_eq!(error.message, format!("cannot write `{}/b` at `{}`: {told}", storage.address("a"), proxy.endpoint));
        assert_eq!(proxy.seen().len(), 12);
    }
    let refused = Faulty::before(&storage.endpoint, |_| Fate::Refused(403));
    let error = storage.client_at(&refused.endpoint, "a").get("b", None, 1).unwrap_err();
    assert!(error.message.ends_with("the credentials may not do this (status 403)") && refused.seen().len() == 1);
}

#[test]
fn nobody_there_is_told_soon() {
    let Some(storage) = TestStorage::new("nobody there") else { return };
    let nobody = "127.0.0.1:9";
    let begun = Instant::now();
    let error = storage.client_at(&format!("http://{nobody}"), "a").head("b").unwrap_err();
    assert!(error.message.ends_with("connection refused"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(10));
    let bucket = storage.client("");
    let missing = statuary::storage::Bucket::open(
        &"s3://statuary-no-such-bucket".parse().unwrap(),
        &statuary::storage::Settings::default(),
        &statuary::storage::Environment::new(storage.variables(&storage.endpoint), None),
    );
    let error = missing.unwrap().list("").unwrap_err();
    assert!(error.message.ends_with("there is no such bucket (status 404, NoSuchBucket)"), "{error}");
    for shown in [format!("{bucket:?}"), format!("{error:?}")] {
        assert!(storage.canaries().iter().all(|canary| !shown.contains(canary)), "{shown}");
    }
}
