//! The files of a built site over HTTP: found, never outside their folder, with conditional requests, ranges and compression (RFC 9110).

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

use crate::serve::content_type;
use crate::serve::exchange::{Body, Request, Response};
use crate::serve::header_rules::HeaderRules;
use crate::serve::problem::problem;
use crate::site::SitePath;

/// Smaller files gain nothing from compression.
const WORTH_COMPRESSING: u64 = 600;

/// Larger ones are sent as they are: they would take the place of many pages.
const MOST_COMPRESSED: u64 = 8 << 20;

/// Compressed bytes that are kept at hand.
const KEPT: usize = 32 << 20;

/// What is kept at hand of built sites: their header rules, and files that were compressed before.
#[derive(Default)]
pub(super) struct Shelf {
    rules: Mutex<HashMap<PathBuf, (String, Arc<HeaderRules>)>>,
    compressed: Mutex<Compressed>,
}

#[derive(Default)]
struct Compressed {
    bytes: usize,
    files: HashMap<(PathBuf, String), Arc<[u8]>>,
}

/// A file that was found.
struct Found {
    file: File,
    path: SitePath,
    size: u64,
    modified: SystemTime,
    /// Changes whenever the file does.
    tag: String,
}

/// How a file is to be sent.
pub(super) struct Manner<'a> {
    /// Put before the end of a page.
    pub(super) script: Option<&'a str>,
}

impl Shelf {
    /// The file that `request` asks for, of the site in the folder `public` whose own address begins with `prefix`, such as `/acme`.
    pub(super) fn answer(&self, request: &Request, public: &Path, prefix: &str, manner: &Manner<'_>) -> Response {
        let Some(names) = request.names() else { return self.missing(request, public, manner) };
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            return problem(405, "pages can only be read", None).with("allow", "GET, HEAD");
        }
        let mut text = names.join("/");
        // The document of an organization has an address without an ending, too.
        if request.path.starts_with("/api/public/") && !text.contains('.') {
            text.push_str(".json");
        }
        match find(public, &text) {
            Place::File(found) => self.send(request, public, found, manner),
            Place::Folder => {
                let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
                Response::redirect(301, &format!("{prefix}{}/{query}", request.path))
            }
            Place::Nowhere => self.missing(request, public, manner),
            Place::OutOfReach => out_of_reach(),
        }
    }

    /// The site's own page for what is not there.
    fn missing(&self, request: &Request, public: &Path, manner: &Manner<'_>) -> Response {
        if request.path.starts_with("/api/") {
            return problem(404, "there is no such document", None);
        }
        let mut found = match find(public, "404.html") {
            Place::File(found) => found,
            Place::OutOfReach => return out_of_reach(),
            Place::Folder | Place::Nowhere => return Response::of(404, "text/plain; charset=utf-8", &b"not found\n"[..]),
        };
        let mut page = Vec::new();
        if found.file.read_to_end(&mut page).is_err() {
            return problem(500, "the page cannot be read", None);
        }
        if let Some(script) = manner.script {
            page = with_script(page, script);
        }
        let response = Response::of(404, content_type::of("404.html"), page);
        self.rules(public).apply("/404.html", response).set("cache-control", "no-cache")
    }

    fn send(&self, request: &Request, public: &Path, found: Found, manner: &Manner<'_>) -> Response {
        let media_type = content_type::of(found.path.as_str());
        let address = format!("/{}", found.path.as_str());
        let address = address.strip_suffix("index.html").unwrap_or(&address);
        let script = manner.script.filter(|_| media_type.starts_with("text/html"));
        let is_compressed = script.is_none()
            && content_type::is_text(media_type)
            && accepts_gzip(request)
            && request.header("range").is_none()
            && (WORTH_COMPRESSING..=MOST_COMPRESSED).contains(&found.size);
        let mut tag = found.tag.clone();
        if is_compressed {
            tag.push_str("-gz");
        }
        if let Some(script) = script {
            tag.push('-');
            tag.push_str(blake3::hash(script.as_bytes()).to_hex().get(..8).unwrap_or_default());
        }
        let modified = found.modified;
        let head = |status: u16| {
            let response = Response::empty(status).with("content-type", media_type);
            let mut response = self.rules(public).apply(address, response).with("etag", format!("\"{tag}\""));
            response = response.with("last-modified", httpdate::fmt_http_date(modified));
            if content_type::is_text(media_type) {
                response = response.with("vary", "accept-encoding");
            }
            // Whoever writes a page wants to see it at once.
            if script.is_some() { response.set("cache-control", "no-cache") } else { response.with("accept-ranges", "bytes") }
        };
        if is_unchanged(request, &tag, found.modified) {
            return head(304);
        }
        let sent = if let Some(script) = script {
            read(found.file).map(|page| with_body(head(200), with_script(page, script)))
        } else if is_compressed {
            self.compressed(public, found).map(|bytes| with_body(head(200), bytes.to_vec()).with("content-encoding", "gzip"))
        } else {
            part_of(request, found, &tag, head)
        };
        sent.unwrap_or_else(|_| problem(500, "the file cannot be read", None))
    }

    /// The rules of the site in `public`, read again where they have changed.
    fn rules(&self, public: &Path) -> Arc<HeaderRules> {
        let Place::File(found) = find_any(public, "_headers") else { return Arc::default() };
        let mut known = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, rules)) = known.get(public).filter(|(tag, _)| *tag == found.tag) {
            return Arc::clone(rules);
        }
        let tag = found.tag.clone();
        let text = read(found.file).unwrap_or_default();
        let rules = Arc::new(HeaderRules::parse(&String::from_utf8_lossy(&text)));
        known.insert(public.to_owned(), (tag, Arc::clone(&rules)));
        rules
    }

    fn compressed(&self, public: &Path, found: Found) -> std::io::Result<Arc<[u8]>> {
        let key = (public.join(found.path.as_str()), found.tag.clone());
        if let Some(bytes) = self.compressed.lock().unwrap_or_else(PoisonError::into_inner).files.get(&key) {
            return Ok(Arc::clone(bytes));
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
        encoder.write_all(&read(found.file)?)?;
        let bytes: Arc<[u8]> = encoder.finish()?.into();
        let mut kept = self.compressed.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + bytes.len() > KEPT {
            *kept = Compressed::default();
        }
        kept.bytes += bytes.len();
        kept.files.insert(key, Arc::clone(&bytes));
        Ok(bytes)
    }
}

