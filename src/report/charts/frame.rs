//! The frame of a plot: where it lies on the figure, its axes and its mesh.

use plotters::backend::SVGBackend;
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::cartesian::Cartesian2d;
use plotters::style::{Color, ShapeStyle};

use super::axis::Axis;
use super::failed;
use super::style::{self, Area, GREY, GRID, INK, SIZE, TICK};
use crate::error::Result;

/// Where a plot ends above the name of its x axis.
const BELOW: i32 = 64;
/// Where it, with its labels, begins.
pub(super) const LEFT: i32 = 28;
/// Room for tick labels under the plot.
const UNDER: i32 = 46;

/// A plot with two axes.
pub(super) type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>;

/// Draws the axes of a plot that begins `top` below the figure's edge and leaves room at its `right`; they lose the
/// ticks whose labels would overlap.
pub(super) fn frame<'a, 'b>(
    root: &'a Area<'b>,
    (top, right): (i32, i32),
    x: &mut Axis,
    y: &mut Axis,
) -> Result<Chart<'a, 'b>> {
    let axis = y.widest_label(|label| style::width(label, TICK, false)) + 22;
    x.thin(SIZE.0 as i32 - LEFT - axis - right, |label| style::width(label, TICK, false) + 18);
    y.thin(SIZE.1 as i32 - top - BELOW - UNDER, |_| TICK as i32 + 8);
    let mut chart = ChartBuilder::on(root)
        .margin_top(top)
        .margin_bottom(BELOW)
        .margin_left(LEFT)
        .margin_right(right)
        .x_label_area_size(UNDER)
        .y_label_area_size(axis)
        .build_cartesian_2d(x.clone(), y.clone())
        .map_err(failed)?;
    chart
        .configure_mesh()
        .bold_line_style(GRID)
        .light_line_style(GRID)
        .axis_style(ShapeStyle { color: GREY.to_rgba(), filled: false, stroke_width: 2 })
        .label_style(style::font(TICK, false).color(&INK))
        .x_labels(x.ticks())
        .y_labels(y.ticks())
        .x_label_formatter(&|tick| x.label(*tick))
        .y_label_formatter(&|tick| y.label(*tick))
        .draw()
        .map_err(failed)?;
    Ok(chart)
}
