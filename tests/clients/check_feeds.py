"""check_feeds.py SITE: feedparser, atoma and icalendar read the feeds and the calendar, without complaint and alike; and the badges."""

import datetime
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


EVENT = ("UID", "DTSTAMP", "DTSTART", "SUMMARY", "DESCRIPTION", "URL", "STATUS", "SEQUENCE", "CREATED", "LAST-MODIFIED", "TRANSP")


def maintenances_of(site, file):
    """How many maintenances belong into a calendar: all that have a page, or those whose page leads to the service's."""
    pages = site.glob("maintenance/*/index.html")
    service = file.parent.relative_to(site).as_posix()
    return len([page for page in pages if service == "." or f'"../../{service}/"' in page.read_text("utf-8")])


def calendar_problems(site, file):
    data = file.read_bytes()
    calendar = icalendar.Calendar.from_ical(data)
    lacking = [name for name in ("PRODID", "VERSION", "METHOD", "NAME", "X-WR-CALNAME", "REFRESH-INTERVAL") if name not in calendar]
    if lacking or calendar.errors:
        yield f"the calendar: without {lacking}, errors {calendar.errors}"
    yield from (f"a line of {len(line)} octets" for line in data.split(b"\r\n") if len(line) > 75)
    uids = []
    for event in calendar.walk("VEVENT"):
        uids.append(str(event.get("UID")))
        lacking = [name for name in EVENT if name not in event]
        if lacking or event.errors:
            yield f"event {uids[-1]}: without {lacking}, errors {event.errors}"
            continue
        start = event.decoded("DTSTART")
        if start.utcoffset() is None or start.utcoffset() or start >= event.decoded("DTEND", datetime.datetime.max.replace(tzinfo=datetime.UTC)):
            yield f"event {uids[-1]}: from {start} until {event.get('DTEND')}"
        if missing := missing_file(site, str(event["URL"])):
            yield missing
    if len(set(uids)) != len(uids):
        yield "a UID stands twice"
    if missing := missing_file(site, str(calendar["URL"])):
        yield missing
    pages = maintenances_of(site, file)
    if len(uids) != pages:
        yield f"{len(uids)} events of {pages} maintenances"
    if not calendar.subcomponents:
        yield "a calendar without a component"


def badge_problems(site):
    """What is wrong with the badges; every service has one."""
    files = [site / "badge.svg", *sorted(site.glob("badge/**/*.svg"))]
    for file in files:
        svg = defusedxml.ElementTree.fromstring(file.read_bytes())
        name, title = file.relative_to(site), svg.findtext("{http://www.w3.org/2000/svg}title")
        if svg.get("role") != "img" or not title or svg.get("aria-label") != title or svg.get("height") != "20":
            yield f"{name}: role {svg.get('role')}, title {title}, label {svg.get('aria-label')}"
        if found := {element.tag.split("}")[1] for element in svg.iter()} - {"svg", "title", "path", "g", "circle", "text"}:
            yield f"{name}: {found}"
    services = {page.parent.name for page in site.glob("services/*/index.html")}
    badges = {file.stem for file in site.glob("badge/*.svg")}
    if services != badges:
        yield f"badges of {badges - services} and not of {services - badges}"


def main(site):
    counts = {path: checked(site, path) for path in ("history.atom", "history.rss")}
    check("history.atom and history.rss have equally many entries", [] if len(set(counts.values())) == 1 else [counts])
    for file in sorted(site.glob("services/*/history.atom")):
        checked(site, file.relative_to(site).as_posix())
    calendars = [site / "maintenance.ics", *sorted(site.glob("services/*/maintenance.ics"))]
    for name, problems in (
        *((f"icalendar reads {file.relative_to(site).as_posix()}", calendar_problems(site, file)) for file in calendars),
        ("every service has a calendar", [] if len(calendars) == 1 + len(list(site.glob("services/*/index.html"))) else [calendars]),
        ("every service has a badge that says what it shows", badge_problems(site)),
    ):
        try:
            found = list(problems)
        except Exception as error:  # as above
            found = [f"{type(error).__name__}: {error}"]
        check(name, found)


main(pathlib.Path(sys.argv[1]))
