//! Where a command works: the moment that counts as now, the global options, the organization and its zone.

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::cli::Global;
use crate::cli::ask;
use crate::cli::complaint::complaint;
use crate::cli::editor::{self, Draft};
use crate::cli::output::Output;
use crate::cli::progress::Bar;
use crate::cli::state;
use crate::cli::time_argument::{self, Echo};
use crate::cli::wording::{Count, one_line};
use crate::clock;
use crate::config::{OrgFolder, Settings, Workspace};
use crate::domain::text;
use crate::error::{UserError, reason};
use crate::ops::build::BuildOptions;
use crate::ops::report::{BuildReport, Written};
use crate::ops::{self, Deed, Org, Page};

/// What every command works with.
pub(super) struct Desk {
    /// The moment that counts as now.
    pub(super) now: DateTime<Utc>,
    /// When that was read.
    pub(super) since: Instant,
    /// Options that every command takes.
    pub(super) global: Global,
    /// Explicit moments, echoed once the command has succeeded.
    echoes: RefCell<Vec<String>>,
    /// A message that was written for this command, until that is done.
    draft: RefCell<Option<Draft>>,
    /// The organization whose record is read without asking the remote that it is shared at.
    reads: Rc<RefCell<Option<OrgFolder>>>,
    /// Whether it does not rest on an old copy of a shared record.
    newest: Cell<bool>,
    /// What whoever gets no result has to know all the same.
    if_unheard: Cell<Option<&'static str>>,
}

/// An organization that is found but not opened yet, so that arguments can be checked before anything is touched.
pub(super) struct Place {
    folder: OrgFolder,
    settings: Settings,
    now: DateTime<Utc>,
    offline: bool,
    reads: Rc<RefCell<Option<OrgFolder>>>,
}

impl Desk {
    pub(super) fn new(global: Global) -> anyhow::Result<Self> {
        Ok(Self {
            now: clock::now()?,
            since: Instant::now(),
            global,
            echoes: RefCell::default(),
            draft: RefCell::default(),
            reads: Rc::default(),
            newest: Cell::default(),
            if_unheard: Cell::default(),
        })
    }

    /// The workspace that `--root` or the current folder is in.
    pub(super) fn workspace(&self) -> anyhow::Result<Workspace> {
        let here =
            std::env::current_dir().map_err(|error| UserError::failed(format!("cannot tell the current folder: {}", reason(&error))))?;
        Ok(Workspace::find(self.global.root.as_deref(), &here)?)
    }

    /// The organization the command is about, with its settings read.
    pub(super) fn place(&self) -> anyhow::Result<Place> {
        let folder = self.workspace()?.org(self.global.org.as_deref())?;
        let settings = folder.settings()?;
        Ok(Place { folder, settings, now: self.now, offline: self.global.offline, reads: Rc::clone(&self.reads) })
    }

    /// What is done does not rest on an old copy of a shared record.
    pub(super) fn takes_the_newest(&self) {
        self.newest.set(true);
    }

    /// How old the copy is that was read, where the record is shared.
    pub(super) fn age_of_copy(&self) -> anyhow::Result<Option<String>> {
        let Some(folder) = self.reads.take().filter(|_| !self.newest.get()) else { return Ok(None) };
        let Some(remote) = folder.state_remote()? else { return Ok(None) };
        Ok(ops::state::copy(&folder, self.now)?.map(|copy| state::age(&copy, &remote.to_string())))
    }

    /// Takes the newest record of the organization where it is shared, unless that is to be left out.
    pub(super) fn take_newest(&self, folder: &OrgFolder) -> anyhow::Result<()> {
        if !self.global.offline {
            ops::state::take_newest(folder, self.now)?;
            self.takes_the_newest();
        }
        Ok(())
    }

    /// Who does it, when, and from when on it counts.
    pub(super) fn deed(&self, zone: Tz, at: Option<&str>) -> anyhow::Result<Deed> {
        let at = at.map(|text| self.moment(text, zone)).transpose()?;
        if let Some(at) = at {
            self.echo(format!("at {}", Echo(at, zone)));
        }
        if !self.global.offline {
            self.takes_the_newest();
        }
        self.records();
        Ok(Deed { offline: self.global.offline, zone: Some(zone), ..Deed::new(self.actor()?, self.now).at(at) })
    }

