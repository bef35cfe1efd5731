//! Sparse inputs: a vocabulary for each column, and the ids of all rows.

use rayon::prelude::*;

use super::chosen::WithSpec;
use super::dataset::Split;
use super::table::Column;
use super::vocabulary::Vocabulary;

/// Rows that one thread fills at a time.
const CHUNK: usize = 4096;

/// A column with its vocabulary.
pub(super) type FittedSparse<'a> = (&'a Column, Vocabulary);

/// Fits a vocabulary for each column.
pub(super) fn fit_sparse<'a>(columns: &'a [WithSpec<'_>], parts: &Split) -> Vec<FittedSparse<'a>> {
    columns
        .par_iter()
        .map(|(column, spec)| (column, Vocabulary::fit(&column.values, &parts.train, spec)))
        .collect()
}

/// Ids of all fields, row by row.
pub(super) fn sparse_ids(sparse: &[FittedSparse<'_>], rows: usize) -> Vec<u32> {
    let width = sparse.len();
    let mut ids = vec![0; rows * width];
    ids.par_chunks_mut(CHUNK * width.max(1))
        .enumerate()
        .for_each(|(chunk, out)| {
            for (field, (column, vocabulary)) in sparse.iter().enumerate() {
                vocabulary.write(
                    &column.values,
                    chunk * CHUNK,
                    out.len() / width,
                    &mut out[field..],
                    width,
                );
            }
        });
    ids
}
