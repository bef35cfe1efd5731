//! The rows of the table that a batch touches, and where each is used.

use std::ops::Range;
use std::sync::{Mutex, OnceLock, PoisonError};

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::finder::BatchRows;
use super::layout::{EmbeddingLayout, PlainField};
use super::places::Places;
use super::repeated::RepeatedFields;
use super::uses::{add_places, others};
use crate::model::gpu::{self, Index, IndexWords, Part};
use crate::model::host::is_host;
use crate::model::input::RepeatedRows;
use crate::model::rows::{TablePart, TableRows};

/// Distinct rows of a part.
const PART: usize = 2048;

/// The distinct rows of a batch of each replica, and where each is used.
#[derive(Debug)]
pub struct Lookup {
    /// Each batch once, however many replicas see it.
    batches: Vec<BatchRows>,
    /// For each replica its batch.
    seen: Vec<usize>,
    layout: Shape,
    /// What a graphics card reads in their place, until it is uploaded; `None` where the device is the host.
    words: Option<Mutex<IndexWords>>,
    unfolded: OnceLock<Unfolded>,
    /// The distinct rows on the host.
    rows: OnceLock<Tensor<1, Int>>,
}

/// What a lookup has to know of its table.
#[derive(Clone, Copy, Debug)]
struct Shape {
    lanes: usize,
    /// Rows of one lane.
    rows: usize,
    /// Uses of a row of the data.
    each: usize,
}

/// A lookup on a graphics card.
#[derive(Debug)]
struct Unfolded {
    index: Index,
    rows: Tensor<1, Int>,
    counts: Tensor<2>,
    owners: Tensor<1, Int>,
}

impl Lookup {
    /// What batches touch.
    ///
    /// # Shapes
    /// - batches: each once
    /// - seen: for each replica its batch
    pub(super) fn new(
        batches: Vec<BatchRows>,
        seen: Vec<usize>,
        layout: &EmbeddingLayout,
        device: &Device,
    ) -> Self {
        let layout = Shape {
            lanes: layout.lanes,
            rows: layout.rows(),
            each: layout.num_places(),
        };
        let words = || IndexWords::of_batches(&batches, &seen, [layout.lanes, layout.rows]);
        Self {
            words: (!is_host(device)).then(|| Mutex::new(words())),
            batches,
            seen,
            layout,
            unfolded: OnceLock::new(),
            rows: OnceLock::new(),
        }
    }

    /// The distinct rows of the table.
    ///
    /// # Shapes
    /// - output: `[distinct]`
    pub fn rows(&self, device: &Device) -> Tensor<1, Int> {
        if let Some(unfolded) = self.unfolded(device) {
            return unfolded.rows.clone();
        }
        let rows = self.rows.get_or_init(|| {
            let rows = self.each_row();
            let len = rows.len();
            Tensor::from_data(TensorData::new(rows, [len]), device)
        });
        rows.clone()
    }

    /// Parts of the table with the distinct rows that lie in each, at most [`PART`].
    fn parts(&self) -> Vec<TablePart> {
        let mut parts = Vec::new();
        let (mut table, mut distinct) = (0, 0);
        for batch in self.of_replicas() {
            for _ in 0..self.layout.lanes {
                let firsts = batch.rows.iter().step_by(PART).skip(1);
                let starts = std::iter::once(0).chain(firsts.map(|&row| row as usize));
                let ends = starts.clone().skip(1).chain([self.layout.rows]);
                for ((rows, start), end) in batch.rows.chunks(PART).zip(starts).zip(ends) {
                    parts.push(TablePart {
                        table: table + start..table + end,
                        distinct: distinct..distinct + rows.len(),
                    });
                    distinct += rows.len();
                }
                table += self.layout.rows;
            }
        }
        parts
    }

