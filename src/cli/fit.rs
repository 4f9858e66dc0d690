//! The subcommand `fit`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::error::{Error, Problem, Result};
use crate::fit::{self, Fit};
use crate::measure::Unit;
use crate::report::charts;
use crate::{terminal, workload};

/// Which log to read, and what to make of it.
#[derive(Debug, clap::Args)]
pub(super) struct FitArguments {
    /// A log: CSV, NDJSON or Parquet, or a web server's access log, plain or gzip
    log: PathBuf,
    /// Print everything as JSON instead of the scenario fragment
    #[arg(long)]
    json: bool,
    /// Draw the delays of the log against the fitted distributions, as .svg or .png
    #[arg(long, value_name = "FILE")]
    figure: Option<PathBuf>,
}

/// The forms of a figure.
#[derive(Clone, Copy)]
enum Form {
    Svg,
    Png,
}

/// Reads the log and prints what was found: the fragment on stdout, the candidates on stderr.
pub(super) fn fit(arguments: &FitArguments) -> Result<ExitCode> {
    let figure = arguments.figure.as_deref().map(|path| Ok((path, form(path)?))).transpose()?;
    let log = workload::read(&arguments.log)?;
    let fit = fit::fit(&arguments.log.display().to_string(), &log)?;
    compare(&fit);
    if let Some((path, form)) = figure {
        draw(&fit, path, form)?;
    }
    if arguments.json { super::print(&format!("{:#}\n", fit::json(&fit))) } else { super::print(&fit::fragment(&fit)) }
}

/// The tables of candidates.
fn compare(fit: &Fit) {
    if let Some(arrivals) = &fit.arrivals {
        terminal::note(&terminal::candidates("delay", &arrivals.delay, Unit::Seconds, 1e6));
    } else {
        terminal::warn("the log has no arrival times: nothing can be said about delays");
    }
    if let Some(payload) = &fit.payload {
        terminal::note(&terminal::candidates("payload", payload, Unit::Bytes, 1.0));
    }
    terminal::note("*: best by AIC. >: stands for the data in the fragment, if one is near enough to it.\n");
}

fn draw(fit: &Fit, path: &Path, form: Form) -> Result<()> {
    let Some(figure) = fit::figure(fit)? else {
        terminal::warn("without arrival times there is no figure of delays");
        return Ok(());
    };
    let content = match form {
        Form::Svg => figure.svg.into_bytes(),
        Form::Png => charts::png(&figure.svg)?,
    };
    std::fs::write(path, content).map_err(|error| Error::io("cannot write", path, error))?;
    terminal::note(&format!("figure: {}", path.display()));
    Ok(())
}

fn form(path: &Path) -> Result<Form> {
    match path.extension().map(|extension| extension.to_string_lossy().to_lowercase()).as_deref() {
        Some("svg") => Ok(Form::Svg),
        Some("png") => Ok(Form::Png),
        _ => Err(Error::input(Problem {
            file: "--figure".to_owned(),
            position: None,
            field: None,
            what: format!("{} has no extension that tells its form", path.display()),
            remedy: "name a .svg or a .png file".to_owned(),
        })),
    }
}
