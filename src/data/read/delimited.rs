//! Tables as text: one record a line, cells between delimiters, quotes where needed.

use std::io::{Cursor, ErrorKind, Read as _};
use std::path::Path;

use csv::ByteRecord;
use rayon::prelude::*;

use super::cell::{Cell, classify};
use super::column::{Added, Builder};
use super::findings::{Findings, quoted};
use super::progress::Progress;
use super::records::{Block, each_block, reader};
use super::{ReadOptions, Stopped, sniff, source};
use crate::error::Problem;

const SAMPLE: usize = 1 << 16;

/// A file that is being read.
pub(super) struct File<'a> {
    pub(super) path: &'a Path,
    pub(super) place: String,
    pub(super) delimiter: u8,
    pub(super) header: bool,
    pub(super) names: Vec<String>,
    /// Whether lines end in a carriage return and a line feed.
    pub(super) two_bytes: bool,
}

/// Adds the rows of a file to `whole`.
pub(super) fn read(
    path: &Path,
    options: &ReadOptions,
    whole: &mut Option<Vec<Builder>>,
    progress: &Progress<'_>,
    findings: &mut Findings,
    warnings: &mut Findings,
) -> Result<(), Stopped> {
    let Some(file) = open(path, options, progress, findings) else {
        return Ok(());
    };
    if source::is_named_gzip(path) && !source::is_gzip(path) {
        let problem = Problem::new(file.place.clone(), "the file is not packed")
            .expected("gzip, as its name says")
            .found("plain text, read as such");
        warnings.add(&file.place, "files that are not packed", || problem);
    }
    let columns = match whole {
        Some(columns) => columns,
        None => whole.insert(file.names.iter().cloned().map(Builder::new).collect()),
    };
    let Some(order) = order(&file, columns, findings) else {
        return Ok(());
    };
    let rows_before = columns.first().map_or(0, Builder::len);
    let numbers_before: Vec<bool> = columns
        .iter()
        .map(|column| rows_before > 0 && column.is_number())
        .collect();
    let mut pass = Pass {
        file: &file,
        cells: cells(&order, |_| true),
        fell: vec![None; columns.len()],
        // The numbers of an earlier file cannot be read again from here.
        is_first: rows_before == 0,
    };
    let rows = each_block(&file, progress, findings, |block, findings| {
        pass.take(block, columns, findings, warnings);
    })?;
    let fell = pass.fell;
    if rows == 0 && findings.is_empty() {
        let place = file.place.clone();
        findings.add(&file.place, "files without rows", || {
            Problem::new(place, "there are no rows")
                .expected("rows below the header")
                .found("only a header")
        });
        return Ok(());
    }
    for (index, fallen) in fell.iter().enumerate() {
        let Some(problem) = fallen else {
            continue;
        };
        let problem = problem.clone();
        if numbers_before[index] {
            findings.add(&file.place, "columns of two types", || problem);
        } else {
            warnings.add(&file.place, "columns that turn to text", || problem);
        }
    }
    again(
        &file,
        columns,
        &order,
        rows_before,
        &fell,
        progress,
        findings,
    )
}

/// Reads the columns that fell from number to text once more, as text, every cell as it is written.
fn again(
    file: &File<'_>,
    columns: &mut [Builder],
    order: &[usize],
    rows_before: usize,
    fell: &[Option<Problem>],
    progress: &Progress<'_>,
    findings: &mut Findings,
) -> Result<(), Stopped> {
    let fallen: Vec<usize> = (0..columns.len())
        .filter(|&index| fell[index].is_some())
        .collect();
    if fallen.is_empty() || !findings.is_empty() {
        return Ok(());
    }
    progress.expect(source::check(file.path).unwrap_or(0));
    for &index in &fallen {
        let mut fresh = Builder::text(columns[index].name().to_owned());
        (0..rows_before).for_each(|_| fresh.add_missing());
        columns[index] = fresh;
    }
    let cells = cells(order, |column| fallen.contains(&column));
    each_block(file, progress, findings, |block, findings| {
        for odd in add(block, columns, &cells) {
            not_text(file, block, &odd, columns[odd.column].name(), findings);
        }
    })?;
    Ok(())
}

/// The first reading of a file.
struct Pass<'a> {
    file: &'a File<'a>,
    /// For each column its cell; `None` once it has to be read again.
    cells: Vec<Option<usize>>,
    /// Of each column that has to be read again, why.
    fell: Vec<Option<Problem>>,
    /// Whether no row was taken in yet.
    is_first: bool,
}

/// A column of which more than this share of the first cells is text was never meant to hold numbers.
const TEXT_SHARE: f64 = 0.5;

