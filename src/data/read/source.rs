//! Files as streams of bytes: plain or gzip, counted.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::progress::Progress;
use crate::error::Problem;

const BUFFER: usize = 1 << 18;

/// The size of a file that can be opened, or what is wrong with it.
pub(super) fn check(path: &Path) -> Result<u64, (&'static str, Box<Problem>)> {
    let place = path.display().to_string();
    let problem = |message: &str| Problem::new(place.clone(), message);
    let facts = match fs::metadata(path) {
        Ok(facts) => facts,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let missing = problem("there is no such file")
                .help("check the path; it is relative to the experiment file");
            return Err(("missing files", Box::new(missing)));
        }
        Err(error) => {
            let unreadable = problem("the file cannot be read").found(error.to_string());
            return Err(("unreadable files", Box::new(unreadable)));
        }
    };
    if facts.is_dir() {
        let folder = problem("this is a folder").expected("a CSV, TSV, gzip or Parquet file");
        return Err(("folders", Box::new(folder)));
    }
    if facts.len() == 0 {
        let empty = problem("the file is empty").expected("a header and rows");
        return Err(("empty files", Box::new(empty)));
    }
    if let Err(error) = File::open(path) {
        let unreadable = problem("the file cannot be read").found(error.to_string());
        return Err(("unreadable files", Box::new(unreadable)));
    }
    Ok(facts.len())
}

/// Whether the first bytes are those of Parquet, or the name says so.
pub(super) fn is_parquet(path: &Path) -> bool {
    let has_name = |ending: &OsStr| {
        ["parquet", "pq"]
            .iter()
            .any(|name| ending.eq_ignore_ascii_case(name))
    };
    path.extension().is_some_and(has_name)
        || first_bytes(path).is_some_and(|bytes| &bytes == b"PAR1")
}

/// Whether the name says gzip.
pub(super) fn is_named_gzip(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("gz"))
}

/// Whether the first bytes are those of gzip.
pub(super) fn is_gzip(path: &Path) -> bool {
    first_bytes(path).is_some_and(|bytes| bytes.starts_with(&[0x1F, 0x8B]))
}

/// The bytes of a file that is not packed.
pub(super) fn plain_len(path: &Path) -> Option<u64> {
    let facts = fs::metadata(path).ok()?;
    (!is_gzip(path)).then_some(facts.len())
}

fn first_bytes(path: &Path) -> Option<[u8; 4]> {
    let mut bytes = [0; 4];
    File::open(path).ok()?.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

/// The text of a file, unpacked if it begins like gzip, without a byte-order mark.
pub(super) fn text<'a>(
    path: &Path,
    progress: &'a Progress<'a>,
) -> io::Result<Box<dyn Read + Send + 'a>> {
    let file = Counted {
        inner: File::open(path)?,
        progress,
    };
    let mut plain = BufReader::with_capacity(BUFFER, file);
    let is_gzip = plain.fill_buf()?.starts_with(&[0x1F, 0x8B]);
    if is_gzip {
        let mut unpacked = BufReader::with_capacity(BUFFER, MultiGzDecoder::new(plain));
        skip_mark(&mut unpacked)?;
        return Ok(Box::new(unpacked));
    }
    skip_mark(&mut plain)?;
    Ok(Box::new(plain))
}

fn skip_mark(reader: &mut impl BufRead) -> io::Result<()> {
    if reader.fill_buf()?.starts_with(b"\xEF\xBB\xBF") {
        reader.consume(3);
    }
    Ok(())
}

/// Counts the bytes that were read.
struct Counted<'a> {
    inner: File,
    progress: &'a Progress<'a>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.progress.advance(count as u64);
        Ok(count)
    }
}