    /// The command records something once it succeeds, whether its result can be written or not.
    pub(super) fn records(&self) {
        self.tell_if_unheard(Some("it is recorded all the same: do not say it again"));
    }

    /// What whoever gets no result has to know of a command that succeeds.
    pub(super) fn tell_if_unheard(&self, words: Option<&'static str>) {
        self.if_unheard.set(words);
    }

    /// What there is to know for whoever gets no result.
    pub(super) fn if_unheard(&self) -> Option<&'static str> {
        self.if_unheard.get()
    }

    /// The moment that `text` means in `zone`.
    pub(super) fn moment(&self, text: &str, zone: Tz) -> Result<DateTime<Utc>, UserError> {
        time_argument::parse(text, self.now, zone)
    }

    /// By when `--next-update` promises an update.
    pub(super) fn next_update(&self, text: Option<&str>, zone: Tz) -> Result<Option<DateTime<Utc>>, UserError> {
        let Some(by) = text.map(|text| time_argument::parse_ahead(text, self.now, zone)).transpose()? else { return Ok(None) };
        self.echo(format!("next update by {}", Echo(by, zone)));
        Ok(Some(by))
    }

    /// Words to say once the command has succeeded, before its other words.
    pub(super) fn echo(&self, words: String) {
        self.echoes.borrow_mut().push(words);
    }

    /// What was to be echoed.
    pub(super) fn echoes(&self) -> Vec<String> {
        self.echoes.take()
    }

    /// The message that a person makes of `start` in the editor, with `about` below it.
    pub(super) fn written(&self, start: &str, about: &[String]) -> Result<String, UserError> {
        let draft = editor::write(start, about)?;
        let text = draft.text.clone();
        // One that was not changed can be had again.
        *self.draft.borrow_mut() = (text.trim_end() != start.trim_end()).then_some(draft);
        Ok(text)
    }

    /// The command has failed, so that a message that was written for it stays where it is.
    pub(super) fn keep_draft(&self, error: UserError) -> UserError {
        // Whoever changes their mind wants nothing to be left.
        let kept = self.draft.take().filter(|_| !ask::is_cancelled(&error)).and_then(Draft::keep);
        editor::kept(error, kept.as_deref())
    }

    fn actor(&self) -> Result<String, UserError> {
        let Some(given) = &self.global.actor else {
            return Ok(whoami::fallible::username().map_or_else(|_| "unknown".to_owned(), |name| one_line(&name)));
        };
        let name = given.trim();
        if name.is_empty()
            || name.chars().count() > 100
            || name.chars().any(|character| character.is_control() || text::is_dropped(character))
        {
            return Err(UserError::usage("`--as` takes a name of 1 to 100 characters on one line"));
        }
        Ok(name.to_owned())
    }

    /// Whether there is somebody to ask for what is missing.
    pub(super) fn asks(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Whether that person wants to be asked for more than is needed, too.
    pub(super) fn asks_for_more(&self) -> bool {
        !self.global.yes && self.asks()
    }

    /// Asks before something that cannot be taken back, where there is somebody to ask.
    pub(super) fn confirm(&self, question: &str) -> Result<(), UserError> {
        if !self.asks_for_more() {
            return Ok(());
        }
        let mut stderr = io::stderr().lock();
        drop(write!(stderr, "{} [y/N] ", one_line(question)).and_then(|()| stderr.flush()));
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer);
        if read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
            return Ok(());
        }
        Err(UserError::failed("nothing was done").hint("answer `y`, or say `--yes` to skip the question"))
    }

    /// Builds `org` with a progress bar.
    pub(super) fn build(&self, org: &Org, options: &BuildOptions) -> anyhow::Result<BuildReport> {
        let bar = Bar::new("pages", self.global.quiet);
        ops::build::build(org, options, self.now, &|done, all| bar.show(done, all))
    }

    /// Builds all of these with a progress bar.
    pub(super) fn build_all(&self, folders: &[OrgFolder], options: &BuildOptions) -> Vec<anyhow::Result<BuildReport>> {
        let bar = Bar::new("organizations", self.global.quiet);
        let mut taken = if self.global.offline { Vec::new() } else { ops::state::take_newest_of_each(folders, self.now) };
        taken.resize_with(folders.len(), || Ok(()));
        let good: Vec<OrgFolder> =
            folders.iter().zip(&taken).filter(|(_, taken)| taken.is_ok()).map(|(folder, _)| folder.clone()).collect();
        let mut built = ops::build::all(&good, options, self.now, &|done, all| bar.show(done, all)).into_iter();
        let outcome =
            |taken: anyhow::Result<()>| taken.and_then(|()| built.next().unwrap_or_else(|| Err(UserError::failed("was not built").into())));
        taken.into_iter().map(outcome).collect()
    }

    /// What follows a deed that changed public facts: a build where org.toml asks for it, else a hint.
    pub(super) fn after_public_change(&self, org: &Org, mut output: Output) -> Output {
        if org.settings.auto_build {
            match self.build(org, &BuildOptions::default()) {
                Ok(report) => return output.note(format!("built {} into {}", Count(report.written, "file"), report.out)),
                Err(error) => output.failures.push(not_built(&error).into()),
            }
            return output;
        }
        if io::stdout().is_terminal() && io::stderr().is_terminal() {
            let command = if org.settings.publish.targets.is_empty() { "build" } else { "publish" };
            return output.note(format!("hint: publish it with `statuary {command}`"));
        }
        output
    }

    /// [`Self::after_public_change`] where `written` says that visitors will see it.
    pub(super) fn after<T>(&self, org: &Org, written: &Written<T>, output: Output) -> Output {
        if written.public { self.after_public_change(org, output) } else { output }
    }
}

