//! Reading an experiment file: never stops at the first problem, and whatever is right reaches the draft.
//!
//! Each problem names file and line. Names and parameters of registry entries are kept as they stand; checking them is another step.

use std::path::Path;

use toml_edit::{Document, TomlError};

use super::draft::Draft;
use super::fields::{Fields, Reader};
use super::sections::read_draft;
use crate::error::{Problem, Report};

/// Reads the text of an experiment file; what is missing has its default, what is wrong is told.
pub fn parse(text: &str, file_name: &str) -> (Draft, Vec<Problem>) {
    match parse_toml(text, file_name) {
        Ok(found) => found,
        Err(problem) => (blank(file_name), vec![problem]),
    }
}

/// As [`parse`], but a text that is no TOML at all is an error.
///
/// # Errors
/// The first fault of the syntax, with line and column.
pub fn parse_toml(text: &str, file_name: &str) -> Result<(Draft, Vec<Problem>), Problem> {
    // A byte-order mark is no fault of the user's.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = Document::parse(text).map_err(|error| syntax_problem(text, file_name, &error))?;
    let reader = Reader::new(file_name, text);
    let top = Fields { reader: &reader, table: document.as_table(), path: String::new() };
    let draft = read_draft(top, &default_name(file_name));
    Ok((draft, reader.into_problems()))
}

/// Reads an experiment file; only a file that cannot be read at all is an error.
///
/// # Errors
/// If there is no such file, or it is no text.
pub fn load(path: &Path) -> Result<(Draft, Vec<Problem>), Report> {
    let place = path.display().to_string();
    let summary = "could not read the experiment";
    let bytes = std::fs::read(path).map_err(|error| {
        let problem = Problem::new(&place, "the file cannot be read");
        Report::input(summary, vec![problem]).caused_by(error)
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let problem = Problem::new(&place, "not a text file").expected("UTF-8 text");
        Report::input(summary, vec![problem]).caused_by(error)
    })?;
    Ok(parse(&text, &place))
}

/// The draft of an empty file.
fn blank(file_name: &str) -> Draft {
    Draft {
        name: default_name(file_name),
        seeds: Draft::DEFAULT_SEEDS.to_vec(),
        variants: Draft::default_variants(),
        ..Draft::default()
    }
}

/// A file without a name is called as its file.
fn default_name(file_name: &str) -> String {
    let stem = Path::new(file_name).file_stem();
    stem.map_or_else(|| "experiment".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

fn syntax_problem(text: &str, file_name: &str, error: &TomlError) -> Problem {
    let span = error.span().unwrap_or(text.len()..text.len());
    let (line, column) = Reader::new(file_name, text).line_and_column(span.start);
    let place = format!("{file_name}, line {line}, column {column}");
    let rest = text.get(span.start..).unwrap_or("");
    let found = match rest.chars().next() {
        None => "the end of the file".to_owned(),
        Some('\n' | '\r') => "the end of the line".to_owned(),
        Some(_) => {
            let spanned = text.get(span).filter(|spanned| !spanned.is_empty());
            let line = spanned.unwrap_or(rest).lines().next().unwrap_or("");
            format!("`{}`", line.chars().take(40).collect::<String>().trim_end())
        }
    };
    match error.message().split_once(", expected ") {
        Some((message, expected)) => Problem::new(place, message).expected(expected).found(found),
        None => Problem::new(place, error.message()).found(found),
    }
}
