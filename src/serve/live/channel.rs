//! A topic with everybody who listens to it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::outgoing::{Fate, Outgoing};
use super::{Event, Topic, wire};
use crate::error::{Kind, UserError};
use crate::ops::stream::{Record, Stream};

/// How often a record is looked at while somebody listens.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How long a record is left alone that cannot be read as it stands.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A topic with everybody who listens to it.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) topic: Topic,
    source: Source,
    /// Whether to read the record even where it says that nothing was written.
    poked: bool,
    /// By the number of the listener.
    streams: BTreeMap<usize, Outgoing>,
}

/// Where a channel's events come from.
#[derive(Debug)]
enum Source {
    /// A record, and when to look at it next.
    Log(Box<Stream>, Instant),
    /// Somebody tells them; the last one with its id.
    Told(Option<(i64, Record)>),
}

impl Channel {
    pub(super) fn new(topic: Topic) -> Self {
        let source = match &topic {
            Topic::Events(folder) => Source::Log(Box::new(Stream::of(folder.clone())), Instant::now()),
            Topic::Told(_) => Source::Told(None),
        };
        Self { topic, source, poked: false, streams: BTreeMap::new() }
    }

    /// Whether there is nothing to keep it for.
    pub(super) fn is_idle(&self) -> bool {
        self.streams.is_empty() && !matches!(self.source, Source::Told(Some(_)))
    }

    /// Whether anybody listens.
    pub(super) fn has_listeners(&self) -> bool {
        !self.streams.is_empty()
    }

    /// When there is something to look at, at the latest.
    pub(super) fn looks_at(&self) -> Option<Instant> {
        match self.source {
            Source::Log(_, at) if self.has_listeners() => Some(at),
            _ => None,
        }
    }

    /// Takes one more in; its history comes with the next look.
    pub(super) fn add(&mut self, number: usize, stream: Outgoing) {
        self.streams.insert(number, stream);
        if let Source::Log(_, at) = &mut self.source {
            *at = Instant::now();
        }
    }

    /// The stream of a listener, if it listens here.
    pub(super) fn attend(&mut self, number: usize, what: impl FnOnce(&mut Outgoing) -> Fate) {
        if self.streams.get_mut(&number).map(what) == Some(Fate::Goes) {
            self.streams.remove(&number);
        }
    }

    /// Asks everybody who listens, and lets go whoever goes.
    fn each(&mut self, mut what: impl FnMut(&mut Outgoing) -> Fate) {
        self.streams.retain(|_, stream| what(stream) == Fate::Stays);
    }

    /// The next look comes at once, and reads in any case.
    pub(super) fn poke(&mut self) {
        self.poked = true;
        if let Source::Log(_, at) = &mut self.source {
            *at = Instant::now();
        }
    }

    /// Looks at the record where it is time to; then everybody has got what there is.
    pub(super) fn look(&mut self, now: Option<DateTime<Utc>>) {
        match &mut self.source {
            Source::Log(_, at) if self.streams.is_empty() || Instant::now() < *at => {}
            Source::Log(stream, at) => {
                let Some(now) = now else {
                    *at = Instant::now() + LOOK_AGAIN;
                    return;
                };
                match stream.look(now, self.poked) {
                    Ok(news) => {
                        self.poked = false;
                        *at = Instant::now() + LOOK_EVERY;
                        self.send(&news);
                        self.welcome();
                    }
                    Err(error) => {
                        let is_held = error.downcast_ref::<UserError>().is_some_and(|error| error.kind == Kind::Busy);
                        *at = Instant::now() + if is_held { LOOK_EVERY } else { LOOK_AGAIN };
                        // They get their history with the first look that succeeds; until then the beginning of the stream.
                        self.each(Outgoing::flush);
                    }
                }
            }
            Source::Told(_) => self.welcome(),
        }
    }

    /// Sends what is new to all who have got everything before it.
    fn send(&mut self, news: &[Record]) {
        for record in news {
            self.each(|stream| if stream.waits_for_history().is_none() { stream.send(record) } else { Fate::Stays });
        }
    }

    /// Gives newcomers what they asked for.
    fn welcome(&mut self) {
        // Many come without having got anything, as after a restart, or all with the same.
        let mut last_asked: Option<(Option<i64>, Vec<Record>)> = None;
        let source = &mut self.source;
        self.streams.retain(|_, stream| {
            let Some(after) = stream.waits_for_history() else { return true };
            let asked = match last_asked.take().filter(|(asked, _)| *asked == after) {
                Some(asked) => asked,
                None => match source.since(after) {
                    Some(history) => (after, history),
                    None => return stream.flush() == Fate::Stays,
                },
            };
            stream.welcome(&asked.1);
            last_asked = Some(asked);
            stream.flush() == Fate::Stays
        });
    }

    /// Tells everybody, and remembers it for those who come back.
    pub(super) fn tell(&mut self, event: &Event) {
        self.welcome();
        let record = wire::told(event);
        self.send(&[Arc::clone(&record)]);
        if let Source::Told(last) = &mut self.source {
            *last = Some((event.id, record));
        }
    }

    /// A sign of life for everybody.
    pub(super) fn reassure(&mut self, heartbeat: &Record) {
        self.each(|stream| stream.reassure(heartbeat));
    }

    /// Cuts off who takes nothing.
    pub(super) fn cut_off(&mut self, slow: Duration) {
        self.each(|stream| if stream.is_stuck(slow) { Fate::Goes } else { Fate::Stays });
    }

    /// Ends all streams.
    pub(super) fn end(self) {
        for (_, stream) in self.streams {
            stream.end();
        }
    }
}

impl Source {
    /// What somebody is sent who comes; `None` where that cannot be told now.
    fn since(&mut self, after: Option<i64>) -> Option<Vec<Record>> {
        match self {
            // What fails here fails in the next look, too, and is tried again with it.
            Self::Log(stream, _) => stream.since(after).ok().flatten(),
            Self::Told(last) => {
                let missed = last.as_ref().filter(|(id, _)| after.is_some_and(|after| after != *id));
                Some(missed.map(|(_, record)| Arc::clone(record)).into_iter().collect())
            }
        }
    }
}
