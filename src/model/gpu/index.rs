//! What a batch uses of the embedding tables, as a graphics card reads it.
//!
//! Replicas of one seed see the same batch. It is uploaded but once, and the kernels unfold it for each replica and lane.

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::model::embedding::{BatchRows, MASKED};

/// Words at the head of an index: numbers, then where each section begins.
pub(super) const REPLICAS: usize = 0;
pub(super) const LANES: usize = 1;
/// Rows of one lane of the table.
pub(super) const PLANE: usize = 2;
/// Uses of one lane in a batch.
pub(super) const USES: usize = 3;
/// For each replica the batch that it sees.
pub(super) const BATCHES: usize = 4;
/// For each replica, and behind the last, where its distinct rows begin.
pub(super) const FIRSTS: usize = 5;
/// For each batch, and behind the last, where its distinct rows begin among those of all batches.
pub(super) const BOUNDS: usize = 6;
/// The distinct rows of each batch.
pub(super) const ROWS: usize = 7;
/// For each of them, and behind the last, where its uses begin.
pub(super) const STARTS: usize = 8;
/// Those uses, as places in their batch.
pub(super) const ORDER: usize = 9;
/// For each batch, and behind the last, where its rows of many uses begin.
pub(super) const MANY_BOUNDS: usize = 10;
/// The rows of many uses, as places among the distinct rows of all batches.
pub(super) const MANY: usize = 11;
/// For each use of each batch which of its distinct rows it is, or [`MASKED`].
pub(super) const PLACES: usize = 12;
const HEAD: usize = 13;

/// A row of more uses is added up by a group of threads.
pub(super) const MANY_USES: usize = 64;

/// An index before it is uploaded.
#[derive(Debug, Default)]
pub struct IndexWords {
    words: Vec<i32>,
    shape: Shape,
}

/// The sizes of an index that its kernels are launched with.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    pub replicas: usize,
    /// Replicas and their lanes.
    pub planes: usize,
    /// Distinct rows of all planes.
    pub distinct: usize,
    /// Rows of many uses in one batch, at the most.
    pub many: usize,
}

/// An index on the device.
#[derive(Clone, Debug)]
pub struct Index {
    pub(super) words: Tensor<1, Int>,
    pub(super) shape: Shape,
}

impl IndexWords {
    /// The index of what batches use.
    ///
    /// # Shapes
    /// - seen: for each replica its batch
    /// - plane: rows of one lane of the table
    pub fn of_batches(batches: &[BatchRows], seen: &[usize], [lanes, plane]: [usize; 2]) -> Self {
        let bounds = sums(batches.iter().map(|batch| batch.rows.len()));
        let of_replica = |&batch: &usize| batches[batch].rows.len() * lanes;
        let counts = batches.iter().flat_map(|batch| &batch.counts);
        let starts = sums(counts.map(|&count| count as usize));
        let many = |batch: usize| {
            let counts = batches[batch].counts.iter().enumerate();
            let many = counts.filter(|&(_, &count)| count as usize > MANY_USES);
            many.map(|(row, _)| bounds[batch] + row as i32)
                .collect::<Vec<i32>>()
        };
        let many: Vec<Vec<i32>> = (0..batches.len()).map(many).collect();
        let mut order = vec![0; starts.last().map_or(0, |&end| end as usize)];
        let mut next = starts.clone();
        for (batch, &first) in batches.iter().zip(&bounds) {
            for (place, &row) in batch.places.iter().enumerate() {
                if row != MASKED {
                    let next = &mut next[first as usize + row as usize];
                    order[*next as usize] = place as i32;
                    *next += 1;
                }
            }
        }
        let rows = batches.iter().flat_map(|batch| &batch.rows);
        let places = batches.iter().flat_map(|batch| &batch.places);
        Self::new(
            [seen.len(), lanes, plane],
            many.iter().map(Vec::len).max().unwrap_or(0),
            &[
                seen.iter().map(|&batch| batch as i32).collect(),
                sums(seen.iter().map(of_replica)),
                bounds,
                rows.map(|&row| row as i32).collect(),
                starts,
                order,
                sums(many.iter().map(Vec::len)),
                many.concat(),
                places.map(|&place| place as i32).collect(),
            ],
        )
    }

    /// The index of one batch of all replicas by which rows are taken from the whole table.
    ///
    /// # Shapes
    /// - places: rows of one lane of the table
    pub fn of_table(places: &[u32], [replicas, lanes, plane]: [usize; 3]) -> Self {
        let none = Vec::new;
        Self::new(
            [replicas, lanes, plane],
            0,
            &[
                vec![0; replicas],
                sums(std::iter::repeat_n(lanes * plane, replicas)),
                vec![0, plane as i32],
                none(),
                none(),
                none(),
                none(),
                none(),
                places.iter().map(|&place| place as i32).collect(),
            ],
        )
    }

    fn new(
        [replicas, lanes, plane]: [usize; 3],
        many: usize,
        sections: &[Vec<i32>; HEAD - BATCHES],
    ) -> Self {
        let [_, firsts, bounds, .., places] = sections;
        let distinct = firsts.last().copied().unwrap_or(0);
        let uses = places.len() / (bounds.len() - 1).max(1);
        let mut words = Vec::with_capacity(HEAD + sections.iter().map(Vec::len).sum::<usize>());
        words.extend([replicas, lanes, plane, uses].map(|number| number as i32));
        let mut start = HEAD;
        for section in sections {
            words.push(start as i32);
            start += section.len();
        }
        for section in sections {
            words.extend_from_slice(section);
        }
        Self {
            words,
            shape: Shape {
                replicas,
                planes: replicas * lanes,
                distinct: distinct as usize,
                many,
            },
        }
    }

    /// The index on a device.
    pub fn uploaded(self, device: &Device) -> Index {
        let len = self.words.len();
        Index {
            words: Tensor::from_data(TensorData::new(self.words, [len]), device),
            shape: self.shape,
        }
    }
}

/// Where each of so many numbers begins if they lie one behind the other, and where the last ends.
fn sums(lengths: impl Iterator<Item = usize>) -> Vec<i32> {
    let mut end = 0;
    let next = lengths.map(|length| {
        end += length as i32;
        end
    });
    std::iter::once(0).chain(next).collect()
}
