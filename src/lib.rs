//! Statuary makes status pages that stay up when everything else is down.
//!
//! Operators keep services, incidents and maintenance in one SQLite file per organization; Statuary turns them into a folder of static
//! HTML, Statuspage-compatible JSON and feeds that any web host serves. One idea carries it: **derived, never stored twice**.
//!
//! ```text
//!     operator      API client     monitors      importers, dumps
//!         |              |            |                 |
//!        cli --------- serve ---------+                 |
//!         |              |                              |
//!         +--------------+--> ops: one function per deed, (org, options, deed) -> report
//!                  |              |              |              |
//!                store   --->  snapshot --->  render  --->    site
//!            SQLite per org    pure           pure         plan pure,
//!              (effects)    (history, at)  bytes per path  write whole
//! ```
//!
//! # Rooms
//!
//! | room | job |
//! |---|---|
//! | [`error`] | [`error::UserError`]: kind, message, hint; the kind gives exit code and HTTP status |
//! | [`clock`] | the moment that counts as now; nothing else reads the clock |
//! | [`domain`] | the words and rules of a status page, pure |
//! | [`config`] | org.toml, statuary.toml, finding the workspace |
//! | [`store`] | one SQLite file per organization, and the directory of a workspace |
//! | [`snapshot`] | a history at a moment, pure: the one value behind every output |
//! | [`theme`] | embedded themes, an organization's overrides, words |
//! | [`render`] | a snapshot in a theme, as the bytes of each path, pure |
//! | [`site`] | paths, manifest, plan (pure) and the switch that keeps a folder whole |
//! | [`clerk`] | what Clerk sends, judged and read: signatures, session tokens, events and listings, pure |
//! | [`import`], [`export`] | other tools' data, alerts and our own dumps to and from domain values, pure |
//! | [`watch`] | notices of what changes in a folder |
//! | [`ops`] | one function per deed; the only room that joins the record with output |
//! | [`serve`] | the server: public sockets, preview, live stream, API |
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
//!   rewrite them all. Their `page.updated_at` is the incident's own, and the `components` of a resolved one carry what the incident last
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
//!   in full and leads to the months for the rest, and above 50,000 addresses there is a sitemap per month.
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
pub mod render;
pub mod serve;
pub mod site;
pub mod snapshot;
pub mod store;
pub mod theme;
pub mod watch;
