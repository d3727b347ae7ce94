//! What has to be uploaded and deleted so that a bucket holds a site.

use std::collections::HashMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::order::{removal_turn, turn};
use super::state::{Claim, Kept, State};
use super::{Bucketful, upload};
use crate::error::UserError;
use crate::publish::Parcel;
use crate::publish::headers::is_text;
use crate::publish::parcel::File;
use crate::site::{Digest, DigestBuilder, Generation, SitePath};
use crate::storage::{Etag, Listed};

/// For pages of which the site's own headers say nothing.
const SHORT: &str = "public, max-age=60";

/// Smaller texts are not worth compressing, in bytes.
const SMALL: u64 = 200;

/// What has to be done.
#[derive(Debug, Default)]
pub(super) struct Plan<'a> {
    /// In the order of uploads.
    pub(super) uploads: Vec<Upload<'a>>,
    /// What the site has no longer had for one generation.
    pub(super) deletions: Vec<SitePath>,
    /// What the site has no more, to be deleted with the next generation.
    pub(super) retired: Vec<SitePath>,
    /// What is there and was to go, but is a page again.
    pub(super) revived: Vec<SitePath>,
}

/// A file to upload.
#[derive(Debug)]
pub(super) struct Upload<'a> {
    pub(super) file: &'a File,
    pub(super) shape: Shape<'a>,
    /// The version that is there.
    pub(super) old: Option<Etag>,
}

/// What a file is made into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape<'a> {
    pub(super) content_type: &'a str,
    pub(super) cache_control: &'a str,
    pub(super) packed: bool,
}

impl<'a> Shape<'a> {
    fn of(file: &File, parcel: &'a Parcel, compress: bool) -> Self {
        let path = file.path.as_str();
        let content_type = parcel.headers.content_type(path);
        Self {
            content_type,
            cache_control: parcel.headers.cache_control(path).unwrap_or(SHORT),
            packed: compress && file.length >= SMALL && is_text(content_type),
        }
    }

    /// Digest of what the object will be.
    pub(super) fn digest(&self, content: Digest) -> Digest {
        DigestBuilder::new().digest(content).text(self.content_type).text(self.cache_control).number(i64::from(self.packed)).finish()
    }

    /// The bytes as they are stored.
    pub(super) fn body(&self, bytes: Vec<u8>) -> Result<Vec<u8>, UserError> {
        if !self.packed {
            return Ok(bytes);
        }
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        let done = packed.write_all(&bytes).and_then(|()| packed.finish());
        done.map_err(|error| UserError::failed(format!("cannot compress a page: {error}")))
    }
}

impl<'a> Plan<'a> {
    pub(super) fn of(to: &Bucketful<'_>, state: &State, parcel: &'a Parcel) -> Self {
        let mut plan = Self::default();
        for file in &parcel.files {
            let shape = Shape::of(file, parcel, to.compress);
            match state.objects.get(&file.path) {
                Some(kept) if kept.made == Some(shape.digest(file.content)) => {
                    if kept.gone.is_some() {
                        plan.revived.push(file.path.clone());
                    }
                }
                kept => plan.uploads.push(Upload { file, shape, old: kept.map(|kept| kept.etag.clone()) }),
            }
        }
        let is_page = |path: &SitePath| parcel.files.binary_search_by(|file| file.path.cmp(path)).is_ok();
        for (path, kept) in state.objects.iter().filter(|(path, _)| !is_page(path)) {
            match &kept.gone {
                None => plan.retired.push(path.clone()),
                Some(since) if *since != parcel.generation => plan.deletions.push(path.clone()),
                Some(_) => {}
            }
        }
        plan.uploads.sort_by(|left, right| (turn_of(left), &left.file.path).cmp(&(turn_of(right), &right.file.path)));
        plan.deletions.sort_by_key(removal_turn);
        plan
    }

    pub(super) fn is_empty(&self) -> bool {
        self.uploads.is_empty() && self.deletions.is_empty() && self.retired.is_empty() && self.revived.is_empty()
    }

