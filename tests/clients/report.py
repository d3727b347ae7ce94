"""One line per check, `ok …` or `FAIL …`: the form that run.sh counts. Also the rule that turns a URL into a file."""

import os
import pathlib
import urllib.parse

SITE = os.environ.get("SITE_NAME", "site")
BASE = os.environ.get("SITE_BASE", "")


def check(name, problems):
    """Prints one line for the check `name`: it holds when `problems` is empty."""
    problems = [" ".join(str(problem).split())[:300] for problem in problems]
    if not problems:
        print(f"ok {SITE}: {name}", flush=True)
        return
    more = f" (+{len(problems) - 4} more)" if len(problems) > 4 else ""
    print(f"FAIL {SITE}: {name}: {'; '.join(problems[:4])}{more}", flush=True)


def missing_file(site, url):
    """Why `url`, absolute and below the site's own address, is no file of the folder `site`; None when it is one."""
    if not BASE or not url.startswith(BASE):
        return f"{url} is not below the site's address {BASE or '(unknown: see robots.txt)'}"
    path = urllib.parse.unquote(urllib.parse.urlsplit(url[len(BASE):]).path)
    if path == "" or path.endswith("/"):
        path += "index.html"
    return None if (pathlib.Path(site) / path).is_file() else f"{url} has no file {path}"
