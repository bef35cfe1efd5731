//! Fields of which a block of rows has few ids, each many times.

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::Tensor;

use super::layout::{EmbeddingLayout, PlainField};
use crate::data::Dataset;
use crate::model::host::{self, Repeated};
use crate::model::input::RepeatedRows;

/// Rows of a block for each id: with fewer it is not worth while to multiply the embeddings by themselves.
const ROWS_PER_ID: usize = 4;
/// The width of an embedding below which its product with the weights takes no longer than to add up such products.
const WORTH_ADDING: usize = 8;

/// Such fields, and the rows of their embeddings in a larger table.
///
/// The rows of one copy lie one behind the other by replica, lane and field, those of the next copy behind them.
#[derive(Clone, Debug)]
pub struct RepeatedFields {
    fields: Vec<PlainField>,
    /// The width of an embedding.
    dim: usize,
    /// For each replica, lane and field its rows of the larger table.
    ranges: Vec<Range<usize>>,
    lanes: usize,
    copies: usize,
}

impl RepeatedFields {
    /// Those of some fields that are worth it, where blocks have so many rows: `ids` says how many of a field a replica has
    /// at the most, and `first` where in the larger table they lie.
    pub(super) fn new(
        (candidates, dim): (&[PlainField], usize),
        rows: usize,
        [replicas, lanes, copies]: [usize; 3],
        ids: impl Fn(usize, PlainField) -> usize,
        first: impl Fn([usize; 2], PlainField) -> usize,
    ) -> Option<Self> {
        if dim < WORTH_ADDING {
            return None;
        }
        let most = |field| (0..replicas).map(|replica| ids(replica, field)).max();
        let is_worth = |field: &PlainField| most(*field).unwrap_or(0) * ROWS_PER_ID <= rows;
        let fields: Vec<PlainField> = candidates.iter().copied().filter(is_worth).collect();
        if fields.is_empty() {
            return None;
        }
        let mut ranges = Vec::with_capacity(replicas * lanes * fields.len());
        for replica in 0..replicas {
            for lane in 0..lanes {
                ranges.extend(fields.iter().map(|&field| {
                    let start = first([replica, lane], field);
                    start..start + ids(replica, field)
                }));
            }
        }
        Some(Self {
            fields,
            dim,
            ranges,
            lanes,
            copies,
        })
    }

    /// Those whose tables are small, where rows of the data look for their embeddings in the whole table.
    pub fn in_table(
        layout: &EmbeddingLayout,
        candidates: (&[PlainField], usize),
        replicas: usize,
        rows: usize,
    ) -> Option<Self> {
        let tables: Vec<_> = layout.tables().collect();
        let ends = tables.iter().skip(1).map(|table| table.first);
        let ends: Vec<usize> = ends.chain([layout.rows()]).collect();
        Self::new(
            candidates,
            rows,
            [replicas, layout.lanes, 1],
            |_, field| ends[field.table] - tables[field.table].first,
            |[replica, lane], field| {
                (replica * layout.lanes + lane) * layout.rows() + tables[field.table].first
            },
        )
    }

    /// The numbers of a row that these fields have.
    pub fn width(&self) -> usize {
        self.fields.len() * self.dim
    }

    /// Whether a place of a data row is that of one of them.
    pub(super) fn has(&self, place: usize) -> bool {
        self.fields.iter().any(|field| field.place == place)
    }

    /// The rows of these fields, once for each copy.
    ///
    /// # Shapes
    /// - table: `[row, dim]`, the larger one
    /// - output: `[copy · row, dim]`
    pub fn table(&self, table: &Tensor<2>) -> Tensor<2> {
        let one = if self.is_all_of(table.dims()[0]) {
            table.clone()
        } else {
            let each = self.ranges.iter();
            let each = each.map(|rows| table.clone().slice(rows.clone()));
            Tensor::cat(each.collect(), 0)
        };
        match self.copies {
            1 => one,
            copies => Tensor::cat(vec![one; copies], 0),
        }
    }

    /// What their rows and all others have found, each at its place.
    ///
    /// # Shapes
    /// - own: `[copy · row, dim]`, of these fields
    /// - others: `[copy · distinct, dim]`, of the larger table
    pub fn added(&self, own: Tensor<2>, others: Option<Tensor<2>>, distinct: usize) -> Tensor<2> {
        match others {
            None if self.is_all_of(distinct) => own,
            others => {
                let others = others.unwrap_or_else(|| {
                    Tensor::zeros([self.copies * distinct, self.dim], &own.device())
                });
                let starts = (0..self.copies).map(|copy| copy * distinct);
                let each = starts.flat_map(|start| {
                    let ranges = self.ranges.iter();
                    ranges.map(move |rows| start + rows.start..start + rows.end)
                });
                host::rows::added_at(others, &own, each)
            }
        }
    }

    fn is_all_of(&self, rows: usize) -> bool {
        let starts = std::iter::once(0).chain(self.ranges.iter().map(|rows| rows.end));
        let ends_there = self.ranges.last().is_some_and(|last| last.end == rows);
        ends_there
            && starts
                .zip(&self.ranges)
                .all(|(start, rows)| start == rows.start)
    }

    /// Which rows a block has.
    ///
    /// # Shapes
    /// - table: as [`Self::table`] gives it, or a leaf of it
    /// - ids: for each replica `[row, field]`, places among the ids of the field
    pub(super) fn uses(&self, table: Tensor<2>, ids: &[Vec<u32>]) -> RepeatedRows {
        let number = self.fields.len();
        let of_copy: usize = self.ranges.iter().map(Range::len).sum();
        let mut end = 0;
        let each = self.ranges.iter().map(|rows| {
            end += rows.len();
            end - rows.len()..end
        });
        let own: Vec<Range<usize>> = each.collect();
        let planes = ids.len() * self.copies * self.lanes;
        let mut tables = Vec::with_capacity(planes * number);
        let mut places = Vec::with_capacity(planes * ids.first().map_or(0, Vec::len));
        for (ids, lanes) in ids.iter().zip(own.chunks_exact(self.lanes * number)) {
            for copy in 0..self.copies {
                for fields in lanes.chunks_exact(number) {
                    let base = copy * of_copy;
                    tables.extend(fields.iter().map(|rows| base + rows.start..base + rows.end));
                    let starts: Vec<u32> =
                        fields.iter().map(|it| (base + it.start) as u32).collect();
                    for ids in ids.chunks_exact(number) {
                        places.extend(ids.iter().zip(&starts).map(|(id, start)| id + start));
                    }
                }
            }
        }
        let columns = self.fields.iter().map(|field| field.column);
        let uses = Repeated {
            dim: self.dim,
            columns: columns.collect(),
            tables,
            places,
        };
        RepeatedRows {
            table,
            uses: Arc::new(uses),
        }
    }

    /// The fields.
    pub(super) fn fields(&self) -> &[PlainField] {
        &self.fields
    }

    /// Which rows the same rows of the data have in all replicas.
    pub fn uses_in_table(
        &self,
        (table, replicas): (Tensor<2>, usize),
        rows: &[u32],
        dataset: &Dataset,
    ) -> RepeatedRows {
        let mut ids = Vec::with_capacity(rows.len() * self.fields.len());
        for &row in rows {
            let own = dataset.fields_of(row);
            ids.extend(self.fields.iter().map(|field| own[field.table]));
        }
        self.uses(table, &vec![ids; replicas])
    }
}
