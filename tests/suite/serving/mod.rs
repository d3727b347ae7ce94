//! `serve` and `watch` as an operator runs them: what is served, what is built again, what an error looks like, how they end.

mod running;

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::test_org::TestOrg;
pub(crate) use running::{Answer, Running, ask};

/// An organization with a service, whose clock stands still.
#[track_caller]
pub(crate) fn org() -> TestOrg {
    let org = TestOrg::in_memory();
    org.run("init .").success();
    org.run("org create acme --name Acme").success();
    org.enter("acme").clock("2026-11-22T10:00:00Z");
    org.run("service add api --name API").success();
    org
}

/// Holds that whatever `ask` does of both slugs takes alike long. The quickest tenth says what the work takes: what else a machine does blurs
/// it, and the less the longer one looks; a path that skips work is quicker however long that is.
#[track_caller]
pub(crate) fn take_alike(slugs: [&str; 2], what: &str, mut ask: impl FnMut(&str)) {
    let mut took: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    let mut tenths = [Duration::ZERO; 2];
    let are_alike = (0..5).any(|_| {
        for slug in slugs.repeat(60) {
            let begun = Instant::now();
            ask(slug);
            took.entry(slug).or_default().push(begun.elapsed());
        }
        tenths = slugs.map(|slug| {
            let mut all = took[slug].clone();
            all.sort();
            all[all.len() / 10]
        });
        tenths[0].abs_diff(tenths[1]) < Duration::from_micros(200) + tenths[0].min(tenths[1]) / 4
    });
    assert!(are_alike, "{what}: {slugs:?} take {tenths:?}");
}

#[test]
fn one_organization_is_at_the_root_and_pages_load_anew_at_the_desk_only() {
    let org = org();
    let server = Running::serve(&org, "");
    server.until_ready();
    let page = server.get("/");
    assert_eq!((page.status, page.headers["content-type"].as_str()), (200, "text/html; charset=utf-8"));
    assert!(page.text().contains("<script src=\"/_statuary/preview.js\" data-build=\""), "{}", page.text());
    assert!(page.headers["content-security-policy"].contains("script-src 'self'"));
    assert_eq!(server.get("/api/v2/status.json").json()["status"]["indicator"], "none");
    assert_eq!(server.get("/services/api").status, 301);
    assert_eq!(server.get("/nope").status, 404);
    assert_eq!(server.get("/_statuary/build.json").json()["error"], serde_json::Value::Null);
    assert!(server.get("/_statuary/preview.js").text().contains("EventSource"));
    assert_eq!(server.get("/healthz").text(), "ok\n");
}

