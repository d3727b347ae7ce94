//! What visitors may follow as it happens: an organization's public events, read from its record while any process writes to it.
//!
//! Events come in the order in which they came to light, as in `events.sse`; whoever has read up to one of them has missed nothing before
//! it. What is kept is the newest [`KEPT`] events: older ones are history, which pages tell better.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::{OrgFolder, Settings};
use crate::domain::{Event, Slug};
use crate::error::{Kind, UserError};
use crate::render::event_stream::record;
use crate::snapshot::{self, events_by};
use crate::store::{EVENTS, Followed, Reader, Scope};

/// How many events somebody can be behind and still get each of them; whoever is further behind gets the newest 100, like a newcomer.
pub const KEPT: usize = 1000;

/// How long a writer may have waited for its turn: so much earlier than it became readable an event can have been written.
const WRITERS_WAIT: TimeDelta = TimeDelta::seconds(15);

/// An event as it is sent, shared by everybody who gets it.
pub type Record = Arc<[u8]>;

/// A record that is followed. It is opened by the first look and stays open; no look waits for whoever writes, or holds them up.
#[derive(Debug)]
pub struct Stream {
    folder: OrgFolder,
    open: Option<Open>,
    state: Option<State>,
}

/// The file, and the state of it that was read.
#[derive(Debug)]
struct Open {
    store: Followed,
    version: Option<i64>,
}

/// What the last look found.
#[derive(Debug)]
struct State {
    /// Number of the newest event, public or not.
    seen: i64,
    /// What tells this record from every other one that has an event of that number.
    mark: Option<String>,
    /// The moment up to which what was dated ahead has been told.
    looked: DateTime<Utc>,
    /// When something that is recorded already comes to light.
    due: Option<DateTime<Utc>>,
    recent: Excerpt,
    /// The same of [`KEPT`] events, once somebody has asked for one that is older than the others.
    kept: Option<Excerpt>,
}

/// The newest events that have come to light.
#[derive(Debug)]
struct Excerpt {
    /// In the order in which they did.
    told: Vec<Told>,
    /// Everything from this number on is in it.
    from: i64,
}

/// An event as it is sent.
#[derive(Debug)]
struct Told {
    seq: i64,
    /// When it came to light.
    moment: DateTime<Utc>,
    /// Whether that was later than it was written.
    ahead: bool,
    record: Record,
}

impl Stream {
    /// The events of the organization in `folder`; nothing is opened yet.
    pub fn of(folder: OrgFolder) -> Self {
        Self { folder, open: None, state: None }
    }

    /// What has come to light since the last look, for whoever has got everything up to it; nothing at the first look. Costs next to
    /// nothing where nothing was written, unless `anew` says to read in any case, as after a change of org.toml.
    ///
    /// Where another record has taken the place of this one (a backup was put back), that is its newest 100 events.
    ///
    /// # Errors
    /// What opening and reading org.toml and org.db can say; then nothing is lost, and the next look may succeed.
    pub fn look(&mut self, now: DateTime<Utc>, anew: bool) -> anyhow::Result<Vec<Record>> {
        let looked = self.try_to_look(now, anew);
        if let Err(error) = &looked
            && !error.downcast_ref::<UserError>().is_some_and(|error| error.kind == Kind::Busy)
        {
            self.open = None;
        }
        looked
    }

    fn try_to_look(&mut self, now: DateTime<Utc>, anew: bool) -> anyhow::Result<Vec<Record>> {
        let open = match &mut self.open {
            Some(open) => open,
            closed => closed.insert(open(&self.folder)?),
        };
        let version = open.store.version()?;
        let due = self.state.as_ref().and_then(|state| state.due).is_some_and(|due| due <= now);
        if open.version == Some(version) && !anew && !due {
            return Ok(Vec::new());
        }
        let page = Page::of(&self.folder)?;
        let (state, news) = open.store.look(|reader| read(reader, &page, self.state.as_ref(), now))?;
        open.version = Some(version);
        self.state = Some(state);
        Ok(news)
    }

    /// What somebody is sent who has read up to the event `after`, as of the last look: what follows it. Without it, or where it is older
    /// than what is kept, or was never written (the record is another one than it was): the newest 100 events, as in `events.sse`.
    ///
    /// `None` where no look has succeeded yet.
    ///
    /// # Errors
    /// What reading org.db can say where `after` is old.
    pub fn since(&mut self, after: Option<i64>) -> anyhow::Result<Option<Vec<Record>>> {
        let Some(state) = &mut self.state else { return Ok(None) };
        let Some(after) = after.filter(|after| (0..=state.seen).contains(after)) else {
            return Ok(Some(state.recent.newest()));
        };
        if after >= state.recent.from {
            return Ok(Some(state.recent.following(after)));
        }
        if state.kept.is_none() {
            let Some(open) = &self.open else { return Ok(None) };
            let page = Page::of(&self.folder)?;
            let mut kept = open.store.look(|reader| Ok(excerpt(reader, &page, KEPT, state.looked)?.0))?;
            // What was written since that look comes with the next one.
            kept.told.retain(|told| told.seq <= state.seen);
            state.kept = Some(kept);
        }
        let kept = state.kept.as_ref().filter(|kept| after >= kept.from);
        Ok(Some(kept.map_or_else(|| state.recent.newest(), |kept| kept.following(after))))
    }
}

/// Whose events they are: read before the record is, so that no file of somebody else's keeps it held.
struct Page<'a> {
    slug: &'a Slug,
    settings: Settings,
}

impl<'a> Page<'a> {
    fn of(folder: &'a OrgFolder) -> Result<Self, UserError> {
        Ok(Self { slug: &folder.slug, settings: folder.settings()? })
    }
}

