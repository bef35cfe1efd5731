//! Which rows of the table belong to which replica, lane and field.

use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};

use crate::data::{SequenceField, SparseField};
use crate::model::random;

/// The standard deviation of a fresh embedding.
const INIT_DEVIATION: f32 = 0.01;

/// The tables of all replicas, lanes and fields, one below the other.
///
/// An id has its embedding and, in a wide network, the numbers of its linear terms behind it. Where the fields' widths
/// differ, the rows of the table are as wide as their greatest common divisor, and an id has several rows.
#[derive(Clone, Debug)]
pub struct EmbeddingLayout {
    tables: Vec<FieldTable>,
    /// The table of each sparse field, then those of the items of each list.
    places: Vec<usize>,
    num_fields: usize,
    /// Rows of one lane.
    rows: usize,
    /// The width of a row.
    row_width: usize,
    /// The numbers of the linear terms that each id has.
    linear: usize,
    /// Tables side by side for each replica.
    pub lanes: usize,
    /// The lanes, from the first, whose tables belong to one task each beside a table that all tasks share.
    own_lanes: usize,
}

/// The part of a lane's table that belongs to one field, or to a list and the field that it attends to.
#[derive(Clone, Debug)]
pub(super) struct FieldTable {
    name: String,
    /// The number of ids.
    vocabulary: usize,
    /// The width of an embedding.
    dim: usize,
    ids: IdRows,
}

/// The rows of a table's ids in a lane.
#[derive(Clone, Copy, Debug)]
pub(super) struct IdRows {
    /// That of the first id.
    pub first: usize,
    /// Rows of each id.
    pub each: usize,
}

/// A sparse field whose embedding is one row of its table.
#[derive(Clone, Copy, Debug)]
pub struct PlainField {
    /// Its table.
    pub(super) table: usize,
    /// Its place among what a row of the data finds.
    pub(super) place: usize,
    /// The first of its columns in the input.
    pub(super) column: usize,
}

impl EmbeddingLayout {
    /// Tables for these fields and lists, of this width unless they have their own, and so many numbers of linear
    /// terms behind each embedding; a lane without a name is shared by all tasks.
    pub fn new(
        fields: &[SparseField],
        sequences: &[SequenceField],
        dim: usize,
        linear: usize,
        lanes: &[String],
    ) -> Self {
        let of_fields = fields
            .iter()
            .map(|field| (&field.name, field.vocabulary, field.embedding_dim));
        let of_lists = sequences
            .iter()
            .filter(|list| list.target.is_none())
            .map(|list| (&list.name, list.vocabulary, list.embedding_dim));
        let all: Vec<_> = of_fields
            .chain(of_lists)
            .map(|(name, vocabulary, own)| (name, vocabulary, own.unwrap_or(dim)))
            .collect();
        let widths = all.iter().map(|(.., dim)| dim + linear);
        let row_width = widths.fold(0, greatest_common_divisor).max(1);
        let mut rows = 0;
        let mut table = |(name, vocabulary, dim): (&String, usize, usize)| {
            let ids = IdRows {
                first: rows,
                each: (dim + linear) / row_width,
            };
            rows += vocabulary * ids.each;
            FieldTable {
                name: name.clone(),
                vocabulary,
                dim,
                ids,
            }
        };
        let tables: Vec<FieldTable> = all.into_iter().map(&mut table).collect();
        let mut places: Vec<usize> = (0..fields.len()).collect();
        let mut own = fields.len()..;
        for list in sequences {
            let table = list.target.or_else(|| own.next()).unwrap_or_default();
            places.extend(std::iter::repeat_n(table, list.len));
        }
        Self {
            tables,
            places,
            num_fields: fields.len(),
            rows,
            row_width,
            linear,
            lanes: lanes.len(),
            own_lanes: lanes.iter().position(String::is_empty).unwrap_or(0),
        }
    }

    /// The table in which each id of a data row is found: those of its fields, then those of the items of its lists.
    pub(super) fn places(&self) -> impl Iterator<Item = &FieldTable> {
        self.places.iter().map(|&table| &self.tables[table])
    }

    /// The rows of each table's ids, one table below the other.
    pub(super) fn tables(&self) -> impl Iterator<Item = IdRows> {
        self.tables.iter().map(FieldTable::ids)
    }

    /// The width of each sparse field's embedding.
    pub fn field_widths(&self) -> impl Iterator<Item = usize> {
        self.places().take(self.num_fields).map(|table| table.dim)
    }

    /// The sparse fields of which each embedding is one row of a table.
    pub fn plain_fields(&self) -> Vec<PlainField> {
        let (mut place, mut column) = (0, 0);
        let tables = self.tables[..self.num_fields].iter().enumerate();
        let each = tables.map(|(table, own)| {
            let field = PlainField {
                table,
                place,
                column,
            };
            place += own.ids.each;
            column += own.dim;
            (field, own.ids.each == 1 && self.linear == 0)
        });
        let plain = each.filter(|(_, is_plain)| *is_plain);
        plain.map(|(field, _)| field).collect()
    }

    /// The width of a list's embeddings, given the number of items of all lists before it.
    pub fn list_width(&self, items_before: usize) -> usize {
        let table = self.places().nth(self.num_fields + items_before);
        table.map_or(0, |table| table.dim)
    }

    /// The numbers of linear terms behind each embedding.
    pub fn linear(&self) -> usize {
        self.linear
    }

    /// Rows of one lane.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The width of a row of the table.
    pub fn row_width(&self) -> usize {
        self.row_width
    }

    /// The width of what a row of the data finds: of each id its embedding, then its linear terms.
    pub fn width(&self) -> usize {
        self.places().map(|table| table.dim + self.linear).sum()
    }

