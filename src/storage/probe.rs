//! Whether a host can be depended on: asked before anything is shared there.

use crate::error::{UserError, reason};
use crate::storage::bucket::{Bucket, Put, SIDE_BY_SIDE, Written, random_name};
use crate::storage::condition::{Condition, Etag};
use crate::storage::dialect::Dialect;

impl Bucket {
    /// Whether the host holds to conditions, also where several come at once, tried on an object of its own below the prefix that is deleted
    /// again. Some hosts pass over conditions, and some look before they write; whoever depends on them would lose what others write.
    ///
    /// # Errors
    /// Failed where the host cannot be reached or refuses.
    pub fn honours_conditions(&self) -> Result<bool, UserError> {
        let name = format!("statuary-probe-{}", random_name()?);
        let tried = self.try_conditions(&name);
        self.delete_one(&name)?;
        tried
    }

    fn try_conditions(&self, name: &str) -> Result<bool, UserError> {
        let Ok([first]) = <[Etag; 1]>::try_from(self.put_at_once(name, &Condition::Absent)?) else { return Ok(false) };
        let Ok([second]) = <[Etag; 1]>::try_from(self.put_at_once(name, &Condition::Is(first.clone()))?) else { return Ok(false) };
        let put = Put { body: b"nobody", condition: Condition::Is(first), ..Put::default() };
        Ok(self.put(name, &put)? == Written::Defeated && self.head(name)?.is_some_and(|about| about.etag == second))
    }

    /// Whether the host holds to conditions with bare etags, tried in the same way: one that passes over them would let every write win.
    pub(super) fn reads_bare_etags(&self) -> Result<bool, UserError> {
        let name = format!("statuary-probe-{}", random_name()?);
        let tried = self.try_bare_etags(&name);
        // What is left lying harms nobody.
        drop(self.delete_one(&name));
        tried
    }

    fn try_bare_etags(&self, name: &str) -> Result<bool, UserError> {
        let put = |body: &[u8], condition| Ok(self.put_in(Dialect::Ceph, name, &Put { body, condition, ..Put::default() })?.0);
        let Written::Done(first) = put(b"first", Condition::Absent)? else { return Ok(false) };
        let Written::Done(second) = put(b"second", Condition::Is(first.clone()))? else { return Ok(false) };
        Ok(put(b"nobody", Condition::Is(first))? == Written::Defeated && self.head(name)?.is_some_and(|about| about.etag == second))
    }

    /// Several writes at once, each of something else: the versions of those that were done.
    fn put_at_once(&self, name: &str, condition: &Condition) -> Result<Vec<Etag>, UserError> {
        let one = |_| {
            let body = random_name()?;
            self.put(name, &Put { body: body.as_bytes(), condition: condition.clone(), ..Put::default() })
        };
        let written: Vec<Result<Written, UserError>> = std::thread::scope(|scope| {
            let begin = |number| std::thread::Builder::new().spawn_scoped(scope, move || one(number));
            let begun: Vec<_> = (0..SIDE_BY_SIDE).map(begin).collect();
            let no_thread = |error: std::io::Error| UserError::failed(format!("no thread to ask a host with: {}", reason(&error)));
            let end = |thread: std::io::Result<std::thread::ScopedJoinHandle<'_, _>>| match thread {
                Ok(thread) => thread.join().ok(),
                Err(error) => Some(Err(no_thread(error))),
            };
            begun.into_iter().filter_map(end).collect()
        });
        let mut done = Vec::new();
        for written in written {
            if let Written::Done(etag) = written? {
                done.push(etag);
            }
        }
        Ok(done)
    }
}