#[test]
fn several_are_below_their_names_and_who_they_are_is_told_at_the_desk_only() {
    let org = org();
    org.enter("").run("org create globex --name Globex --url https://status.globex.example").success();
    org.run("--org globex service add web").success();
    let server = Running::serve(&org, "");
    server.until_ready();
    let list = server.get("/");
    assert!(list.text().contains("<a href=\"/acme/\">acme</a>") && list.text().contains("<a href=\"/globex/\">globex</a>"));
    assert_eq!(server.get("/acme").headers["location"], "/acme/");
    assert!(server.get("/acme/services/api/").text().contains("/acme/_statuary/preview.js"));
    assert!(server.get("/globex/services/web/").status == 200 && server.get("/acme/services/web/").status == 404);
    assert_eq!(server.get("/nobody/").status, 404);
    // Under its public address a site is at the root, is not told of others, and loads nothing anew.
    let outside = |path: &str| server.ask("GET", path, &[("host", "status.globex.example")], b"");
    let page = outside("/");
    assert!(page.status == 200 && !page.text().contains("_statuary"), "{}", page.text());
    assert_eq!(page.text().into_bytes(), fs::read(org.path("globex/public/index.html")).unwrap());
    assert_eq!(outside("/_statuary/build.json").status, 404);
    for path in ["/api/public/acme", "/api/public/acme.json", "/acme/api/public/acme"] {
        assert_eq!(server.get(path).json()["page"]["name"], "Acme", "{path}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test takes its own file away")]
fn a_folder_that_nothing_is_served_of_is_named() {
    let org = org();
    org.enter("").run("org create globex --name Globex").success();
    fs::remove_file(org.path("globex/org.toml")).unwrap();
    let server = Running::serve(&org, "");
    let error = format!(
        "error: `{}/globex` has an org.db, but no org.toml\nhint: put that file back, or move the folder out of the workspace\n",
        org.path("").display().to_string().trim_end_matches('/')
    );
    assert!(server.said().starts_with(&error), "{}", server.said());
    assert!(server.until_ready().get("/").text().contains("Acme"));
}

#[test]
fn it_is_built_again_after_a_deed_a_change_of_settings_or_of_the_theme() {
    let org = org();
    let server = Running::serve(&org, "");
    server.until_ready();
    let build = || server.get("/_statuary/build.json").json()["build"].clone();
    let first = build();
    org.run("incident open 'Disk full' --service api=major").success();
    server.until("the incident", || server.get("/").text().contains("Disk full"));
    // The page is there a moment before it is told.
    server.until("its number", || build() != first);
    let settings = fs::read_to_string(org.path("acme/org.toml")).unwrap();
    org.write("acme/org.toml", settings.replace("name = \"Acme\"", "name = \"Acme Corporation\""));
    server.until("the name", || server.get("/").text().contains("Acme Corporation"));
    org.run("theme eject templates/404.html").success();
    let template = fs::read_to_string(org.path("acme/overrides/templates/404.html")).unwrap();
    org.write("acme/overrides/templates/404.html", template.replace("<h1>", "<h1 data-ours>"));
    server.until("the template", || server.get("/nope").text().contains("<h1 data-ours>"));
}

#[test]
fn a_failed_build_is_told_over_the_last_good_page_and_goes_away_again() {
    let org = org();
    let server = Running::serve(&org, "");
    server.until_ready();
    let settings = fs::read_to_string(org.path("acme/org.toml")).unwrap();
    org.write("acme/org.toml", settings.replace("name = \"Acme\"", "name = 7"));
    let error = || server.get("/_statuary/build.json").json()["error"].as_str().map(str::to_owned);
    server.until("the failure", || error().is_some());
    assert!(error().unwrap().ends_with("`name` is a number, not a text in quotes"), "{:?}", error());
    server.until("its words", || server.said().contains("error: cannot build `acme`: "));
    assert!(server.get("/").text().contains("Acme"));
    org.write("acme/org.toml", settings);
    server.until("the repair", || error().is_none());
}

#[test]
fn an_organization_that_comes_later_is_served_too_and_one_that_goes_is_not() {
    let org = org();
    org.enter("").run("org create globex --name Globex").success();
    let server = Running::serve(&org, "");
    server.until_ready();
    assert_eq!(server.get("/initech/").status, 404);
    org.run("org create initech --name Initech").success();
    server.until("initech", || server.get("/initech/").status == 200);
    org.run("org remove initech --yes").success();
    server.until("its end", || server.get("/initech/").status == 404);
}

#[test]
fn it_ends_well_when_it_is_asked_to() {
    for signal in [Signal::TERM, Signal::INT] {
        let org = org();
        let mut server = Running::serve(&org, "");
        server.until_ready();
        server.signal(signal);
        assert_eq!(server.ended().code(), Some(0));
    }
}

#[test]
fn a_port_that_is_taken_says_so() {
    let org = org();
    let server = Running::serve(&org, "");
    let port = server.address().rsplit(':').next().unwrap().to_owned();
    org.run(&format!("serve --port {port}"))
        .stderr(&format!(
            "error: cannot listen at 127.0.0.1:{port}: address already in use\n\
             hint: choose another with `--port N`, or any free one with `--port 0`\n"
        ))
        .stdout("")
        .code(1);
}

#[test]
fn wrong_arguments_are_refused() {
    let org = org();
    for (arguments, error) in [
        ("serve --bind everywhere", "error: `everywhere` does not fit `--bind <ADDR>`: it is not an address such as `127.0.0.1`\n"),
        ("serve --host http://x", "error: `http://x` is not the name of a host\nhint: write it as in `status.example.com`\n"),
        ("serve --trusted-proxy x", "error: `x` is not an address or a network\nhint: write it as in `127.0.0.1` or `10.0.0.0/8`\n"),
        (
            "serve --metrics 9100",
            "error: `9100` does not fit `--metrics <ADDR:PORT>`: it is not an address and a port such as `127.0.0.1:9100`\n",
        ),
        ("serve --port 70000", "error: `70000` does not fit `--port <N>`: it goes from 0 to 65535\n"),
    ] {
        org.run(arguments).stderr_starts(error).code(2);
    }
}

#[test]
fn watch_builds_again_until_it_is_ended() {
    let org = org();
    let mut watch = Running::start(&org, "watch", false);
    let page = || fs::read_to_string(org.path("acme/public/index.html")).unwrap_or_default();
    watch.until("the first build", || page().contains("Acme"));
    org.run("incident open 'Disk full' --service api=major").success();
    watch.until("the incident", || page().contains("Disk full"));
    watch.until("its words", || watch.said().matches("`acme`: wrote ").count() >= 2);
    watch.signal(Signal::TERM);
    assert_eq!(watch.ended().code(), Some(0));
}

#[test]
fn the_demo_is_served() {
    let org = TestOrg::in_memory();
    let mut demo = Running::start(&org, "demo there", true);
    assert_eq!(demo.first, org.path("there/public/index.html").to_str().unwrap());
    demo.until("its address", || demo.said().contains("serving it at http://127.0.0.1:"));
    let said = demo.said();
    let address = said.split("http://").nth(1).and_then(|rest| rest.split('/').next()).unwrap();
    let page = || ask(address, "GET", "/", &[], b"").unwrap();
    demo.until("the page", || page().status == 200);
    demo.signal(Signal::INT);
    assert_eq!(demo.ended().code(), Some(0));
}

#[test]
fn a_page_can_follow_what_any_process_writes() {
    let org = org();
    org.run("incident open Before --service api").success();
    let server = Running::serve(&org, "");
    server.until_ready();
    let mut events = server.listen("/events.sse", &[]);
    events.until("the event before", |text| text.contains("event: incident\ndata: ") && text.contains("Before"));
    org.run("incident open During --service api").success();
    events.until("the event during", |text| text.contains("During"));
    let head = events.text();
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("content-type: text/event-stream; charset=utf-8\r\n"), "{head}");
    let last = head.lines().filter_map(|line| line.strip_prefix("id: ")).next_back().unwrap().to_owned();
    drop(events);
    // Whoever comes back gets what followed, and nothing twice.
    org.run("incident open Meanwhile --service api").success();
    let mut again = server.listen("/events.sse", &[("last-event-id", &last)]);
    again.until("the event meanwhile", |text| text.contains("Meanwhile"));
    assert!(!again.text().contains("During"), "{}", again.text());
    assert_eq!(server.ask("POST", "/events.sse", &[], b"").status, 405);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test opens its own file")]
fn a_server_that_starts_anew_is_there_before_its_first_build() {
    let org = org();
    org.run("build").success();
    // A build waits for whoever holds this.
    let lock = fs::OpenOptions::new().write(true).open(org.path("acme/.statuary/lock")).unwrap();
    lock.lock().unwrap();
    let server = Running::serve(&org, "");
    let mut events = server.listen("/events.sse", &[]);
    events.until("its head", |text| text.starts_with("HTTP/1.1 200 "));
    assert_eq!((server.get("/").status, server.get("/later/").status, server.get("/readyz").status), (200, 503, 503));
    lock.unlock().unwrap();
    assert_eq!(server.until_ready().get("/later/").status, 404);
}

#[test]
fn an_open_page_hears_of_builds() {
    let org = org();
    let server = Running::serve(&org, "");
    server.until_ready();
    let mut builds = server.listen("/_statuary/builds.sse", &[]);
    builds.until("its head", |text| text.starts_with("HTTP/1.1 200 "));
    org.run("incident open Now --service api").success();
    builds.until("the build", |text| text.contains("event: build\ndata: {\"build\":\""));
}

#[test]
fn names_that_nobody_configured_are_not_answered() {
    let org = org();
    let server = Running::serve(&org, "");
    server.until_ready();
    let asked = |host: &str| server.ask("GET", "/", &[("host", host)], b"").status;
    assert_eq!((asked("evil.example"), asked("localhost:1")), (421, 200));
    drop(server);
    let server = Running::start(&org, "serve --port 0 --host status.example.com", true);
    assert_eq!(server.until_ready().ask("GET", "/", &[("host", "status.example.com")], b"").status, 200);
    assert!(!server.ask("GET", "/", &[("host", "status.example.com")], b"").text().contains("_statuary"));
}

#[test]
fn whoever_comes_through_a_proxy_is_not_at_the_desk_even_where_nobody_named_the_proxy() {
    let org = org();
    org.enter("").run("org create globex --name Globex").success();
    let server = Running::serve(&org, "");
    server.until_ready();
    assert!(server.get("/").text().contains("/globex/"));
    for header in ["x-forwarded-for", "forwarded", "x-real-ip", "via"] {
        let through = |path: &str| server.ask("GET", path, &[(header, "192.0.2.1")], b"");
        assert_eq!((through("/").status, through("/acme/_statuary/build.json").status), (404, 404), "{header}");
        assert!(!through("/acme/").text().contains("_statuary"), "{header}");
    }
}

#[test]
fn where_nothing_happens_nothing_is_built_and_nothing_is_done() {
    let org = org();
    org.enter("").write("statuary.toml", "[serve]\nmetrics = \"127.0.0.1:0\"\n");
    let server = Running::start(&org, "--json serve --port 0", true);
    let addresses: serde_json::Value = serde_json::from_str(&server.first).unwrap();
    let metrics = addresses["metrics"].as_str().unwrap().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let builds = || {
        let text = ask(&metrics, "GET", "/metrics", &[], b"").unwrap().text();
        text.lines().filter(|line| line.starts_with("statuary_builds_total")).map(str::to_owned).collect::<Vec<_>>()
    };
    let ticks = || {
        let text = fs::read_to_string(format!("/proc/{}/stat", server.pid())).unwrap();
        let fields: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    };
    // The notices of what was done before it began come first.
    let mut before = builds();
    server.until("the end of all builds", || {
        std::thread::sleep(Duration::from_secs(1));
        std::mem::replace(&mut before, builds()) == builds()
    });
    let (before, busy) = (builds(), ticks());
    // Longer than the time after which it looks by itself.
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(builds(), before);
    assert!(ticks() - busy <= 15, "{} ticks of 300", ticks() - busy);
}

#[test]
fn requests_are_logged_without_their_queries_and_counted_elsewhere() {
    let org = org();
    org.enter("").write("statuary.toml", "[serve]\nport = 0\nmetrics = \"127.0.0.1:0\"\n");
    let server = Running::start(&org, "--json serve", true);
    let addresses: serde_json::Value = serde_json::from_str(&server.first).unwrap();
    let bare = |name: &str| addresses[name].as_str().unwrap().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let (address, metrics) = (bare("address"), bare("metrics"));
    server.until("being ready", || ask(&address, "GET", "/readyz", &[], b"").unwrap().status == 200);
    let answer = ask(&address, "GET", "/nope?secret=zqvex", &[("authorization", "Bearer zqvex")], b"").unwrap();
    let id = answer.headers["x-request-id"].clone();
    server.until("its line", || server.said().contains(&id));
    let said = server.said();
    let line = said.lines().find(|line| line.contains(&id)).unwrap();
    assert!(line.contains("method=GET path=/nope status=404"), "{line}");
    assert!(!said.contains("zqvex"), "{said}");
    let counters = ask(&metrics, "GET", "/metrics", &[], b"").unwrap();
    assert_eq!(counters.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert!(counters.text().contains("\nstatuary_http_requests_total{status=\"4xx\"} 1\n"), "{}", counters.text());
    assert!(counters.text().contains("\nstatuary_sites 1\n"), "{}", counters.text());
    assert_eq!(ask(&address, "GET", "/metrics", &[], b"").unwrap().status, 404);
    assert_eq!(ask(&metrics, "GET", "/", &[], b"").unwrap().status, 404);
}

#[test]
fn others_are_let_in_only_where_somebody_can_show_who_they_are() {
    let org = org();
    org.run("serve --bind 0.0.0.0 --port 0")
        .stderr(
            "error: 0.0.0.0 lets others in, and there is no token by which to know anybody\n\
             hint: make one first: `statuary token create NAME --role editor`\n",
        )
        .code(4);
    org.run("token create ci --role editor").success();
    let server = Running::start(&org, "serve --bind 0.0.0.0 --port 0", true);
    assert!(server.first.starts_with("http://0.0.0.0:"));
}

#[test]
fn a_socket_of_the_service_manager_is_taken() {
    let org = org();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = Running::with_socket(&org, "serve --port 1", listener);
    assert_eq!(server.address(), address);
    assert_eq!(server.until_ready().get("/").status, 200);
}
