"""check_feeds.py SITE: feedparser, atoma and icalendar read the feeds and the calendar, without complaint and alike."""

import pathlib
import sys

import atoma
import defusedxml.ElementTree
import feedparser
import icalendar

from report import check, missing_file

ENTRY = {"atom": "{http://www.w3.org/2005/Atom}entry", "rss": "item"}
# What the feed itself must say, in feedparser's words.
HEAD = {"atom": ("id", "title", "updated_parsed"), "rss": ("title", "link", "subtitle")}


def by_feedparser(data, kind):
    feed = feedparser.parse(data)
    if feed.bozo:
        raise ValueError(f"feedparser: {feed.bozo_exception}")
    lacking = [name for name in HEAD[kind] if not feed.feed.get(name)]
    if lacking:
        raise ValueError(f"feedparser: the feed has no {lacking}")
    # RSS has no `updated`; its pubDate is what a reader shows in that place.
    return [(e.get("id"), e.get("link"), e.get("title"), e.get("updated_parsed") or e.get("published_parsed")) for e in feed.entries]


def by_atoma(data, kind):
    if kind == "atom":
        entries = atoma.parse_atom_bytes(data).entries
        return [(e.id_, e.links[0].href if e.links else None, e.title.value, e.updated) for e in entries]
    return [(e.guid, e.link, e.title, e.pub_date) for e in atoma.parse_rss_bytes(data).items]


def problems_of(site, file):
    """(number of entries, what is wrong) of one feed."""
    kind, data = file.suffix[1:], file.read_bytes()
    count = len(list(defusedxml.ElementTree.fromstring(data).iter(ENTRY[kind])))
    readings = {"feedparser": by_feedparser(data, kind), "atoma": by_atoma(data, kind)}
    problems = []
    for reader, entries in readings.items():
        if len(entries) != count:
            problems.append(f"{reader} sees {len(entries)} of {count} entries")
        problems += [f"{reader}: id, link, title or date is missing in {e}" for e in entries if not all(e)]
        if len({e[0] for e in entries}) != len(entries):
            problems.append(f"{reader}: an id stands twice")
    first, second = ([e[:3] for e in entries] for entries in readings.values())
    problems += [f"feedparser reads {a}, atoma {b}" for a, b in zip(first, second) if a != b]
    problems += [missing for e in first if (missing := missing_file(site, e[1] or ""))]
    return count, problems


def checked(site, path):
    """Number of entries, after printing the check of this feed; None when it cannot be read at all."""
    try:
        count, problems = problems_of(site, site / path)
    except Exception as error:  # whatever a foreign parser trips over is the finding
        count, problems = None, [f"{type(error).__name__}: {error}"]
    check(f"feedparser and atoma read {path}", problems)
    return count


def calendar_problems(file):
    calendar = icalendar.Calendar.from_ical(file.read_bytes())
    uids = []
    for event in calendar.walk("VEVENT"):
        uids.append(str(event.get("UID")))
        lacking = [name for name in ("UID", "DTSTAMP", "DTSTART", "SUMMARY") if name not in event]
        if lacking or event.errors:
            yield f"event {uids[-1]}: without {lacking}, errors {event.errors}"
    if len(set(uids)) != len(uids):
        yield "a UID stands twice"


def main(site):
    counts = {path: checked(site, path) for path in ("history.atom", "history.rss")}
    check("history.atom and history.rss have equally many entries", [] if len(set(counts.values())) == 1 else [counts])
    for file in sorted(site.glob("services/*/history.atom")):
        checked(site, file.relative_to(site).as_posix())
    if not (site / "maintenance.ics").exists():
        return
    try:
        problems = list(calendar_problems(site / "maintenance.ics"))
    except Exception as error:  # as above
        problems = [f"{type(error).__name__}: {error}"]
    check("icalendar reads maintenance.ics", problems)


main(pathlib.Path(sys.argv[1]))
