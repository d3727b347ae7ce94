//! One setting in the text of an org.toml that people edit: whatever else stands in it stays as it is, comments included.
//!
//! What a change has made of the text is read again and compared with what it should say, so that no way of writing TOML can lead to a
//! file that says something else.

use toml_edit::{ArrayOfTables, Document, DocumentMut, InlineTable, Item, TableLike, Value};

/// The text with `key` (of a section, or of the top level) saying `new`; `None` makes what stood there a comment.
///
/// `None` comes back where the text is written in a way in which that cannot be done.
pub(super) fn with_setting(text: &str, section: Option<&str>, key: &str, new: Option<&toml::Value>) -> Option<String> {
    let mut expected: toml::Table = text.parse().ok()?;
    expect(&mut expected, section, key, new)?;
    let reads = |changed: &String| changed.parse::<toml::Table>().is_ok_and(|read| says_the_same(&read, &expected));
    let Some(new) = new else {
        return commented_out(text, section, key).filter(reads).or_else(|| removed(text, section, key).filter(reads));
    };
    let document: DocumentMut = text.parse().ok()?;
    if item(&document, section, key).is_none()
        && let Some(changed) = in_place_of_comment(text, section, key, new).filter(reads)
    {
        return Some(changed);
    }
    match section {
        Some(section) if document.get(section).is_none() => Some(with_section(text, section, key, new)).filter(reads),
        section => put(text, section, key, new).filter(reads),
    }
}

/// What the whole text is to say then.
fn expect(table: &mut toml::Table, section: Option<&str>, key: &str, new: Option<&toml::Value>) -> Option<()> {
    let table = match section {
        None => table,
        Some(section) => table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new())).as_table_mut()?,
    };
    match new {
        Some(new) => drop(table.insert(key.to_owned(), new.clone())),
        None => drop(table.remove(key)),
    }
    Some(())
}

/// Whether two files say the same: a section in which nothing stands says nothing.
fn says_the_same(left: &toml::Table, right: &toml::Table) -> bool {
    let says = |table: &toml::Table| {
        let mut table = table.clone();
        table.retain(|_, value| value.as_table().is_none_or(|inner| !inner.is_empty()));
        table
    };
    says(left) == says(right)
}

fn item<'a>(document: &'a DocumentMut, section: Option<&str>, key: &str) -> Option<&'a Item> {
    match section {
        None => document.get(key),
        Some(section) => document.get(section)?.as_table_like()?.get(key),
    }
}

/// The text with a section of its own for the value, below everything else, comments included.
fn with_section(text: &str, section: &str, key: &str, new: &toml::Value) -> String {
    let apart = match text {
        "" => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    format!("{text}{apart}[{section}]\n{} = {}\n", toml_edit::Key::new(key), value(new))
}

/// The text with the value where TOML has its place.
fn put(text: &str, section: Option<&str>, key: &str, new: &toml::Value) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let table: &mut dyn TableLike = match section {
        None => document.as_table_mut(),
        Some(section) => document.get_mut(section)?.as_table_like_mut()?,
    };
    put_into(table, key, new);
    Some(document.to_string())
}

fn put_into(table: &mut dyn TableLike, key: &str, new: &toml::Value) {
    match table.get_mut(key) {
        Some(old) => replace(old, new),
        None => drop(table.insert(key, Item::Value(value(new)))),
    }
}

/// Puts a value in the place of another; what stands around it stays there, also within lists and sections that both have.
fn replace(old: &mut Item, new: &toml::Value) {
    if meaning(old).as_ref() == Some(new) {
        return;
    }
    match (&mut *old, new) {
        (Item::Table(table), toml::Value::Table(new)) => merge(table, new),
        (Item::Value(Value::InlineTable(table)), toml::Value::Table(new)) => merge(table, new),
        (Item::ArrayOfTables(tables), toml::Value::Array(list)) if list.iter().all(toml::Value::is_table) && !list.is_empty() => {
            merge_list(tables, list);
        }
        (Item::Value(old), new) => {
            let around = old.decor().clone();
            *old = value(new);
            *old.decor_mut() = around;
        }
        (old, new) => *old = Item::Value(value(new)),
    }
}