impl Place {
    /// Where it lives.
    pub(super) fn folder(&self) -> &OrgFolder {
        &self.folder
    }

    /// What its org.toml says.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The organization's zone.
    pub(super) fn zone(&self) -> Tz {
        self.settings.time_zone
    }

    /// The services to choose from: slugs and names, in page order.
    pub(super) fn services(&self, now: DateTime<Utc>) -> anyhow::Result<Vec<(String, String)>> {
        let services = ops::service::list(&Org::open(self.folder.clone())?, &Page::default(), now)?.services;
        Ok(services.into_iter().map(|service| (service.slug.to_string(), service.name)).collect())
    }

    /// Opens its database, which must be there.
    pub(super) fn open(self) -> anyhow::Result<Org> {
        self.take_where_there_is_none()?;
        Org::open(self.folder)
    }

    /// Opens its database for its first deed, beginning one where there is none and no dump waits.
    pub(super) fn open_or_begin(self, now: DateTime<Utc>) -> anyhow::Result<Org> {
        self.take_where_there_is_none()?;
        Org::open_or_begin(self.folder, now)
    }

    /// Opens its database, beginning one where there is none, as in a fresh checkout.
    pub(super) fn open_or_create(self, now: DateTime<Utc>) -> anyhow::Result<Org> {
        self.take_where_there_is_none()?;
        Org::open_or_create(self.folder, now)
    }

    /// A shared record is taken where there is no copy of it yet, as in a job without a disk.
    fn take_where_there_is_none(&self) -> anyhow::Result<()> {
        *self.reads.borrow_mut() = Some(self.folder.clone());
        if !self.offline && !self.folder.database().exists() {
            ops::state::take_newest(&self.folder, self.now)?;
        }
        Ok(())
    }
}

/// What is recorded stays, whatever keeps the page from being built. It counts as failed and as nothing else, since by other codes a script
/// would take the deed for refused, or try it again.
fn not_built(error: &anyhow::Error) -> UserError {
    let why = complaint(error);
    let failed = UserError::failed(format!("recorded, but cannot build: {}", why.message));
    failed.hint(why.hint.unwrap_or_else(|| "it is recorded: do not say it again, but mend this and say `statuary build`".to_owned()))
}

/// `-` means standard output.
pub(super) fn out_file(out: Option<PathBuf>) -> Option<PathBuf> {
    out.filter(|path| path != Path::new("-"))
}
