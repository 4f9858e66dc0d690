//! The stream: events and deliveries in arrival order.

mod log;

pub use log::{Log, MOST_ROWS, read, read_bytes};
