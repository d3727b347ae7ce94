//! A TOML file written by people: every complaint names the file, the line and the column.

use std::ops::{Range, RangeInclusive};
use std::path::Path;

use chrono::{NaiveDate, TimeDelta};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::domain::text::is_dropped;
use crate::error::{UserError, nearest};

/// Complaints longer than this are cut; a file can hold a value of any length.
const LONGEST: usize = 400;

/// The text of a file and where it came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Document<'a> {
    path: &'a Path,
    text: &'a str,
}

/// One table of a document: the top level, or what stands below `[name]`.
#[derive(Debug)]
pub(super) struct Section<'a> {
    document: Document<'a>,
    table: &'a DeTable<'a>,
    /// Keys that may stand above the first section, where this is what stands there.
    top: &'static [&'static str],
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Placed<T> {
    /// The value.
    pub(super) value: T,
    /// Bytes of the text it stands in.
    pub(super) span: Range<usize>,
}

/// A name that people choose, and the text under it.
pub(super) type Named = (Placed<String>, Placed<String>);

impl<'a> Document<'a> {
    pub(super) fn new(path: &'a Path, text: &'a str) -> Self {
        Self { path, text }
    }

    /// The same file with another text in its place, of which every part stands where it does in the file.
    pub(super) fn with_text<'b>(self, text: &'b str) -> Document<'b>
    where
        'a: 'b,
    {
        Document { path: self.path, text }
    }

    /// The whole file as tables and values.
    pub(super) fn parse(self) -> Result<Spanned<DeTable<'a>>, UserError> {
        DeTable::parse(self.text).map_err(|error| match error.span() {
            Some(span) if error.message() == "duplicate key" => self.refuse(&span, &self.said_twice(&span)),
            Some(span) => self.refuse(&span, error.message()),
            None => self.refuse_whole(error.message()),
        })
    }

    /// That the key or section in the bytes of `span` stands above already, and where.
    fn said_twice(self, span: &Range<usize>) -> String {
        let (before, key) = (self.text.get(..span.start).unwrap_or_default(), self.text.get(span.clone()).unwrap_or_default());
        let head = |line: &str| line.trim_start().starts_with('[');
        let (above, line) = before.rsplit_once('\n').unwrap_or(("", before));
        if head(line) {
            // `[a.b]` is a section `b` of `a`: the whole name is what people see.
            let rest = self.text.get(span.end..).unwrap_or_default().split([']', '\n']).next().unwrap_or_default();
            let name = format!("{}{key}{rest}", line.trim_start().trim_start_matches('['));
            let same =
                |line: &str| line.trim_start().trim_start_matches('[').split(']').next().is_some_and(|other| other.trim() == name.trim());
            let first = above.lines().position(|line| head(line) && same(line));
            let place = first.map_or_else(String::new, |number| format!(", at line {}", number + 1));
            return format!("section [{}] is there already{place}", name.trim());
        }
        let is_key = |line: &str| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
        let begin = above.lines().collect::<Vec<_>>().iter().rposition(|line| head(line)).map_or(0, |number| number + 1);
        let first = above.lines().skip(begin).position(is_key);
        let place = first.map_or_else(String::new, |number| format!(", at line {}", begin + number + 1));
        format!("`{key}` is there already{place}")
    }

    /// A complaint about the bytes of `span`.
    pub(super) fn refuse(self, span: &Range<usize>, message: &str) -> UserError {
        UserError::bad_input(format!("{}: {}", self.place(span), one_line(message)))
    }

    /// Where the bytes of `span` are: file, line and column.
    pub(super) fn place(self, span: &Range<usize>) -> String {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{}: line {line}, column {column}", one_line(&self.path.display().to_string()))
    }

    /// A complaint about the file as a whole.
    pub(super) fn refuse_whole(self, message: &str) -> UserError {
        UserError::bad_input(format!("{}: {}", one_line(&self.path.display().to_string()), one_line(message)))
    }
}

