//! Statuary makes status pages that stay up when everything else is down.
//!
//! Operators keep services, incidents and maintenance in one SQLite file per organization; Statuary turns them into a folder of static
//! HTML, Statuspage-compatible JSON and feeds that any web host serves. One idea carries it: **derived, never stored twice**.
//!
//! ```text
//!     operator      API client     monitors, Clerk     importers, dumps
//!         |              |            |                 |
//!        cli --------- serve ---------+                 |
//!         |              |                              |
//!         +--------------+--> ops: one function per deed, (org, options, deed) -> report
//!                  |              |              |              |
//!                store   --->  snapshot --->  render  --->    site    --->  publish
//!            SQLite per org    pure           pure         plan pure,     folder, storage,
//!              (effects)    (history, at)  bytes per path  write whole       program
//! ```
//!
//! # Rooms
//!
//! | room | job |
//! |---|---|
//! | [`error`] | [`error::UserError`]: kind, message, hint; the kind gives exit code and HTTP status |
//! | [`clock`] | the moment that counts as now; nothing else reads the clock |
//! | [`domain`] | the words and rules of a status page, pure |
//! | [`config`] | org.toml, statuary.toml, declarations, finding the workspace |
//! | [`store`] | one SQLite file per organization, and the directory of a workspace |
//! | [`snapshot`] | a history at a moment, pure: the one value behind every output |
//! | [`theme`] | embedded themes, an organization's overrides, words |
//! | [`render`] | a snapshot in a theme, as the bytes of each path, pure |
//! | [`site`] | paths, manifest, plan (pure) and the switch that keeps a folder whole |
//! | [`publish`] | the built site to where visitors are, and whether it shows there |
//! | [`clerk`] | what Clerk sends, judged and read: signatures, session tokens, events and listings, pure |
//! | [`import`], [`export`] | other tools' data, alerts and our own dumps to and from domain values, pure |
//! | [`storage`] | object storage that speaks S3: conditional writes, credentials, patience |
//! | [`watch`] | notices of what changes in a folder |
//! | [`ops`] | one function per deed; the only room that joins the record with output |
//! | [`serve`] | the server: public sockets, preview, live stream, API, Clerk's webhooks |
//! | [`cli`] | arguments, tables, JSON, wording |
//!
//! Which room may name which is held by a test (`tests/suite/architecture.rs`), and so is which library belongs to which room.
//!
//! # Invariants
//!
//! - Every write is one `BEGIN IMMEDIATE` transaction that also appends an event; ids are printed after the commit.
//! - The status of a service at any moment is computed from what people said ([`domain::Ledger`]); uptime, day bars, the verdict and feeds
//!   follow from the same timeline, so a backdated or edited incident corrects them all.
//! - Time is a parameter. The same data at the same moment give the same bytes, in any locale, zone or order of files.
//! - The output folder is whole at every instant; a failed build changes nothing, and one killed while switching is completed by the next.
//! - Everything public is read through the store's `public_*` views, so that private things cannot reach any kind of output.
//! - Text from people is Markdown rendered in one place; it is a value in a template, never a template.
//!
//! # Decisions
//!
//! Where the rules that Statuary follows leave something open or meet the real world:
//!
//! - **Documents of one incident** (`api/v2/incidents/ID.json`) must stay untouched when something else changes, or one update would
//!   rewrite them all. Their `page.updated_at` is that of what they tell, and the `components` of a resolved one carry what the incident last
//!   said of them; those of an open one, and all lists, carry the present.
//! - **A file's moment**: an imported file that states present statuses counts at its `page.updated_at`, or at its newest time where that
//!   is later, since what it states is true then at the earliest.
//! - **A file's list is whole**: services and groups of a page that a newer summary or component list no longer names leave lists and
//!   rollup; services keep their names in old updates.
//! - **Maintenance that a newer summary no longer lists** counts as completed at that summary's time, as incidents count as resolved.
//! - **"No components were affected by this update."**, an element without an id, cannot be said in the strict form of `api/v2`: there the
//!   list is empty; the native JSON and dumps keep the element.
//! - **A removed service** stays in the record for the log, but is in no output, as if hidden. An incident that names only hidden services
//!   is hidden with them.
//! - **Changes** of an event are merge patches of the thing in the form of a dump, without its revision, in a table that no public view
//!   reads. `undo` applies them backwards where what they led to still stands exactly; it never takes back another `undo` (do the deed
//!   again instead), nor an import.
//! - **Editing an update** replaces what it says of services as a whole; a service that is newly named is operational again where the
//!   incident ends, and one that is no longer named leaves the end, too.
//! - **An imported thing that a person edits** keeps the edit until its source changes it; one that a person removes is imported anew.
//! - **Removing an organization** is possible with a damaged database, too: the archive then holds the file as it is. A folder that works
//!   alone is never removed: there is no place beside it that is ours.
//! - **Public ids** that we make begin with a letter: a small number that is being typed at a prompt must not become the beginning of an id.
//! - **Publishing a draft** leaves its times as they were written: an incident began when it began.
//! - **A maintenance's `started_at`** in `api/v2` is the announcement's time, as Statuspage serves it.
//! - **`next` and `valid_until`** name the next change of state or of day. Percentages that run on by the second are not counted.
//! - **Links on disk**: an organization is never read or built through one that leaves its folder, nor under a second name; only `public/`
//!   may lead to a web server's folder, since what a build finds there must be its own or nothing. A path that a person types is followed.
//! - **statuary.toml** is read as strictly as org.toml: a misspelt key is an error of every command, since one that is passed over could let
//!   somebody in.
//! - **Texts in a dump** lose what no output may carry, like those that come by a command; nothing else about them is changed.
//! - **No file grows without end**: a month of more than 100 incidents has several pages and documents (`history/2026-11/1/`,
//!   `2026-11-part-1.json`, oldest first; the newest stand at the month's own address), the native JSON tells the fifty newest incidents
//!   in full and leads to the months for the rest, and above 50,000 addresses there is a sitemap per month. `history/` tells the months of
//!   the newest years, at least twelve; each earlier year has a page (`history/2019/`) that leads to the one before it.
//! - **A build reads the record bit by bit**, so that nobody who writes waits for it; where what it has still to read changes meanwhile, it
//!   begins again, and the fourth time writers wait.
//! - **What was said is converted once** a build: views keep the HTML of their bodies ([`snapshot::Bodies`]), and pages, feeds and
//!   documents take it from there.
//! - **Many organizations** are built side by side, each on one thread, after the big ones, each on all; they share the theme only.
//! - **Open pages** follow what happens through one optional script, `assets/live.js`: it takes what has changed from the newly built page
//!   into the one that stands there. It knows only what templates write down for it in `data-` attributes; a link marked `data-key` is the
//!   name of the list item or article around it, so that no page says its addresses twice.
//! - **Style sheets** stand in pages, without what only people read; what the first page has no use for stands in the others only.
//! - **Events** stand in the stream, built or live, in the order in which visitors could first know of them: as they were written, but what
//!   was dated ahead where its moment came. So the number of the last one says what somebody has missed.
//! - **Languages**: fixed words, plurals, dates and numbers follow `language` in org.toml, in English where a theme has no such words.
//!   Feeds and Statuspage's API keep English words, which scripts compare. Of several `languages` the first has its pages at the root, each
//!   other one below a folder of its name; whatever is no page is there once for all.
//! - **Twelve months** are the present one and the eleven before it. What came of the months that are over is kept with the manifest, and
//!   computed anew only where something was said of the past.
//! - **Translations** belong to an update and are given with its message; the message is what counts: Statuspage's API, feeds and whoever
//!   reads a language without a text of its own get it. A source that changes an imported update takes its translations away.
//! - **Themes borrow**: a theme names in `[borrows]` of its `theme.toml` which files of another are its own as well, such as the words; what it
//!   does not name it does not have. Nothing is inherited in silence, and an organization's `theme.toml` does not change it.
//! - **Tailwind CSS** makes style sheets beforehand: they are committed, and a program or a build never calls it. Its preflight is left out.
//! - **Colours of an organization** are checked against the backgrounds that its theme declares, when pages are made: a theme may change.
//! - **Logos** are read when pages are made, too, so that a bad one keeps nobody from recording an incident. An SVG runs nothing where pages
//!   show it, but it has an address of its own: it may hold what draws, by a list of elements, and refer to its own parts only.
//! - **Tokens** stand in the organization's own org.db, as SHA-256 of 190 random bits; backups have them, dumps do not, but the log in a dump
//!   says that they were made. Revoking erases the hash, and `undo` takes back neither that nor a creation. A record in which there is
//!   nothing but tokens counts as empty for an import, and not for a dump, whose log would take the place of the one that tells of them.
//! - **What is mirrored of Clerk** follows from the set of what was told, in whatever order: of two tellings of one thing the greater counts,
//!   what was deleted stays deleted, a membership carries what it says of its user, and what it says of its organization is a telling like
//!   any other. Nothing is kept of a person but id, names, address and role, and nothing of one who belongs nowhere and was not told of.
//! - **Folders for organizations at Clerk** are seen to after what was told is committed, one by one. The link stands in org.toml before the
//!   folder has its name, and the directory notes it last; whatever a crash leaves undone is found there. What a person unlinks or removes
//!   is not made again, and an organization that is deleted at Clerk is unlinked here and keeps everything else.
//! - **Whoever comes with a session** is a member where the token and the directory agree, with the lesser of the roles that both name.
//! - **Session tokens** are shown behind `Bearer` only. The cookie that a browser has them in is not looked at, so that no page of another site
//!   can make use of it. Whatever is wrong with one, the answer is that of an organization that does not exist, after the same work: the
//!   directory is asked also for a session of another organization. Why is in the log.
//! - **Webhooks** come to an address of their own, through a front of their own, so that neither they nor whoever is at it take anything from
//!   visitors. All refusals have one body, and 503 where nobody has set a secret, so that what comes meanwhile comes again. A directory that
//!   cannot be used is told in the log and keeps no page from being served; a secret or a key that cannot be used keeps the server from
//!   starting.
//! - **Where organizations come from Clerk**, `serve` serves the workspace at `/SLUG/` also while there is one: its address must not change with
//!   the second.
//! - **Messages** that came are remembered for 90 days; one that comes after that comes to the same rows.
//! - **A complete listing** removes what was last changed before it began; where nobody says when that was, an hour before its newest thing.
//! - **Requests that come twice** with one key are done once: what was answered is kept for a day, in the transaction that does the deed. Keys
//!   are each sender's own, and a key that comes with another request is bad input.
//! - **Etags** are digests of what is recorded of a thing; a status by hand is part of its service. They change with a deed that changes the
//!   thing, and not with time or with other things, so they guard changes (`If-Match`) and do not say whether a report is current.
//! - **Pages of lists** go on after what a cursor says of the last entry, by start and number; services and groups, which are few, after its id.
//! - **Positions** go from 0 to 10^9, as Statuspage's schema and readers of JSON need it.
//! - **Measurements** (results of checks, and what alerts are known) are no deeds: no event tells of one, no dump holds them, and they go with
//!   time. What a rule makes of them is a deed of `checks`, or of the monitor's kind. Hours are counted anew from all their results, so that
//!   late ones count. The drawing of latencies changes no `valid_until`.
//! - **A check's status** may be said in the words of services, too: operational is up, partial and major outage are down, and a monitor under
//!   maintenance has said nothing. Down and degraded are failures; only answers have latencies.
//! - **A rule takes its incident back** only while no event of anybody else is about it: whoever publishes, edits or updates it has taken it
//!   over. After a restored dump all incidents are people's.
//! - **Checks open nothing** while any open incident names the service, while it is under maintenance, or shortly after a person has ended what
//!   they had opened; alerts do, since each is something else, but in drafts where work was announced.
//! - **A monitor's word of the past** counts for a day at most, so that a wrong date costs nobody months of uptime.
//! - **What monitors say** reaches visitors only in incidents that the organization lets alerts open; messages of checks and addresses of alerts
//!   never do.
//! - **An alert of a service that is not there** becomes a draft without services: it may be the one that matters, but it is nothing to publish
//!   unread.
//! - **A postmortem** is one update at the end, as on Statuspage: another one replaces it and keeps its time. Only what is over has one.
//! - **A promise of the next update** belongs to an update: whatever is said next keeps it, and it ends with the incident. A page that is built
//!   later than that says that the update was due, so the moment counts for `next` and `valid_until`; `live.js` says so where nobody builds.
//!   Statuspage's API, feeds and calendars have no word for it.
//! - **Whoever gives a title** on a terminal has said what they want to: only without it is everything asked for that is left out. `--yes` is
//!   for what is not needed: it accepts previews and leaves optional questions out.
//! - **What explains a message** in the editor stands below scissors within a comment of Markdown: lines with `#` would be headings.
//! - **Templates** have named blanks and are filled in once; they are no language. A value is never looked at again.
//! - **A generation** is a digest of the bytes of all files but the home page, which carries it. Building twice the same record at the same moment
//!   is the same generation; `publish` does not build a site anew in which only the moment of the build would be another one.
//! - **Object storage** holds one object of ours beside the site: what lies there, with versions, and whoever is changing it. It is replaced under
//!   a condition before and after every publishing, so one of several publishers wins; each upload has a condition, too, so that one who slept
//!   too long finds out. A claim lasts five minutes, and its own folder takes it over at once.
//! - **What a publishing is compared with** is looked at before the site is built: whoever has published in between wins.
//! - **What is gone from a site** is deleted in storage with the generation after the next one, for those who read an old page.
//! - **Releases** are never built in place, and share files only with each other: a build must never reach into one.
//! - **Targets wait for nobody's host**: each has its own threads. Folders, which share a disk and its processors, take turns in the order of
//!   org.toml, since side by side all would be as late as the last one; nobody waits for such a turn longer than a second. Old releases are
//!   removed after all targets were read back.
//! - **An uploader** inherits the environment but Clerk's secrets: what else there is may be what it needs for its host. It also inherits the lock
//!   of its target, so that one whose publisher was killed keeps others away as long as it runs; no second process watches over it.
//! - **`page.updated_at`** of components and of lists of maintenances in `api/v2` is when what they tell last changed, and that of the other
//!   lists when anything did: an update of an incident must not rewrite what says nothing of it. It is never older than what its document
//!   tells, and older than before only where something was removed or lies beyond the ninety days.
//! - **Object storage** is asked with signatures in the address, as the library makes them; so no address with a query is ever told, and of what
//!   a host answers only the code of its error. Settings of ours count before the usual variables, these before the shared files. A conditional
//!   write whose answer was lost is known again by its mark; hosts that pass over conditions are found out before a record is first shared.
//! - **Ceph's gateway** wants bare etags in conditions of writes. A write that it refuses although the expected version is there is sent again so,
//!   and from then on all are: no host that reads quotes as HTTP has them ever sees another form.
//! - **Google's storage** is asked by generations, which it holds to, and not by `If-Match`, which it passes over where something is written.
//! - **A shared record** is one object. A deed is done on a copy of the newest one, pushed if nobody was faster, and done again otherwise; only what
//!   was pushed takes the place of the file here. A mark among the answers that requests are given again tells whether a deed whose push seemed
//!   to be lost is in what others have built on it. What comes from there is ours only with the very schema of its version.
//! - **Deeds without the remote** stand on the version they were done on: they are pushed, also by the next deed with the remote, as long as nobody
//!   else has pushed; after that a person decides. A copy that is contained in what is there is never called unpushed.
//! - **What Clerk tells** is each machine's own, and so is whether a new organization's folder exists: only records are shared.
//! - **Completions** are asked of the program at every press of the key (`statuary complete -- WORDS`, which is in no help): it reads the line by
//!   the tree of commands and the record as somebody who only follows it, waits for nobody and never says a word of its own. Values are slugs,
//!   ids and our own words; what people wrote is only ever told beside them. A test holds that each argument has a rule. `clap_complete`'s own
//!   engine for that is unstable, takes values for verbs and knows no words with `=` in bash.
//! - **The reference of `--json`** is written by a test from the types that commands serialize and their comments, and the documents of all
//!   commands in all tests are held against it.
//! - **Shapes and colours**: a status on a terminal has a shape, too, so that either is enough; bars are made of the same shapes. Where the
//!   locale is not UTF-8 they are ASCII. What is not on a terminal has neither.
//! - **Every error** that the source words is worded once more in a test, or has its reason there why nothing can bring it about.
//! - **Headings** in operators' text become bold paragraphs, so that no update disorders a page's outline.
//! - **The HTTP API** says an update's `status: resolved` and `POST …/resolve` alike; what a program does is logged as `token NAME`. A wrong
//!   form of a body is 422 with its place, what a rule of the deed refuses has the status of its kind of error. Unknown fields and query
//!   parameters are refused: a slip must not do or list more than was meant. A POST without a body needs no media type.
//! - **An etag** of the API is that of what is recorded, for `If-Match`; since a document also tells what follows from the moment, nothing but
//!   the description itself is answered with 304.
//! - **Organizations that do not exist** answer the API as those that do not know who asks, after the same work; paths and methods that mean
//!   nothing are told to everybody.
//! - **cState's issues** are incidents, also where they announce work: cState knows no maintenance. Zoneless times are in the `timeZone` of
//!   the site's settings, else in the organization's zone. `down` is a major outage and `disrupted` a partial one; a `notice` says nothing
//!   against its systems. What cState lists nowhere (no `section: issue`) comes as a draft.
//! - **Updates within an issue's text** get a time only where one is written; what bears none is told with what came next, at the latest
//!   with the resolution, and a beginning or an end of which the text says nothing is an update without text. A `resolvedWhen` before
//!   `date` counts as the newest time that the issue has.
//! - **A cState folder is a working copy**: it has no age, so its present words count, also where they are older than what was imported;
//!   it states no statuses beside its issues, and an open incident whose file is gone is closed.
//! - **Upptime's minutes of downtime** per day become statuses set in the past, since incidents would need words that nobody said: next to a
//!   day that was down throughout where they touch one, else from the start of the day (UTC), so that bars and percentages are what they
//!   were. Days of which a saved issue tells, and the day that is not over, are left out.
//! - **Maintenance that repeats** is one record, a series; its dates follow from it at the moment that is told, a year (366 days) ahead, each with an
//!   id made from the series and the day that the rule means. So there is one date a day at most, rules say days only (`DAILY` and rarer, no
//!   `BYHOUR`), and a date that is moved, or whose series gets another hour, keeps its id. A date that somebody touches gets a row in its place; an
//!   edit of the series counts from then on, and the dates that have begun by then get rows as they were. A date that waits for people and that nobody began is called off when the
//!   next one begins. Calling a series off calls off the dates that are told; removing it removes all. A single date is called off, not removed: the rule would bring it back.
//! - **Clocks that change** leave a date at its hour on the clocks of the zone that the organization had when the series was made; every date
//!   takes as long as the first. An hour that clocks skip is as much later as they skip (RFC 5545), one that they show twice is the first.
//! - **Dates that wait** behind the next one of their series are on pages of their own, in the native JSON, the calendars and
//!   `scheduled-maintenances/upcoming.json`. The first page and `summary.json` have the next one only; feeds and the fifty of
//!   `scheduled-maintenances.json` take them where there is room. Their documents in `api/v2` say nothing of the present, or a status would
//!   rewrite them all.
//! - **A declaration** (`apply`) says all there is of a group or service, but of positions and of settings only what it wants to: positions
//!   follow from the order in which things were added, and org.toml is people's. Only listed services are in it. Naming a removed service
//!   brings it back with its history, and naming one that only incidents knew lists it; another slug is another service.
//! - **Settings and record change together**: org.toml is replaced inside the transaction, last, and the old one is put back where the commit
//!   fails. Whoever is killed in between leaves settings new and record old, which applying the same file again completes. The change of
//!   settings is an event, before the others, and `undo` takes it back where org.toml still says what was applied.
//! - **What a setting says no more** stays in org.toml as a comment, where it stood on lines of its own.
//! - **`--prune`** asks on a terminal and is its own answer elsewhere, as with other tools; but a file that names nothing needs `--yes`.
//! - **A deed that is recorded and cannot be built** counts as failed (1), whatever the build's own code would be: by 5 a script would take it
//!   for refused, and by 75 it would do it again.
//! - **A clock that was set back** by up to a day puts no status given by hand before one that was given earlier; a clock that was further
//!   ahead was wrong, and is not followed.
//! - **What cannot be seen** (controls of C0, C1 and of the bidirectional algorithm, also those that people write on purpose) is written out as
//!   `\u{202e}` for terminals and pipes, and escaped in documents, of which dumps are one.
//! - **Ids of what has none at its source** are derived from the page's address or repository and the file's path, number or name.

pub mod clerk;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod error;
pub mod export;
pub mod import;
pub mod ops;
pub mod publish;
pub mod render;
pub mod serve;
pub mod site;
pub mod snapshot;
pub mod storage;
pub mod store;
pub mod theme;
pub mod watch;
