//! The records of a text file in blocks: while one block is taken in, the next is read beside it.

use std::io::Read;

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::Stopped;
use super::delimited::{File, broken};
use super::findings::{Findings, counted};
use super::progress::Progress;
use super::source;
use crate::error::Problem;

/// Records of a block.
const BLOCK: usize = 1024;

/// Consecutive records that have as many cells as the table has columns.
#[derive(Default)]
pub(super) struct Block {
    /// More than `len` where an earlier block was longer: their memory is used again.
    records: Vec<ByteRecord>,
    lines: Vec<Lines>,
    len: usize,
    /// So many rows the file has, judged by this block; `None` unless it is the first one of a plain file.
    pub(super) expected: Option<usize>,
    /// Records of another length, in words.
    odd: Vec<Problem>,
    /// What broke the file off behind them.
    error: Option<csv::Error>,
}

impl Block {
    /// The records.
    pub(super) fn records(&self) -> &[ByteRecord] {
        &self.records[..self.len]
    }

    /// The line on which a record begins.
    pub(super) fn line(&self, record: usize) -> u64 {
        self.lines[record].of(&self.records[record])
    }
}

/// Where a record stands, as far as the reader knows.
#[derive(Clone, Copy, Default)]
struct Lines {
    /// The reader's line before the record, and before the blank lines that it skips.
    before: u64,
    /// The reader's line behind the record.
    behind: u64,
    /// Whether lines end in two bytes, of which the reader takes the second with the next record.
    two_bytes: bool,
}

impl Lines {
    fn of(self, record: &ByteRecord) -> u64 {
        let inside = record.iter().flatten().filter(|&&byte| byte == b'\n');
        let own_end = u64::from(!self.two_bytes);
        let begin = self.behind.saturating_sub(inside.count() as u64 + own_end);
        // The last line may have no end.
        begin.max(self.before)
    }
}

/// Calls `take` with the whole records, block by block; returns how many there were.
pub(super) fn each_block(
    file: &File<'_>,
    progress: &Progress<'_>,
    findings: &mut Findings,
    mut take: impl FnMut(&Block, &mut Findings) + Send,
) -> Result<usize, Stopped> {
    let mut records = match source::text(file.path, progress) {
        Ok(text) => Records {
            file,
            reader: reader(text, file.delimiter),
            skip_header: file.header,
            is_first: true,
            ended: false,
        },
        Err(error) => {
            broken(file.path, &error, findings);
            return Ok(0);
        }
    };
    let (mut block, mut next) = (Block::default(), Block::default());
    let mut rows = 0;
    records.fill(&mut block);
    loop {
        for problem in block.odd.drain(..) {
            let kind = "rows with another number of fields";
            findings.add(&file.place, kind, || problem);
        }
        if let Some(error) = block.error.take() {
            take(&block, findings);
            damaged(file, error, findings);
            return Ok(rows + block.len);
        }
        rayon::join(|| take(&block, findings), || records.fill(&mut next));
        rows += block.len;
        if progress.stopped() {
            return Err(Stopped);
        }
        std::mem::swap(&mut block, &mut next);
        if block.len == 0 && records.ended && block.odd.is_empty() && block.error.is_none() {
            return Ok(rows);
        }
    }
}

/// A reader of comma-separated values and their kin.
pub(super) fn reader<R: Read>(text: R, delimiter: u8) -> Reader<R> {
    let mut builder = ReaderBuilder::new();
    builder
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(1 << 17)
        .from_reader(text)
}

/// The records that are still to be read.
struct Records<'a, R> {
    file: &'a File<'a>,
    reader: Reader<R>,
    skip_header: bool,
    is_first: bool,
    ended: bool,
}

impl<R: Read> Records<'_, R> {
    /// Fills a block, over what it held before.
    fn fill(&mut self, block: &mut Block) {
        block.len = 0;
        while block.len + block.odd.len() < BLOCK && !self.ended {
            if block.records.len() == block.len {
                block.records.push(ByteRecord::new());
                block.lines.push(Lines::default());
            }
            let record = &mut block.records[block.len];
            match self.reader.read_byte_record(record) {
                Ok(false) => self.ended = true,
                Ok(true) if self.skip_header => self.skip_header = false,
                Ok(true) => {
                    let lines = Lines {
                        before: record.position().map_or(0, csv::Position::line),
                        behind: self.reader.position().line(),
                        two_bytes: self.file.two_bytes,
                    };
                    if record.len() == self.file.names.len() {
                        block.lines[block.len] = lines;
                        block.len += 1;
                    } else if !is_blank(record) {
                        block.odd.push(self.other_length(record, lines));
                    }
                }
                Err(error) => {
                    block.error = Some(error);
                    self.ended = true;
                }
            }
        }
        let is_first = std::mem::take(&mut self.is_first);
        block.expected = is_first.then(|| self.expected(block.len)).flatten();
    }

    /// How many rows there are if all are as long as the first ones, and a few more.
    fn expected(&self, rows: usize) -> Option<usize> {
        const MORE: f64 = 1.02;
        let bytes = source::plain_len(self.file.path)?;
        let read = self.reader.position().byte();
        (!self.ended && read > 0)
            .then(|| (bytes as f64 * MORE / read as f64 * rows as f64) as usize)
    }

    fn other_length(&self, record: &ByteRecord, lines: Lines) -> Problem {
        let place = format!("{}, line {}", self.file.place, lines.of(record));
        let problem = Problem::new(place, "the row has another number of fields")
            .expected(counted(self.file.names.len(), "field"))
            .found(record.len().to_string());
        if record.iter().any(|cell| cell.contains(&b'\n')) {
            problem.help("a cell goes over several lines; perhaps a quote is not closed")
        } else {
            problem
        }
    }
}

/// A blank line at the end is no row.
fn is_blank(record: &ByteRecord) -> bool {
    record.len() == 1 && record.get(0).is_some_and(<[u8]>::is_empty)
}

fn damaged(file: &File<'_>, error: csv::Error, findings: &mut Findings) {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => broken(file.path, &error, findings),
        other => {
            let text = format!("{other:?}");
            findings.add(&file.place, "damaged records", || {
                Problem::new(file.place.clone(), "the text is damaged").found(text)
            });
        }
    }
}
