//! An organization's logo: which file of its folder it is, and whether that may be published.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use imagesize::ImageType;

use crate::config::document::{Document, Placed, Section, one_line};
use crate::config::read::read_named;
use crate::config::settings::Settings;
use crate::config::svg;
use crate::config::workspace::{OrgFolder, shown};
use crate::domain::{Logo, Picture};
use crate::error::{UserError, reason};

/// Every visitor's browser loads it.
const MOST_BYTES: u64 = 256 * 1024;

/// Pixels of a side; what is larger costs readers memory and is certainly not meant.
const MOST_PIXELS: usize = 8192;

/// A picture without pixels is measured in so many parts of its longer side.
const PARTS: f64 = 1000.0;

/// The files of a logo, relative to the organization's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoFiles {
    /// `logo`.
    pub light: PathBuf,
    /// `logo_dark`, for dark pages.
    pub dark: Option<PathBuf>,
}

/// What `[theme]` says of the logo.
pub(super) fn files(document: Document<'_>, theme: Option<&Section<'_>>) -> Result<Option<LogoFiles>, UserError> {
    let Some(theme) = theme else { return Ok(None) };
    let path = |key: &str| theme.text(key)?.map(|given| file(document, key, &given).map(|path| (path, given.span))).transpose();
    match (path("logo")?, path("logo_dark")?) {
        (Some((light, _)), dark) => Ok(Some(LogoFiles { light, dark: dark.map(|(path, _)| path) })),
        (None, Some((_, span))) => Err(document.refuse(&span, "there is a `logo_dark` and no `logo`")),
        (None, None) => Ok(None),
    }
}

fn file(document: Document<'_>, key: &str, given: &Placed<String>) -> Result<PathBuf, UserError> {
    let path = Path::new(&given.value);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(document.refuse(&given.span, &format!("`{key}` is not the path of a file within the organization's folder")));
    }
    if extension(path).is_none() {
        return Err(document.refuse(&given.span, &format!("`{key}` is no picture")).hint("a logo is an .svg, .png, .webp or .jpg file"));
    }
    Ok(path.to_owned())
}

/// The kind of picture that a file's name promises, as its published name ends.
fn extension(path: &Path) -> Option<&'static str> {
    let written = path.extension()?.to_str()?.to_ascii_lowercase();
    ["svg", "png", "webp", "jpg", "jpeg"].into_iter().find(|known| *known == written)
}

impl OrgFolder {
    /// The logo that `settings` name, read and judged; `None` where they name none.
    ///
    /// # Errors
    /// Bad input, with file and line of the setting, the picture's name and what is wrong with it.
    pub fn logo(&self, settings: &Settings) -> Result<Option<Logo>, UserError> {
        let Some(files) = &settings.logo else { return Ok(None) };
        let dark = files.dark.as_ref().map(|path| self.picture("logo_dark", path)).transpose()?;
        Ok(Some(Logo { light: self.picture("logo", &files.light)?, dark }))
    }

    fn picture(&self, key: &str, path: &Path) -> Result<Picture, UserError> {
        let path = self.dir.join(path);
        let refuse =
            |what: &str| self.at_theme_setting(key, UserError::bad_input(format!("`{key}`: `{}` {}", shown(&path), one_line(what))));
        let real = fs::canonicalize(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => refuse("is not there").hint("its path is relative to the organization's folder"),
            _ => refuse(&format!("cannot be read: {}", reason(&error))),
        })?;
        if !fs::canonicalize(&self.dir).is_ok_and(|folder| real.starts_with(folder)) {
            return Err(refuse("is a link that leaves the organization's folder").hint("put the file itself there"));
        }
        if !fs::metadata(&real).is_ok_and(|about| about.is_file()) {
            return Err(refuse("is not a regular file"));
        }
        let bytes = read_named(&real, MOST_BYTES).map_err(|error| refuse(&format!("cannot be read: {}", reason(&error))))?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(refuse(&format!("is larger than {} KiB", MOST_BYTES / 1024)).hint("every visitor loads it: make it smaller"));
        }
        let extension = extension(&path).ok_or_else(|| refuse("is no picture"))?;
        let (width, height) = measured(extension, &bytes).map_err(|what| match extension {
            "svg" => refuse(&what).hint("save it as a plain, optimized SVG without scripts, links or fonts; or use a PNG"),
            _ => refuse(&what),
        })?;
        Ok(Picture { extension, width, height, bytes: Arc::from(bytes) })
    }
}

