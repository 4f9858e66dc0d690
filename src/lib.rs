//! millstream simulates one clickstream through daily batch, hourly batch, micro-batch and
//! continuous pipelines and reports what each gives and costs.
//!
//! The modules stand in the order of the data's path; each imports only from those above it:
//!
//! ```text
//! scenario.toml ─▶ scenario ─▶ workload ─▶ engine ─▶ pipelines ─▶ metrics ─▶ experiment ─▶ report
//!   what is asked  checked,    events and  one clock, models of    facts to   replications,  tables,
//!                  typed,      deliveries  columns +  batch,       measures   intervals,     charts,
//!                  immutable   in arrival  a control  micro-batch,            differences    page, files
//!                              order       queue      continuous
//! ```

// No input may bring the library down: what cannot be is said with `Option`, `Result` or `Error::Model`.
#![cfg_attr(
    not(test),
    warn(
        clippy::expect_used,
        clippy::get_unwrap,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used,
        clippy::exit
    )
)]

pub mod error;
pub mod units;
pub mod vector;
pub mod random;
pub mod histogram;
pub mod tabular;
pub mod measure;
pub mod scenario;
pub mod workload;
pub mod engine;
pub mod pipelines;
pub mod metrics;
pub mod experiment;
pub mod decide;
pub mod grade;
pub mod report;
pub mod fit;
pub mod terminal;
pub mod cli;
