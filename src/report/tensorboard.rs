//! Event files for `TensorBoard`: a folder for each variant, seed and part, a scalar for each task and metric.
//!
//! An event file is a row of records (length, checksum, bytes, checksum) whose bytes are a protocol buffer `Event`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::csv::word;
use crate::results::{Results, Sample, SeriesKey};

/// Writes all series into a folder; event files of an earlier report there are replaced.
pub(super) fn write(results: &Results, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (path, bytes) in files(results) {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)?;
    }
    Ok(())
}

/// The files by their path in the folder.
fn files(results: &Results) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for (key, samples) in &results.series {
        let Some(run) = results.runs.get(key.run) else {
            continue;
        };
        // The number keeps two names apart that look alike without their odd letters.
        let variant = format!(
            "{} {}",
            run.variant + 1,
            plain(results.variant_name(key.run))
        );
        let path: PathBuf = [
            variant.trim_end(),
            &format!("seed {}", run.seed),
            word(key.split),
            "events.out.tfevents.0.mtl-lab",
        ]
        .iter()
        .collect();
        let file: &mut Vec<u8> = files.entry(path).or_insert_with(|| {
            let mut file = Vec::new();
            // Event.file_version
            record(
                &mut file,
                &[double(1, 0.0), bytes(3, b"brain.Event:2")].concat(),
            );
            file
        });
        let tag = tag(key);
        for sample in samples.iter().filter(|sample| sample.value.is_finite()) {
            record(file, &event(&tag, sample));
        }
    }
    files
}

/// The name of a scalar, grouped by what comes before the slash: by task, and the numbers of two tasks by what they are.
fn tag(key: &SeriesKey) -> String {
    match &key.other {
        None => format!("{}/{}", key.task, key.metric),
        Some(other) => format!("{}/{}, {other}", key.metric, key.task),
    }
}

/// A name that every file system takes.
fn plain(name: &str) -> String {
    let kept = |letter: char| letter.is_alphanumeric() || " -_,.+".contains(letter);
    let safe: String = name
        .chars()
        .map(|letter| if kept(letter) { letter } else { '_' })
        .take(60)
        .collect();
    safe.trim_end_matches(['.', ' ']).to_owned()
}

/// Event { `wall_time` = 1, step = 2, summary = 5 { value = 1 { tag = 1, `simple_value` = 2 } } }
fn event(tag: &str, sample: &Sample) -> Vec<u8> {
    let mut value = bytes(1, tag.as_bytes());
    value.push(2 << 3 | 5);
    value.extend((sample.value as f32).to_le_bytes());
    let summary = bytes(1, &value);
    let mut step = vec![2 << 3];
    varint(&mut step, sample.at.step);
    [double(1, sample.at.seconds), step, bytes(5, &summary)].concat()
}

fn double(field: u8, value: f64) -> Vec<u8> {
    let mut message = vec![field << 3 | 1];
    message.extend(value.to_le_bytes());
    message
}

fn bytes(field: u8, content: &[u8]) -> Vec<u8> {
    let mut message = vec![field << 3 | 2];
    varint(&mut message, content.len() as u64);
    message.extend(content);
    message
}

fn varint(message: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        message.push(number as u8 | 0x80);
        number >>= 7;
    }
    message.push(number as u8);
}

fn record(file: &mut Vec<u8>, content: &[u8]) {
    let length = (content.len() as u64).to_le_bytes();
    file.extend(length);
    file.extend(masked_checksum(&length).to_le_bytes());
    file.extend(content);
    file.extend(masked_checksum(content).to_le_bytes());
}

/// CRC-32C, turned so that a checksum of bytes that hold checksums stays sound.
fn masked_checksum(content: &[u8]) -> u32 {
    checksum(content).rotate_right(15).wrapping_add(0xA282_EAD8)
}

/// CRC-32C (Castagnoli et al. 1993), bit by bit: reports are small.
fn checksum(content: &[u8]) -> u32 {
    let byte = |state: u32, byte: &u8| {
        (0..8).fold(state ^ u32::from(*byte), |state, _| {
            if state & 1 == 1 {
                state >> 1 ^ 0x82F6_3B78
            } else {
                state >> 1
            }
        })
    };
    !content.iter().fold(!0, byte)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{gradients, results};
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        // RFC 3720, appendix B.4 and the usual check value.
        assert_eq!(checksum(&[0; 32]), 0x8A91_36AA);
        assert_eq!(checksum(b"123456789"), 0xE306_9283);
    }

    #[test]
    fn each_run_and_part_has_a_file_of_whole_records() {
        let files = files(&results());
        let first = files.keys().next().unwrap();
        assert_eq!(
            first,
            Path::new("1 separate/seed 1/train/events.out.tfevents.0.mtl-lab")
        );
        assert!(
            files
                .keys()
                .any(|path| path.starts_with("2 shared _b_ _ _equal_ _ x"))
        );
        assert_eq!(files.len(), 5);
        for file in files.values() {
            let (mut rest, mut records) = (file.as_slice(), 0);
            while !rest.is_empty() {
                let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
                let content = &rest[12..12 + length];
                let check = u32::from_le_bytes(rest[12 + length..16 + length].try_into().unwrap());
                assert_eq!(check, masked_checksum(content));
                rest = &rest[16 + length..];
                records += 1;
            }
            assert!(records >= 2, "{records}");
        }
    }

    #[test]
    fn a_scalar_of_two_tasks_is_found_by_what_it_is() {
        let mut results = results();
        gradients(&mut results, 2, [-0.5, 0.25]);
        let mut tags: Vec<String> = results.series.keys().map(tag).collect();
        tags.sort_unstable();
        tags.dedup();
        let expected = [
            "click/auc",
            "click/gradient_norm",
            "click/weight",
            "gradient_cosine/click, watch",
            "watch/gradient_norm",
            "watch/weight",
        ];
        assert_eq!(tags, expected);
        // They lie in the file of the run's training part, each value once.
        let path =
            Path::new("2 shared _b_ _ _equal_ _ x/seed 1/train/events.out.tfevents.0.mtl-lab");
        let file = &files(&results)[path];
        let name = b"gradient_cosine/click, watch";
        let found = file.windows(name.len()).filter(|bytes| *bytes == name);
        assert_eq!(found.count(), 2);
    }

    #[test]
    fn an_event_is_this_protocol_buffer() {
        let at = crate::train::At {
            step: 300,
            seconds: 1.5,
            ..Default::default()
        };
        let found = event("a/b", &Sample { at, value: 0.5 });
        let expected = [
            9, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 16, 0xAC, 2, 42, 12, 10, 10, 10, 3, b'a', b'/', b'b',
            21, 0, 0, 0, 0x3F,
        ];
        assert_eq!(found, expected);
    }
}