fn merge(table: &mut dyn TableLike, new: &toml::Table) {
    let gone: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).filter(|key| !new.contains_key(key)).collect();
    for key in gone {
        table.remove(&key);
    }
    for (key, new) in new {
        put_into(table, key, new);
    }
}

fn merge_list(tables: &mut ArrayOfTables, list: &[toml::Value]) {
    while tables.len() > list.len() {
        tables.remove(tables.len() - 1);
    }
    for (place, new) in list.iter().filter_map(toml::Value::as_table).enumerate() {
        if tables.get(place).is_none() {
            tables.push(toml_edit::Table::new());
        }
        if let Some(table) = tables.get_mut(place) {
            merge(table, new);
        }
    }
}

/// What an item says.
fn meaning(item: &Item) -> Option<toml::Value> {
    let mut document = DocumentMut::new();
    document.insert("item", item.clone());
    document.to_string().parse::<toml::Table>().ok()?.remove("item")
}

/// A value as it is written on one line.
fn value(new: &toml::Value) -> Value {
    match new {
        toml::Value::String(text) => Value::from(text.as_str()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(switch) => Value::from(*switch),
        toml::Value::Datetime(moment) => Value::from(moment.to_string()),
        toml::Value::Array(list) => Value::Array(list.iter().map(value).collect()),
        toml::Value::Table(table) => Value::InlineTable(table.iter().map(|(key, new)| (key.as_str(), value(new))).collect::<InlineTable>()),
    }
}

/// The text with the value in the place of a comment that shows the key, such as `# url = "https://status.example.com/"`.
fn in_place_of_comment(text: &str, section: Option<&str>, key: &str, new: &toml::Value) -> Option<String> {
    let shown = format!("# {key} = ");
    let (mut present, mut start) = (None, 0);
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        if bare.starts_with('[') {
            present = Some(bare.trim_matches(['[', ']']).trim());
        }
        if present == section && line.starts_with(&shown) {
            let (before, after) = (text.get(..start)?, text.get(start + line.trim_end().len()..)?);
            let key = toml_edit::Key::new(key);
            return Some(format!("{before}{key} = {}{after}", value(new)));
        }
        start += line.len();
    }
    None
}

/// The text with the lines of this key as comments.
fn commented_out(text: &str, section: Option<&str>, key: &str) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let table: &dyn TableLike = match section {
        None => document.as_table(),
        Some(section) => document.get(section)?.as_table_like()?,
    };
    let (key, item) = table.get_key_value(key)?;
    let (start, end) = (key.span()?.start, item.as_value()?.span()?.end);
    let (before, lines, after) = (text.get(..start)?, text.get(start..end)?, text.get(end..)?);
    let alone = before.is_empty() || before.ends_with('\n');
    alone.then(|| format!("{before}# {}{after}", lines.replace('\n', "\n# ")))
}