/// What a path of a site leads to.
enum Place {
    File(Found),
    Folder,
    Nowhere,
    /// It may be there: the system cannot say at the moment.
    OutOfReach,
}

/// The file of the site for `text`, such as `services/api/`: a page for a folder. Nothing hidden, and not what only hosts read.
fn find(public: &Path, text: &str) -> Place {
    let text = match text.strip_suffix('/') {
        Some(folder) => format!("{folder}/index.html"),
        None if text.is_empty() => "index.html".to_owned(),
        None => text.to_owned(),
    };
    if text == "_headers" { Place::Nowhere } else { find_any(public, &text) }
}

fn find_any(public: &Path, text: &str) -> Place {
    let Ok(path) = SitePath::new(text) else { return Place::Nowhere };
    let file = match open_below(public, path.as_str()) {
        Ok(file) => file,
        Err(Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::IO) => return Place::OutOfReach,
        Err(_) => return Place::Nowhere,
    };
    let Ok(about) = file.metadata() else { return Place::Nowhere };
    if about.is_dir() {
        return Place::Folder;
    }
    let (size, modified) = (about.len(), about.modified().unwrap_or(SystemTime::UNIX_EPOCH));
    if !about.is_file() {
        return Place::Nowhere;
    }
    let since = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Place::File(Found { file, path, size, modified, tag: format!("{:x}-{size:x}", since.as_nanos()) })
}

/// Nobody shall forget an address because it could not be looked up once.
fn out_of_reach() -> Response {
    problem(503, "the file cannot be read at the moment", None).with("retry-after", "2")
}

/// Opens what lies below `public`, name by name, and through no link: one could lead anywhere.
fn open_below(public: &Path, path: &str) -> rustix::io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    // The folder itself may be a link, to where a web server looks.
    let mut place = openat(CWD, public, flags | OFlags::DIRECTORY, Mode::empty())?;
    let mut names = path.split('/').peekable();
    while let Some(name) = names.next() {
        let kind = if names.peek().is_some() { OFlags::DIRECTORY } else { OFlags::empty() };
        place = openat(&place, name, flags | kind | OFlags::NOFOLLOW, Mode::empty())?;
    }
    Ok(File::from(place))
}

