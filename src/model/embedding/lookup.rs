//! The rows of the table that a batch touches, and where each is used.

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::layout::{EmbeddingLayout, FieldTable, IdRows};
use crate::data::Dataset;

/// The distinct rows of a batch and where each is used.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The distinct rows of the table.
    rows: Vec<i32>,
    /// How often each of them occurs in its replica's batch.
    counts: Vec<f32>,
    /// `[replica, batch, place]`: the place among the distinct rows of the replica's first lane.
    places: Vec<u32>,
    /// The number of distinct rows of one lane, for each replica.
    distinct: Vec<usize>,
    batch: usize,
}

/// Finds the distinct rows of batches; keeps its memory from one to the next.
#[derive(Debug)]
pub struct LookupFinder {
    layout: EmbeddingLayout,
    /// The table's rows of each id of a data row.
    tables: Vec<IdRows>,
    seen: Seen,
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

    /// Notes the use of rows of the lane, whose replica's distinct rows begin at `first`.
    #[inline]
    fn note(&mut self, rows: Range<usize>, (lane, first): (i32, usize), lookup: &mut Lookup) {
        for row in rows {
            let seen = &mut self.rows[row];
            if seen.0 != self.generation {
                *seen = (self.generation, (lookup.rows.len() - first) as u32);
                lookup.rows.push(lane + row as i32);
                lookup.counts.push(0.0);
            }
            lookup.counts[first + seen.1 as usize] += 1.0;
            lookup.places.push(seen.1);
        }
    }
}

impl LookupFinder {
    /// A finder for a table.
    pub fn new(layout: EmbeddingLayout) -> Self {
        let seen = Seen {
            rows: vec![(0, 0); layout.rows()],
            generation: 0,
        };
        Self {
            tables: layout.places().map(FieldTable::ids).collect(),
            layout,
            seen,
        }
    }

    /// The lookup of a batch.
    ///
    /// # Shapes
    /// - batches: the data rows of each replica, all of one length
    pub fn find(&mut self, batches: &[&[u32]], dataset: &Dataset) -> Lookup {
        let lanes = self.layout.lanes;
        let batch = batches.first().map_or(0, |rows| rows.len());
        let uses = batches.len() * batch * self.layout.num_places();
        // In most batches of a large vocabulary nearly every use is a row of its own.
        let most = (uses * lanes).min(batches.len() * lanes * self.layout.rows());
        let mut lookup = Lookup {
            rows: Vec::with_capacity(most),
            counts: Vec::with_capacity(most),
            places: Vec::with_capacity(uses),
            distinct: Vec::with_capacity(batches.len()),
            batch,
        };
        for (replica, rows) in batches.iter().enumerate() {
            self.seen.forget();
            let first = lookup.rows.len();
            let lane = (replica * lanes * self.layout.rows()) as i32;
            let (fields, lists) = self.tables.split_at(dataset.sparse_fields.len());
            for &row in *rows {
                for (&id, table) in dataset.fields_of(row).iter().zip(fields) {
                    self.seen.note(table.of(id), (lane, first), &mut lookup);
                }
                for (id, table) in dataset.items_of(row).zip(lists) {
                    match id {
                        Some(id) => self.seen.note(table.of(id), (lane, first), &mut lookup),
                        // Any row will do: a mask takes it away again.
                        None => lookup.places.extend(std::iter::repeat_n(0, table.each)),
                    }
                }
            }
            if lookup.rows.len() == first {
                lookup.rows.push(lane);
                lookup.counts.push(0.0);
            }
            let distinct = lookup.rows.len() - first;
            for lane in 1..lanes {
                let shift = (lane * self.layout.rows()) as i32;
                for index in first..first + distinct {
                    lookup.rows.push(lookup.rows[index] + shift);
                }
                lookup.counts.extend_from_within(first..first + distinct);
            }
            lookup.distinct.push(distinct);
        }
        lookup
    }
}

impl Lookup {
    /// The distinct rows of the table.
    ///
    /// # Shapes
    /// - output: `[distinct]`
    pub fn rows(&self, device: &Device) -> Tensor<1, Int> {
        Tensor::from_data(
            TensorData::new(self.rows.clone(), [self.rows.len()]),
            device,
        )
    }

