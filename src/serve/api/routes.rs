//! The one table of the API: which method at which path does what, who may, how much may be sent, and how OpenAPI describes it.

use crate::domain::Right;
use crate::serve::api::answer::Answer;
use crate::serve::api::call::Call;
use crate::serve::api::failure::Failure;
use crate::serve::api::{groups, incidents, maintenance, overview, services};

/// Enough for what is said in an update, in several languages: as much as the command line takes for one message.
const WORDS: u64 = 1 << 20;

/// Enough for settings.
const SETTINGS: u64 = 64 << 10;

/// One line of the table.
pub(super) struct Route {
    /// The method, in capitals.
    pub(super) method: &'static str,
    /// The path, with names for what varies: `/api/incidents/{incident}`.
    pub(super) pattern: &'static str,
    /// Who may.
    pub(super) needs: Needs,
    /// Bytes that may be sent.
    pub(super) largest: u64,
    /// What does it.
    pub(super) handler: Handler,
    /// How it is described.
    pub(super) operation: Operation,
}

/// Who may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// Everybody.
    Nothing,
    /// Whoever has this right.
    Right(Right),
}

/// What does it.
#[derive(Clone, Copy)]
pub(super) enum Handler {
    /// This.
    Call(Does),
    /// A built file.
    File,
    /// The description of all of this.
    Document,
}

/// How an operation is described.
pub(super) struct Operation {
    /// Its name in programs.
    pub(super) id: &'static str,
    /// What it does, in one line.
    pub(super) summary: &'static str,
    /// Parameters of its query.
    pub(super) query: &'static [&'static str],
    /// Schema of what is sent.
    pub(super) body: Option<Sent>,
    /// Schema of what is answered.
    pub(super) answer: &'static str,
    /// Whether it makes something that has an address.
    pub(super) makes: bool,
}

/// What is sent.
#[derive(Clone, Copy)]
pub(super) struct Sent {
    /// The name of its schema.
    pub(super) schema: &'static str,
    /// Whether nothing may be sent instead.
    pub(super) optional: bool,
}

/// Does what a route is for.
pub(super) type Does = fn(&mut Call<'_>) -> Result<Answer, Failure>;

const fn route(method: &'static str, pattern: &'static str, right: Right, handler: Does, operation: Operation) -> Route {
    Route { method, pattern, needs: Needs::Right(right), largest: 0, handler: Handler::Call(handler), operation }
}

const fn public(pattern: &'static str, handler: Handler, operation: Operation) -> Route {
    Route { method: "GET", pattern, needs: Needs::Nothing, largest: 0, handler, operation }
}

const fn described(id: &'static str, summary: &'static str, answer: &'static str) -> Operation {
    Operation { id, summary, query: &[], body: None, answer, makes: false }
}

impl Route {
    const fn query(mut self, query: &'static [&'static str]) -> Self {
        self.operation.query = query;
        self
    }

    const fn takes(mut self, schema: &'static str, largest: u64) -> Self {
        self.operation.body = Some(Sent { schema, optional: false });
        self.largest = largest;
        self
    }

    const fn may_take(mut self, schema: &'static str, largest: u64) -> Self {
        self.operation.body = Some(Sent { schema, optional: true });
        self.largest = largest;
        self
    }

    const fn makes(mut self) -> Self {
        self.operation.makes = true;
        self
    }

    /// Whether it changes anything.
    pub(super) fn writes(&self) -> bool {
        self.method != "GET"
    }

    /// The names of what varies in its path, in order.
    pub(super) fn variables(&self) -> impl Iterator<Item = &'static str> {
        self.pattern.split('/').filter_map(|name| name.strip_prefix('{')?.strip_suffix('}'))
    }

    /// What stands in `names` where its pattern has a variable; `None` where they are another path.
    fn named(&self, names: &[String]) -> Option<Vec<String>> {
        let pattern = self.pattern.strip_prefix('/')?;
        if pattern.split('/').count() != names.len() {
            return None;
        }
        let mut named = Vec::new();
        for (wanted, name) in pattern.split('/').zip(names) {
            if wanted.starts_with('{') && !name.is_empty() {
                named.push(name.clone());
            } else if wanted != name {
                return None;
            }
        }
        Some(named)
    }
}

use Right::{ChangeServices, ReadPrivate, Tell};

/// Everything the API does.
pub(super) static ROUTES: &[Route] = &[
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

/// What a path and a method lead to.
pub(super) enum Found {
    /// This, with what stands for the variables of its path.
    Route(&'static Route, Vec<String>),
    /// Something that takes these methods only.
    OtherMethod {
        /// As in `Allow`.
        allowed: String,
        /// Whether everybody may read it.
        public: bool,
    },
    /// Nothing.
    Nothing,
}

/// What the path of these names leads to; whoever may `GET` may ask for the head alone.
pub(super) fn find(names: &[String], method: &str) -> Found {
    let method = if method == "HEAD" { "GET" } else { method };
    let at_path: Vec<(&'static Route, Vec<String>)> =
        ROUTES.iter().filter_map(|route| route.named(names).map(|named| (route, named))).collect();
    if at_path.is_empty() {
        return Found::Nothing;
    }
    let mut allowed: Vec<&str> = Vec::new();
    for (route, _) in &at_path {
        allowed.push(route.method);
        if route.method == "GET" {
            allowed.push("HEAD");
        }
    }
    allowed.push("OPTIONS");
    let (allowed, public) = (allowed.join(", "), at_path.iter().all(|(route, _)| route.needs == Needs::Nothing));
    match at_path.into_iter().find(|(route, _)| route.method == method) {
        Some((route, named)) => Found::Route(route, named),
        None => Found::OtherMethod { allowed, public },
    }
}

/// How much may be sent to `path`, wherever below it the API of an organization lies; 0 where nothing takes anything.
pub(in crate::serve) fn largest_body(method: &str, path: &str) -> u64 {
    let path = path.split('?').next().unwrap_or_default();
    let below = path.match_indices("/api/").filter_map(|(at, _)| path.get(at + 1..));
    below.map(|path| largest_of(method, &path.split('/').map(str::to_owned).collect::<Vec<_>>())).max().unwrap_or(0)
}

fn largest_of(method: &str, names: &[String]) -> u64 {
    match find(names, method) {
        Found::Route(route, _) => route.largest,
        Found::OtherMethod { .. } | Found::Nothing => 0,
    }
}