    /// The distinct rows of the table and, where the cores have to be told, where they lie.
    pub fn table_rows(&self, device: &Device) -> TableRows {
        let on_host = self.words.is_none();
        TableRows {
            rows: self.rows(device),
            parts: if on_host { self.parts() } else { Vec::new() },
        }
    }

    /// How often each distinct row occurs.
    ///
    /// # Shapes
    /// - output: `[distinct, 1]`
    pub fn counts(&self, device: &Device) -> Tensor<2> {
        if let Some(unfolded) = self.unfolded(device) {
            return unfolded.counts.clone();
        }
        let lanes = self
            .of_replicas()
            .flat_map(|batch| std::iter::repeat_n(batch, self.layout.lanes));
        let counts: Vec<f32> = lanes
            .flat_map(|batch| batch.counts.iter().map(|&count| count as f32))
            .collect();
        let len = counts.len();
        Tensor::from_data(TensorData::new(counts, [len, 1]), device)
    }

    /// The replica of each distinct row.
    ///
    /// # Shapes
    /// - output: `[distinct]`
    pub fn owners(&self, device: &Device) -> Tensor<1, Int> {
        if let Some(unfolded) = self.unfolded(device) {
            return unfolded.owners.clone();
        }
        let owners = self.ranges().into_iter().enumerate();
        let owners: Vec<i32> = owners
            .flat_map(|(replica, rows)| std::iter::repeat_n(replica as i32, rows.len()))
            .collect();
        let len = owners.len();
        Tensor::from_data(TensorData::new(owners, [len]), device)
    }

    /// What the distinct rows of each replica add up to.
    ///
    /// # Shapes
    /// - values: `[distinct, 1]`
    /// - output: `[replica, 1]`
    pub fn by_replica(&self, values: Tensor<2>) -> Tensor<2> {
        if let Some(unfolded) = self.unfolded(&values.device()) {
            return gpu::added_up_by_replica(values, &unfolded.index);
        }
        let own = |rows: Range<usize>| values.clone().slice(rows).sum_dim(0);
        Tensor::cat(self.ranges().into_iter().map(own).collect(), 0)
    }

    /// 1 for each number of the distinct rows that all tasks share, 0 for linear terms and what else is one task's.
    ///
    /// # Shapes
    /// - output: `[distinct, row]`
    pub fn shared_mask(&self, layout: &EmbeddingLayout, device: &Device) -> Tensor<2> {
        let rows = self.each_row();
        let mask: Vec<f32> = rows
            .into_iter()
            .flat_map(|row| layout.is_shared(row as usize).map(f32::from))
            .collect();
        let width = layout.row_width();
        let len = mask.len() / width.max(1);
        Tensor::from_data(TensorData::new(mask, [len, width]), device)
    }

    /// For each distinct row whether `active` says so of its replica, as `true` where it does not.
    ///
    /// # Shapes
    /// - output: `[distinct]`
    pub fn frozen(&self, active: &[bool]) -> Vec<bool> {
        let each = self.ranges().into_iter().zip(active);
        each.flat_map(|(rows, &active)| std::iter::repeat_n(!active, rows.len()))
            .collect()
    }

    /// The distinct rows of each replica: where they begin and how many they are.
    pub fn ranges(&self) -> Vec<Range<usize>> {
        let mut end = 0;
        let range = |batch: &BatchRows| {
            let start = end;
            end += batch.rows.len() * self.layout.lanes;
            start..end
        };
        self.of_replicas().map(range).collect()
    }

    /// Which of some fields have so few ids in the batch that blocks of so many rows repeat them.
    pub fn repeated(
        &self,
        candidates: (&[PlainField], usize),
        rows: usize,
        copies: usize,
    ) -> Option<RepeatedFields> {
        let batches: Vec<&BatchRows> = self.of_replicas().collect();
        let starts = self.ranges();
        RepeatedFields::new(
            candidates,
            rows,
            [batches.len(), self.layout.lanes, copies],
            |replica, field| batches[replica].distinct(field.table).len(),
            |[replica, lane], field| {
                let batch = batches[replica];
                let of_lane = starts[replica].start + lane * batch.rows.len();
                of_lane + batch.distinct(field.table).start
            },
        )
    }

