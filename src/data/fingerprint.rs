//! A hash by which equal data are known on every machine.
//!
//! It reads what is exact everywhere: ids, the numbers as they were read, settings and the split. Scaled numbers are left out,
//! because logarithms may differ in their last digit from one machine to another.

use rayon::prelude::*;

use super::chosen::WithSpec;
use super::column_spec::Scale;
use super::dataset::Dataset;
use super::scale::visit_numbers;

/// The hashes of columns of numbers, as they were read.
pub(super) fn hashes_of_columns(columns: &[WithSpec<'_>], rows: usize) -> Vec<u64> {
    let numbers = |(column, spec): &WithSpec<'_>| {
        let mut hash = Hash::new();
        hash.text(&column.name);
        hash.text(spec.scale.unwrap_or(Scale::Standard).id());
        visit_numbers(&column.values, 0..rows, |value| hash.word(bits(value)));
        hash.word(rows as u64);
        hash.finish()
    };
    columns.par_iter().map(numbers).collect()
}

/// The fingerprint in sixteen hexadecimal digits, given the hashes of the dense columns and of the labels.
pub(super) fn fingerprint(dataset: &Dataset, columns: &[u64]) -> String {
    let mut hash = Hash::new();
    for field in &dataset.sparse_fields {
        hash.text(&field.name);
        hash.word(field.vocabulary as u64);
    }
    hash.each(dataset.sparse_ids.iter().map(|&id| u64::from(id)));
    for sequence in &dataset.sequences {
        hash.text(&sequence.field.name);
        hash.word(sequence.field.vocabulary as u64);
        hash.each(sequence.offsets.iter().map(|&offset| offset as u64));
        hash.each(sequence.ids.iter().map(|&id| u64::from(id)));
    }
    for name in &dataset.dense_names {
        hash.text(name);
    }
    hash.each(columns.iter().copied());
    let num_tasks = dataset.tasks.len();
    for (at, task) in dataset.tasks.iter().enumerate() {
        hash.text(&task.name);
        hash.text(task.kind.id());
        if task.unscale.is_none() {
            let label = dataset.labels.iter().skip(at).step_by(num_tasks);
            hash.each(label.map(|&label| bits(f64::from(label))));
        }
    }
    for part in [
        &dataset.split.train,
        &dataset.split.validation,
        &dataset.split.test,
    ] {
        hash.each(part.iter().map(|&row| u64::from(row)));
    }
    if let Some(groups) = &dataset.groups {
        hash.each(groups.iter().map(|&group| u64::from(group)));
    }
    format!("{:016x}", hash.finish())
}

/// The hash of a text alone.
pub(super) fn hash_of_text(text: &str) -> u64 {
    let mut hash = Hash::new();
    hash.text(text);
    hash.finish()
}

/// The bits of a number, with one NaN and one zero.
fn bits(value: f64) -> u64 {
    if value.is_nan() {
        f64::NAN.to_bits()
    } else {
        (value + 0.0).to_bits()
    }
}

/// A hash of 64-bit words by wide multiplication and folding; good against chance, not against malice.
struct Hash(u64);

impl Hash {
    fn new() -> Self {
        Self(0x243f_6a88_85a3_08d3)
    }

    fn word(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        let wide = u128::from(mixed) * 0xd6e8_feb8_6659_fd93;
        self.0 = (wide as u64) ^ ((wide >> 64) as u64).rotate_left(23);
    }

    /// A list, its length after it, so that neighboring lists cannot trade places unnoticed.
    fn each(&mut self, words: impl Iterator<Item = u64>) {
        let mut count = 0;
        for word in words {
            self.word(word);
            count += 1;
        }
        self.word(count);
    }

    fn text(&mut self, text: &str) {
        self.each(text.bytes().map(u64::from));
    }

    fn finish(mut self) -> u64 {
        self.word(0);
        self.0
    }
}
