"""check_xml.py SITE: all XML parses, every URL of the sitemap has its file, and robots.txt names the sitemap."""

import pathlib
import sys

import defusedxml.ElementTree

from report import BASE, check, missing_file

SUFFIXES = {".xml", ".atom", ".rss", ".svg"}
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def unreadable(site, file):
    try:
        defusedxml.ElementTree.parse(site / file)
    except Exception as error:  # a refused entity is as much a finding as a syntax error
        return f"{file}: {type(error).__name__}: {error}"
    return None


def sitemap_urls(site, path="sitemap.xml"):
    """Every page URL, through an index of sitemaps where there is one; raises where a part is missing."""
    root = defusedxml.ElementTree.parse(site / path).getroot()
    if root.tag not in (f"{NAMESPACE}urlset", f"{NAMESPACE}sitemapindex"):
        raise ValueError(f"{path} begins with <{root.tag}>")
    locations = [(loc.text or "").strip() for loc in root.iter(f"{NAMESPACE}loc")]
    if len(locations) > 50_000:
        raise ValueError(f"{path} has {len(locations)} URLs, the limit is 50,000")
    if root.tag == f"{NAMESPACE}urlset":
        return locations
    return [url for part in locations for url in sitemap_urls(site, part.removeprefix(BASE))]


def main(site):
    files = sorted(file.relative_to(site) for file in site.rglob("*") if file.suffix in SUFFIXES)
    check(f"{len(files)} XML files parse", [problem for file in files if (problem := unreadable(site, file))])
    robots = site / "robots.txt"
    lines = robots.read_text("utf-8").splitlines() if robots.is_file() else []
    check("robots.txt names the sitemap", [] if f"Sitemap: {BASE}sitemap.xml" in lines and BASE.startswith("http") else [lines])
    try:
        urls = sitemap_urls(site)
        problems = [problem for url in urls if (problem := missing_file(site, url))]
        problems += [] if BASE in urls else ["the home page is not in it"]
        problems += [] if len(set(urls)) == len(urls) else ["a URL stands twice"]
    except Exception as error:  # as above
        urls, problems = [], [f"{type(error).__name__}: {error}"]
    check(f"{len(urls)} URLs of sitemap.xml have their files", problems)


main(pathlib.Path(sys.argv[1]))
