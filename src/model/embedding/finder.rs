//! Finds the rows of the table that batches touch.

use std::ops::Range;

use burn::tensor::Device;

use super::layout::EmbeddingLayout;
use super::lookup::Lookup;
use super::row_set::RowSet;
use super::uses::{MASKED, uses};
use crate::data::Dataset;
use crate::model::host::vectorized;

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
        let mut places = uses(&self.layout, batch, dataset);
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
}
