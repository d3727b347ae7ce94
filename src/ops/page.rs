//! Pages of lists: so many at a time, and from where the last page ended, however much is added meanwhile.
//!
//! A cursor says after which entry to go on, by what the list is ordered by and not by how many came before. It means nothing to whoever
//! gets it but that.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};

use crate::domain::PublicId;
use crate::error::UserError;

/// Which part of a list is asked for; by default all of it, or as much as the list shows by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// At most so many, and at least one.
    pub limit: Option<usize>,
    /// The `next_page` of the page before it, of the same list with the same conditions.
    pub after: Option<String>,
}

/// A list that has cursors of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Groups,
    Incidents,
    Maintenances,
    Services,
}

impl List {
    const fn word(self) -> &'static str {
        match self {
            Self::Groups => "group",
            Self::Incidents => "incident",
            Self::Maintenances => "maintenance",
            Self::Services => "service",
        }
    }

    /// The cursor after the entry of a list by time that has this moment and number.
    pub(super) fn after_moment(self, moment: DateTime<Utc>, number: i64) -> String {
        self.cursor(&format!("{} {number}", moment.timestamp_millis()))
    }

    /// The cursor after the entry with this id.
    fn after_id(self, id: &PublicId) -> String {
        self.cursor(id.as_str())
    }

    fn cursor(self, place: &str) -> String {
        URL_SAFE_NO_PAD.encode(format!("{} {place}", self.word()))
    }

    /// What [`List::cursor`] was given.
    fn place(self, cursor: &str) -> Option<String> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        text.strip_prefix(self.word())?.strip_prefix(' ').map(str::to_owned)
    }

    fn no_cursor(self, cursor: &str) -> UserError {
        let shown: String = cursor.chars().take(100).collect();
        UserError::usage(format!("`{}` is no place in this list", shown.escape_debug()))
            .hint("take the `next_page` of the page before, or begin anew")
    }
}

impl Page {
    /// How many are asked for.
    pub(super) fn limit(&self) -> Result<Option<usize>, UserError> {
        match self.limit {
            Some(0) => Err(UserError::usage("a page has at least one entry")),
            limit => Ok(limit),
        }
    }

    /// The moment and number after which a list by time goes on.
    pub(super) fn after_moment(&self, list: List) -> Result<Option<(DateTime<Utc>, i64)>, UserError> {
        let Some(cursor) = &self.after else { return Ok(None) };
        let parsed = list.place(cursor).and_then(|place| {
            let (milliseconds, number) = place.split_once(' ')?;
            Some((DateTime::from_timestamp_millis(milliseconds.parse().ok()?)?, number.parse().ok()?))
        });
        parsed.map(Some).ok_or_else(|| list.no_cursor(cursor))
    }

    /// The asked part of a short list that is there as a whole, and the cursor after it, where there is more.
    pub(super) fn of<T>(&self, list: List, mut whole: Vec<T>, id: impl Fn(&T) -> &PublicId) -> Result<(Vec<T>, Option<String>), UserError> {
        let limit = self.limit()?.unwrap_or(usize::MAX);
        if let Some(cursor) = &self.after {
            let place = list.place(cursor);
            let last = whole.iter().position(|entry| Some(id(entry).as_str()) == place.as_deref()).ok_or_else(|| list.no_cursor(cursor))?;
            whole.drain(..=last);
        }
        let more = whole.len() > limit;
        whole.truncate(limit);
        let next = whole.last().filter(|_| more).map(|entry| list.after_id(id(entry)));
        Ok((whole, next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn after(cursor: &str) -> Page {
        Page { limit: None, after: Some(cursor.to_owned()) }
    }

    #[test]
    fn a_cursor_leads_back_to_its_place_and_only_in_its_list() {
        for (milliseconds, number) in [(0, 1), (-1, 7), (1_790_000_000_123, i64::MAX)] {
            let moment = DateTime::from_timestamp_millis(milliseconds).unwrap();
            let cursor = List::Incidents.after_moment(moment, number);
            assert_eq!(after(&cursor).after_moment(List::Incidents), Ok(Some((moment, number))));
            assert_eq!(after(&cursor).after_moment(List::Maintenances).unwrap_err().kind, Kind::Usage);
        }
        assert_eq!(Page::default().after_moment(List::Incidents), Ok(None));
        let text = |place: &str| URL_SAFE_NO_PAD.encode(place);
        for wrong in
            ["", "x", "é", "%", &text("incident"), &text("incident 1"), &text("incident 1 x"), &text("incident 9223372036854775807 1")]
        {
            assert_eq!(after(wrong).after_moment(List::Incidents).unwrap_err().kind, Kind::Usage, "{wrong}");
        }
        assert!(after(&"\u{1b}".repeat(5000)).after_moment(List::Incidents).unwrap_err().message.len() < 1000);
    }

    #[test]
    fn a_short_list_is_cut_by_ids() {
        let ids: Vec<PublicId> = ["a", "b", "c"].map(|id| PublicId::parse(id).unwrap()).to_vec();
        let page = |limit, after: Option<&String>| {
            let (found, next) = Page { limit, after: after.cloned() }.of(List::Groups, ids.clone(), |id| id)?;
            Ok::<_, UserError>((found.iter().map(ToString::to_string).collect::<String>(), next))
        };
        assert_eq!(page(None, None), Ok(("abc".to_owned(), None)));
        assert_eq!(page(Some(3), None), Ok(("abc".to_owned(), None)));
        let (first, next) = page(Some(2), None).unwrap();
        assert_eq!((first.as_str(), next.is_some()), ("ab", true));
        assert_eq!(page(Some(2), next.as_ref()), Ok(("c".to_owned(), None)));
        assert_eq!(page(Some(0), None).unwrap_err().kind, Kind::Usage);
        let gone = List::Groups.after_id(&PublicId::parse("z").unwrap());
        assert_eq!(page(Some(1), Some(&gone)).unwrap_err().kind, Kind::Usage);
        assert_eq!(page(Some(1), Some(&List::Services.after_id(&ids[0]))).unwrap_err().kind, Kind::Usage);
    }
}