fn open(folder: &OrgFolder) -> anyhow::Result<Open> {
    let database = folder.database();
    folder.refuse_link_out(&database)?;
    Ok(Open { store: Followed::open(&database)?, version: None })
}

/// The state of the record, and what is news to whoever knows the state `before`.
fn read(reader: &Reader, page: &Page<'_>, before: Option<&State>, now: DateTime<Utc>) -> anyhow::Result<(State, Vec<Record>)> {
    let seen = reader.latest_seq()?;
    let mark = reader.state_mark(seen)?;
    let known = match before {
        Some(before) => reader.state_mark(before.seen)? == before.mark,
        None => false,
    };
    let (recent, due) = excerpt(reader, page, EVENTS, now)?;
    let is_news = |told: &&Told| before.is_some_and(|before| told.seq > before.seen || told.moment > before.looked);
    let news = match before {
        None => Vec::new(),
        Some(_) if !known => recent.newest(),
        Some(before) if before.seen.saturating_add(1) >= recent.from => records(recent.told.iter().filter(is_news)),
        Some(before) => {
            let kept = excerpt(reader, page, KEPT, now)?.0;
            let complete = before.seen.saturating_add(1) >= kept.from;
            if complete { records(kept.told.iter().filter(is_news)) } else { recent.newest() }
        }
    };
    // A clock that is set back tells nothing twice.
    let looked = before.filter(|_| known).map_or(now, |before| before.looked.max(now));
    Ok((State { seen, mark, looked, due, recent, kept: None }, news))
}

/// The newest `limit` events as far as they have come to light by `now`, and when the next of them does.
fn excerpt(reader: &Reader, page: &Page<'_>, limit: usize, now: DateTime<Utc>) -> anyhow::Result<(Excerpt, Option<DateTime<Utc>>)> {
    let organization = page.settings.organization(page.slug, reader.page_id()?);
    let history = reader.newest_told(Scope::Public, &organization, limit)?;
    let due = history.events.iter().map(Event::comes_to_light_at).filter(|moment| *moment > now).min();
    let from = history.events.first().filter(|_| history.events.len() >= limit).map_or(0, |event| event.seq);
    let told = |view: snapshot::EventView| {
        let record = record(&organization, &view)?;
        let moment = view.event.comes_to_light_at();
        Some(Told { seq: view.event.seq, moment, ahead: view.event.is_dated_ahead(), record: record.into_bytes().into() })
    };
    Ok((Excerpt { told: events_by(&history, now, limit).into_iter().filter_map(told).collect(), from }, due))
}

impl Excerpt {
    /// What `events.sse` holds.
    fn newest(&self) -> Vec<Record> {
        records(&self.told[self.told.len().saturating_sub(snapshot::EVENTS)..])
    }

    /// What came to light after the event `after`, or, where visitors may not know that one any more, after what stood before it.
    fn following(&self, after: i64) -> Vec<Record> {
        let itself = self.told.iter().position(|told| told.seq == after);
        let Some(place) = itself.or_else(|| self.told.iter().rposition(|told| !told.ahead && told.seq < after)) else {
            return records(&self.told);
        };
        let anchor = &self.told[place];
        // An event that was dated ahead came when its moment did. What was written just before that moment may have become readable after
        // it, so that it is sent rather twice than never; readers pass over numbers they know.
        let in_doubt = |told: &Told| {
            anchor.ahead && !told.ahead && told.seq > after && anchor.moment.signed_duration_since(told.moment) < WRITERS_WAIT
        };
        records(self.told.iter().enumerate().filter(|(index, told)| *index > place || in_doubt(told)).map(|(_, told)| told))
    }
}

fn records<'t>(told: impl IntoIterator<Item = &'t Told>) -> Vec<Record> {
    told.into_iter().map(|told| Arc::clone(&told.record)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + second, 0).unwrap()
    }

    fn excerpt(told: &[(i64, i64, bool)]) -> Excerpt {
        let one =
            |&(seq, second, ahead): &(i64, i64, bool)| Told { seq, moment: at(second), ahead, record: seq.to_string().into_bytes().into() };
        Excerpt { told: told.iter().map(one).collect(), from: 0 }
    }

    fn numbers(records: &[Record]) -> Vec<i64> {
        records.iter().map(|record| std::str::from_utf8(record).unwrap().parse().unwrap()).collect()
    }

    #[test]
    fn what_follows_an_event_is_what_came_to_light_after_it() {
        // 2 was dated ahead, to second 30; 4 is private.
        let excerpt = excerpt(&[(1, 0, false), (3, 10, false), (5, 20, false), (2, 30, true), (6, 40, false)]);
        let following = |after| numbers(&excerpt.following(after));
        assert_eq!(following(0), [1, 3, 5, 2, 6]);
        assert_eq!(following(1), [3, 5, 2, 6]);
        assert_eq!(following(4), [5, 2, 6], "as if it were still there");
        assert_eq!(following(5), [2, 6]);
        assert_eq!(following(6), [0; 0]);
        assert_eq!(following(2), [5, 6], "5 may have become readable after 2 came to light; 3 cannot");
    }

    #[test]
    fn newcomers_get_a_hundred() {
        let all: Vec<(i64, i64, bool)> = (1..=150).map(|seq| (seq, seq, false)).collect();
        assert_eq!(numbers(&excerpt(&all).newest()), (51..=150).collect::<Vec<_>>());
        assert_eq!(numbers(&excerpt(&all[..3]).newest()), [1, 2, 3]);
    }
}
