//! Everything the API does, in one table.

use crate::domain::Right::{ChangeServices, ReadPrivate, Tell};
use crate::serve::api::routes::{Handler, Route, described, public, route};
use crate::serve::api::{groups, incidents, maintenance, monitors, overview, services};

/// Enough for what is said in an update, in several languages: as much as the command line takes for one message.
const WORDS: u64 = 1 << 20;

/// Enough for settings.
const SETTINGS: u64 = 64 << 10;

/// Enough for a thousand alerts.
const ALERTS: u64 = 4 << 20;

/// Everything the API does.
pub(in crate::serve::api) static ROUTES: &[Route] = &[
    route("GET", "/api/services", ReadPrivate, services::list, described("listServices", "List services in page order", "Services"))
        .query(&["limit", "after"]),
    route("POST", "/api/services", ChangeServices, services::add, described("addService", "Add a service", "WrittenService"))
        .takes("NewService", SETTINGS)
        .makes(),
    route("GET", "/api/services/{service}", ReadPrivate, services::show, described("showService", "Show a service", "Service")),
    route(
        "PATCH",
        "/api/services/{service}",
        ChangeServices,
        services::edit,
        described("editService", "Change a service", "WrittenService"),
    )
    .takes("ServiceChange", SETTINGS),
    route(
        "DELETE",
        "/api/services/{service}",
        ChangeServices,
        services::remove,
        described("removeService", "Remove a service", "WrittenService"),
    )
    .query(&["at"]),
    route(
        "POST",
        "/api/services/{service}/status",
        Tell,
        services::status,
        described("setServiceStatus", "Set the status of a service by hand", "WrittenService"),
    )
    .takes("ServiceStatusGiven", WORDS),
    route("GET", "/api/groups", ReadPrivate, groups::list, described("listGroups", "List groups in page order", "Groups"))
        .query(&["limit", "after"]),
    route("POST", "/api/groups", ChangeServices, groups::add, described("addGroup", "Add a group of services", "WrittenGroup"))
        .takes("NewGroup", SETTINGS)
        .makes(),
    route("GET", "/api/groups/{group}", ReadPrivate, groups::show, described("showGroup", "Show a group", "Group")),
    route("PATCH", "/api/groups/{group}", ChangeServices, groups::edit, described("editGroup", "Change a group", "WrittenGroup"))
        .takes("GroupChange", SETTINGS),
    route(
        "DELETE",
        "/api/groups/{group}",
        ChangeServices,
        groups::remove,
        described("removeGroup", "Remove a group that holds no service any more", "WrittenGroup"),
    )
    .query(&["at"]),
    route("GET", "/api/incidents", ReadPrivate, incidents::list, described("listIncidents", "List incidents, newest first", "Incidents"))
        .query(&["open", "service", "since", "limit", "after"]),
    route(
        "POST",
        "/api/incidents",
        Tell,
        incidents::open,
        described("openIncident", "Open an incident, or write it down as a draft", "WrittenIncident"),
    )
    .takes("NewIncident", WORDS)
    .makes(),
    route(
        "GET",
        "/api/incidents/{incident}",
        ReadPrivate,
        incidents::show,
        described("showIncident", "Show an incident with its updates", "Incident"),
    ),
    route(
        "PATCH",
        "/api/incidents/{incident}",
        Tell,
        incidents::edit,
        described("editIncident", "Change the title or the impact of an incident", "WrittenIncident"),
    )
    .takes("IncidentChange", SETTINGS),
    route(
        "DELETE",
        "/api/incidents/{incident}",
        Tell,
        incidents::remove,
        described("removeIncident", "Remove an incident from everything, also from uptime", "WrittenIncident"),
    )
    .query(&["at"]),
    route(
        "POST",
        "/api/incidents/{incident}/publish",
        Tell,
        incidents::publish,
        described("publishIncident", "Publish a draft", "WrittenIncident"),
    )
    .may_take("Publication", SETTINGS),
    route(
        "POST",
        "/api/incidents/{incident}/resolve",
        Tell,
        incidents::resolve,
        described("resolveIncident", "Resolve an incident; its services are operational from then on", "WrittenIncident"),
    )
    .may_take("Step", WORDS),
    route(
        "POST",
        "/api/incidents/{incident}/postmortem",
        Tell,
        incidents::postmortem,
        described("writePostmortem", "Write the postmortem of an incident that is over, or replace it", "WrittenIncident"),
    )
    .takes("Step", WORDS),
    route(
        "GET",
        "/api/incidents/{incident}/updates",
        ReadPrivate,
        incidents::updates,
        described("listIncidentUpdates", "List the updates of an incident, oldest first", "Updates"),
    ),
    route(
        "POST",
        "/api/incidents/{incident}/updates",
        Tell,
        incidents::update,
        described("updateIncident", "Say what is new about an incident", "WrittenIncident"),
    )
    .takes("IncidentUpdate", WORDS)
    .makes(),
    route(
        "GET",
        "/api/incidents/{incident}/updates/{number}",
        ReadPrivate,
        incidents::show_update,
        described("showIncidentUpdate", "Show an update of an incident", "Update"),
    ),
    route(
        "PATCH",
        "/api/incidents/{incident}/updates/{number}",
        Tell,
        incidents::edit_update,
        described("editIncidentUpdate", "Change an update: its words, its status, its services, its time", "WrittenIncident"),
    )
    .takes("IncidentUpdateChange", WORDS),
    route(
        "GET",
        "/api/maintenance",
        ReadPrivate,
        maintenance::list,
        described("listMaintenance", "List maintenances by the start of their window, newest first", "Maintenances"),
    )
    .query(&["limit", "after"]),
    route(
        "POST",
        "/api/maintenance",
        Tell,
        maintenance::schedule,
        described("scheduleMaintenance", "Announce a maintenance", "WrittenMaintenance"),
    )
    .takes("NewMaintenance", WORDS)
    .makes(),
    route(
        "GET",
        "/api/maintenance/{maintenance}",
        ReadPrivate,
        maintenance::show,
        described("showMaintenance", "Show a maintenance with its updates", "Maintenance"),
    ),
    route(
        "PATCH",
        "/api/maintenance/{maintenance}",
        Tell,
        maintenance::edit,
        described("editMaintenance", "Change a maintenance: its title, its window, its services", "WrittenMaintenance"),
    )
    .takes("MaintenanceChange", SETTINGS),
    route(
        "DELETE",
        "/api/maintenance/{maintenance}",
        Tell,
        maintenance::remove,
        described("removeMaintenance", "Remove a maintenance from everything", "WrittenMaintenance"),
    )
    .query(&["at"]),
    route(
        "GET",
        "/api/maintenance/{maintenance}/updates",
        ReadPrivate,
        maintenance::updates,
        described("listMaintenanceUpdates", "List the updates of a maintenance, oldest first", "Updates"),
    ),
    route(
        "POST",
        "/api/maintenance/{maintenance}/updates",
        Tell,
        maintenance::update,
        described("updateMaintenance", "Say what is new about a maintenance", "WrittenMaintenance"),
    )
    .takes("MaintenanceUpdate", WORDS)
    .makes(),
    route(
        "POST",
        "/api/maintenance/{maintenance}/start",
        Tell,
        maintenance::start,
        described("startMaintenance", "Start a maintenance", "WrittenMaintenance"),
    )
    .may_take("Step", WORDS),
    route(
        "POST",
        "/api/maintenance/{maintenance}/complete",
        Tell,
        maintenance::complete,
        described("completeMaintenance", "Complete a maintenance", "WrittenMaintenance"),
    )
    .may_take("Step", WORDS),
    route(
        "POST",
        "/api/maintenance/{maintenance}/cancel",
        Tell,
        maintenance::cancel,
        described("cancelMaintenance", "Cancel a maintenance, before it starts or while it runs", "WrittenMaintenance"),
    )
    .may_take("Step", WORDS),
    route(
        "POST",
        "/api/checks/{service}",
        Tell,
        monitors::check,
        described("recordCheck", "Take what a monitor found of a service", "Checks"),
    )
    .takes("CheckResult", SETTINGS),
    route(
        "POST",
        "/api/ingest/{kind}",
        Tell,
        monitors::ingest,
        described("ingestAlerts", "Make incidents of the alerts that a monitor sends", "Ingested"),
    )
    .takes("AlertPayload", ALERTS),
    route("GET", "/api/status", ReadPrivate, overview::status, described("showStatus", "Show how everything does", "Status")),
    route("GET", "/api/log", ReadPrivate, overview::log, described("showLog", "Show who did what when, oldest first", "Log"))
        .query(&["since", "limit"]),
    route("GET", "/api/uptime", ReadPrivate, overview::uptime, described("showUptime", "Show uptime percentages", "Uptime"))
        .query(&["service", "days", "from", "until"]),
    route(
        "GET",
        "/api/uptime/{service}/explain",
        ReadPrivate,
        overview::explain,
        described("explainUptime", "List every interval and weight behind the figure of a service", "Explanation"),
    )
    .query(&["days", "from", "until"]),
    public(
        "/api/public/{org}",
        Handler::File,
        described("showPublic", "Read what visitors see: the present and 90 days", "PublicDocument"),
    ),
    public("/api/openapi.json", Handler::Document, described("showOpenApi", "Read this description", "OpenApi")),
];