/// Width and height of a picture that is what its name promises.
fn measured(extension: &str, bytes: &[u8]) -> Result<(u32, u32), String> {
    if extension == "svg" {
        return svg::size(bytes).map(in_whole_numbers);
    }
    let (kind, name) = match extension {
        "png" => (ImageType::Png, "PNG"),
        "webp" => (ImageType::Webp, "WebP"),
        _ => (ImageType::Jpeg, "JPEG"),
    };
    if imagesize::image_type(bytes).ok() != Some(kind) {
        return Err(format!("is no {name} picture, although it is called one"));
    }
    let size = imagesize::blob_size(bytes).map_err(|_| format!("is a damaged {name} picture"))?;
    if size.width == 0 || size.height == 0 || size.width.max(size.height) > MOST_PIXELS {
        return Err(format!("is {} by {} pixels large; a side may have 1 to {MOST_PIXELS}", size.width, size.height));
    }
    let whole = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    Ok((whole(size.width), whole(size.height)))
}

/// Whole numbers in the same ratio, as attributes of an image have them.
fn in_whole_numbers((width, height): (f64, f64)) -> (u32, u32) {
    let scale = if width.fract() == 0.0 && height.fract() == 0.0 && width.max(height) <= PARTS { 1.0 } else { PARTS / width.max(height) };
    // From 1 to PARTS, so that nothing is lost but digits after the point.
    let whole = |length: f64| (length * scale).round().clamp(1.0, PARTS) as u32;
    (whole(width), whole(height))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests arrange folders")]

    use std::os::unix::fs::symlink;

    use super::*;
    use crate::error::Kind;

    const SVG: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 120 40\"><path d=\"M0 0h9\"/></svg>";
    /// The headers of pictures of 3 by 2 pixels.
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x03\0\0\0\x02\x08\x06\0\0\0";
    const WEBP: &[u8] = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\x02\x40\0\0\0\0\0\0";
    const JPEG: &[u8] = b"\xff\xd8\xff\xc0\0\x11\x08\0\x02\0\x03\x03\x01\x22\0\x02\x11\x01\x03\x11\x01";

    /// An organization's folder with a file in it.
    fn folder(name: &str, bytes: &[u8]) -> (tempfile::TempDir, OrgFolder) {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("acme");
        fs::create_dir_all(dir.join("pictures")).unwrap();
        fs::write(dir.join(name), bytes).unwrap();
        (temp, OrgFolder { slug: "acme".parse().unwrap(), dir })
    }

    fn settings(logo: &str) -> Result<Settings, UserError> {
        Settings::parse(Path::new("org.toml"), &format!("name = 'A'\n[theme]\n{logo}"))
    }

    fn read(folder: &OrgFolder, name: &str) -> Result<Option<Logo>, UserError> {
        folder.logo(&settings(&format!("logo = '{name}'")).unwrap())
    }

    #[test]
    fn pictures_of_every_kind_are_measured() {
        for (name, bytes, size) in [
            ("logo.svg", SVG, (120, 40)),
            ("pictures/Logo.PNG", PNG, (3, 2)),
            ("a b.webp", WEBP, (3, 2)),
            ("logo.jpg", JPEG, (3, 2)),
            ("logo.jpeg", JPEG, (3, 2)),
        ] {
            let (_temp, folder) = folder(name, bytes);
            let logo = read(&folder, name).unwrap().unwrap();
            assert_eq!((logo.light.width, logo.light.height), size, "{name}");
            assert_eq!((&*logo.light.bytes, logo.dark.is_none()), (bytes, true));
            assert!(name.to_lowercase().ends_with(logo.light.extension));
        }
        assert_eq!(in_whole_numbers((24.5, 7.0)), (1000, 286));
        assert_eq!(in_whole_numbers((1e9, 1e-9)), (1000, 1));
    }

    #[test]
    fn what_is_no_such_picture_is_refused_by_name() {
        for (name, bytes, complaint) in [
            ("logo.png", SVG, "is no PNG picture, although it is called one"),
            ("logo.svg", PNG, "is no SVG"),
            ("logo.webp", PNG, "is no WebP picture"),
            ("logo.jpg", b"".as_slice(), "is no JPEG picture"),
            ("logo.jpg", b"<html><script>".as_slice(), "is no JPEG picture"),
            ("logo.jpg", b"\xff\xd8\xff\xe0\0\x20JFIF\0\x01\x01".as_slice(), "is a damaged JPEG picture"),
            ("logo.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\0\0\0\0\x02\x08\x06\0\0\0", "is 0 by 2 pixels large"),
            ("logo.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\x01\0\0\0\0\0\x02\x08\x06\0\0\0", "is 65536 by 2 pixels large"),
            ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>".as_slice(), "is an empty SVG"),
            ("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'></svg>".as_slice(), "has an attribute `onload`"),
            ("logo.svg", &[b' '; 256 * 1024 + 1], "is larger than 256 KiB"),
        ] {
            let (_temp, folder) = folder(name, bytes);
            let error = read(&folder, name).unwrap_err();
            assert_eq!(error.kind, Kind::BadInput);
            let place = folder.dir.join(name).display().to_string();
            assert!(error.message.contains(&format!("org.toml: `logo`: `{place}` {complaint}")), "{error}");
        }
    }

    #[test]
    fn nothing_beside_the_folder_is_read() {
        let (temp, folder) = folder("logo.svg", SVG);
        fs::write(temp.path().join("secret.svg"), SVG).unwrap();
        symlink(temp.path().join("secret.svg"), folder.dir.join("out.svg")).unwrap();
        symlink(temp.path(), folder.dir.join("up")).unwrap();
        symlink("loop.svg", folder.dir.join("loop.svg")).unwrap();
        symlink("logo.svg", folder.dir.join("in.svg")).unwrap();
        fs::create_dir(folder.dir.join("folder.svg")).unwrap();
        for (name, complaint) in [
            ("out.svg", "is a link that leaves the organization's folder"),
            ("up/secret.svg", "is a link that leaves the organization's folder"),
            ("loop.svg", "cannot be read"),
            ("folder.svg", "is not a regular file"),
            ("none.svg", "is not there"),
        ] {
            let error = read(&folder, name).unwrap_err();
            assert!(error.kind == Kind::BadInput && error.message.contains(complaint), "{name}: {error}");
        }
        assert!(read(&folder, "in.svg").unwrap().is_some());
        for name in ["../secret.svg", "/etc/logo.svg", "pictures/../../secret.svg", "./../a.svg"] {
            let error = settings(&format!("logo = '{name}'")).unwrap_err();
            assert!(
                error.message.ends_with("line 3, column 8: `logo` is not the path of a file within the organization's folder"),
                "{error}"
            );
        }
        for name in ["logo", "logo.gif", "logo.svg.html", "org.toml", ".svg"] {
            assert!(settings(&format!("logo = '{name}'")).unwrap_err().message.ends_with("`logo` is no picture"), "{name}");
        }
        assert!(settings("logo_dark = 'a.svg'").unwrap_err().message.contains("there is a `logo_dark` and no `logo`"));
        assert!(settings("logo = 1").is_err());
    }

    #[test]
    fn dark_pages_may_have_a_logo_of_their_own() {
        let (_temp, folder) = folder("logo.svg", SVG);
        fs::write(folder.dir.join("dark.png"), PNG).unwrap();
        let logo = folder.logo(&settings("logo = 'logo.svg'\nlogo_dark = 'dark.png'").unwrap()).unwrap().unwrap();
        assert_eq!(logo.dark.map(|dark| (dark.extension, dark.width)), Some(("png", 3)));
        let error = folder.logo(&settings("logo = 'logo.svg'\nlogo_dark = 'none.png'").unwrap()).unwrap_err();
        assert!(error.message.contains("org.toml: `logo_dark`: "), "{error}");
        assert_eq!(folder.logo(&settings("").unwrap()).unwrap(), None);
    }
}
