//! What growth costs: ratios between sizes, all measured in one run.
//!
//! An organization of 100,000 incidents beside one of 10,000, a command that writes beside the same on an organization without incidents,
//! and a workspace of 1,000 organizations of 50 incidents beside one organization of 50,000. `STATUARY_BENCH_SHRINK` divides all numbers,
//! `STATUARY_BENCH_DIR` chooses the disk.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use chrono::TimeDelta;
use statuary::config::{OrgFolder, init_workspace};

use crate::measure::{processor_time_of_children, settle};
use crate::organization::Size;
use crate::{Took, in_child, median, milliseconds, organization, say_more, setting};

const STATUARY: &str = env!("CARGO_BIN_EXE_statuary");
/// Writes of each kind.
const WRITES: usize = 40;
/// Small organizations: a page with five services and an incident a week.
const SMALL: Size = Size { services: 5, years: 1 };

/// Measures and prints.
pub(crate) fn run() -> anyhow::Result<()> {
    let shrink = setting("STATUARY_BENCH_SHRINK", 1)?.max(1);
    let disk = std::env::var_os("STATUARY_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let place = tempfile::Builder::new().prefix("statuary-bench").tempdir_in(&disk)?;
    println!("on {}\n", disk.display());
    // Before anything is deleted: ext4 takes long to make files where many have gone within the last minutes.
    workspaces(place.path(), 1000 / shrink)?;
    let sizes = [10_000, 100_000].map(|size| size / shrink);
    let folders = sizes.map(|size| organization::make(&place.path().join(format!("acme-{size}")), size));
    let [medium, large] = [folders[0].as_ref(), folders[1].as_ref()].map(|folder| folder.map_err(|error| anyhow::anyhow!("{error:#}")));
    let (medium, large) = (medium?, large?);
    writes(place.path(), large)?;
    let rows = [Builds::of(medium, place.path())?, Builds::of(large, place.path())?];
    print_builds(&sizes, &rows);
    Ok(())
}

/// What one organization's builds took.
struct Builds {
    first: Vec<Took>,
    updated: Vec<Took>,
}

impl Builds {
    fn of(folder: &OrgFolder, place: &Path) -> anyhow::Result<Self> {
        let mut builds = Self { first: Vec::new(), updated: Vec::new() };
        for round in 0..2 {
            if round > 0 {
                std::fs::remove_dir_all(folder.public())?;
                std::fs::remove_dir_all(folder.dot_dir())?;
            }
            let now = organization::now() + TimeDelta::hours(round);
            settle(place)?;
            builds.first.push(in_child(folder, now)?);
            for minute in 1..8 {
                let now = now + TimeDelta::minutes(minute);
                say_more(folder, now)?;
                settle(place)?;
                builds.updated.push(in_child(folder, now)?);
            }
        }
        Ok(builds)
    }

    fn first(&self) -> f64 {
        median(&self.first, |took| took.processor)
    }

    fn updated(&self) -> f64 {
        median(&self.updated, |took| took.processor)
    }

    fn peak_mib(&self) -> f64 {
        self.first.iter().chain(&self.updated).filter_map(|took| took.peak_kib).max().unwrap_or(0) as f64 / 1024.0
    }
}

fn print_builds(sizes: &[usize; 2], rows: &[Builds; 2]) {
    println!("{:>10}{:>16}{:>14}{:>18}{:>14}{:>10}", "incidents", "first, ms CPU", "ms wall", "rebuild, ms CPU", "ms wall", "peak MiB");
    for (size, builds) in sizes.iter().zip(rows) {
        let [first, updated] = [&builds.first, &builds.updated].map(|took| median(took, |took| took.wall));
        println!("{size:>10}{:>16.1}{first:>14.1}{:>18.1}{updated:>14.1}{:>10.1}", builds.first(), builds.updated(), builds.peak_mib());
    }
    let [medium, large] = rows;
    let growth = sizes[1] as f64 / sizes[0] as f64;
    println!("\nfirst build, cost of an incident:    {:6.2}   (at most 1.3)", large.first() / medium.first() / growth);
    println!("rebuild after update:                {:6.2}   (at most 2)\n", large.updated() / medium.updated());
}

/// The command line on a large organization and on one without incidents.
fn writes(place: &Path, large: &OrgFolder) -> anyhow::Result<()> {
    let empty = organization::make(&place.join("empty"), 0)?;
    let (mut walls, mut processor) = ([Vec::new(), Vec::new()], [0.0; 2]);
    for round in 0..WRITES {
        // In turns, so that what else the machine does meets both.
        for (place, folder) in [&empty, large].into_iter().enumerate() {
            let title = format!("Fault {round}");
            let began = processor_time_of_children()?;
            let started = Instant::now();
            run_statuary(&folder.dir, &["incident", "open", &title, "--service", "service-1=major", "--message", "We look."])?;
            walls[place].push(Took { wall: milliseconds(started.elapsed()), ..Took::default() });
            processor[place] += milliseconds(processor_time_of_children()? - began);
        }
    }
    let [on_empty, on_large] = walls.map(|took| median(&took, |took| took.wall));
    let [empty_cpu, large_cpu] = processor.map(|sum| sum / WRITES as f64);
    println!(
        "`incident open`: {on_empty:.1} ms ({empty_cpu:.1} ms CPU) where it is the first, {on_large:.1} ms ({large_cpu:.1}) on the large organization"
    );
    println!("ratio:                               {:6.2}   (at most 1.5)\n", on_large / on_empty);
    Ok(())
}

/// Many small organizations beside one large one.
fn workspaces(place: &Path, orgs: usize) -> anyhow::Result<()> {
    let (many, one) = (place.join("many"), place.join("one"));
    for root in [&many, &one] {
        init_workspace(root)?;
    }
    for number in 0..orgs {
        organization::make_with(&many.join(format!("org-{number}")), 50, &SMALL)?;
    }
    organization::make(&one.join("acme"), 50 * orgs)?;
    let mut took = Vec::new();
    for (name, root) in [(format!("{orgs} organizations of 50 incidents"), &many), (format!("one of {}", 50 * orgs), &one)] {
        settle(root)?;
        let began = processor_time_of_children()?;
        let started = Instant::now();
        run_statuary(root, &["build", "--all"])?;
        let (wall, processor) = (milliseconds(started.elapsed()), milliseconds(processor_time_of_children()? - began));
        println!("{name:36} {wall:10.1} ms{processor:10.1} ms CPU");
        took.push((wall, processor));
    }
    if let [many, one] = took[..] {
        println!("ratio:                               {:6.2}   (at most 1.2; of CPU {:.2})\n", many.0 / one.0, many.1 / one.1);
    }
    Ok(())
}

fn run_statuary(root: &Path, args: &[&str]) -> anyhow::Result<()> {
    let now = organization::now().to_rfc3339();
    let status = Command::new(STATUARY)
        .args(["--root".as_ref(), root.as_os_str()])
        .args(args)
        .args(["--quiet", "--yes"])
        .env("STATUARY_NOW", now)
        .stdout(Stdio::null())
        .status()?;
    anyhow::ensure!(status.success(), "`statuary {}` failed", args.join(" "));
    Ok(())
}