impl Pass<'_> {
    fn take(
        &mut self,
        block: &Block,
        columns: &mut [Builder],
        findings: &mut Findings,
        warnings: &mut Findings,
    ) {
        let is_first = std::mem::take(&mut self.is_first);
        if let Some(rows) = block.expected {
            let before = columns.first().map_or(0, Builder::len);
            for column in columns.iter_mut() {
                column.expect(before + rows);
            }
        }
        for odd in add(block, columns, &self.cells) {
            let column = &mut columns[odd.column];
            if odd.added == Added::NotText {
                not_text(self.file, block, &odd, column.name(), findings);
                continue;
            }
            let problem = self.fall(block, &odd, column.name());
            if !is_first {
                self.fell[odd.column] = Some(problem);
                self.cells[odd.column] = None;
                continue;
            }
            // All its cells are still here.
            *column = Builder::text(column.name().to_owned());
            column.expect(block.expected.unwrap_or(0));
            let mut texts = 0;
            for (record, cells) in block.records().iter().enumerate() {
                let cell = cells.get(odd.at).unwrap_or_default();
                texts += usize::from(matches!(classify(cell), Cell::Text(_)));
                if column.add(cell) == Added::NotText {
                    let odd = Odd { record, ..odd };
                    not_text(self.file, block, &odd, column.name(), findings);
                }
            }
            if texts as f64 <= TEXT_SHARE * block.records().len() as f64 {
                warnings.add(&self.file.place, "columns that turn to text", || problem);
            }
        }
    }

    fn fall(&self, block: &Block, odd: &Odd, name: &str) -> Problem {
        let line = block.line(odd.record);
        let place = format!("{}, line {line}, column {name}", self.file.place);
        Problem::new(place, "the column turns from number to text")
            .expected("a number")
            .found(quoted(odd.cell(block)))
            .help("it is read as text; mend the line or mark the column as sparse")
    }
}

fn not_text(file: &File<'_>, block: &Block, odd: &Odd, name: &str, findings: &mut Findings) {
    let line = block.line(odd.record);
    let place = format!("{}, line {line}, column {name}", file.place);
    findings.add(&file.place, "cells that are not UTF-8", || {
        Problem::new(place, "the text is not UTF-8")
            .found(quoted(odd.cell(block)))
            .help("save the file as UTF-8")
    });
}

/// For each column the cell of a record that belongs to it; `None` for those that are not wanted.
fn cells(order: &[usize], wanted: impl Fn(usize) -> bool) -> Vec<Option<usize>> {
    let mut cells = vec![None; order.len()];
    for (cell, &column) in order.iter().enumerate() {
        cells[column] = wanted(column).then_some(cell);
    }
    cells
}

/// A cell that a column did not take as it is.
#[derive(Clone, Copy)]
struct Odd {
    record: usize,
    column: usize,
    at: usize,
    added: Added,
}

impl Odd {
    fn cell<'a>(&self, block: &'a Block) -> &'a [u8] {
        block.records()[self.record]
            .get(self.at)
            .unwrap_or_default()
    }
}

/// Adds the cells of a block, the columns beside each other; returns the odd ones in file order. A column that falls takes no
/// more of them.
fn add(block: &Block, columns: &mut [Builder], cells: &[Option<usize>]) -> Vec<Odd> {
    let of_column = |(column, (builder, at)): (usize, (&mut Builder, &Option<usize>))| {
        let mut odd = Vec::new();
        let Some(at) = *at else { return odd };
        for (record, cells) in block.records().iter().enumerate() {
            let added = builder.add(cells.get(at).unwrap_or_default());
            if added != Added::Fine {
                odd.push(Odd {
                    record,
                    column,
                    at,
                    added,
                });
            }
            if added == Added::Fell {
                break;
            }
        }
        odd
    };
    let columns = columns.par_iter_mut().zip(cells).enumerate();
    let mut odd: Vec<Odd> = columns.flat_map_iter(of_column).collect();
    odd.sort_by_key(|odd| (odd.record, odd.at));
    odd
}