impl<'a> Section<'a> {
    /// The section of `table`, which may only hold the keys `known`.
    pub(super) fn new(document: Document<'a>, table: &'a DeTable<'a>, known: &'static [&'static str]) -> Result<Self, UserError> {
        Self::below(&[], document, table, known).map(|section| Self { top: known, ..section })
    }

    /// The same for a table below another one, `top` being the keys that stand above all sections.
    pub(super) fn below(
        top: &'static [&'static str],
        document: Document<'a>,
        table: &'a DeTable<'a>,
        known: &[&str],
    ) -> Result<Self, UserError> {
        for (key, value) in table {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let error = document.refuse(&key.span(), &format!("unknown key `{name}`"));
            if top.contains(&name) && !value.get_ref().is_table() {
                return Err(error.hint(format!("write `{name}` above the first section")));
            }
            return Err(match nearest(name, known.iter().copied()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("the keys here are {}", known.join(", "))),
            });
        }
        Ok(Self { document, table, top })
    }

    /// The section below `[name]`; an absent one is `None`.
    pub(super) fn section(&self, name: &str, known: &[&str]) -> Result<Option<Self>, UserError> {
        match self.table.get(name) {
            None => Ok(None),
            Some(value) => match value.get_ref() {
                DeValue::Table(table) => Section::below(self.top, self.document, table, known).map(Some),
                other => Err(self.document.refuse(&value.span(), &format!("`{name}` is {}, not a section", a(other)))),
            },
        }
    }

    /// The sections below each `[[name]]`, in order.
    pub(super) fn sections(&self, name: &str, known: &[&str]) -> Result<Vec<Self>, UserError> {
        Ok(self.placed_sections(name, known)?.into_iter().map(|section| section.value).collect())
    }

    /// The same with their places.
    pub(super) fn placed_sections(&self, name: &str, known: &[&str]) -> Result<Vec<Placed<Self>>, UserError> {
        let Some(value) = self.table.get(name) else { return Ok(Vec::new()) };
        let DeValue::Array(list) = value.get_ref() else {
            return Err(self.document.refuse(&value.span(), &format!("`{name}` is {}, not a list of sections", a(value.get_ref()))));
        };
        let section = |one: &'a Spanned<DeValue<'a>>| match one.get_ref() {
            DeValue::Table(table) => Section::below(self.top, self.document, table, known).map(|value| Placed { value, span: one.span() }),
            other => Err(self.document.refuse(&one.span(), &format!("`{name}` holds {}, not a section", a(other)))),
        };
        list.iter().map(section).collect()
    }

    /// The texts below `[name]`, whose keys are free, as [`Self::text`] has them; an empty one counts as absent.
    pub(super) fn free_texts(&self, name: &str) -> Result<Vec<(String, Placed<String>)>, UserError> {
        let Some(value) = self.table.get(name) else { return Ok(Vec::new()) };
        let DeValue::Table(table) = value.get_ref() else {
            return Err(self.document.refuse(&value.span(), &format!("`{name}` is {}, not a section", a(value.get_ref()))));
        };
        let section = Section { document: self.document, table, top: &[] };
        let mut texts = Vec::new();
        for key in table.keys() {
            let key: &str = key.get_ref();
            texts.extend(section.text(key)?.map(|text| (key.to_owned(), text)));
        }
        Ok(texts)
    }

    /// A text without control characters and without blanks at its ends; an empty one counts as absent.
    pub(super) fn text(&self, name: &str) -> Result<Option<Placed<String>>, UserError> {
        let Some(value) = self.table.get(name) else { return Ok(None) };
        let DeValue::String(text) = value.get_ref() else {
            return Err(self.document.refuse(&value.span(), &format!("`{name}` is {}, not a text in quotes", a(value.get_ref()))));
        };
        let text = text.trim();
        if text.chars().any(|character| character.is_control() || is_dropped(character)) {
            return Err(self.document.refuse(&value.span(), &format!("`{name}` has control characters or more than one line")));
        }
        Ok((!text.is_empty()).then(|| Placed { value: text.to_owned(), span: value.span() }))
    }

    /// Whether `name` holds a list.
    pub(super) fn is_list(&self, name: &str) -> bool {
        self.table.get(name).is_some_and(|value| matches!(value.get_ref(), DeValue::Array(_)))
    }

    /// Whether anything stands under this key.
    pub(super) fn has(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    /// A text as it is, on as many lines as it has; refused where it holds what no output may carry.
    pub(super) fn text_as_is(&self, name: &str) -> Result<Option<Placed<String>>, UserError> {
        let Some(value) = self.table.get(name) else { return Ok(None) };
        let DeValue::String(text) = value.get_ref() else {
            return Err(self.document.refuse(&value.span(), &format!("`{name}` is {}, not a text in quotes", a(value.get_ref()))));
        };
        let text = text.replace("\r\n", "\n");
        if text.chars().any(is_dropped) {
            return Err(self.document.refuse(&value.span(), &format!("`{name}` has control characters")));
        }
        Ok(Some(Placed { value: text, span: value.span() }))
    }

    /// A day, as TOML writes one or as a text.
    pub(super) fn date(&self, name: &str) -> Result<Option<Placed<NaiveDate>>, UserError> {
        let Some(value) = self.table.get(name) else { return Ok(None) };
        let written = match value.get_ref() {
            DeValue::Datetime(written) => written.to_string(),
            DeValue::String(text) if text.trim().is_empty() => return Ok(None),
            DeValue::String(text) => text.trim().to_owned(),
            other => return Err(self.document.refuse(&value.span(), &format!("`{name}` is {}, not a date", a(other)))),
        };
        let refuse = |_| self.document.refuse(&value.span(), &format!("`{written}` is not a date")).hint("write it as in `2026-01-01`");
        let date = NaiveDate::parse_from_str(&written, "%Y-%m-%d").map_err(refuse)?;
        Ok(Some(Placed { value: date, span: value.span() }))
    }

    /// A list of texts, each as [`Self::text`] has it and none of them empty.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<Placed<String>>, UserError> {
        let Some(value) = self.table.get(name) else { return Ok(Vec::new()) };
        let DeValue::Array(list) = value.get_ref() else {
            return Err(self.document.refuse(&value.span(), &format!("`{name}` is {}, not a list of texts", a(value.get_ref()))));
        };
        let text = |one: &Spanned<DeValue<'_>>| {
            let refuse = |why: &str| self.document.refuse(&one.span(), &format!("`{name}` holds {why}"));
            let DeValue::String(text) = one.get_ref() else { return Err(refuse(&format!("{}, not a text in quotes", a(one.get_ref())))) };
            match text.trim() {
                "" => Err(refuse("an empty text")),
                text if text.chars().any(|character| character.is_control() || is_dropped(character)) => {
                    Err(refuse("a text with control characters or more than one line"))
                }
                text => Ok(Placed { value: text.to_owned(), span: one.span() }),
            }
        };
        list.iter().map(text).collect()
    }

    /// A text whose line breaks and runs of blanks become single blanks; an empty one counts as absent.
    pub(super) fn sentence(&self, name: &str) -> Result<Option<String>, UserError> {
        match self.table.get(name).map(Spanned::get_ref) {
            Some(DeValue::String(text)) => {
                let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
                Ok((!folded.is_empty()).then(|| folded.chars().filter(|character| !is_dropped(*character)).collect()))
            }
            _ => self.text(name).map(|text| text.map(|placed| placed.value)),
        }
    }

    /// `true` or `false`.
    pub(super) fn switch(&self, name: &str) -> Result<Option<bool>, UserError> {
        match self.table.get(name) {
            None => Ok(None),
            Some(value) => value
                .get_ref()
                .as_bool()
                .map(Some)
                .ok_or_else(|| self.document.refuse(&value.span(), &format!("`{name}` is {}, not true or false", a(value.get_ref())))),
        }
    }

    /// A whole number within a range.
    pub(super) fn number(&self, name: &str, range: RangeInclusive<usize>) -> Result<Option<usize>, UserError> {
        Ok(self.placed_number(name, range)?.map(|number| number.value))
    }

    /// The same with its place.
    pub(super) fn placed_number(&self, name: &str, range: RangeInclusive<usize>) -> Result<Option<Placed<usize>>, UserError> {
        let Some(value) = self.table.get(name) else { return Ok(None) };
        let number = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| range.contains(number)).map(|number| Some(Placed { value: number, span: value.span() }));
        number.ok_or_else(|| {
            let (first, last) = (range.start(), range.end());
            self.document.refuse(&value.span(), &format!("`{name}` is not a whole number from {first} to {last}"))
        })
    }

    /// A length of time such as `90s`, `5m`, `2h` or `1d` within a range.
    pub(super) fn duration(&self, name: &str, range: RangeInclusive<TimeDelta>) -> Result<Option<TimeDelta>, UserError> {
        let Some(given) = self.text(name)? else { return Ok(None) };
        let refuse = |why: String| self.document.refuse(&given.span, &why);
        let length = duration(&given.value)
            .ok_or_else(|| refuse(format!("`{}` is not a length of time", given.value)).hint("write it as `90s`, `5m`, `2h` or `1d`"))?;
        if range.contains(&length) {
            return Ok(Some(length));
        }
        let (first, last) = (range.start(), range.end().num_minutes());
        let first = match first.num_minutes() {
            0 if !first.is_zero() => format!("{} second", first.num_seconds()),
            minutes => format!("{minutes} minute"),
        };
        Err(refuse(format!("`{name}` is not from {first} to {last} minutes")))
    }

    /// A section of texts under names that people choose, in the order of names.
    pub(super) fn texts_by_name(&self, name: &str) -> Result<Vec<Named>, UserError> {
        let Some(value) = self.table.get(name) else { return Ok(Vec::new()) };
        let DeValue::Table(table) = value.get_ref() else {
            return Err(self.document.refuse(&value.span(), &format!("`{name}` is {}, not a section", a(value.get_ref()))));
        };
        let section = Section { document: self.document, table, top: &[] };
        let entry = |key: &Spanned<std::borrow::Cow<'_, str>>| {
            let placed = Placed { value: key.get_ref().to_string(), span: key.span() };
            match section.text(&placed.value)? {
                Some(text) => Ok((placed, text)),
                None => Err(self.document.refuse(&placed.span, &format!("`{}` is empty", placed.value))),
            }
        };
        table.keys().map(entry).collect()
    }

    /// The document it is a part of, for complaints.
    pub(super) fn document(&self) -> Document<'a> {
        self.document
    }

    /// A number from 0 to 1 with at most three decimals, in thousandths, read from its digits so that nothing is rounded.
    pub(super) fn thousandths(&self, name: &str) -> Result<Option<u32>, UserError> {
        let Some(value) = self.table.get(name) else { return Ok(None) };
        let digits = match value.get_ref() {
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            other => return Err(self.document.refuse(&value.span(), &format!("`{name}` is {}, not a number", a(other)))),
        };
        thousandths(digits).map(Some).ok_or_else(|| {
            self.document.refuse(&value.span(), &format!("`{name}` is not a number from 0 to 1 with at most three decimals"))
        })
    }
}

