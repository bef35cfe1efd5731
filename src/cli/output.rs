//! The two ways out of a command: text for the reader on stderr, results on stdout.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use crate::error::{Problem, Report};

/// A line for the reader.
pub fn tell(line: &str) {
    // Nobody is left to tell if stderr is closed.
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// A result; a reader that stopped reading (`| head`) is no error.
pub fn print(text: &str) -> Result<(), Report> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| {
        if text.ends_with('\n') {
            Ok(())
        } else {
            stdout.write_all(b"\n")
        }
    });
    match written.and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Report::failure("the result could not be printed").caused_by(error))
        }
        _ => Ok(()),
    }
}

/// A value as JSON.
pub fn print_json(value: &impl serde::Serialize) -> Result<(), Report> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Report::failure("the result could not be written").caused_by(error))?;
    print(&text)
}

/// Writes a file that must not be there yet.
pub fn write_new(path: &Path, text: &str, what: &str) -> Result<(), Report> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| unwritten(path, what, error))
}

fn unwritten(path: &Path, what: &str, error: std::io::Error) -> Report {
    let summary = format!("{what} could not be written");
    let place = path.display().to_string();
    let message = if path.is_dir() {
        "this is a folder"
    } else if error.kind() == ErrorKind::AlreadyExists {
        "the file exists already and is left as it is"
    } else {
        "the file cannot be written"
    };
    let problem = Problem::new(place, message).help("name another file with -o");
    let report = if is_wrong_path(&error) {
        Report::input(summary, vec![problem])
    } else {
        Report::failure(summary).with(problem)
    };
    report.caused_by(error)
}

/// Whether writing failed because of the path that was named, and not while it went on.
fn is_wrong_path(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::AlreadyExists
            | ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::InvalidFilename
            | ErrorKind::InvalidInput
    )
}

/// Whether a new file can be written at a path, as far as can be told without writing it.
pub fn check_new(path: &Path, what: &str) -> Result<(), Report> {
    if path.is_file() {
        let place = path.display().to_string();
        let problem = Problem::new(place, "the file exists already and is left as it is")
            .help("name another file with -o, or remove this one first");
        let summary = format!("{what} cannot be written there");
        return Err(Report::input(summary, vec![problem]));
    }
    check_target(path, what)
}

/// Whether a file can be written at a path, as far as can be told without writing it.
pub fn check_target(path: &Path, what: &str) -> Result<(), Report> {
    let place = path.display().to_string();
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let problem = if path.is_dir() {
        Problem::new(place, "this is a folder").expected("the name of a file")
    } else if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        let found = if folder.exists() {
            format!("the file {}", folder.display())
        } else {
            format!("no {}", folder.display())
        };
        Problem::new(place, "the file's folder is not there")
            .expected("a folder that exists")
            .found(found)
    } else {
        return Ok(());
    };
    let problem = problem.help("name another file with -o");
    Err(Report::input(
        format!("{what} cannot be written there"),
        vec![problem],
    ))
}

/// A table with columns as wide as their widest cell.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..columns)
        .map(|column| width(column).unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            let padding = width - cell.chars().count() + 2;
            line.extend(std::iter::repeat_n(' ', padding));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
