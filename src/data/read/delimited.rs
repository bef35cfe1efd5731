//! Tables as text: one record a line, cells between delimiters, quotes where needed.

use std::io::{Cursor, ErrorKind, Read};
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::column::{Added, Builder};
use super::findings::{Findings, counted, quoted};
use super::progress::Progress;
use super::{ReadOptions, Stopped, sniff, source};
use crate::error::Problem;

const SAMPLE: usize = 1 << 16;
/// Records between two looks at whoever watches.
const LOOK: usize = 4096;

/// A file that is being read.
struct File<'a> {
    path: &'a Path,
    place: String,
    delimiter: u8,
    header: bool,
    names: Vec<String>,
    /// Whether lines end in a carriage return and a line feed.
    two_bytes: bool,
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
    let mut fell = vec![None; columns.len()];
    let rows = pass(&file, columns, &order, progress, findings, &mut fell)?;
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
        let Some((line, value)) = fallen else {
            continue;
        };
        let name = columns[index].name().to_owned();
        let place = format!("{}, line {line}, column {name}", file.place);
        let problem = Problem::new(place, "the column turns from number to text")
            .expected("a number")
            .found(value.clone())
            .help("it is read as text; mend the line or mark the column as sparse");
        if numbers_before[index] {
            // The numbers of the earlier file cannot be read again from here.
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
    fell: &[Option<(u64, String)>],
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
    let cells: Vec<(usize, usize)> = order
        .iter()
        .enumerate()
        .filter(|(_, column)| fallen.contains(column))
        .map(|(cell, &column)| (cell, column))
        .collect();
    each_record(file, progress, findings, |record, _, _| {
        for &(cell, column) in &cells {
            columns[column].add(record.get(cell).unwrap_or_default());
        }
    })?;
    Ok(())
}

/// Reads all records once; returns how many there were.
fn pass(
    file: &File<'_>,
    columns: &mut [Builder],
    order: &[usize],
    progress: &Progress<'_>,
    findings: &mut Findings,
    fell: &mut [Option<(u64, String)>],
) -> Result<usize, Stopped> {
    each_record(file, progress, findings, |record, lines, findings| {
        for (cell, &column) in record.iter().zip(order) {
            let added = columns[column].add(cell);
            if matches!(added, Added::Fine) {
                continue;
            }
            // A number column falls at such a cell before it can refuse it.
            if matches!(added, Added::NotText) || str::from_utf8(cell).is_err() {
                let (line, name) = (lines.of(record), columns[column].name());
                let place = format!("{}, line {line}, column {name}", file.place);
                let problem = Problem::new(place, "the text is not UTF-8");
                let problem = problem.found(quoted(cell)).help("save the file as UTF-8");
                findings.add(&file.place, "cells that are not UTF-8", || problem);
            } else {
                fell[column].get_or_insert_with(|| (lines.of(record), quoted(cell)));
            }
        }
    })
}

/// Where a record stands, as far as the reader knows.
#[derive(Clone, Copy)]
struct Lines {
    /// The reader's line before the record, and before the blank lines that it skips.
    before: u64,
    /// The reader's line behind the record.
    behind: u64,
    /// Whether lines end in two bytes, of which the reader takes the second with the next record.
    two_bytes: bool,
}

impl Lines {
    /// The line on which the record begins.
    fn of(self, record: &ByteRecord) -> u64 {
        let inside = record.iter().flatten().filter(|&&byte| byte == b'\n');
        let own_end = u64::from(!self.two_bytes);
        let begin = self.behind.saturating_sub(inside.count() as u64 + own_end);
        // The last line may have no end.
        begin.max(self.before)
    }
}

/// Calls `take` with each whole record and its lines.
fn each_record(
    file: &File<'_>,
    progress: &Progress<'_>,
    findings: &mut Findings,
    mut take: impl FnMut(&ByteRecord, Lines, &mut Findings),
) -> Result<usize, Stopped> {
    let text = match source::text(file.path, progress) {
        Ok(text) => text,
        Err(error) => {
            broken(file.path, &error, findings);
            return Ok(0);
        }
    };
    let mut reader = reader(text, file.delimiter);
    let mut record = ByteRecord::new();
    let mut rows = 0;
    let mut skip = usize::from(file.header);
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(false) => return Ok(rows),
            Ok(true) if skip > 0 => skip -= 1,
            Ok(true) => {
                let lines = Lines {
                    before: record.position().map_or(0, csv::Position::line),
                    behind: reader.position().line(),
                    two_bytes: file.two_bytes,
                };
                if record.len() == file.names.len() {
                    take(&record, lines, findings);
                    rows += 1;
                } else if record.len() == 1 && record.get(0).is_some_and(<[u8]>::is_empty) {
                    // A blank line at the end is no row.
                } else {
                    let place = format!("{}, line {}", file.place, lines.of(&record));
                    let problem = Problem::new(place, "the row has another number of fields")
                        .expected(counted(file.names.len(), "field"))
                        .found(record.len().to_string());
                    let problem = if record.iter().any(|cell| cell.contains(&b'\n')) {
                        problem
                            .help("a cell goes over several lines; perhaps a quote is not closed")
                    } else {
                        problem
                    };
                    findings.add(&file.place, "rows with another number of fields", || {
                        problem
                    });
                }
                if rows % LOOK == 0 && progress.stopped() {
                    return Err(Stopped);
                }
            }
            Err(error) => {
                match error.into_kind() {
                    csv::ErrorKind::Io(error) => broken(file.path, &error, findings),
                    other => {
                        let text = format!("{other:?}");
                        let place = file.place.clone();
                        findings.add(&file.place, "damaged records", || {
                            Problem::new(place, "the text is damaged").found(text)
                        });
                    }
                }
                return Ok(rows);
            }
        }
    }
}

fn reader(text: impl Read, delimiter: u8) -> Reader<impl Read> {
    let mut builder = ReaderBuilder::new();
    builder
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(1 << 17)
        .from_reader(text)
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
fn broken(path: &Path, error: &std::io::Error, findings: &mut Findings) {
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
