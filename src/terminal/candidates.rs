//! Fitted distributions side by side, for a terminal of 80 columns.

use comfy_table::{Cell, CellAlignment, Table, presets};

use crate::fit::{Candidate, Fitted};
use crate::measure::Unit;
use crate::report::view;

/// The candidates, the best by AIC first; `unit` is that of the amounts, and `scale` how many of the
/// fit's units are one of it.
#[must_use]
pub fn candidates(title: &str, fitted: &Fitted, unit: Unit, scale: f64) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
    let header = ["", title, "log-likelihood", "AIC", "KS distance", "p50", "p99"];
    let header = header.iter().enumerate().map(
        |(place, name)| {
            if place < 2 { Cell::new(*name) } else { right((*name).to_owned()) }
        },
    );
    table.set_header(header.collect::<Vec<_>>());
    for (place, candidate) in fitted.candidates.iter().enumerate() {
        // A family that cannot be, such as one constant for many amounts, has no likelihood to speak of.
        let possible = candidate.name != "constant" || fitted.candidates.len() == 1;
        let number = |number: f64| if possible { format!("{number:.1}") } else { view::ABSENT.to_owned() };
        let percentiles = candidate.percentiles().map(|amount| right(view::value(unit, amount / scale)));
        let mark = mark(place, candidate, fitted);
        let cells = [Cell::new(mark), Cell::new(candidate.name), right(number(candidate.ln_likelihood))];
        let numbers = [right(number(candidate.aic)), right(format!("{:.4}", candidate.distance))];
        table.add_row(cells.into_iter().chain(numbers).chain(percentiles).collect::<Vec<_>>());
    }
    for (place, column) in table.column_iter_mut().enumerate() {
        column.set_padding((u16::from(place > 0), 0));
    }
    table.trim_fmt()
}

/// `*` for the best by AIC, `>` for the one that stands for the data.
fn mark(place: usize, candidate: &Candidate, fitted: &Fitted) -> &'static str {
    match (place == 0, fitted.choice == Some(place) && candidate.good) {
        (true, true) => "*>",
        (true, false) => "*",
        (false, true) => ">",
        (false, false) => "",
    }
}
