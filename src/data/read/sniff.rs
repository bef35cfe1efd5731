//! What a text file does not say: its delimiter, and whether its first line is a header.

use super::cell::{Cell, classify};

const DELIMITERS: [u8; 4] = *b",\t;|";

/// The delimiter that the first lines have most steadily; a comma if there is none.
pub(super) fn delimiter(sample: &[u8]) -> u8 {
    let lines: Vec<&[u8]> = sample
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .take(20)
        .collect();
    let least = |delimiter: u8| {
        lines
            .iter()
            .map(|line| outside_quotes(line, delimiter))
            .min()
            .unwrap_or(0)
    };
    let all = |delimiter: u8| {
        lines
            .iter()
            .map(|line| outside_quotes(line, delimiter))
            .sum::<usize>()
    };
    let best = DELIMITERS
        .into_iter()
        .rev()
        .max_by_key(|&delimiter| (least(delimiter), all(delimiter)));
    best.filter(|&delimiter| all(delimiter) > 0).unwrap_or(b',')
}

fn outside_quotes(line: &[u8], delimiter: u8) -> usize {
    let mut quoted = false;
    let mut count = 0;
    for &byte in line {
        quoted ^= byte == b'"';
        count += usize::from(byte == delimiter && !quoted);
    }
    count
}

/// Whether the first record names the columns.
///
/// A record with a number in it does not. One without does if a number stands below it, or if all its cells are there
/// and differ.
pub(super) fn is_header(first: &csv::ByteRecord, below: &[csv::ByteRecord]) -> bool {
    let is_number = |cell: &[u8]| {
        // A column may well be called `inf`.
        match classify(cell) {
            Cell::Integer(_) | Cell::Big(_) => true,
            Cell::Real(number) => number.is_finite(),
            _ => false,
        }
    };
    if first.iter().any(is_number) {
        return false;
    }
    if below.iter().any(|record| record.iter().any(is_number)) {
        return true;
    }
    let mut names: Vec<&[u8]> = first.iter().collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    names.len() == count && names.iter().all(|name| !name.is_empty())
}
