//! What a reader sees of a finished experiment: `summary.json`, tables, figures and the page.
//!
//! [`files::Draft`] puts them into a folder. Nothing here simulates or reads a clock: the same
//! outcome gives the same bytes.

pub mod agreement;
pub mod charts;
pub mod files;
pub mod page;
pub mod plan;
pub mod publications;
pub mod rows;
pub mod size;
pub mod summary;
pub mod sweep;
pub mod tables;
pub mod verdict;
pub mod view;
