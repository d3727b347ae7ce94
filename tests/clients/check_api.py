"""check_api.py SITE: every document under api/v2/ fits its JSON Schema, and the documents agree with summary.json."""

import json
import pathlib
import sys

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from report import check

SCHEMAS = pathlib.Path(__file__).parent.parent / "schemas" / "statuspage-v2"
# The documents that every site has, each with the schema it must fit.
FIXED = {
    "summary.json": "summary",
    "status.json": "status",
    "components.json": "components",
    "incidents.json": "incidents",
    "incidents/unresolved.json": "incidents-unresolved",
    "scheduled-maintenances.json": "scheduled-maintenances",
    "scheduled-maintenances/upcoming.json": "scheduled-maintenances-upcoming",
    "scheduled-maintenances/active.json": "scheduled-maintenances-active",
}
# Those of them whose `page.updated_at` is that of the whole page.
OF_THE_WHOLE_PAGE = {"summary.json", "status.json", "incidents.json", "incidents/unresolved.json"}
# Single documents, one per incident or maintenance.
SINGLE = ("incidents/", "scheduled-maintenances/")


def validator(name):
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def schema_name(path):
    if path in FIXED:
        return FIXED[path]
    return "incident-document" if path.startswith(SINGLE) and path.count("/") == 1 else None


def strict_object(pairs):
    """A key given twice is legal for most parsers and still a mistake."""
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key stands twice among {keys}")
    return dict(pairs)


def read(file):
    return json.loads(file.read_text("utf-8"), object_pairs_hook=strict_object)


def problems_of(document, path, validators):
    for error in validators[schema_name(path)].iter_errors(document):
        best = best_match([error])
        yield f"{path} at {best.json_path}: {best.message[:160]}"


def ids(items):
    return [item["id"] for item in items]


def newest(value):
    """The newest change that is told anywhere in a document but in its `page`; all times are written alike, so that text compares as time."""
    if isinstance(value, list):
        return max(map(newest, value), default="")
    if isinstance(value, dict):
        within = [newest(part) for key, part in value.items() if key != "page"]
        return max([*within, value.get("updated_at", "") if "page" not in value else ""])
    return ""


def disagreements(documents):
    """Where two documents of one site say different things."""
    summary = documents["summary.json"]
    maintenances = summary["scheduled_maintenances"]
    upcoming = [m for m in maintenances if m["status"] == "scheduled"]
    active = [m for m in maintenances if m["status"] != "scheduled"]
    same = [
        ("status.json", "status", summary["status"]),
        ("components.json", "components", summary["components"]),
        ("incidents/unresolved.json", "incidents", summary["incidents"]),
        ("scheduled-maintenances/upcoming.json", "scheduled_maintenances", upcoming),
        ("scheduled-maintenances/active.json", "scheduled_maintenances", active),
    ]
    for path, key, expected in same:
        if documents[path][key] != expected:
            yield f"{path} and summary.json disagree about `{key}`"
    for path, document in documents.items():
        settings = [{key: value for key, value in page.items() if key != "updated_at"} for page in (document["page"], summary["page"])]
        if settings[0] != settings[1] or (path in OF_THE_WHOLE_PAGE and document["page"] != summary["page"]):
            yield f"{path} and summary.json disagree about `page`"
        # A document's page is as new as the document, so that an update elsewhere leaves it untouched: never older than what it tells.
        if not newest(document) <= document["page"]["updated_at"] <= summary["page"]["updated_at"]:
            yield f"{path} says that its page was last updated at {document['page']['updated_at']}"
        incident = document.get("incident")
        if incident and path != f"{path.split('/')[0]}/{incident['id']}.json":
            yield f"{path} holds {incident['id']}"
    for path in ("incidents.json", "scheduled-maintenances.json"):
        items = documents[path][path.removesuffix(".json").replace("-", "_")]
        if len(items) > 50 or len(set(ids(items))) != len(items):
            yield f"{path} has {len(items)} items, {len(set(ids(items)))} distinct; at most 50, each once"


def main(site):
    root = pathlib.Path(site) / "api" / "v2"
    check("api/v2 has Statuspage's eight documents", [f"{path} is missing" for path in FIXED if not (root / path).is_file()])
    if "uri" not in FormatChecker.checkers:
        check("the validator checks formats", ["no checker for `uri`"])
    validators = {name: validator(name) for name in {*FIXED.values(), "incident-document"}}
    documents, singles = {}, []
    for file in sorted(root.rglob("*.json")):
        path = file.relative_to(root).as_posix()
        if schema_name(path) is None:
            check(f"api/v2/{path} fits its schema", ["no schema covers this path"])
            continue
        try:
            document = read(file)
            problems = list(problems_of(document, path, validators))
        except ValueError as error:
            document, problems = None, [f"{path}: {error}"]
        if not problems:
            documents[path] = document
        if path in FIXED:
            check(f"api/v2/{path} fits its schema", problems)
        else:
            singles.append(problems)
    check(f"{len(singles)} single documents fit their schema", [problem for problems in singles for problem in problems])
    if all(path in documents for path in FIXED):
        check("the documents of api/v2 agree with summary.json", list(disagreements(documents)))


main(sys.argv[1])