/// The text without this key.
fn removed(text: &str, section: Option<&str>, key: &str) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    match section {
        None => document.remove(key)?,
        Some(section) => document.get_mut(section)?.as_table_like_mut()?.remove(key)?,
    };
    Some(document.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(text: &str, section: Option<&str>, key: &str, new: &str) -> String {
        let new: toml::Table = format!("x = {new}").parse().unwrap();
        with_setting(text, section, key, Some(&new["x"])).unwrap()
    }

    #[test]
    fn a_value_takes_the_place_of_the_old_one_or_of_the_comment_that_shows_it() {
        let text = "name = 'A' # mine\n# url = \"https://x\"\n\n[theme] # looks\n# accent = '#123456'\n\n[build]\n# auto = false\n";
        assert_eq!(set(text, None, "name", "'B'"), text.replace("'A'", "\"B\""));
        assert_eq!(set(text, None, "url", "'u'"), text.replace("# url = \"https://x\"", "url = \"u\""));
        assert_eq!(set(text, Some("build"), "auto", "true"), text.replace("# auto = false", "auto = true"));
        // A comment of another section shows something else.
        assert_eq!(set(text, None, "accent", "'u'"), text.replace("# mine\n", "# mine\naccent = \"u\"\n"));
        assert_eq!(set(text, Some("text"), "images", "true"), format!("{text}\n[text]\nimages = true\n"));
        assert_eq!(set("", Some("text"), "images", "true"), "[text]\nimages = true\n");
    }

    #[test]
    fn what_is_taken_away_stays_as_a_comment() {
        let text = "name = 'A'\nlinks = [ # several\n  { text = 'x' },\n] # all\n[theme]\naccent = '#123456' # blue\n";
        assert_eq!(
            with_setting(text, None, "links", None).unwrap(),
            "name = 'A'\n# links = [ # several\n#   { text = 'x' },\n# ] # all\n[theme]\naccent = '#123456' # blue\n"
        );
        assert_eq!(with_setting(text, Some("theme"), "accent", None).unwrap(), text.replace("accent =", "# accent ="));
        assert_eq!(
            with_setting("theme = { accent = 'x', density = 'y' }\n", Some("theme"), "accent", None).unwrap(),
            "theme = { density = 'y' }\n"
        );
        assert_eq!(with_setting("a = 1\n[[links]]\ntext = 'x'\n[theme]\n", None, "links", None).unwrap(), "a = 1\n[theme]\n");
    }

    #[test]
    fn lists_of_sections_keep_what_stands_in_them() {
        let text = "[[links]]\n# first\ntext = 'a' # one\nurl = 'u'\n\n# below\n[[links]]\ntext = 'b'\n\n[ingest.services]\n# by label\n\"A b\" = 'a'\nc = 'c'\n";
        let changed = set(text, None, "links", "[{ text = 'z', url = 'u' }, { text = 'b' }, { text = 'c' }]");
        assert!(changed.starts_with(&text[..text.find("\n[ingest").unwrap()].replace("'a' #", "\"z\" #")), "{changed}");
        assert!(changed.contains("[[links]]\ntext = \"c\"\n"), "{changed}");
        let changed = set(text, Some("ingest"), "services", "{ \"A b\" = 'other' }");
        assert!(changed.ends_with("# by label\n\"A b\" = \"other\"\n"), "{changed}");
    }

    proptest! {
        #[test]
        fn no_comment_is_lost_and_nothing_else_changes(
            name in "[a-z \\\\\"'#=\\n\u{e9}]{0,12}",
            weights in (0..1001_u32, 0..1001_u32),
            links in proptest::collection::vec("[a-z #'\"]{0,8}", 0..4),
        ) {
            let mut text = crate::config::create::sample_settings();
            let comments: Vec<String> = text.lines().filter(|line| line.starts_with("# ") && !line.contains(" = ")).map(str::to_owned).collect();
            let links = links.into_iter().map(|link| toml::Value::Table([("text".to_owned(), toml::Value::String(link))].into_iter().collect()));
            let changes = [
                (None, "name", toml::Value::String(name)),
                (Some("uptime"), "partial_weight", toml::Value::Float(f64::from(weights.0) / 1000.0)),
                (Some("uptime"), "major_weight", toml::Value::Float(f64::from(weights.1) / 1000.0)),
                (None, "links", toml::Value::Array(links.collect())),
            ];
            for (section, key, new) in &changes {
                text = with_setting(&text, *section, key, Some(new)).unwrap();
                prop_assert_eq!(with_setting(&text, *section, key, Some(new)), Some(text.clone()));
            }
            for (section, key, _) in &changes {
                text = with_setting(&text, *section, key, None).unwrap();
            }
            let kept: Vec<&str> = text.lines().collect();
            for comment in &comments {
                prop_assert!(kept.contains(&comment.as_str()), "{} is gone:\n{}", comment, text);
            }
        }
    }
}
