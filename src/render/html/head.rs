//! Heads of pages: title, address, and the icon of the browser's tab.

use crate::render::html::Shared;
use crate::render::html::incidents::shorten;
use crate::render::page::Page;

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
}

impl Shared {
    /// The head of a page.
    pub(super) fn page(&self, head: Head<'_>) -> Page {
        let depth = head.path.matches('/').count();
        Page {
            kind: head.kind,
            root: if depth == 0 { "./".to_owned() } else { "../".repeat(depth) },
            short_title: shorten(&head.title, 69),
            title: head.title,
            description: head.description,
            canonical: Some(format!("{}{}", self.organization.address(), head.path)),
            icon: icon(head.mark),
            feed: None,
            policy: if head.kind == "home" { self.home_policy.clone() } else { self.page_policy.clone() },
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
