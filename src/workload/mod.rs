//! The stream: events and deliveries in arrival order.

mod log;

pub use log::Log;
