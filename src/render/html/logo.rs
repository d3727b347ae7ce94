//! The organization's logo: where it is published, and as pages show it.

use crate::domain::{self, Looks};
use crate::render::page::{Logo, Picture};

/// What a logo is to a template.
pub(super) fn of(logo: &domain::Logo) -> Logo {
    let picture = |picture: &domain::Picture, name| Picture { path: path(picture, name), width: picture.width, height: picture.height };
    Logo { light: picture(&logo.light, LIGHT), dark: logo.dark.as_ref().map(|dark| picture(dark, DARK)) }
}

/// The files of a logo: path below the site's root, and bytes.
pub fn logo_files(looks: &Looks) -> impl Iterator<Item = (String, &[u8])> {
    looks.logo.iter().flat_map(|logo| {
        let light = (path(&logo.light, LIGHT), &*logo.light.bytes);
        std::iter::once(light).chain(logo.dark.as_ref().map(|dark| (path(dark, DARK), &*dark.bytes)))
    })
}

const LIGHT: &str = "logo";
const DARK: &str = "logo-dark";

fn path(picture: &domain::Picture, name: &str) -> String {
    format!("assets/{name}-{}.{}", picture.hash(), picture.extension)
}
