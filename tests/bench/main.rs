//! How long building takes: a first build, one with nothing to do and one after an update, beside a bare loop that writes as many files.
//!
//! `cargo bench` builds an organization of 10,000 incidents with four updates each over five years, on 50 services.
//! `STATUARY_BENCH_INCIDENTS` chooses another number, `STATUARY_BENCH_DIR` the disk, `STATUARY_BENCH_REPEATS` how often all is done.
//! `STATUARY_BENCH_KEEP` leaves the folder there, for a profiler.
//! Every build runs in a process of its own, so that its peak memory is its own.
//!
//! `cargo bench --bench build -- scale` compares sizes instead: see [`scale`]; `-- languages` one language and three: see [`languages`].
#![expect(clippy::print_stdout, clippy::expect_used, clippy::disallowed_methods, reason = "a program for people at a terminal")]

mod languages;
mod measure;
mod organization;
mod scale;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use measure::{bare_loop, files, peak_memory, processor_time, settle};
use serde::Deserialize;
use statuary::config::{OrgFolder, Workspace};
use statuary::ops::build::{BuildOptions, build};
use statuary::ops::incident::{ListIncidents, UpdateIncident, list, update};
use statuary::ops::{Deed, Org};
use statuary::site::{Digest, DigestBuilder};

/// Names the organization's folder, for the copies of this program that build.
const CHILD: &str = "STATUARY_BENCH_CHILD";
const STEPS: [&str; 6] = ["survey", "plan", "load", "render", "stage", "switch"];

