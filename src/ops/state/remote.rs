//! The object that is an organization's record, and taking it and pushing it.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::config::OrgFolder;
use crate::error::UserError;
use crate::ops::state::MovedReport;
use crate::ops::state::record::{Here, Record};
use crate::storage::{About, Bucket, Condition, Environment, Etag, Found, Put, Written};
use crate::store::{Exchange, Position};

/// The name of the record below the remote's address.
pub(super) const OBJECT: &str = "org.db";

/// More than any record has, in bytes.
const LARGEST: u64 = 1 << 30;

/// How long to wait for others on this disk, each of whom speaks to the remote.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// How the name of a file ends that was replaced.
const REPLACED: &str = ".replaced";

/// Where an organization's record is shared.
pub(super) struct Remote {
    bucket: Bucket,
    folder: OrgFolder,
}

impl Remote {
    /// That of the organization; `None` where none is set. Asks nobody yet.
    ///
    /// # Errors
    /// Bad input for unusable settings; failed where there are no credentials.
    pub(super) fn of(folder: &OrgFolder) -> Result<Option<Self>, UserError> {
        let Some(address) = folder.state_remote()? else { return Ok(None) };
        let bucket = Bucket::open(&address, &folder.storage_settings()?, &Environment::of_process())?;
        Ok(Some(Self { bucket, folder: folder.clone() }))
    }

    pub(super) fn address(&self) -> String {
        self.bucket.address().to_string()
    }

    /// The right to exchange the organization's file.
    pub(super) fn begin(&self) -> Result<Exchange, UserError> {
        super::begin(&self.folder)
    }

    /// What is known of the record there.
    pub(super) fn head(&self) -> Result<Option<About>, UserError> {
        self.bucket.head(OBJECT)
    }

    /// Makes the file here the newest: the version that is to be built on, `None` where there is no record there yet.
    ///
    /// # Errors
    /// Conflict where there are deeds here that were not pushed and somebody else has pushed, where the record there is another
    /// organization's, or where it is gone; bad input where it is none; what the storage or the disk says.
    pub(super) fn take(
        &self,
        exchange: &Exchange,
        record: &mut Record,
        folder: &OrgFolder,
        now: DateTime<Utc>,
    ) -> Result<Option<Etag>, UserError> {
        let here = exchange.here()?;
        let stands = record.here(here.as_ref());
        let base = match &stands {
            Here::AsKnown(etag) | Here::Unpushed(Some(etag)) => Some(etag.clone()),
            _ => None,
        };
        let object = match self.bucket.get(OBJECT, base.as_ref(), LARGEST)? {
            Found::Nothing if record.knows() => return Err(self.gone()),
            Found::Nothing => return Ok(None),
            Found::Same => None,
            // Not every host can be asked whether there is another version.
            Found::Object(object) if base.as_ref() == Some(&object.about.etag) => None,
            Found::Object(object) => Some(object),
        };
        let Some(object) = object else {
            if matches!(stands, Here::AsKnown(_)) {
                record.taken(now);
                record.write(folder)?;
            }
            return Ok(base);
        };
        let lineage = here.as_ref().map(|here| here.lineage.as_str());
        let position = exchange.receive(&object.body, lineage, &self.named())?;
        if let (Some(here), Here::Unpushed(_) | Here::Unknown) = (&here, &stands)
            && (record.is_offline() || !contains(exchange, here)?)
        {
            exchange.clear();
            return Err(diverged(folder, &self.address()));
        }
        self.install(exchange, record, folder, (object.about.etag.clone(), position), now, None)?;
        Ok(Some(object.about.etag))
    }

    /// Takes the record there whatever is here, which is kept beside it.
    pub(super) fn replace(
        &self,
        exchange: &Exchange,
        record: &mut Record,
        folder: &OrgFolder,
        now: DateTime<Utc>,
    ) -> Result<MovedReport, UserError> {
        let Found::Object(object) = self.bucket.get(OBJECT, None, LARGEST)? else {
            return Err(UserError::not_found(format!("`{}` has no record", self.address())));
        };
        let here = exchange.here()?;
        let position = exchange.receive(&object.body, None, &self.named())?;
        let aside = here.is_some().then(|| format!("{REPLACED}-{}", now.format("%Y%m%dT%H%M%S")));
        self.install(exchange, record, folder, (object.about.etag, position), now, aside.as_deref())?;
        let kept = aside.map(|end| format!("{}{end}", folder.database().display()));
        Ok(self.moved(record, true, kept))
    }

    /// Pushes the copy, where the version there is still `base`; `None` where it is not.
    pub(super) fn push(
        &self,
        exchange: &Exchange,
        base: Option<&Etag>,
        position: &Position,
        now: DateTime<Utc>,
    ) -> Result<Option<Etag>, UserError> {
        if base.is_none() && !self.bucket.honours_conditions()? {
            return Err(UserError::failed(format!("the host of `{}` does not hold to conditions of writes", self.address()))
                .hint("share a record where conditional writes are honoured, or what others write would be lost"));
        }
        let bytes = exchange.bytes()?;
        let (at, seq) = (now.to_rfc3339_opts(SecondsFormat::Secs, true), position.seq.to_string());
        let put = Put {
            body: &bytes,
            content_type: Some("application/vnd.sqlite3"),
            cache_control: Some("no-store"),
            metadata: &[("at", &at), ("events", &seq)],
            condition: base.map_or(Condition::Absent, |etag| Condition::Is(etag.clone())),
            ..Put::default()
        };
        match self.bucket.put(OBJECT, &put)? {
            Written::Done(etag) => Ok(Some(etag)),
            Written::Defeated => Ok(None),
        }
    }

    /// Puts the copy, which is this version, in the place of the file here.
    pub(super) fn install(
        &self,
        exchange: &Exchange,
        record: &mut Record,
        folder: &OrgFolder,
        (etag, position): (Etag, Position),
        now: DateTime<Utc>,
        aside: Option<&str>,
    ) -> Result<(), UserError> {
        record.will_be(&etag, &position);
        record.write(folder)?;
        exchange.put_in_place(aside)?;
        record.is_now(&etag, &position, now);
        record.write(folder)
    }

    /// The report of having moved something.
    pub(super) fn moved(&self, record: &Record, changed: bool, kept: Option<String>) -> MovedReport {
        let etag = record.known_etag().unwrap_or_default();
        MovedReport { remote: self.address(), etag, events: record.seq(), changed, kept }
    }

    /// What the object is called.
    fn named(&self) -> String {
        format!("{}/{OBJECT}", self.address())
    }

    fn gone(&self) -> UserError {
        UserError::conflict(format!("`{}` has no record any more, but it had one", self.address()))
            .hint("`statuary state push` puts back the one that is here")
    }
}

/// Whether the copy holds all that is here.
fn contains(exchange: &Exchange, here: &Position) -> Result<bool, UserError> {
    Ok(here.seq == 0 || exchange.mark_in_copy(here.seq)? == exchange.mark_here(here.seq)?)
}

/// There are deeds here that are not there, and others there that are not here.
pub(super) fn diverged(folder: &OrgFolder, remote: &str) -> UserError {
    UserError::conflict(format!("`{}` was written to here without the remote, and `{remote}` by somebody else meanwhile", folder.slug))
        .hint("`statuary state pull --replace` takes what is there and keeps what is here in a file; then do again what is missing")
}
