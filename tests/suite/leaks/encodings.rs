//! Finding a word in bytes however it is written: cases, references, percent, base64, hexadecimal, UTF-16, escapes, compressed.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::built_site::BuiltSite;

/// The ways to write `word` that are looked for, each with its name. All are in lower case, as what is searched will be.
fn forms(word: &str) -> Vec<(&'static str, String)> {
    let mut forms = vec![("plain", word.to_lowercase())];
    for spelling in spellings(word) {
        let each = |write: &dyn Fn(u8) -> String| -> String { spelling.bytes().map(write).collect() };
        forms.extend([
            ("decimal references", each(&|byte| format!("&#{byte};"))),
            ("hexadecimal references", each(&|byte| format!("&#x{byte:x};"))),
            ("percent", each(&|byte| format!("%{byte:02x}"))),
            ("hexadecimal", each(&|byte| format!("{byte:02x}"))),
            ("escapes", each(&|byte| format!("\\u{byte:04x}"))),
            ("octal escapes", each(&|byte| format!("\\{byte:o}"))),
            ("UTF-16", each(&|byte| format!("{}\0", char::from(byte))).to_lowercase()),
        ]);
        forms.extend((0..3).map(|shift| ("base64", within_base64(&spelling, shift).to_lowercase())));
    }
    forms
}

/// As it may have been written before it was encoded.
fn spellings(word: &str) -> Vec<String> {
    let mut title = word.to_lowercase();
    title.get_mut(..1).unwrap().make_ascii_uppercase();
    let mut spellings = vec![word.to_owned(), word.to_lowercase(), word.to_uppercase(), title];
    spellings.sort();
    spellings.dedup();
    spellings
}

/// The characters of base64 that depend on nothing but `word`, when `shift` bytes modulo three stand before it.
fn within_base64(word: &str, shift: usize) -> String {
    let mut bytes = vec![0; shift];
    bytes.extend(word.bytes());
    let text = STANDARD_NO_PAD.encode(&bytes);
    let (first, end) = ((shift * 8).div_ceil(6), bytes.len() * 8 / 6);
    text[first..end].to_owned()
}

/// A site made ready to be searched: paths, and bytes as lower-case text, unfolded and unpacked.
pub(crate) struct Searched(Vec<(String, String)>);

impl Searched {
    pub(crate) fn new(site: &BuiltSite) -> Self {
        Self(site.files.iter().map(|(path, bytes)| (path.clone(), searchable(path, bytes))).collect())
    }

    /// Where `word` stands, and how it is written there.
    pub(crate) fn places(&self, word: &str) -> Vec<String> {
        let forms = forms(word);
        let mut places = Vec::new();
        for (path, text) in &self.0 {
            places.extend(forms.iter().filter(|(_, form)| text.contains(form.as_str())).map(|(name, _)| format!("{path} ({name})")));
        }
        places.dedup();
        places
    }
}

/// A file's name and bytes as text in lower case, once more without the folds of a calendar, and once more unpacked.
fn searchable(path: &str, bytes: &[u8]) -> String {
    let mut text = format!("{path}\n{}", String::from_utf8_lossy(bytes));
    if text.contains("\r\n ") {
        text.push_str(&text.replace("\r\n ", ""));
    }
    for unpacked in [unpacked(flate2::read::MultiGzDecoder::new(bytes)), unpacked(flate2::read::ZlibDecoder::new(bytes))] {
        text.push_str(&String::from_utf8_lossy(&unpacked));
    }
    text.to_lowercase()
}

/// As much as can be unpacked; nothing of what is not packed.
fn unpacked(mut packed: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    drop(packed.read_to_end(&mut bytes));
    bytes
}

#[test]
fn a_word_is_found_however_it_is_written() {
    let word = "zqDraftyvex";
    let site = |path: &str, bytes: Vec<u8>| BuiltSite { files: [(path.to_owned(), bytes)].into() };
    let utf16 = |swap: bool| -> Vec<u8> {
        let units = format!("a {word} b").encode_utf16().collect::<Vec<u16>>();
        units.into_iter().flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, format!("many words and {word}").as_bytes()).unwrap();
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut zlib, word.as_bytes()).unwrap();
    let each = |write: &dyn Fn(u8) -> String| -> Vec<u8> { word.bytes().map(write).collect::<String>().into_bytes() };
    let mut written = vec![
        word.as_bytes().to_vec(),
        word.to_uppercase().into_bytes(),
        word.to_lowercase().into_bytes(),
        each(&|byte| format!("&#{byte};")),
        each(&|byte| format!("&#x{byte:X};")),
        each(&|byte| format!("%{byte:02X}")),
        each(&|byte| format!("{byte:02X}")),
        each(&|byte| format!("\\u{byte:04X}")),
        utf16(false),
        utf16(true),
        packed.finish().unwrap(),
        zlib.finish().unwrap(),
        b"SUMMARY:zqDra\r\n ftyvex\r\n".to_vec(),
    ];
    for before in ["", "x", "xy", "xyz"] {
        for word in spellings(word) {
            let text = format!("{before}{word}yyy");
            written.push(STANDARD_NO_PAD.encode(&text).into_bytes());
            written.push(base64::engine::general_purpose::URL_SAFE.encode(&text).into_bytes());
        }
    }
    for bytes in written {
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        assert_eq!(Searched::new(&site("a.bin", bytes)).places(word).len(), 1, "{shown:?}");
    }
    assert_eq!(Searched::new(&site("zqdraftyvex/index.html", Vec::new())).places(word).len(), 1, "in a name");
    assert_eq!(Searched::new(&site("a.bin", b"zqdrafty vex".to_vec())).places(word), Vec::<String>::new());
}
