//! What the page shows, as plain values: computed from the chart, the world and the log by pure functions.
//!
//! Nothing here names the browser, so all of it is tested natively; the components only draw it.

pub mod details;
pub mod field_diff;
pub mod fix;
pub mod hints;
pub mod inputs;
pub mod judge;
pub mod moment;
pub mod object;
pub mod offer;
pub mod own_chart;
pub mod problem;
pub mod provenance;
pub mod rendering;
pub mod settings;
pub mod source_line;
pub mod topology;
pub mod trace;
pub mod upgrade;
pub mod values_form;
pub mod why;
pub mod workbench;
pub mod world_view;
pub mod yaml_cursor;