/// Exact thousandths of a decimal such as `0.3`; `None` outside 0 to 1, with more than three decimals, and for other spellings.
fn thousandths(digits: &str) -> Option<u32> {
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let decimals = decimals.trim_end_matches('0');
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if decimals.len() > 3 || whole.is_empty() || whole.len() > 9 || !plain(whole) || !plain(decimals) {
        return None;
    }
    let value = whole.parse::<u32>().ok()?.checked_mul(1000)?.checked_add(format!("{decimals:0<3}").parse().ok()?)?;
    (value <= 1000).then_some(value)
}

/// The length of time that a number and a unit say.
fn duration(text: &str) -> Option<TimeDelta> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let number: i64 = number.parse().ok().filter(|number| *number <= 1_000_000)?;
    match unit.trim_start() {
        "s" => Some(TimeDelta::seconds(number)),
        "m" | "min" => Some(TimeDelta::minutes(number)),
        "h" => Some(TimeDelta::hours(number)),
        "d" => Some(TimeDelta::days(number)),
        _ => None,
    }
}

/// The type of a value in words.
fn a(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}

/// Text as one line of bounded length without control characters.
pub(super) fn one_line(text: &str) -> String {
    let mut line: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).take(LONGEST).collect();
    if text.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_exact_thousandths() {
        for (digits, expected) in [
            ("0", Some(0)),
            ("1", Some(1000)),
            ("0.3", Some(300)),
            ("0.125", Some(125)),
            ("+0.5", Some(500)),
            ("1.000000", Some(1000)),
            ("0.1250", Some(125)),
            ("0.1255", None),
            ("1.001", None),
            ("2", None),
            ("-0.1", None),
            ("nan", None),
            ("inf", None),
            ("1e-1", None),
            ("99999999999", None),
        ] {
            assert_eq!(thousandths(digits), expected, "{digits}");
        }
    }

    #[test]
    fn lengths_of_time_are_a_number_and_a_unit() {
        let length = |text| duration(text).map(|length| length.num_seconds());
        assert_eq!(["90s", "5m", "5 min", "2h", "1d", "0s"].map(length), [90, 300, 300, 7200, 86_400, 0].map(Some));
        for bad in ["", "5", "m", "-5m", "5 weeks", "1.5h", "9999999999999999999s", "1000001s", "5mm"] {
            assert_eq!(length(bad), None, "{bad}");
        }
    }

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let text = "name = \"é\"\nx = é1";
        let document = Document::new(Path::new("/o/org.toml"), text);
        let start = text.rfind('1').unwrap();
        assert_eq!(document.refuse(&(start..start + 1), "no").message, "/o/org.toml: line 2, column 6: no");
        assert_eq!(document.refuse(&(9999..9999), "no").message, "/o/org.toml: line 2, column 7: no");
    }

    #[test]
    fn complaints_are_one_short_line() {
        let long = "\u{1b}[31m\n".repeat(10_000);
        let line = one_line(&long);
        assert!(line.len() < 2000 && !line.chars().any(char::is_control));
    }
}
