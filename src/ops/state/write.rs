//! A deed on a shared record: done on the newest version, pushed, and done again where somebody else was faster.

use std::time::{Duration, Instant};

use rand::TryRngCore;
use rand::rngs::OsRng;

use crate::error::{Kind, UserError};
use crate::ops::state::record::Record;
use crate::ops::state::remote::Remote;
use crate::ops::state::{begin, or_offline};
use crate::ops::{Deed, Org};
use crate::storage::{Etag, random_name};
use crate::store::{Answer, Exchange, OrgStore, Position, Write};

/// Under whose name a deed leaves its mark in the record, by which it is known again where the answer to its push was lost.
const ASKER: &str = "shared record";

/// How long a deed is tried while others are faster.
const PATIENCE: Duration = Duration::from_secs(120);

/// The longest pause after the first defeat, and after any.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Does `work` on the newest version of the record, pushes it, and gives back what it gave back once that is there.
///
/// # Errors
/// What `work` says; what taking and pushing can say: nothing has changed here then. Busy where others are faster for two minutes.
pub(in crate::ops) fn write_shared<T>(
    org: &mut Org,
    deed: &Deed,
    mut work: impl FnMut(&Write<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let folder = org.folder.clone();
    let Some(remote) = Remote::of(&folder)? else { return Err(UserError::failed("there is no remote any more").into()) };
    let exchange = begin(&folder)?;
    let page_id = org.store.page_id()?;
    org.store.take_back();
    let done = until_first(&remote, &exchange, org, deed, &mut |base| {
        let mut copy = if exchange.here()?.is_some() { exchange.copy()? } else { exchange.begin_copy(&page_id, deed.now)? };
        let mark = random_name()?;
        let result = copy.write(&deed.actor, deed.now, |write| {
            let result = work(write)?;
            write.keep_answer(&Answer { asker: ASKER.to_owned(), key: mark.clone(), fingerprint: [0; 32], answer: String::new() })?;
            Ok(result)
        })?;
        let position = copy.position()?;
        drop(copy);
        let pushed = remote.push(&exchange, base, &position, deed.now).map_err(|error| or_offline(error, &folder))?;
        Ok(Attempt { result, mark, pushed: pushed.map(|etag| (etag, position)) })
    });
    exchange.clear();
    // What is here may be newer than what was opened, also where the deed was refused.
    if let Ok(store) = OrgStore::open(&folder.database()) {
        org.store = store;
    }
    done
}

/// A deed that was done on a version, and whether it could be pushed.
struct Attempt<T> {
    result: T,
    mark: String,
    pushed: Option<(Etag, Position)>,
}

/// Tries until nobody was faster.
fn until_first<T>(
    remote: &Remote,
    exchange: &Exchange,
    org: &Org,
    deed: &Deed,
    attempt: &mut dyn FnMut(Option<&Etag>) -> anyhow::Result<Attempt<T>>,
) -> anyhow::Result<T> {
    let (folder, begun) = (&org.folder, Instant::now());
    let mut record = Record::read(folder, remote)?;
    let mut base = remote.take(exchange, &mut record, folder, deed.now).map_err(|error| or_offline(error, folder))?;
    for defeats in 0_u32.. {
        let Attempt { result, mark, pushed } = attempt(base.as_ref())?;
        if let Some((etag, position)) = pushed {
            // It is done and everybody has it: where this disk cannot keep it, the next command takes it anew.
            drop(remote.install(exchange, &mut record, folder, (etag, position), deed.now, None));
            return Ok(result);
        }
        base = remote.take(exchange, &mut record, folder, deed.now)?;
        // Somebody may have built on this very deed, while the answer to it was lost.
        if exchange.has_answer(ASKER, &mark)? {
            return Ok(result);
        }
        if begun.elapsed() > PATIENCE {
            break;
        }
        std::thread::sleep(pause(defeats));
    }
    Err(UserError::new(Kind::Busy, format!("others write to `{}` all the time", remote.address())).hint("try again in a moment").into())
}

/// Does `work` on the copy here, to be pushed later.
///
/// # Errors
/// What writing to it can say.
pub(in crate::ops) fn write_offline<T>(
    org: &mut Org,
    deed: &Deed,
    address: &str,
    work: impl FnOnce(&Write<'_>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let folder = org.folder.clone();
    let exchange = begin(&folder)?;
    let before = exchange.here()?;
    if !org.store.is_begun() {
        // Another process may have put a newer one in its place.
        org.store = OrgStore::open(&folder.database())?;
    }
    let mut record = Record::read_for(&folder, address)?;
    let was_offline = record.is_offline();
    record.goes_offline(before.as_ref());
    record.write(&folder)?;
    let done = org.store.write(&deed.actor, deed.now, work);
    if done.is_err() && !was_offline {
        record.stays_online();
        record.write(&folder)?;
    }
    done
}

/// A random part of a length that doubles with each defeat.
fn pause(defeats: u32) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(1 << defeats.min(10)).min(LONGEST_PAUSE);
    longest.mul_f64(f64::from(OsRng.try_next_u32().unwrap_or(u32::MAX)) / f64::from(u32::MAX))
}
