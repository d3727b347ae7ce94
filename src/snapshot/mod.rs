//! A history at a moment: the one value behind every output, pure.

mod view;

pub use view::{
    DayView, Entry, EventView, GroupView, IncidentLink, IncidentView, MaintenanceView, NamedService, Rollup, ServiceView, Snapshot,
    UptimeFigures, Verdict, VerdictKind,
};
