//! Files that pages refer to: published under names that change with their bytes, so that they can be kept for ever.

use std::collections::BTreeMap;

use crate::theme::overrides::Effective;
use crate::theme::{ASSETS, SHEETS};

/// A file that pages refer to, under a name that changes with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its name in the theme, below `assets/`: what templates look it up by.
    pub name: String,
    /// Where it is published: `assets/NAME-HASH.EXTENSION`.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Asset {
    /// Width and height in pixels, where it is a picture in PNG, WebP or JPEG.
    pub fn size(&self) -> Option<(usize, usize)> {
        imagesize::blob_size(&self.bytes).ok().map(|size| (size.width, size.height))
    }
}

/// The assets among a theme's files: all of that folder but what stands in pages.
pub(super) fn assets(files: &BTreeMap<String, Effective>) -> Vec<Asset> {
    let published = files.iter().filter(|(path, _)| !SHEETS.contains(&path.as_str()));
    published
        .filter_map(|(path, file)| {
            let name = path.strip_prefix(ASSETS)?;
            let hash = blake3::hash(&file.bytes).to_hex();
            let hash = hash.get(..12)?;
            let path = match name.rsplit_once('.') {
                Some((stem, extension)) => format!("{ASSETS}{stem}-{hash}.{extension}"),
                None => format!("{ASSETS}{name}-{hash}"),
            };
            Some(Asset { name: name.to_owned(), path, bytes: file.bytes.clone() })
        })
        .collect()
}
