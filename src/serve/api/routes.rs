//! The one table of the API: which method at which path does what, who may, how much may be sent, and how OpenAPI describes it.

use crate::domain::Right;
use crate::serve::api::answer::Answer;
use crate::serve::api::call::Call;
use crate::serve::api::failure::Failure;

mod table;

pub(super) use table::ROUTES;

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
        // So that it is told that the method means nothing, and not that its body is too large.
        Found::OtherMethod { .. } => {
            ROUTES.iter().filter(|route| route.named(names).is_some()).map(|route| route.largest).max().unwrap_or(0)
        }
        Found::Nothing => 0,
    }
}
