//! Reports written beside the results.

use std::path::{Path, PathBuf};

use crate::analysis::compare_all;
use crate::error::Report;
use crate::report::{self, Format};
use crate::results;
use crate::session::{Message, ReportFormat};

/// Writes a report into the results folder.
pub fn write(folder: &Path, format: ReportFormat) -> Message {
    match try_write(folder, format) {
        Ok(path) => Message::ReportWritten(path),
        Err(report) => Message::Failed(report),
    }
}

fn try_write(folder: &Path, format: ReportFormat) -> Result<PathBuf, Report> {
    let Some(format) = Format::parse(format.id()) else {
        return Err(Report::failure(format!(
            "there is no report as {}",
            format.label()
        )));
    };
    let results = results::open(folder)?;
    let path = folder.join(format!("report.{}", format.extension()));
    report::write(
        format,
        &results,
        &compare_all(&results, results.draft.baseline()),
        &path,
    )?;
    Ok(path)
}