    /// The same of its fields alone.
    pub fn fields_width(&self) -> usize {
        self.field_widths().map(|dim| dim + self.linear).sum()
    }

    /// The rows of the table that a row of the data finds.
    pub(super) fn num_places(&self) -> usize {
        self.places().map(|table| table.ids.each).sum()
    }

    /// Numbers of one replica.
    pub fn len(&self) -> usize {
        self.lanes * self.rows * self.row_width
    }

    /// Whether there is neither a sparse field nor a list.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers of one replica that are embeddings, and those that are linear terms.
    pub fn counts(&self) -> [usize; 2] {
        let ids: usize = self.tables.iter().map(|table| table.vocabulary).sum();
        let linear = self.lanes * ids * self.linear;
        [self.len() - linear, linear]
    }

    /// The tables that these seeds start from; lanes of a replica start alike, linear terms at zero.
    ///
    /// # Shapes
    /// - output: `[replica · lane · id, row]`
    pub fn init(&self, seeds: &[u64], device: &Device) -> Tensor<2> {
        let mut values = Vec::with_capacity(seeds.len() * self.len());
        for &seed in seeds {
            let start = values.len();
            for table in &self.tables {
                let mut rng = random::stream(seed, "embedding", &table.name);
                for _ in 0..table.vocabulary {
                    let embedding = (0..table.dim).map(|_| random::normal(&mut rng));
                    values.extend(embedding.map(|number| INIT_DEVIATION * number));
                    values.extend(std::iter::repeat_n(0.0, self.linear));
                }
            }
            let end = values.len();
            for _ in 1..self.lanes {
                values.extend_from_within(start..end);
            }
        }
        let rows = seeds.len() * self.lanes * self.rows;
        Tensor::from_data(TensorData::new(values, [rows, self.row_width]), device)
    }

    /// The weights of one lane by name: `embeddings.<field>.weight` as `[id, dim]`, `linear.<field>.weight` as `[id, term]`.
    pub fn named_weights(
        &self,
        values: &[f32],
        lane: usize,
    ) -> Vec<(String, [usize; 2], Vec<f32>)> {
        let mut named = Vec::new();
        for table in &self.tables {
            let ids = table.vocabulary;
            let width = table.dim + self.linear;
            let start = (lane * self.rows + table.ids.first) * self.row_width;
            let own = values.get(start..start + ids * width).unwrap_or_default();
            let columns = |range: Range<usize>| -> Vec<f32> {
                let each = own.chunks(width).flat_map(|id| &id[range.clone()]);
                each.copied().collect()
            };
            let name = &table.name;
            named.push((
                format!("embeddings.{name}.weight"),
                [ids, table.dim],
                columns(0..table.dim),
            ));
            if self.linear > 0 {
                named.push((
                    format!("linear.{name}.weight"),
                    [ids, self.linear],
                    columns(table.dim..width),
                ));
            }
        }
        named
    }

    /// The embeddings of the sparse fields side by side, and the sum over fields of the linear terms, if there are any.
    ///
    /// # Shapes
    /// - found: `[plane, batch, width]`, as [`Self::width`] says, without so many numbers of the fields
    /// - output: `[plane, batch, field · dim]` and `[plane, batch, term]`
    pub fn split(&self, found: Tensor<3>, without: usize) -> (Tensor<3>, Option<Tensor<3>>) {
        let all = self.fields_width() - without;
        // A part of a whole is a tensor of zeros for the backward pass.
        let found = if found.dims()[2] == all {
            found
        } else {
            found.narrow(2, 0, all)
        };
        if self.linear == 0 {
            return (found, None);
        }
        let [planes, batch, _] = found.dims();
        let mut embeddings = Vec::new();
        let mut linear: Option<Tensor<3>> = None;
        let mut start = 0;
        for run in self.tables[..self.num_fields].chunk_by(|a, b| a.dim == b.dim) {
            let (fields, dim) = (run.len(), run[0].dim);
            let width = dim + self.linear;
            let own = found.clone().narrow(2, start, fields * width);
            let own = own.reshape([planes, batch, fields, width]);
            let embedding = own.clone().narrow(3, 0, dim);
            embeddings.push(embedding.reshape([planes, batch, fields * dim]));
            let terms = own.narrow(3, dim, self.linear).sum_dim(2).squeeze_dim(2);
            linear = Some(match linear {
                Some(sum) => sum + terms,
                None => terms,
            });
            start += fields * width;
        }
        (Tensor::cat(embeddings, 2), linear)
    }

    /// Whether any number belongs to one task alone: linear terms do, and the tables of tasks beside a shared one.
    pub fn has_own(&self) -> bool {
        self.linear > 0 || self.own_lanes > 0
    }

    /// For each number of a table's row whether all tasks share it: an embedding does not belong to one task's table.
    pub(super) fn is_shared(&self, row: usize) -> impl Iterator<Item = bool> {
        let lane = row / self.rows.max(1) % self.lanes.max(1);
        let is_own = lane < self.own_lanes;
        let row = row % self.rows.max(1);
        let table = self.tables.partition_point(|table| table.ids.first <= row);
        let of_table = self.tables[..table].last();
        let (from, dim) = of_table.map_or((0, 0), |table| {
            let part = (row - table.ids.first) % table.ids.each;
            (part * self.row_width, table.dim)
        });
        (from..from + self.row_width).map(move |column| !is_own && column < dim)
    }
}

impl FieldTable {
    /// The rows of its ids.
    pub(super) fn ids(&self) -> IdRows {
        self.ids
    }
}

impl IdRows {
    /// The rows of an id.
    pub(super) fn of(self, id: u32) -> Range<usize> {
        let start = self.first + id as usize * self.each;
        start..start + self.each
    }
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}
