//! What pages in several languages cost: the example organization built anew in one language and in three.
//!
//! `cargo bench --bench build -- languages`. The ratio is that of one run: processor time per file.

use std::path::Path;

use chrono::{DateTime, Utc};
use statuary::config::{NewOrg, OrgFolder, create_lone_org_folder};
use statuary::ops::{Deed, Org, import};

use crate::measure::settle;
use crate::{Took, in_child, median};

/// A little after everything in the example.
fn now() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().expect("a moment")
}

fn example(dir: &Path, languages: &str) -> anyhow::Result<OrgFolder> {
    let new = NewOrg { name: "Example".to_owned(), url: Some("https://status.example.com/".to_owned()), time_zone: None };
    let folder = create_lone_org_folder(dir, &new)?;
    std::fs::write(folder.settings_file(), format!("name = \"Example\"\nlanguages = [{languages}]\n"))?;
    let mut org = Org::open_or_create(folder.clone(), now())?;
    let dump = Path::new(env!("CARGO_MANIFEST_DIR")).join("example-org/dump.json");
    import::dump(&mut org, &dump, false, &Deed::new("bench", now()))?;
    Ok(folder)
}

pub(crate) fn run() -> anyhow::Result<()> {
    let place = tempfile::tempdir()?;
    println!("{:16}{:>9}{:>12}{:>12}{:>12}", "languages", "files", "ms wall", "ms CPU", "µs per file");
    let mut rates = Vec::new();
    for (name, languages) in [("one", "\"en\""), ("three", "\"en\", \"de\", \"ar\"")] {
        let folder = example(&place.path().join(name), languages)?;
        let mut took: Vec<Took> = Vec::new();
        for _ in 0..9 {
            let _ = std::fs::remove_dir_all(folder.public());
            let _ = std::fs::remove_dir_all(folder.dot_dir());
            settle(place.path())?;
            took.push(in_child(&folder, now())?);
        }
        let (wall, processor) = (median(&took, |took| took.wall), median(&took, |took| took.processor));
        let files = took.last().map_or(0, |took| took.written);
        let rate = processor * 1000.0 / files as f64;
        println!("{name:16}{files:>9}{wall:>12.1}{processor:>12.1}{rate:>12.1}");
        rates.push(rate);
    }
    if let [one, three] = rates[..] {
        println!("\nper file: {:.2} of one language", three / one);
    }
    Ok(())
}
