//! Finds the rows of the table that batches touch.

use std::ops::Range;

use burn::tensor::Device;

use super::layout::{EmbeddingLayout, FieldTable, IdRows};
use super::lookup::Lookup;
use super::row_set::RowSet;
use crate::data::Dataset;
use crate::model::host::vectorized;

/// The place of a use that is none: where a list has no more items. Any row may be read there.
pub const MASKED: u32 = u32::MAX;

/// Data rows that are fetched at a time.
const TILE: usize = 64;

/// What one batch uses of one lane of the tables.
#[derive(Clone, Debug, Default)]
pub struct BatchRows {
    /// The distinct rows in ascending order, at least one.
    pub rows: Vec<u32>,
    /// How often each is used.
    pub counts: Vec<u32>,
    /// For each use which of the distinct rows it is, or [`MASKED`].
    pub places: Vec<u32>,
    /// Where among the distinct rows those of each table begin.
    tables: Vec<usize>,
}

impl BatchRows {
    /// The distinct rows that lie in a table.
    pub fn distinct(&self, table: usize) -> Range<usize> {
        let start = |table: usize| self.tables.get(table).copied();
        let end = start(table + 1).unwrap_or(self.rows.len());
        start(table).unwrap_or(end)..end
    }
}

/// Finds the distinct rows of batches; keeps its memory from one to the next.
#[derive(Debug)]
pub struct LookupFinder {
    layout: EmbeddingLayout,
    /// The rows of a lane that a batch has; none between two batches.
    touched: RowSet,
    device: Device,
}

impl LookupFinder {
    /// A finder for a table on a device.
    pub fn new(layout: EmbeddingLayout, device: &Device) -> Self {
        Self {
            touched: RowSet::new(layout.rows()),
            layout,
            device: device.clone(),
        }
    }

    /// The lookup of a batch.
    ///
    /// # Shapes
    /// - batches: the data rows of each replica, all of one length
    pub fn find(&mut self, batches: &[&[u32]], dataset: &Dataset) -> Lookup {
        let mut firsts: Vec<usize> = Vec::new();
        let mut seen = Vec::with_capacity(batches.len());
        for (replica, rows) in batches.iter().enumerate() {
            let twin = firsts.iter().position(|&first| batches[first] == *rows);
            seen.push(twin.unwrap_or(firsts.len()));
            if twin.is_none() {
                firsts.push(replica);
            }
        }
        let found = firsts
            .iter()
            .map(|&first| self.rows(batches[first], dataset));
        Lookup::new(found.collect(), seen, &self.layout, &self.device)
    }

    /// What a batch uses of a lane.
    fn rows(&mut self, batch: &[u32], dataset: &Dataset) -> BatchRows {
        let mut places = self.uses(batch, dataset);
        let touched = &mut self.touched;
        let is_use = |place: &u32| *place != MASKED;
        for &row in places.iter().filter(|place| is_use(place)) {
            touched.insert(row);
        }
        let mut rows = touched.ranked();
        let mut counts = vec![0; rows.len()];
        vectorized(
            #[inline(always)]
            || {
                for place in places.iter_mut().filter(|place| is_use(place)) {
                    *place = touched.rank(*place);
                    counts[*place as usize] += 1;
                }
            },
        );
        touched.clear();
        if rows.is_empty() {
            rows.push(0);
            counts.push(0);
        }
        let tables = self.layout.tables();
        let start = |first| rows.partition_point(|&row| (row as usize) < first);
        BatchRows {
            tables: tables.map(|table| start(table.first)).collect(),
            rows,
            counts,
            places,
        }
    }

    /// The row of each use, or [`MASKED`].
    fn uses(&self, batch: &[u32], dataset: &Dataset) -> Vec<u32> {
        let mut uses = Vec::with_capacity(batch.len() * self.layout.num_places());
        let tables: Vec<IdRows> = self.layout.places().map(FieldTable::ids).collect();
        let width = dataset.sparse_fields.len();
        let (of_fields, of_items) = tables.split_at(width);
        let mut fields = Vec::with_capacity(TILE * width);
        for rows in batch.chunks(TILE) {
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
