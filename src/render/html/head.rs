//! Heads of pages: title, address, the icon of the browser's tab, and the picture beside links to the page.

use std::collections::BTreeMap;

use crate::render::html::Shared;
use crate::render::html::incidents::shorten;
use crate::render::html::shared::MARKS;
use crate::render::page::Page;
use crate::theme::{Asset, Theme};

/// A picture of a state.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    path: String,
    width: usize,
    height: usize,
}

/// The theme's pictures of states, by mark: those of its assets that are called `state-MARK.png`.
pub(super) fn pictures(theme: &Theme) -> BTreeMap<String, Picture> {
    let picture = |asset: &Asset| {
        let mark = asset.name.strip_prefix("state-")?.strip_suffix(".png")?;
        let (width, height) = asset.size()?;
        Some((mark.to_owned(), Picture { path: asset.path.clone(), width, height }))
    };
    theme.assets().iter().filter_map(picture).collect()
}

/// What a page's head depends on.
pub(super) struct Head<'a> {
    /// As in [`Page::kind`].
    pub(super) kind: &'static str,
    /// Path of the page below the site's root: empty, or ending in `/`.
    pub(super) path: &'a str,
    /// As in [`Page::title`].
    pub(super) title: String,
    /// As in [`Page::description`].
    pub(super) description: String,
    /// Mark of the state shown by the icon.
    pub(super) mark: &'static str,
    /// That state in words; empty for a page that has no state, which then has no picture either.
    pub(super) state: &'a str,
}

impl Shared {
    /// The head of a page.
    pub(super) fn page(&self, head: Head<'_>) -> Page {
        let up = |path: &str| match path.matches('/').count() {
            0 => "./".to_owned(),
            depth => "../".repeat(depth),
        };
        let files = up(&format!("{}{}", self.tree.folder, head.path));
        let address = |folder: &str| format!("{}{folder}{}", self.organization.address(), head.path);
        let picture = self.pictures.get(head.mark).filter(|_| !head.state.is_empty());
        Page {
            kind: head.kind,
            root: up(head.path),
            languages: self.tree.languages_of_page(|folder| (format!("{files}{folder}{}", head.path), Some(address(folder)))),
            files,
            short_title: shorten(&head.title, 69),
            title: head.title,
            description: head.description,
            canonical: Some(address(&self.tree.folder)),
            icon: icon(head.mark),
            image: picture.map(|picture| format!("{}{}", self.organization.address(), picture.path)),
            image_width: picture.map_or(0, |picture| picture.width),
            image_height: picture.map_or(0, |picture| picture.height),
            image_text: picture.map_or_else(String::new, |_| head.state.to_owned()),
            feed: None,
            calendar: None,
            marks: match head.kind {
                "not_found" => Vec::new(),
                _ => MARKS.to_vec(),
            },
            policy: self.policy(head.kind),
        }
    }

    /// Path of the site's root on its host, ending in `/`: for the one page that a host serves at any depth.
    pub(super) fn root_on_host(&self) -> String {
        let address = self.organization.address();
        let beyond = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
        let path = beyond.split_once('/').map_or("", |(_, path)| path);
        let path = path.trim_matches('/');
        if path.is_empty() { "/".to_owned() } else { format!("/{path}/") }
    }
}

/// An icon whose shape and colour follow the state, as a `data:` address in percent-encoding.
fn icon(mark: &str) -> String {
    let (shape, colour) = match mark {
        "ok" => ("%3Ccircle%20cx='8'%20cy='8'%20r='7'", "24978a"),
        "mt" => ("%3Cpath%20d='M8,0l8,8-8,8-8-8z'", "3a5fc0"),
        "dg" => ("%3Cpath%20d='M8,1l8,14H0z'", "b58000"),
        "pa" => ("%3Cpath%20d='M8,0a8,8,0,0,0,0,16z'", "c24a12"),
        "ma" => ("%3Cpath%20d='M1,1h14v14H1z'", "b3124f"),
        _ => ("%3Cpath%20d='M0,6h16v4H0z'", "8b867d"),
    };
    format!(
        "data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%20viewBox='0,0,16,16'%3E{shape}%20fill='%23{colour}'/%3E%3C/svg%3E"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::html::sample::organization;

    fn head(mark: &'static str, state: &'static str) -> Head<'static> {
        Head { kind: "service", path: "services/api/", title: "Title".to_owned(), description: String::new(), mark, state }
    }

    #[test]
    fn a_page_with_a_state_has_the_themes_picture_of_it_and_another_has_none() {
        let theme = Theme::load("default", None, "en").unwrap();
        let shared = Shared::new(&theme, &organization()).unwrap();
        for mark in ["ok", "mt", "dg", "pa", "ma", "no"] {
            let asset = theme.assets().iter().find(|asset| asset.name == format!("state-{mark}.png")).unwrap();
            assert!(asset.bytes.starts_with(b"\x89PNG\r\n\x1a\n") && asset.bytes.len() < 4000, "{mark}: {} bytes", asset.bytes.len());
            let page = shared.page(head(mark, "In words"));
            assert_eq!(page.image, Some(format!("{}{}", organization().address(), asset.path)));
            assert_eq!((page.image_width, page.image_height, page.image_text.as_str()), (1200, 630, "In words"));
        }
        let page = shared.page(head("no", ""));
        assert_eq!((page.image, page.image_width, page.image_text.as_str()), (None, 0, ""));
    }

    #[test]
    fn a_theme_without_pictures_has_pages_without_them() {
        let theme = Theme::load("default", None, "en").unwrap();
        let mut shared = Shared::new(&theme, &organization()).unwrap();
        shared.pictures.clear();
        assert_eq!(shared.page(head("ok", "Operational")).image, None);
    }
}
