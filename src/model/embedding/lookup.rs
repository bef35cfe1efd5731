//! The rows of the table that a batch touches, and where each is used.

use std::ops::Range;
use std::sync::OnceLock;

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::layout::{EmbeddingLayout, FieldTable, IdRows};
use super::places::Places;
use crate::data::Dataset;
use crate::model::gpu::{self, BatchRows, Index, IndexWords, MASKED, Part};
use crate::model::host::is_host;

/// The distinct rows of a batch of each replica, and where each is used.
#[derive(Debug)]
pub struct Lookup {
    /// Each batch once, however many replicas see it.
    batches: Vec<BatchRows>,
    /// For each replica its batch.
    seen: Vec<usize>,
    layout: Shape,
    /// What a graphics card reads in their place; `None` where the device is the host.
    words: Option<IndexWords>,
    unfolded: OnceLock<Unfolded>,
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

/// Finds the distinct rows of batches; keeps its memory from one to the next.
#[derive(Debug)]
pub struct LookupFinder {
    layout: EmbeddingLayout,
    /// The table's rows of each id of a data row.
    tables: Vec<IdRows>,
    seen: Seen,
    on_host: bool,
}

/// The rows of a lane that a batch has touched so far.
#[derive(Debug)]
struct Seen {
    /// For each row: the batch that saw it last, and its place there.
    rows: Vec<(u32, u32)>,
    generation: u32,
}

impl Seen {
    /// Begins a batch.
    fn forget(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        if self.generation == 0 {
            self.rows.fill((0, 0));
            self.generation = 1;
        }
    }

    /// Notes the use of rows.
    #[inline]
    fn note(&mut self, rows: Range<usize>, batch: &mut BatchRows) {
        for row in rows {
            let seen = &mut self.rows[row];
            if seen.0 != self.generation {
                *seen = (self.generation, batch.rows.len() as u32);
                batch.rows.push(row as u32);
                batch.counts.push(0);
            }
            batch.counts[seen.1 as usize] += 1;
            batch.places.push(seen.1);
        }
    }
}

impl LookupFinder {
    /// A finder for a table on a device.
    pub fn new(layout: EmbeddingLayout, device: &Device) -> Self {
        let seen = Seen {
            rows: vec![(0, 0); layout.rows()],
            generation: 0,
        };
        Self {
            tables: layout.places().map(FieldTable::ids).collect(),
            layout,
            seen,
            on_host: is_host(device),
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
        let batches: Vec<BatchRows> = found.collect();
        let layout = Shape {
            lanes: self.layout.lanes,
            rows: self.layout.rows(),
            each: self.layout.num_places(),
        };
        let words = || IndexWords::of_batches(&batches, &seen, [layout.lanes, layout.rows]);
        Lookup {
            words: (!self.on_host).then(words),
            batches,
            seen,
            layout,
            unfolded: OnceLock::new(),
        }
    }

    /// What a batch uses of a lane.
    fn rows(&mut self, rows: &[u32], dataset: &Dataset) -> BatchRows {
        let uses = rows.len() * self.layout.num_places();
        // In most batches of a large vocabulary nearly every use is a row of its own.
        let most = uses.min(self.layout.rows());
        let mut batch = BatchRows {
            rows: Vec::with_capacity(most),
            counts: Vec::with_capacity(most),
            places: Vec::with_capacity(uses),
        };
        self.seen.forget();
        let (fields, lists) = self.tables.split_at(dataset.sparse_fields.len());
        for &row in rows {
            for (&id, table) in dataset.fields_of(row).iter().zip(fields) {
                self.seen.note(table.of(id), &mut batch);
            }
            for (id, table) in dataset.items_of(row).zip(lists) {
                match id {
                    Some(id) => self.seen.note(table.of(id), &mut batch),
                    None => batch.places.extend(std::iter::repeat_n(MASKED, table.each)),
                }
            }
        }
        if batch.rows.is_empty() {
            batch.rows.push(0);
            batch.counts.push(0);
        }
        batch
    }
}

impl Lookup {
    /// The distinct rows of the table.
    ///
    /// # Shapes
    /// - output: `[distinct]`
    pub fn rows(&self, device: &Device) -> Tensor<1, Int> {
        if let Some(unfolded) = self.unfolded(device) {
            return unfolded.rows.clone();
        }
        let rows: Vec<i32> = self.table_rows().collect();
        let len = rows.len();
        Tensor::from_data(TensorData::new(rows, [len]), device)
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

    /// 1 for each number of the distinct rows that all tasks share, 0 for linear terms and what else is one task's.
    ///
    /// # Shapes
    /// - output: `[distinct, row]`
    pub fn shared_mask(&self, layout: &EmbeddingLayout, device: &Device) -> Tensor<2> {
        let rows = self.table_rows();
        let mask: Vec<f32> = rows
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

    /// Where the rows `range` of the batch find their embeddings among the distinct rows.
    pub fn places(&self, range: Range<usize>, copies: usize, device: &Device) -> Places {
        let part = Part {
            first: range.start * self.layout.each,
            len: range.len() * self.layout.each,
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
            for copy in 0..copies {
                for lane in 0..self.layout.lanes {
                    let base = (copy * all + rows.start + lane * batch.rows.len()) as i32;
                    let own = batch.places[first..first + len].iter();
                    // Any row will do where there is no item: a mask takes it away again.
                    places.extend(own.map(|&place| base + (place as i32).max(0)));
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
    fn table_rows(&self) -> impl Iterator<Item = i32> {
        let Shape { lanes, rows, .. } = self.layout;
        let each = self.of_replicas().enumerate();
        each.flat_map(move |(replica, batch)| {
            let planes = replica * lanes..(replica + 1) * lanes;
            planes.flat_map(move |plane| {
                let base = (plane * rows) as i32;
                batch.rows.iter().map(move |&row| base + row as i32)
            })
        })
    }

    /// `None` where the device is the host.
    fn unfolded(&self, device: &Device) -> Option<&Unfolded> {
        let words = self.words.as_ref()?;
        Some(self.unfolded.get_or_init(|| {
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
