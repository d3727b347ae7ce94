//! Long lists come in pages.

use crate::api::client::{Asker, Server, token};
use crate::test_org::TestOrg;

#[test]
fn a_walk_over_the_pages_meets_everything_once_while_more_is_added() {
    let org = TestOrg::new();
    org.run("service add api").success();
    for number in 1..=7 {
        org.run(&format!("incident open 'Number {number}' --service api")).success();
        org.run(&format!("maintenance schedule 'Number {number}' --from +{number}h --for 30m")).success();
        org.run(&format!("group add group-{number} --name 'Number {number}'")).success();
        org.run(&format!("service add service-{number}")).success();
    }
    let asker = Asker::with(&token(&org, "ci --role editor"));
    let server = Server::start(&org);
    for (start, list, wanted, added) in [
        ("/api/incidents?limit=3&service=api", "incidents", 7, "incident open Later --service api"),
        ("/api/maintenance?limit=2", "maintenances", 7, "maintenance schedule Later --from +9d --for 30m"),
        ("/api/groups?limit=4", "groups", 7, "group add first --name First --position 0"),
        ("/api/services?limit=3", "services", 8, "service add first --position 0"),
    ] {
        let mut met = Vec::new();
        let mut target = start.to_owned();
        loop {
            let page = server.ask("GET", &target, &asker, "").is(200);
            let document = page.json();
            met.extend(document[list].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap().to_owned()));
            if met.len() < 5 {
                org.run(&added.replace("first", &format!("first-{}", met.len()))).success();
            }
            let Some(next) = document["next_page"].as_str() else {
                assert_eq!(page.header("link"), None);
                break;
            };
            let link = page.header("link").unwrap();
            target = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")).unwrap().to_owned();
            assert!(target.ends_with(&format!("after={next}")), "{target}");
        }
        let mut once = met.clone();
        once.sort();
        once.dedup();
        assert_eq!((met.len(), once.len()), (wanted, wanted), "{start}");
    }
    // Without a limit, long lists tell a part and short ones all.
    let listed = |path: &str, list: &str| server.ask("GET", path, &asker, "").is(200).json()[list].as_array().unwrap().len();
    assert_eq!((listed("/api/incidents", "incidents"), listed("/api/groups", "groups")), (8, 8));
}