fn read(mut file: File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn with_body(mut response: Response, bytes: Vec<u8>) -> Response {
    response.body = Body::Bytes(bytes.into());
    response
}

/// A page with a script before its end.
fn with_script(mut page: Vec<u8>, script: &str) -> Vec<u8> {
    let end = b"</body>";
    let place = page.windows(end.len()).rposition(|window| window.eq_ignore_ascii_case(end)).unwrap_or(page.len());
    page.splice(place..place, script.bytes());
    page
}

/// Whether the reader has it already (RFC 9110, 13.1.2 and 13.1.3).
fn is_unchanged(request: &Request, tag: &str, modified: SystemTime) -> bool {
    if let Some(known) = request.header("if-none-match") {
        let is_it = |given: &str| given == "*" || given.trim_start_matches("W/").trim_matches('"') == tag;
        return known.split(',').map(str::trim).any(is_it);
    }
    let since = request.header("if-modified-since").and_then(|text| httpdate::parse_http_date(text).ok());
    since.is_some_and(|since| modified.duration_since(since).map_or(true, |later| later < Duration::from_secs(1)))
}

/// Whether gzip is among what `accept-encoding` takes (RFC 9110, 12.5.3).
fn accepts_gzip(request: &Request) -> bool {
    let accepted = request.header("accept-encoding").unwrap_or_default();
    let weight_of = |wanted: &str| {
        accepted.split(',').find_map(|one| {
            let mut parts = one.split(';').map(str::trim);
            if !parts.next()?.eq_ignore_ascii_case(wanted) {
                return None;
            }
            let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            Some(weight.map_or(1.0, |weight| weight.trim().parse::<f32>().unwrap_or(0.0)))
        })
    };
    weight_of("gzip").or_else(|| weight_of("*")).is_some_and(|weight| weight > 0.0)
}

/// The file, or the one range of it that is asked for (RFC 9110, 14). Several ranges at once are answered with the whole.
fn part_of(request: &Request, mut found: Found, tag: &str, head: impl Fn(u16) -> Response) -> std::io::Result<Response> {
    let is_current = match request.header("if-range") {
        Some(known) => {
            known.trim_matches('"') == tag
                || httpdate::parse_http_date(known)
                    .is_ok_and(|known| found.modified.duration_since(known).is_ok_and(|later| later < Duration::from_secs(1)))
        }
        None => true,
    };
    let range =
        request.header("range").filter(|_| is_current && request.method == "GET").map_or(Range::Whole, |text| range(text, found.size));
    let (status, first, length) = match range {
        Range::Whole => (200, 0, found.size),
        Range::Part { first, length } => (206, first, length),
        Range::Outside => {
            let response = problem(416, "the file is shorter than that", None);
            return Ok(response.with("content-range", format!("bytes */{}", found.size)));
        }
    };
    found.file.seek(SeekFrom::Start(first))?;
    let mut response = head(status);
    if status == 206 {
        response = response.with("content-range", format!("bytes {first}-{}/{}", first + length - 1, found.size));
    }
    response.body = Body::File(found.file, usize::try_from(length).unwrap_or(usize::MAX));
    Ok(response)
}

#[derive(Debug, PartialEq)]
enum Range {
    Whole,
    Part { first: u64, length: u64 },
    Outside,
}

/// The range that `text` asks for of a file of this size; the whole where it cannot be understood.
fn range(text: &str, size: u64) -> Range {
    let Some((first, last)) =
        text.strip_prefix("bytes=").filter(|ranges| !ranges.contains(',')).and_then(|range| range.trim().split_once('-'))
    else {
        return Range::Whole;
    };
    let number = |text: &str| if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse::<u64>().ok() } else { None };
    match (first.is_empty(), number(first), number(last)) {
        (true, _, Some(0)) => Range::Outside,
        (true, _, Some(_)) if size == 0 => Range::Outside,
        (true, _, Some(end)) => Range::Part { first: size.saturating_sub(end), length: end.min(size) },
        (false, Some(first), _) if first >= size => Range::Outside,
        (false, Some(first), _) if last.is_empty() => Range::Part { first, length: size - first },
        (false, Some(first), Some(last)) if last >= first => Range::Part { first, length: last.min(size - 1) - first + 1 },
        _ => Range::Whole,
    }
}

#[cfg(test)]
mod tests;
