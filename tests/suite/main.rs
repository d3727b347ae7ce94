//! The whole program from outside, and the rules of its house: one binary, so that it links once.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests have in common fails by panicking")]

mod api;
mod architecture;
mod arguments;
mod attack;
mod bad_input;
mod built_site;
mod clerk;
mod completions;
mod deeds;
mod determinism;
mod editing_laws;
mod etags;
mod every_error;
mod examples;
mod fire;
mod first_page_weight;
mod fresh_org;
mod hostile;
mod import_laws;
mod json_reference;
mod leaks;
mod live;
mod once_only;
mod pages_of_lists;
mod publishing;
mod readme;
mod real_cstate;
mod real_statuspage;
mod real_upptime;
mod recurring;
mod round_trips;
mod safe_hands;
mod serving;
mod storage;
mod test_org;
mod text_judges;
mod uptime_figures;
mod year_laws;
