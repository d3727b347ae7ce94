//! What a process took, and what the disk takes at the least.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::time::{ClockId, clock_gettime};

/// Processor time of this process so far, all threads.
pub(crate) fn processor_time() -> Duration {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(spent.tv_sec.unsigned_abs(), u32::try_from(spent.tv_nsec).unwrap_or(0))
}

/// Processor time of all processes this one has waited for, in steps of a hundredth of a second.
pub(crate) fn processor_time_of_children() -> anyhow::Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // Behind the name, which may hold anything: state is field 3, cutime and cstime are 16 and 17.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |field: usize| -> anyhow::Result<u64> { Ok(fields.get(field - 3).context("a field of /proc/self/stat")?.parse()?) };
    Ok(Duration::from_millis(10 * (ticks(16)? + ticks(17)?)))
}

/// The most memory this process has had, in KiB, where the system says.
pub(crate) fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

/// Every file below `folder`, in order of path.
pub(crate) fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    files.sort();
    Ok(files)
}

/// Creates and writes files of these sizes in one folder, syncs once, and renames each into another: what no build can do without.
pub(crate) fn bare_loop(folder: &Path, sizes: &[usize], threads: usize) -> anyhow::Result<(Duration, Duration)> {
    let (staged, live) = (folder.join("staged"), folder.join("live"));
    fs::create_dir_all(&staged)?;
    fs::create_dir_all(&live)?;
    let bytes = vec![b'x'; sizes.iter().copied().max().unwrap_or(0)];
    settle(folder)?;
    let (spent, started) = (processor_time(), Instant::now());
    let numbered: Vec<(usize, usize)> = sizes.iter().copied().enumerate().collect();
    let parts: Vec<&[(usize, usize)]> = numbered.chunks(numbered.len().div_ceil(threads).max(1)).collect();
    in_parallel(&parts, |(name, size)| File::create_new(staged.join(name.to_string()))?.write_all(&bytes[..size]))?;
    rustix::fs::syncfs(File::open(folder)?)?;
    in_parallel(&parts, |(name, _)| fs::rename(staged.join(name.to_string()), live.join(name.to_string())))?;
    let took = (started.elapsed(), processor_time() - spent);
    fs::remove_dir_all(&staged)?;
    fs::remove_dir_all(&live)?;
    Ok(took)
}

/// Waits until the disk holds everything, so that one measurement does not pay for another.
pub(crate) fn settle(folder: &Path) -> anyhow::Result<()> {
    Ok(rustix::fs::syncfs(File::open(folder)?)?)
}

fn in_parallel<T: Copy + Sync>(parts: &[&[T]], work: impl Fn(T) -> std::io::Result<()> + Sync) -> std::io::Result<()> {
    if let [part] = parts {
        return part.iter().try_for_each(|one| work(*one));
    }
    let work = &work;
    std::thread::scope(|scope| {
        let threads: Vec<_> = parts.iter().map(|part| scope.spawn(move || part.iter().try_for_each(|one| work(*one)))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no panic"))
    })
}
