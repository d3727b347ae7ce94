//! The types of fields: as the reference shows them, and as documents must have them.

use std::fmt::Write;

use serde_json::Value;

use super::source::Source;

/// A type of Rust, and what it is in a document.
const PLAIN: &[(&str, &str)] = &[
    ("String", "text"),
    ("&'staticstr", "text"),
    ("&'astr", "text"),
    ("bool", "true or false"),
    ("i64", "number"),
    ("u16", "number"),
    ("u32", "number"),
    ("u64", "number"),
    ("u128", "number"),
    ("usize", "number"),
    ("DateTime<Utc>", "moment"),
    ("NaiveDate", "date"),
    ("PublicId", "id"),
    ("Slug", "slug"),
    ("crate::domain::Slug", "slug"),
    ("Etag", "text"),
    ("Generation", "text"),
    ("Secret", "text"),
    ("TokenName", "text"),
    ("ClerkId", "text"),
    ("Email", "text"),
    ("Value", "anything"),
    ("Subject", "object"),
];

/// What a field holds.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// One of [`PLAIN`].
    Plain(&'static str),
    /// One of some words, by full name.
    Words(String),
    /// A struct, by full name, and what it is generic over.
    Struct(String, Option<Box<Self>>),
    /// That, or null.
    Nullable(Box<Self>),
    /// Several.
    Several(Box<Self>),
    /// Values by name.
    Map(Box<Self>),
    /// An object with nothing but a list of this name.
    List(&'static str, Box<Self>),
}

impl Kind {
    /// What `rust` is in the file of `from`, where `parameter` stands for what that is generic over.
    pub(super) fn of(rust: &str, from: &str, parameter: Option<&str>, source: &Source) -> Self {
        let inner = |start: &str| rust.strip_prefix(start).and_then(|rest| rest.strip_suffix('>'));
        let of = |rust: &str| Box::new(Self::of(rust, from, parameter, source));
        if let Some((_, shown)) = PLAIN.iter().find(|(plain, _)| *plain == rust) {
            return Self::Plain(shown);
        }
        if parameter == Some(rust) {
            return Self::Plain("the thing");
        }
        if let Some(some) = inner("Option<") {
            return Self::Nullable(of(some));
        }
        if let Some(some) = inner("Vec<") {
            return Self::Several(of(some));
        }
        if let Some(some) = inner("BTreeMap<String,") {
            return Self::Map(of(some));
        }
        if let Some((outer, some)) = rust.split_once('<') {
            let full = source.resolve(outer, from).unwrap_or_else(|| panic!("no type `{outer}`, named in {from}"));
            return Self::Struct(full, Some(of(some.strip_suffix('>').unwrap())));
        }
        let full = source.resolve(rust, from).unwrap_or_else(|| panic!("what is `{rust}`, named in {from}, in a document?"));
        if source.words(&full).is_some() { Self::Words(full) } else { Self::Struct(full, None) }
    }

    /// As the reference shows it.
    pub(super) fn shown(&self, source: &Source) -> String {
        match self {
            Self::Plain(shown) => (*shown).to_owned(),
            Self::Words(full) => {
                let words = source.words(full).unwrap();
                words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
            }
            Self::Struct(full, inner) => {
                let title = title(full);
                let link = format!("[{title}](#{})", title.to_lowercase().replace(' ', "-"));
                inner.as_ref().map_or(link.clone(), |inner| format!("{link} of {}", inner.shown(source)))
            }
            Self::Nullable(inner) => format!("{} or null", inner.shown(source)),
            Self::Several(inner) => format!("list of {}", inner.shown(source)),
            Self::Map(inner) => format!("object: {} by name", inner.shown(source)),
            Self::List(name, inner) => format!("`{name}`: list of {}", inner.shown(source)),
        }
    }

    /// The structs that it names.
    pub(super) fn names(&self, names: &mut Vec<String>) {
        match self {
            Self::Plain(_) | Self::Words(_) => {}
            Self::Struct(full, inner) => {
                names.push(full.clone());
                inner.iter().for_each(|inner| inner.names(names));
            }
            Self::Nullable(inner) | Self::Several(inner) | Self::Map(inner) | Self::List(_, inner) => inner.names(names),
        }
    }

    /// Says where a value is otherwise.
    pub(super) fn compare(&self, value: &Value, place: &str, source: &Source, complaints: &mut Vec<String>) {
        let good = match (self, value) {
            (Self::Nullable(_), Value::Null) => true,
            (Self::Nullable(inner), value) => return inner.compare(value, place, source, complaints),
            (Self::Several(inner), Value::Array(values)) => {
                values.iter().enumerate().for_each(|(index, value)| inner.compare(value, &format!("{place}[{index}]"), source, complaints));
                true
            }
            (Self::Map(inner), Value::Object(values)) => {
                values.iter().for_each(|(name, value)| inner.compare(value, &format!("{place}.{name}"), source, complaints));
                true
            }
            (Self::List(name, inner), Value::Object(fields)) if fields.len() == 1 && fields.contains_key(*name) => {
                return Self::Several(inner.clone()).compare(&fields[*name], name, source, complaints);
            }
            (Self::Struct(..), Value::Object(fields)) => {
                let described = self.fields(source);
                for (name, value) in fields {
                    match described.iter().find(|(described, ..)| described == name) {
                        Some((_, kind, _)) => kind.compare(value, &format!("{place}.{name}"), source, complaints),
                        None => writeln_into(complaints, format_args!("{place}.{name} is not described")),
                    }
                }
                for (name, _, optional) in &described {
                    if !optional && !fields.contains_key(name) {
                        writeln_into(complaints, format_args!("{place}.{name} is not there"));
                    }
                }
                true
            }
            (Self::Words(full), Value::String(word)) => source.words(full).unwrap().contains(word),
            (Self::Plain(plain), value) => fits(plain, value),
            _ => false,
        };
        if !good {
            writeln_into(complaints, format_args!("{place} is {value}, not {}", self.shown(source)));
        }
    }

    /// The fields of an object, those of flattened ones in their places: name, kind, whether it can be absent.
    fn fields(&self, source: &Source) -> Vec<(String, Self, bool)> {
        let Self::Struct(full, inner) = self else { return Vec::new() };
        let structure = source.structure(full).unwrap();
        let mut fields = Vec::new();
        for field in &structure.fields {
            let generic = structure.parameter.as_deref() == Some(field.kind.as_str());
            let kind = match inner {
                Some(inner) if generic => (**inner).clone(),
                _ => Self::of(&field.kind, full, structure.parameter.as_deref(), source),
            };
            match kind {
                kind if field.flattened => fields.extend(kind.fields(source)),
                Self::Nullable(kind) if field.optional => fields.push((field.name.clone(), *kind, true)),
                kind => fields.push((field.name.clone(), kind, field.optional)),
            }
        }
        fields
    }
}

fn writeln_into(complaints: &mut Vec<String>, complaint: std::fmt::Arguments<'_>) {
    let mut line = String::new();
    line.write_fmt(complaint).unwrap();
    complaints.push(line);
}

/// Whether a value is of one of the plain types.
fn fits(plain: &str, value: &Value) -> bool {
    let text = |fits: &dyn Fn(&str) -> bool| value.as_str().is_some_and(fits);
    match plain {
        "text" => value.is_string(),
        "true or false" => value.is_boolean(),
        "number" => value.is_i64() || value.is_u64(),
        "moment" => text(&|text| text.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(text).is_ok()),
        "date" => text(&|text| text.len() == 10 && text.parse::<chrono::NaiveDate>().is_ok()),
        "id" => text(&|text| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())),
        "slug" => text(&|text| text.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')),
        "object" => value.is_object(),
        "anything" => true,
        _ => false,
    }
}

/// The name of a document: that of its struct, without what all of them end in; those of a folder have its name before theirs.
pub(super) fn title(full: &str) -> String {
    let (module, name) = full.rsplit_once("::").unwrap();
    let name = name.strip_suffix("Report").unwrap_or(name);
    let mut words = String::new();
    for (place, letter) in name.char_indices() {
        if letter.is_uppercase() && place > 0 {
            words.push(' ');
        }
        words.extend(if place > 0 { letter.to_lowercase().next() } else { Some(letter) });
    }
    match module {
        module if module.starts_with("ops::clerk") => format!("Clerk {}", words.to_lowercase()),
        module if module.starts_with("ops::publish::status") && name == "Status" => format!("Publish {}", words.to_lowercase()),
        _ => words,
    }
}