    /// Which rows of the repeated fields the rows `range` of the batch have.
    ///
    /// # Shapes
    /// - table: as [`RepeatedFields::table`] gives it, or a leaf of it
    pub fn repeated_uses(
        &self,
        fields: &RepeatedFields,
        table: Tensor<2>,
        range: Range<usize>,
    ) -> RepeatedRows {
        let each = self.layout.each;
        let of_batch = |batch: &BatchRows| {
            let own = fields.fields().iter();
            let own = own.map(|field| (field.place, batch.distinct(field.table).start as u32));
            let own: Vec<(usize, u32)> = own.collect();
            let rows = batch.places[range.start * each..range.end * each].chunks_exact(each);
            rows.flat_map(|row| own.iter().map(|&(place, first)| row[place] - first))
                .collect()
        };
        let ids: Vec<Vec<u32>> = self.of_replicas().map(of_batch).collect();
        fields.uses(table, &ids)
    }

    /// Where the rows `range` of the batch find their embeddings among the distinct rows, but for those of the repeated
    /// fields.
    pub fn places(
        &self,
        range: Range<usize>,
        copies: usize,
        repeated: Option<&RepeatedFields>,
        device: &Device,
    ) -> Places {
        let each = self.layout.each;
        let part = Part {
            first: range.start * each,
            len: range.len() * each,
            copies,
        };
        if let Some(unfolded) = self.unfolded(device) {
            return Places::card(unfolded.index.clone(), part);
        }
        let Part { first, len, .. } = part;
        let ranges = self.ranges();
        let all = ranges.last().map_or(0, |rows| rows.end);
        let mut places = Vec::with_capacity(self.seen.len() * copies * self.layout.lanes * len);
        for (batch, rows) in self.of_replicas().zip(ranges) {
            let own = others(&batch.places[first..first + len], each, repeated);
            for copy in 0..copies {
                for lane in 0..self.layout.lanes {
                    let start = copy * all + rows.start + lane * batch.rows.len();
                    add_places(&mut places, &own, start);
                }
            }
        }
        Places::host(places, copies, device)
    }

    /// The batch of each replica.
    fn of_replicas(&self) -> impl Iterator<Item = &BatchRows> {
        self.seen.iter().map(|&batch| &self.batches[batch])
    }

    /// The distinct rows by replica and lane.
    fn each_row(&self) -> Vec<i32> {
        let Shape { lanes, rows, .. } = self.layout;
        let mut each = Vec::new();
        for (replica, batch) in self.of_replicas().enumerate() {
            for plane in replica * lanes..(replica + 1) * lanes {
                let base = (plane * rows) as i32;
                each.extend(batch.rows.iter().map(|&row| base + row as i32));
            }
        }
        each
    }

