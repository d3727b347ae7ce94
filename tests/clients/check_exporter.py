"""check_exporter.py SITE URL: statuspage-prometheus-exporter, run as its users run it, exports what summary.json says."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from prometheus_client.parser import text_string_to_metric_families

from report import check


def export(url, folder):
    """One monitoring pass over `url`; the samples it wrote."""
    services, metrics = folder / "services.json", folder / "metrics.prom"
    services.write_text(json.dumps({"site": {"name": "Site", "url": f"{url}/api/v2/summary.json"}}))
    program = pathlib.Path(sys.executable).parent / "statuspage-prometheus-exporter"
    environment = {
        **os.environ,
        "RUN_MODE": "once",
        "CLEAR_CACHE": "true",
        "SERVICES_JSON_PATH": str(services),
        "METRICS_TEXTFILE_PATH": str(metrics),
    }
    subprocess.run([program], cwd=folder, env=environment, check=True, timeout=60, capture_output=True)
    families = text_string_to_metric_families(metrics.read_text("utf-8"))
    return [sample for family in families for sample in family.samples]


def values(samples, metric, label):
    """{label value: number} of one metric, without the exporter's own `none` placeholder."""
    found = {sample.labels[label]: sample.value for sample in samples if sample.name == metric}
    return {key: value for key, value in found.items() if key != "none"}


def healthy(summary):
    """The exporter's own rule: the worst impact of an open incident outranks the indicator."""
    impacts = {incident["impact"] for incident in summary["incidents"]} - {"none"}
    return summary["status"]["indicator"] == "none" and not impacts


def differences(samples, summary):
    def expect(what, found, expected):
        return [f"{what}: {found} instead of {expected}"] if found != expected else []

    # It keys components by name, so the last of two with one name counts.
    components = {c["name"]: float(c["status"] == "operational") for c in summary["components"]}
    return (
        expect("probe", values(samples, "statuspage_probe_check", "service_name"), {"Site": 1.0})
        + expect("status", values(samples, "statuspage_service_status", "service_name"), {"Site": float(healthy(summary))})
        + expect(
            "incidents",
            values(samples, "statuspage_incident_info", "incident_id"),
            {incident["id"]: 1.0 for incident in summary["incidents"]},
        )
        + expect(
            "maintenances",
            values(samples, "statuspage_maintenance_info", "maintenance_id"),
            {maintenance["id"]: 1.0 for maintenance in summary["scheduled_maintenances"]},
        )
        + expect("components", values(samples, "statuspage_component_status", "component_name"), components)
    )


def main(site, url):
    name = "statuspage-prometheus-exporter exports what summary.json says"
    try:
        summary = json.loads((pathlib.Path(site) / "api/v2/summary.json").read_text("utf-8"))
        with tempfile.TemporaryDirectory() as folder:
            check(name, differences(export(url, pathlib.Path(folder)), summary))
    except (OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
        check(name, [f"{type(error).__name__}: {error}"])


main(*sys.argv[1:3])
