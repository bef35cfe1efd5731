//! The rows of the tables that rows of the data use.

use std::borrow::Cow;

use super::layout::{EmbeddingLayout, FieldTable, IdRows};
use super::repeated::RepeatedFields;
use crate::data::Dataset;

/// The place of a use that is none: where a list has no more items. Any row may be read there.
pub const MASKED: u32 = u32::MAX;

/// Data rows that are fetched at a time.
const TILE: usize = 64;

/// For each use the row of its lane, or [`MASKED`].
///
/// # Shapes
/// - output: `[data row, place]`
pub(super) fn uses(layout: &EmbeddingLayout, rows: &[u32], dataset: &Dataset) -> Vec<u32> {
    let mut uses = Vec::with_capacity(rows.len() * layout.num_places());
    let tables: Vec<IdRows> = layout.places().map(FieldTable::ids).collect();
    let width = dataset.sparse_fields.len();
    let (of_fields, of_items) = tables.split_at(width);
    let mut fields = Vec::with_capacity(TILE * width);
    for rows in rows.chunks(TILE) {
        // A loop that does nothing but fetch keeps several rows on their way from memory at a time.
        fields.clear();
        for &row in rows {
            fields.extend_from_slice(dataset.fields_of(row));
        }
        for (place, &row) in rows.iter().enumerate() {
            let own = fields[place * width..][..width].iter();
            for (&id, table) in own.zip(of_fields) {
                note(Some(id), table, &mut uses);
            }
            for (item, table) in dataset.items_of(row).zip(of_items) {
                note(item, table, &mut uses);
            }
        }
    }
    uses
}

/// The uses of data rows, so many of each, without those of repeated fields.
pub(super) fn others<'a>(
    uses: &'a [u32],
    each: usize,
    repeated: Option<&RepeatedFields>,
) -> Cow<'a, [u32]> {
    let Some(fields) = repeated else {
        return Cow::Borrowed(uses);
    };
    let others: Vec<usize> = (0..each).filter(|&place| !fields.has(place)).collect();
    let rows = uses.chunks_exact(each.max(1));
    rows.flat_map(|row| others.iter().map(|&other| row[other]))
        .collect()
}

/// Adds where uses lie in a larger table, given the row at which theirs begins.
pub(super) fn add_places(places: &mut Vec<i32>, uses: &[u32], first: usize) {
    let first = first as i32;
    // Any row will do where there is no item: a mask takes it away again.
    places.extend(uses.iter().map(|&row| first + (row as i32).max(0)));
}

/// Notes the rows of an id, or of no item.
#[inline]
fn note(id: Option<u32>, table: &IdRows, uses: &mut Vec<u32>) {
    match id {
        // Nearly all ids have one row: a loop for it would cost more than the rest.
        Some(id) if table.each == 1 => uses.push(table.first as u32 + id),
        Some(id) => uses.extend(table.of(id).map(|row| row as u32)),
        None => uses.extend(std::iter::repeat_n(MASKED, table.each)),
    }
}