fn main() -> anyhow::Result<()> {
    if let Some(folder) = std::env::var_os(CHILD) {
        return child(Path::new(&folder));
    }
    if std::env::args().any(|argument| argument == "scale") {
        return scale::run();
    }
    if std::env::args().any(|argument| argument == "languages") {
        return languages::run();
    }
    // Without `--bench`, as in `cargo test --all-targets`, this only shows that it works.
    let usual = if std::env::args().any(|argument| argument == "--bench") { 10_000 } else { 50 };
    let incidents = setting("STATUARY_BENCH_INCIDENTS", usual)?;
    let repeats = setting("STATUARY_BENCH_REPEATS", if incidents > 20_000 { 3 } else { 5 })?.max(1);
    let disk = std::env::var_os("STATUARY_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let place = tempfile::Builder::new().prefix("statuary-bench").tempdir_in(&disk)?;
    println!("{incidents} incidents of 4 updates on {}, {repeats} times", disk.display());
    let started = Instant::now();
    let folder = organization::make(&place.path().join("acme"), incidents)?;
    println!("the organization was made in {:.1} s", started.elapsed().as_secs_f64());
    let rows = Rows::measure(&folder, place.path(), repeats)?;
    rows.print(incidents);
    if std::env::var_os("STATUARY_BENCH_KEEP").is_some() {
        println!("\nkept: {}", place.keep().display());
    }
    Ok(())
}

fn setting(name: &str, usual: usize) -> anyhow::Result<usize> {
    std::env::var(name).map_or(Ok(usual), |text| text.parse()).with_context(|| format!("`{name}` is not a number"))
}

/// What one build or loop took.
#[derive(Clone, Default, Deserialize)]
struct Took {
    wall: f64,
    processor: f64,
    peak_kib: Option<u64>,
    written: usize,
    files: usize,
    /// Milliseconds, in the order of [`STEPS`].
    steps: Vec<f64>,
}

#[derive(Default)]
struct Rows {
    first: Vec<Took>,
    unchanged: Vec<Took>,
    updated: Vec<Took>,
    bare: Vec<Took>,
    bare_twice: Vec<Took>,
    bytes: usize,
    digest: String,
}

impl Rows {
    fn measure(folder: &OrgFolder, place: &Path, repeats: usize) -> anyhow::Result<Self> {
        let mut rows = Self::default();
        let mut sizes = Vec::new();
        for round in 0..repeats {
            if round > 0 {
                std::fs::remove_dir_all(folder.public())?;
                std::fs::remove_dir_all(folder.dot_dir())?;
            }
            // Later rounds begin with what the updates of the earlier ones have added: a little more, not another organization.
            let now = organization::now() + TimeDelta::hours(i64::try_from(round)?);
            settle(place)?;
            rows.first.push(in_child(folder, now)?);
            if round == 0 {
                (sizes, rows.digest) = tree(&folder.public())?;
                rows.bytes = sizes.iter().sum();
            }
            for (threads, into) in [(1, &mut rows.bare), (2, &mut rows.bare_twice)] {
                let (wall, processor) = bare_loop(place, &sizes, threads)?;
                into.push(Took { wall: milliseconds(wall), processor: milliseconds(processor), files: sizes.len(), ..Took::default() });
            }
            settle(place)?;
            let unchanged = in_child(folder, now)?;
            rows.unchanged.push(unchanged);
            for minute in 1..4 {
                let now = now + TimeDelta::minutes(minute);
                say_more(folder, now)?;
                settle(place)?;
                rows.updated.push(in_child(folder, now)?);
            }
        }
        Ok(rows)
    }

    fn print(&self, incidents: usize) {
        let mib = self.bytes as f64 / f64::from(1 << 20);
        println!("{} files, {mib:.1} MiB, digest {}\n", self.bare.last().map_or(0, |bare| bare.files), self.digest);
        print!("{:22}{:>9}{:>9}{:>9}{:>9}", "median, ms", "wall", "CPU", "MiB", "written");
        println!("{}", STEPS.map(|step| format!("{step:>9}")).concat());
        for (name, took) in [
            ("first build", &self.first),
            ("unchanged rebuild", &self.unchanged),
            ("rebuild after update", &self.updated),
            ("bare loop", &self.bare),
            ("bare loop, 2 threads", &self.bare_twice),
        ] {
            let peak =
                took.iter().filter_map(|took| took.peak_kib).max().map_or(String::new(), |kib| format!("{:.1}", kib as f64 / 1024.0));
            let written = took.iter().map(|took| took.written).max().unwrap_or(0);
            print!("{name:22}{:9.1}{:9.1}{peak:>9}{written:>9}", median(took, |took| took.wall), median(took, |took| took.processor));
            let steps = took.first().map_or(0, |took| took.steps.len());
            println!("{}", (0..steps).map(|step| format!("{:9.1}", median(took, |took| took.steps[step]))).collect::<String>());
        }
        let (first, bare) = (median(&self.first, |took| took.wall), median(&self.bare, |took| took.wall));
        let updated = median(&self.updated, |took| took.wall);
        println!("\nfirst build / bare loop:            {:6.2}   (at most 3)", first / bare);
        println!("rebuild after update / first build: {:>6}   (at most 1/50)", format!("1/{:.0}", first / updated));
        println!("first build, us per incident:       {:6.1}", first * 1000.0 / incidents.max(1) as f64);
    }
}

/// Builds, in a process of its own.
fn in_child(folder: &OrgFolder, now: DateTime<Utc>) -> anyhow::Result<Took> {
    let mut command = Command::new(std::env::current_exe()?);
    let output = command.env(CHILD, &folder.dir).env("STATUARY_NOW", now.to_rfc3339()).output()?;
    anyhow::ensure!(output.status.success(), "a build failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn child(folder: &Path) -> anyhow::Result<()> {
    let now = statuary::clock::now()?;
    let started = Instant::now();
    let org = Org::open(Workspace::find(Some(folder), folder)?.org(None)?)?;
    let report = build(&org, &BuildOptions::default(), now, &|_, _| {})?;
    let wall = milliseconds(started.elapsed());
    let steps: Vec<f64> = report.steps.iter().map(|step| step.microseconds as f64 / 1000.0).collect();
    let took = serde_json::json!({
        "wall": wall,
        "processor": milliseconds(processor_time()),
        "peak_kib": peak_memory(),
        "written": report.written,
        "files": report.written + report.kept,
        "steps": steps,
    });
    println!("{took}");
    Ok(())
}

/// Adds an update to an open incident.
fn say_more(folder: &OrgFolder, now: DateTime<Utc>) -> anyhow::Result<()> {
    let mut org = Org::open(folder.clone())?;
    let open = list(&org, &ListIncidents { open: true, ..ListIncidents::default() })?;
    let key = open.incidents.first().context("no incident is open")?.id.to_string();
    let options = UpdateIncident { message: Some("We keep **watching** the queues.".into()), ..UpdateIncident::default() };
    update(&mut org, &key, &options, &Deed::new("bench", now))?;
    Ok(())
}

/// The sizes of a site's files, and a digest of the whole: the same for every build of the same organization.
fn tree(folder: &Path) -> anyhow::Result<(Vec<usize>, String)> {
    let mut digest = DigestBuilder::new();
    let mut sizes = Vec::new();
    for path in files(folder)? {
        let bytes = std::fs::read(&path)?;
        digest.text(&path.strip_prefix(folder)?.to_string_lossy()).digest(Digest::of(&bytes));
        sizes.push(bytes.len());
    }
    Ok((sizes, digest.finish().to_string()))
}

fn median(took: &[Took], of: impl Fn(&Took) -> f64) -> f64 {
    let mut values: Vec<f64> = took.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