    /// How often each distinct row occurs.
    ///
    /// # Shapes
    /// - output: `[distinct, 1]`
    pub fn counts(&self, device: &Device) -> Tensor<2> {
        Tensor::from_data(
            TensorData::new(self.counts.clone(), [self.counts.len(), 1]),
            device,
        )
    }

    /// 1 for each number of the distinct rows that all tasks share, 0 for linear terms and what else is one task's.
    ///
    /// # Shapes
    /// - output: `[distinct, row]`
    pub fn shared_mask(&self, layout: &EmbeddingLayout, device: &Device) -> Tensor<2> {
        let rows = self.rows.iter();
        let mask: Vec<f32> = rows
            .flat_map(|&row| layout.is_shared(row as usize).map(f32::from))
            .collect();
        Tensor::from_data(
            TensorData::new(mask, [self.rows.len(), layout.row_width()]),
            device,
        )
    }

    /// For each distinct row whether `active` says so of its replica, as `true` where it does not.
    ///
    /// # Shapes
    /// - output: `[distinct]`
    pub fn frozen(&self, active: &[bool], lanes: usize) -> Vec<bool> {
        let each = self.distinct.iter().zip(active);
        each.flat_map(|(&distinct, &active)| std::iter::repeat_n(!active, distinct * lanes))
            .collect()
    }

    /// The distinct rows of each replica: where they begin and how many they are.
    pub fn ranges(&self, lanes: usize) -> Vec<Range<usize>> {
        let mut end = 0;
        let range = |&distinct: &usize| {
            let start = end;
            end += distinct * lanes;
            start..end
        };
        self.distinct.iter().map(range).collect()
    }

    /// The replica of each distinct row.
    ///
    /// # Shapes
    /// - output: `[distinct]`
    pub fn owners(&self, lanes: usize, device: &Device) -> Tensor<1, Int> {
        let each = self.distinct.iter().enumerate();
        let owners: Vec<i32> = each
            .flat_map(|(replica, &distinct)| std::iter::repeat_n(replica as i32, distinct * lanes))
            .collect();
        let len = owners.len();
        Tensor::from_data(TensorData::new(owners, [len]), device)
    }

    /// Where the rows `range` of the batch find their embeddings among the distinct rows.
    ///
    /// The distinct rows come `copies` times in turn, and each copy of a replica looks into its own.
    ///
    /// # Shapes
    /// - output: `[replica · copy · lane · row · place]`
    pub fn places(
        &self,
        layout: &EmbeddingLayout,
        range: Range<usize>,
        copies: usize,
        device: &Device,
    ) -> Tensor<1, Int> {
        let num_places = layout.num_places();
        let each = layout.lanes * range.len() * num_places;
        let mut places = Vec::with_capacity(self.distinct.len() * copies * each);
        let mut first = 0;
        for (replica, &distinct) in self.distinct.iter().enumerate() {
            let start = (replica * self.batch + range.start) * num_places;
            let end = (replica * self.batch + range.end) * num_places;
            for copy in 0..copies {
                for lane in 0..layout.lanes {
                    let base = (copy * self.rows.len() + first + lane * distinct) as i32;
                    let own = self.places[start..end].iter();
                    places.extend(own.map(|&place| base + place as i32));
                }
            }
            first += distinct * layout.lanes;
        }
        let len = places.len();
        Tensor::from_data(TensorData::new(places, [len]), device)
    }
}

/// Where rows of the data find their embeddings in the whole table.
///
/// # Shapes
/// - rows: data rows, the same for all replicas
/// - output: `[replica · lane · row · place]`
pub fn table_places(
    layout: &EmbeddingLayout,
    replicas: usize,
    rows: &[u32],
    dataset: &Dataset,
    device: &Device,
) -> Tensor<1, Int> {
    let each = rows.len() * layout.num_places();
    let mut places = Vec::with_capacity(replicas * layout.lanes * each);
    for plane in 0..replicas * layout.lanes {
        let base = (plane * layout.rows()) as i32;
        for &row in rows {
            let of_id = |(id, table): (Option<u32>, &FieldTable)| table.ids().of(id.unwrap_or(0));
            let entries = dataset.ids_of(row).zip(layout.places()).flat_map(of_id);
            places.extend(entries.map(|entry| base + entry as i32));
        }
    }
    let len = places.len();
    Tensor::from_data(TensorData::new(places, [len]), device)
}