    /// What is there when all of it is done.
    pub(super) fn apply(&self, state: &mut State, generation: &Generation) {
        for path in &self.deletions {
            state.objects.remove(path);
        }
        for path in &self.retired {
            if let Some(kept) = state.objects.get_mut(path) {
                kept.gone = Some(generation.clone());
            }
        }
        for path in &self.revived {
            if let Some(kept) = state.objects.get_mut(path) {
                kept.gone = None;
            }
        }
    }
}

/// When an upload's turn comes.
pub(super) fn turn_of(upload: &Upload<'_>) -> (bool, crate::site::Phase) {
    turn(&upload.file.path, upload.old.is_none())
}

/// Brings the state in line with what lies in the bucket: after an abandoned claim, at the first publishing, and to check.
///
/// # Errors
/// Conflict where somebody else's object lies where a page has to go; what reading files and asking the host can say.
pub(super) fn reconcile(
    to: &Bucketful<'_>,
    state: &mut State,
    listing: &HashMap<SitePath, Listed>,
    parcel: &Parcel,
    abandoned: Option<&Claim>,
) -> anyhow::Result<()> {
    state.objects.retain(|path, _| listing.contains_key(path));
    for (path, kept) in &mut state.objects {
        if let Some(there) = listing.get(path).filter(|there| there.etag != kept.etag) {
            kept.made = None;
            kept.etag = there.etag.clone();
        }
    }
    let planned = std::mem::take(&mut state.planned);
    let pages = parcel.files.iter().map(|file| &file.path);
    let unknown: Vec<&SitePath> =
        pages.chain(&planned).filter(|path| listing.contains_key(*path) && !state.objects.contains_key(*path)).collect();
    // What an abandoned publishing of the same site has uploaded need not be uploaded again.
    let is_same = abandoned.is_some_and(|claim| claim.generation == parcel.generation);
    for path in unknown {
        if state.objects.contains_key(path) {
            continue;
        }
        if let Some(there) = listing.get(path) {
            let known = is_same && planned.contains(path);
            adopt(to, state, (path, there), parcel, known)?;
        }
    }
    if is_same {
        for file in &parcel.files {
            if let (Some(kept), Some(there)) = (state.objects.get_mut(&file.path), listing.get(&file.path))
                && kept.made.is_none()
            {
                kept.made = made_of(to, file, there, parcel)?;
            }
        }
    }
    Ok(())
}

/// Takes an object for ours that the state does not list: one that an abandoned publishing left.
fn adopt(to: &Bucketful<'_>, state: &mut State, (path, there): (&SitePath, &Listed), parcel: &Parcel, known: bool) -> anyhow::Result<()> {
    let page = parcel.files.binary_search_by(|file| file.path.cmp(path)).ok().and_then(|place| parcel.files.get(place));
    let made = match page.filter(|_| known) {
        Some(file) => made_of(to, file, there, parcel)?,
        None => None,
    };
    let is_ours = made.is_some() || to.bucket.head(path.as_str())?.is_some_and(|about| about.metadata.contains_key(upload::MADE_BY));
    if is_ours {
        state.objects.insert(path.clone(), Kept { made, etag: there.etag.clone(), gone: None });
        return Ok(());
    }
    if page.is_none() {
        return Ok(());
    }
    Err(in_the_way(to, path).into())
}

/// What an object is, where it is just what this file is to be made into.
fn made_of(to: &Bucketful<'_>, file: &File, there: &Listed, parcel: &Parcel) -> anyhow::Result<Option<Digest>> {
    let shape = Shape::of(file, parcel, to.compress);
    if !shape.packed && there.size != file.length {
        return Ok(None);
    }
    let body = shape.body(parcel.read(file)?)?;
    Ok(there.content.is_md5_of(&body).then(|| shape.digest(file.content)))
}

/// Somebody else's object.
pub(super) fn in_the_way(to: &Bucketful<'_>, path: &SitePath) -> UserError {
    UserError::conflict(format!("`{}/{path}` is in the way and was not published by statuary", to.bucket.address()))
        .hint("move it elsewhere, or publish below another prefix")
}
