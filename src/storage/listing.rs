//! A page of a bucket's listing, read without regard to name spaces, in which hosts differ.

use percent_encoding::percent_decode_str;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::error::UserError;
use crate::storage::condition::Etag;

/// An object that a listing has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name below the prefix.
    pub name: String,
    /// By what a write is made conditional on it.
    pub etag: Etag,
    /// What may be the MD5 of its bytes; the same as `etag` except at Google's.
    pub content: Etag,
    /// How many bytes it has.
    pub size: u64,
}

/// One answer: what is there, under whole keys, and by what the next page is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) objects: Vec<Listed>,
    pub(super) next: Option<String>,
}

/// Reads one page, whose keys were asked for in percent-encoding.
///
/// # Errors
/// Failed for anything that is no listing: what is left out could be taken for what is not there.
pub(super) fn page(body: &[u8]) -> Result<Page, UserError> {
    read(body).ok_or_else(|| UserError::failed("the host's listing cannot be read"))
}

/// The texts of one `Contents`.
#[derive(Default)]
struct Fields {
    key: Option<String>,
    etag: Option<String>,
    generation: Option<String>,
    size: Option<u64>,
}

impl Fields {
    fn object(self, encoded: bool) -> Option<Listed> {
        let content = Etag::new(&self.etag?)?;
        let key = self.key?;
        let name = if encoded { percent_decode_str(&key.replace('+', " ")).decode_utf8().ok()?.into_owned() } else { key };
        let etag = match self.generation {
            Some(generation) => Etag::new(&generation)?,
            None => content.clone(),
        };
        Some(Listed { name, etag, content, size: self.size? })
    }
}

fn read(body: &[u8]) -> Option<Page> {
    let mut reader = Reader::from_reader(body);
    let (mut path, mut text) = (Vec::<Vec<u8>>::new(), String::new());
    let (mut contents, mut fields) = (Vec::new(), Fields::default());
    let (mut next, mut truncated, mut encoded, mut ended) = (None, None, false, false);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                path.push(start.local_name().as_ref().to_vec());
                text.clear();
            }
            Event::Text(part) => text.push_str(&part.decode().ok()?),
            Event::CData(part) => text.push_str(&part.decode().ok()?),
            Event::GeneralRef(part) => text.push(reference(&part)?),
            Event::End(_) => {
                let names: Vec<&[u8]> = path.iter().map(Vec::as_slice).collect();
                match names.as_slice() {
                    [b"ListBucketResult", b"Contents", b"Key"] => fields.key = Some(text.clone()),
                    [b"ListBucketResult", b"Contents", b"ETag"] => fields.etag = Some(text.clone()),
                    [b"ListBucketResult", b"Contents", b"Generation"] => fields.generation = Some(text.clone()),
                    [b"ListBucketResult", b"Contents", b"Size"] => fields.size = text.trim().parse().ok(),
                    [b"ListBucketResult", b"Contents"] => contents.push(std::mem::take(&mut fields)),
                    [b"ListBucketResult", b"NextContinuationToken"] => next = Some(text.clone()),
                    [b"ListBucketResult", b"IsTruncated"] => truncated = Some(text.trim() == "true"),
                    [b"ListBucketResult", b"EncodingType"] => encoded = text.trim() == "url",
                    [b"ListBucketResult"] => ended = true,
                    _ => {}
                }
                path.pop();
            }
            Event::Empty(empty) if path.is_empty() => ended = empty.local_name().as_ref() == b"ListBucketResult",
            Event::Eof => break,
            Event::DocType(_) => return None,
            _ => {}
        }
    }
    let next = next.filter(|token| truncated != Some(false) && !token.is_empty());
    // A listing that says that it goes on but not how would seem to end here.
    if !ended || (truncated == Some(true) && next.is_none()) {
        return None;
    }
    let objects = contents.into_iter().map(|fields: Fields| fields.object(encoded)).collect::<Option<_>>()?;
    Some(Page { objects, next })
}

/// The character that a reference stands for; entities of its own a listing has none.
fn reference(part: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = part.resolve_char_ref() {
        return Some(character);
    }
    match &*part.decode().ok()? {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_hosts_are_read_alike() {
        let amazon = br#"<?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>acme%2F</Prefix><KeyCount>2</KeyCount>
            <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b=</NextContinuationToken>
            <Contents><Key>acme/a+b%2Bc%C3%A4</Key><LastModified>2026-11-27T10:00:00.000Z</LastModified><ETag>&quot;abc&#34;</ETag><Size>12</Size>
            <Owner><ID>x</ID></Owner><StorageClass>STANDARD</StorageClass></Contents>
            <CommonPrefixes><Prefix>acme/x/</Prefix></CommonPrefixes></ListBucketResult>"#;
        let read = page(amazon).unwrap();
        assert_eq!(read.next.as_deref(), Some("a&b="));
        let etag = Etag::new("abc").unwrap();
        assert_eq!(read.objects, [Listed { name: "acme/a b+cä".to_owned(), etag: etag.clone(), content: etag, size: 12 }]);
        let google = br#"<ListBucketResult xmlns="http://doc.s3.amazonaws.com/2006-03-01"><IsTruncated>false</IsTruncated><NextContinuationToken>x</NextContinuationToken>
            <Contents><Key>a&lt;b+c</Key><Generation>17</Generation><ETag>"abc"</ETag><Size>0</Size></Contents></ListBucketResult>"#;
        let read = page(google).unwrap();
        assert_eq!(
            (read.objects[0].name.as_str(), read.objects[0].etag.as_str(), read.objects[0].content.as_str()),
            ("a<b+c", "17", "abc")
        );
        assert_eq!(read.next, None);
        assert_eq!(page(b"<ListBucketResult/>").unwrap(), Page::default());
    }

    #[test]
    fn what_is_no_whole_listing_is_refused() {
        for bad in [
            "",
            "<html><body>hello</body></html>",
            "<ListBucketResult><Contents><Key>a</Key>",
            "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
            "<ListBucketResult><Contents><Key>a</Key><ETag>\"e\"</ETag></Contents></ListBucketResult>",
            "<ListBucketResult><Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>",
            "<ListBucketResult><Contents><Key>&x;</Key><ETag>\"e\"</ETag><Size>1</Size></Contents></ListBucketResult>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><ListBucketResult></ListBucketResult>",
            "<ListBucketResult></Other>",
        ] {
            assert_eq!(page(bad.as_bytes()).unwrap_err().message, "the host's listing cannot be read", "{bad}");
        }
    }
}