/// Looks at the first lines: delimiter, header, names.
fn open<'a>(
    path: &'a Path,
    options: &ReadOptions,
    progress: &Progress<'_>,
    findings: &mut Findings,
) -> Option<File<'a>> {
    let place = path.display().to_string();
    let mut sample = Vec::new();
    let mut text = match source::text(path, progress) {
        Ok(text) => text.take(SAMPLE as u64),
        Err(error) => {
            broken(path, &error, findings);
            return None;
        }
    };
    if let Err(error) = text.read_to_end(&mut sample) {
        broken(path, &error, findings);
        return None;
    }
    if sample.is_empty() {
        let problem =
            Problem::new(place.clone(), "the file is empty").expected("a header and rows");
        findings.add(&place, "empty files", || problem);
        return None;
    }
    if sample.starts_with(&[0xFF, 0xFE]) || sample.starts_with(&[0xFE, 0xFF]) {
        let problem = Problem::new(place.clone(), "the text is not UTF-8")
            .found("UTF-16")
            .help("save the file as UTF-8");
        findings.add(&place, "files in UTF-16", || problem);
        return None;
    }
    if sample.contains(&0) {
        let problem = Problem::new(place.clone(), "this is not a text file")
            .expected("a CSV, TSV, gzip or Parquet file")
            .found("binary data");
        findings.add(&place, "binary files", || problem);
        return None;
    }
    let delimiter = options
        .delimiter
        .unwrap_or_else(|| sniff::delimiter(&sample));
    // The last line of a full sample may be cut.
    let end = if sample.len() == SAMPLE {
        sample
            .iter()
            .rposition(|&byte| byte == b'\n')
            .unwrap_or(SAMPLE)
    } else {
        sample.len()
    };
    let mut records = reader(Cursor::new(&sample[..end]), delimiter)
        .into_byte_records()
        .filter_map(Result::ok);
    let Some(first) = records.next() else {
        let problem = Problem::new(place.clone(), "the file has blank lines only");
        let problem = problem.expected("a header and rows");
        findings.add(&place, "empty files", || problem);
        return None;
    };
    let below: Vec<ByteRecord> = records.take(50).collect();
    let header = options
        .header
        .unwrap_or_else(|| sniff::is_header(&first, &below));
    let names = if header {
        names(&first, &place, findings)?
    } else {
        (1..=first.len())
            .map(|number| format!("column_{number}"))
            .collect()
    };
    Some(File {
        path,
        place,
        delimiter,
        header,
        names,
        two_bytes: sample
            .iter()
            .position(|&byte| byte == b'\n')
            .is_some_and(|end| sample[..end].ends_with(b"\r")),
    })
}

/// The names in a header, if they are usable.
fn names(header: &ByteRecord, place: &str, findings: &mut Findings) -> Option<Vec<String>> {
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    let mut sound = true;
    for (index, cell) in header.iter().enumerate() {
        let at = format!("{place}, line 1, column {}", index + 1);
        let mut wrong = |problem: Problem| {
            sound = false;
            findings.add(place, "column names", || problem);
        };
        match str::from_utf8(cell) {
            Err(_) => wrong(Problem::new(at, "the column's name is not UTF-8").found(quoted(cell))),
            Ok(name) if name.trim().is_empty() => {
                wrong(Problem::new(at, "the column has no name").help("name it in the first line"));
            }
            Ok(name) => {
                let name = name.trim();
                if let Some(twin) = names.iter().position(|other| other == name) {
                    let found = format!("`{name}` in columns {} and {}", twin + 1, index + 1);
                    wrong(
                        Problem::new(at, "two columns have one name")
                            .expected("a name of its own")
                            .found(found),
                    );
                }
                names.push(name.to_owned());
            }
        }
    }
    sound.then_some(names)
}

/// For each cell of a record the column that it belongs to.
fn order(file: &File<'_>, columns: &[Builder], findings: &mut Findings) -> Option<Vec<usize>> {
    let place = |name: &String| columns.iter().position(|column| column.name() == name);
    let order: Vec<Option<usize>> = file.names.iter().map(place).collect();
    let new: Vec<&str> = file
        .names
        .iter()
        .zip(&order)
        .filter(|(_, place)| place.is_none())
        .map(|(name, _)| name.as_str())
        .collect();
    let lacking: Vec<&str> = columns
        .iter()
        .map(Builder::name)
        .filter(|name| !file.names.iter().any(|own| own == name))
        .collect();
    if !new.is_empty() || !lacking.is_empty() {
        let found = format!(
            "without: {}; besides: {}",
            lacking.join(", "),
            new.join(", ")
        );
        let problem = Problem::new(file.place.clone(), "the files have different columns")
            .expected("the columns of the first file")
            .found(found);
        findings.add(&file.place, "files with other columns", || problem);
        return None;
    }
    order.into_iter().collect()
}

/// A stream that cannot be read on.
pub(super) fn broken(path: &Path, error: &std::io::Error, findings: &mut Findings) {
    let place = path.display().to_string();
    let packed = source::is_named_gzip(path)
        || matches!(
            error.kind(),
            ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput
        );
    let problem = if packed {
        let words = match error.kind() {
            ErrorKind::UnexpectedEof => "it ends too early",
            _ => "it is damaged",
        };
        Problem::new(
            place.clone(),
            format!("the gzip file cannot be unpacked: {words}"),
        )
        .found(error.to_string())
        .help("pack or copy the file again")
    } else {
        Problem::new(place.clone(), "the file cannot be read").found(error.to_string())
    };
    findings.add(&place, "broken files", || problem);
}
