"""check_statuscheck.py SITE URL: the statuscheck package, which fails on any missing array, reads what summary.json says."""

import json
import pathlib
import sys

from statuscheck.services.bases import _statuspageio as statuspage

from report import check


def differences(read, summary):
    """Where what statuscheck read is not what the document says."""
    if read.status.code != summary["status"]["indicator"] or read.status.description != summary["status"]["description"]:
        yield f"status {read.status.code} `{read.status.description}` instead of {summary['status']}"
    words = statuspage.COMPONENT_STATUS_MAPPING
    found = [(c.id, c.name, c.status) for c in read.components]
    expected = [(c["id"], c["name"], words[c["status"]]) for c in summary["components"]]
    if found != expected:
        yield f"components {found} instead of {expected}"
    found = [(i.id, i.name, i.status, [c.name for c in i.components]) for i in read.incidents]
    expected = [
        (i["id"], i["name"], i["status"], [c["name"] for c in i["components"]])
        for i in summary["incidents"] + summary["scheduled_maintenances"]
    ]
    if found != expected:
        yield f"incidents {found} instead of {expected}"


def main(site, url):
    class Site(statuspage.BaseStatusPageAPI):
        def _get_base_url(self):
            return f"{url}/api/v2/"

    name = "statuscheck reads what summary.json says"
    try:
        summary = json.loads((pathlib.Path(site) / "api/v2/summary.json").read_text("utf-8"))
        check(name, list(differences(Site().get_summary(), summary)))
    except Exception as error:  # whatever a foreign program trips over is the finding
        check(name, [f"{type(error).__name__}: {error}"])


main(*sys.argv[1:3])