    /// `None` where the device is the host.
    fn unfolded(&self, device: &Device) -> Option<&Unfolded> {
        let words = self.words.as_ref()?;
        Some(self.unfolded.get_or_init(|| {
            let words = std::mem::take(&mut *words.lock().unwrap_or_else(PoisonError::into_inner));
            let index = words.uploaded(device);
            let (rows, counts, owners) = gpu::unfolded(&index);
            Unfolded {
                index,
                rows,
                counts,
                owners,
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::data::{Dataset, SparseField};
    use crate::model::embedding::LookupFinder;
    use crate::model::formula::{Formula, Real};
    use crate::model::host;

    const DIM: usize = 3;
    const REPLICAS: usize = 2;

    /// Fields of very few, few and many ids.
    fn dataset() -> Dataset {
        let vocabularies = [3, 2500, 900, 5000, 40];
        let field = |vocabulary| SparseField {
            name: format!("of {vocabulary}"),
            vocabulary,
            embedding_dim: None,
        };
        let ids = (0..2000_usize).flat_map(|row| vocabularies.map(|number| row * 1009 % number));
        Dataset {
            num_rows: 2000,
            sparse_fields: vocabularies.map(field).into(),
            sparse_ids: Arc::new(ids.map(|id| id as u32).collect()),
            ..Dataset::default()
        }
    }

    /// Each number changes its sign, and is counted.
    struct Turned;

    impl Formula<1> for Turned {
        fn change<R: Real>(&self, number: &R, _gradient: R, [count]: &mut [R; 1]) -> R {
            *count = count.clone() + 1.0;
            number.clone() * 2.0
        }
    }

    fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn parts_hold_all_rows_and_change_them_once() {
        let (dataset, device) = (dataset(), Device::flex());
        let lanes = [String::new(), "own".to_owned()];
        let layout = EmbeddingLayout::new(&dataset.sparse_fields, &[], DIM, 0, &lanes);
        let all: Vec<u32> = (0..2000).collect();
        let lookup =
            LookupFinder::new(layout.clone(), &device).find(&[&all, &all[300..500]], &dataset);
        let rows = lookup.each_row();
        let table_rows = lookup.table_rows(&device);
        let parts = &table_rows.parts;
        assert!(parts.len() > 3, "{parts:?}");
        let (mut table_end, mut distinct_end) = (0, 0);
        for part in parts {
            assert_eq!(part.table.start, table_end);
            assert_eq!(part.distinct.start, distinct_end);
            (table_end, distinct_end) = (part.table.end, part.distinct.end);
            let own = &rows[part.distinct.clone()];
            assert!(own.iter().all(|&row| part.table.contains(&(row as usize))));
        }
        let number = REPLICAS * lanes.len() * layout.rows();
        assert_eq!([table_end, distinct_end], [number, rows.len()]);

        let start: Vec<f32> = (0..number * DIM).map(|place| place as f32).collect();
        let table = Tensor::<2>::from_data(TensorData::new(start.clone(), [number, DIM]), &device);
        let mut expected = [start.clone(), start.clone()];
        for &row in &rows {
            let own = row as usize * DIM..(row as usize + 1) * DIM;
            expected[0][own.clone()]
                .iter_mut()
                .for_each(|number| *number += 1.0);
            expected[1][own]
                .iter_mut()
                .for_each(|number| *number *= -1.0);
        }
        let (mut counted, mut turned) = (table.clone(), table.clone());
        let gradient = Tensor::zeros([rows.len(), DIM], &device);
        let both = (&mut turned, std::array::from_mut(&mut counted));
        host::stepped(&Turned, both, gradient, Some(&table_rows), None);
        assert_eq!([numbers(counted), numbers(turned)], expected);
        // What others look at stays as it was.
        assert_eq!(numbers(table), start);
    }

    #[test]
    fn each_use_finds_its_row_and_is_counted() {
        let (dataset, device) = (dataset(), Device::flex());
        let layout = EmbeddingLayout::new(&dataset.sparse_fields, &[], DIM, 0, &[String::new()]);
        let mut finder = LookupFinder::new(layout.clone(), &device);
        let batch: Vec<u32> = (0..700).map(|row| row * 13 % 2000).collect();
        // A second batch must not see what the first has left behind.
        for batch in [&batch[..], &batch[100..400]] {
            let lookup = finder.find(&[batch], &dataset);
            let found = &lookup.batches[0];
            let mut counts = vec![0; found.rows.len()];
            let uses = batch.iter().flat_map(|&row| {
                let ids = dataset.fields_of(row).iter().zip(layout.places());
                ids.map(|(&id, table)| table.ids().of(id).start as u32)
            });
            for (row, &place) in uses.zip(&found.places) {
                assert_eq!(found.rows[place as usize], row);
                counts[place as usize] += 1;
            }
            assert_eq!(found.counts, counts);
            assert_eq!(found.places.len(), batch.len() * 5);
        }
    }
}
