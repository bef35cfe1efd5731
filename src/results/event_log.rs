//! `events.jsonl`: one event a line, appended while training; a last line without its end is torn and does not count.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::live::Results;
use crate::train::Event;

/// How long a line may wait in memory.
const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// The file while it is written.
#[derive(Debug)]
pub(super) struct EventLog {
    file: BufWriter<File>,
    flushed: Instant,
    /// The newest progress of each run; older ones tell nothing that the newest does not.
    progress: BTreeMap<usize, Event>,
}

impl EventLog {
    /// Opens the file for appending, behind its last whole line.
    pub fn append(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let end = end_of_last_line(&mut file)?;
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        Ok(Self {
            file: BufWriter::new(file),
            flushed: Instant::now(),
            progress: BTreeMap::new(),
        })
    }

    /// Adds an event; points and warnings reach the disk within a second of the next event or [`Self::flush`].
    pub fn add(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Progress { run, .. } => {
                self.progress.insert(*run, event.clone());
            }
            Event::RunFinished { run, .. } => {
                // Progress behind the end would read as if the run were still under way.
                if let Some(progress) = self.progress.remove(run) {
                    self.line(&progress)?;
                }
                self.line(event)?;
            }
            _ => self.line(event)?,
        }
        let ends = matches!(event, Event::RunFinished { .. } | Event::Finished);
        if ends || self.flushed.elapsed() >= FLUSH_EVERY {
            self.flush()?;
        }
        Ok(())
    }

    /// Brings everything to the disk.
    pub fn flush(&mut self) -> io::Result<()> {
        for progress in std::mem::take(&mut self.progress).into_values() {
            self.line(&progress)?;
        }
        self.flushed = Instant::now();
        self.file.flush()
    }

    fn line(&mut self, event: &Event) -> io::Result<()> {
        // In one piece, so that a full disk tears at most one line.
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

/// Takes the events of a file into `results`; a line that is not understood becomes a warning.
///
/// While one block of lines is taken in, the next is read and understood beside it.
pub(super) fn replay(path: &Path, results: &mut Results) -> io::Result<()> {
    let mut file = BufReader::new(File::open(path)?);
    let mut skipped: Vec<usize> = Vec::new();
    let mut number = 0;
    let mut lines = understood(&mut file)?;
    while !lines.is_empty() {
        let take = || {
            for line in lines {
                number += 1;
                match line {
                    Line::Event(event) => results.apply(&event),
                    Line::Blank => {}
                    Line::Unknown => skipped.push(number),
                }
            }
        };
        let ((), next) = rayon::join(take, || understood(&mut file));
        lines = next?;
    }
    if let Some(first) = skipped.first() {
        let lines = if skipped.len() == 1 {
            "line was"
        } else {
            "lines were"
        };
        results.warnings.push(format!(
            "events.jsonl: {} {lines} not understood and skipped, the first is line {first}",
            skipped.len()
        ));
    }
    Ok(())
}

/// What a line says.
enum Line {
    Event(Event),
    Blank,
    Unknown,
}

/// The next lines, up to the last that has an end; none at the end of the file.
fn understood(file: &mut impl BufRead) -> io::Result<Vec<Line>> {
    /// Bytes that are read at a time, and a little more.
    const BLOCK: usize = 1 << 20;
    let mut text = Vec::with_capacity(BLOCK + 4096);
    file.take(BLOCK as u64).read_to_end(&mut text)?;
    if text.len() == BLOCK {
        file.read_until(b'\n', &mut text)?;
    }
    let Some(end) = text.iter().rposition(|&byte| byte == b'\n') else {
        return Ok(Vec::new());
    };
    let understand = |line: &[u8]| match serde_json::from_slice::<Event>(line) {
        Ok(event) => Line::Event(event),
        Err(_) if line.iter().all(u8::is_ascii_whitespace) => Line::Blank,
        Err(_) => Line::Unknown,
    };
    let lines: Vec<&[u8]> = text[..end].split(|&byte| byte == b'\n').collect();
    Ok(lines.into_par_iter().map(understand).collect())
}

/// Where the last line that has an end ends; 0 if there is none.
fn end_of_last_line(file: &mut File) -> io::Result<u64> {
    const BLOCK: u64 = 64 * 1024;
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut block = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        file.seek(SeekFrom::Start(start))?;
        block.clear();
        (&*file).take(end - start).read_to_end(&mut block)?;
        if let Some(at) = block.iter().rposition(|&byte| byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}
