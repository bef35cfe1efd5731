//! A report as text, or written to where it belongs.

use std::fs;
use std::path::Path;

use super::format::Format;
use super::{csv, page, tensorboard};
use crate::analysis::Comparison;
use crate::error::{Problem, Report};
use crate::results::Results;

/// A report as text.
///
/// # Errors
/// If the format is that of event files, which are no text.
pub fn render(
    format: Format,
    results: &Results,
    comparisons: &[Comparison],
) -> Result<String, Report> {
    match format {
        Format::Html => page::html(results, comparisons),
        Format::Markdown => page::markdown(results, comparisons),
        Format::Csv => csv::table(results, comparisons),
        Format::TensorBoard => {
            let problem =
                Problem::new("", "event files are not text").help("write them into a folder");
            Err(Report::input("could not lay out the report", vec![problem]))
        }
    }
}

/// Writes a report into a file; event files into a folder.
///
/// # Errors
/// If the file or folder cannot be written.
pub fn write(
    format: Format,
    results: &Results,
    comparisons: &[Comparison],
    path: &Path,
) -> Result<(), Report> {
    let written = if format == Format::TensorBoard {
        tensorboard::write(results, path)
    } else {
        let text = render(format, results, comparisons)?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        folder
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(path, text))
    };
    written.map_err(|error| {
        let problem = Problem::new(path.display().to_string(), "the file cannot be written");
        Report::failure("could not write the report")
            .with(problem)
            .caused_by(error)
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::results;
    use super::*;

    #[test]
    fn every_format_is_written() {
        let folder = tempfile::tempdir().unwrap();
        for format in Format::ALL {
            let path = folder
                .path()
                .join("new")
                .join(format!("report.{}", format.extension()));
            write(format, &results(), &[], &path).unwrap();
            assert!(path.exists(), "{}", path.display());
            assert_eq!(Format::parse(format.id()), Some(format));
        }
        assert_eq!(Format::parse("pdf"), None);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let report = write(Format::Csv, &results(), &[], folder.path()).unwrap_err();
        assert_eq!(report.summary, "could not write the report");
        assert_eq!(
            report.problems[0].place,
            folder.path().display().to_string()
        );
        assert_eq!(report.exit_status(), 1);
    }
}
