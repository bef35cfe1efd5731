//! Fields of few ids below a dense layer: the product of each embedding with its weights once, and not once for each row.
//!
//! Where many rows of a block have the same id, all of them have the same product of its embedding with the field's
//! weights. A row is then a sum of rows of a table; on the way back the gradients of all rows of an id are added up
//! before they are multiplied.
//!
//! ```text
//! z_b = Σ_f P_f[id_bf],  P_f = E_f·W_f
//! G_f[i] = Σ_{b: id_bf = i} dz_b;  dE_f = G_f·W_fᵀ;  dW_f = E_fᵀ·G_f
//! ```

use std::ops::Range;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use super::matrix::{Matrix, add_product, add_product_to_columns, set_product};
use super::planes::Planes;
use super::vectorized;

/// Fields that are added at a time: few enough that their products stay in a core's cache.
const AT_ONCE: usize = 8;
/// Columns that are added at a time, the widest that there are enough of; each is a loop of its own.
const WIDTHS: [usize; 8] = [128, 64, 32, 16, 8, 4, 2, 1];
/// Rows of a block that is worth more than one core.
const WORTH_SPREADING: usize = 512;

/// Where the rows of a block have which rows of a table of few.
#[derive(Debug)]
pub struct Repeated {
    /// The width of an embedding.
    pub dim: usize,
    /// The first column of each field in the whole input, in order.
    pub columns: Vec<usize>,
    /// `[plane, field]`: the field's rows of the table; those of the fields of a plane lie one behind the other.
    pub tables: Vec<Range<usize>>,
    /// `[plane, row, field]`: a row of the table.
    pub places: Vec<u32>,
}

/// What a group of fields has found on its way back.
struct Gradients {
    plane: usize,
    /// The first of its fields.
    field: usize,
    /// `[row, dim]` of the table.
    table: Vec<f32>,
    /// `[lane, field · dim, out]`.
    weight: Vec<f32>,
}

impl Repeated {
    /// The number of fields.
    pub fn fields(&self) -> usize {
        self.columns.len()
    }

    /// The columns of all of them.
    pub fn width(&self) -> usize {
        self.fields() * self.dim
    }

    /// The columns of an input of this width that belong to none of the fields.
    pub fn rest(&self, width: usize) -> Vec<Range<usize>> {
        let ends = self.columns.iter().map(|column| column + self.dim);
        let starts = std::iter::once(0).chain(ends);
        let next = self.columns.iter().copied().chain([width]);
        let between = starts.zip(next).map(|(start, end)| start..end);
        between.filter(|columns| !columns.is_empty()).collect()
    }

    /// What some rows of a plane have of a few fields.
    fn group(&self, plane: usize, rows: Range<usize>, fields: &Range<usize>) -> Group<'_> {
        let all = self.places.len() / self.num_planes();
        let own = &self.places[plane * all..][..all];
        let first = self.tables(plane, fields).first();
        Group {
            places: &own[rows.start * self.fields()..rows.end * self.fields()],
            each: self.fields(),
            fields: fields.clone(),
            first: first.map_or(0, |rows| rows.start),
        }
    }

    /// The places of each row of each plane.
    pub fn each(&self) -> impl Iterator<Item = &[u32]> {
        self.places.chunks_exact(self.fields().max(1))
    }

    /// Planes, and rows of each.
    pub fn dims(&self) -> [usize; 2] {
        let planes = self.num_planes();
        [planes, self.places.len() / (planes * self.fields()).max(1)]
    }

    fn num_planes(&self) -> usize {
        (self.tables.len() / self.fields()).max(1)
    }

    /// The rows of the table that some fields of a plane have.
    fn tables(&self, plane: usize, fields: &Range<usize>) -> &[Range<usize>] {
        &self.tables[plane * self.fields()..][fields.clone()]
    }

    /// The fields, a few at a time.
    fn groups(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let fields = self.fields();
        let starts = (0..fields).step_by(AT_ONCE);
        starts.map(move |start| start..(start + AT_ONCE).min(fields))
    }

    /// A field's rows of the table.
    fn embeddings<'a>(&self, table: &'a [f32], rows: &Range<usize>) -> Matrix<'a> {
        let numbers = &table[rows.start * self.dim..rows.end * self.dim];
        Matrix::new(numbers, [rows.len(), self.dim], [self.dim, 1])
    }

    /// Adds to rows what the fields contribute.
    ///
    /// # Shapes
    /// - table: `[row, dim]`
    /// - weight: `[in, out]`, of the whole input
    /// - numbers: `[row, out]`, the rows of a plane from this one on
    pub fn add_products(
        &self,
        (plane, row): (usize, usize),
        table: &[f32],
        weight: Matrix<'_>,
        numbers: &mut [f32],
    ) {
        let outputs = weight.num_columns();
        let rows = row..row + numbers.len() / outputs.max(1);
        let mut products = Vec::new();
        for fields in self.groups() {
            let tables = self.tables(plane, &fields);
            let group = self.group(plane, rows.clone(), &fields);
            let first = group.first;
            for (start, width) in tiles(outputs) {
                products.resize(num_rows(tables) * width, 0.0);
                for (rows, &column) in tables.iter().zip(&self.columns[fields.clone()]) {
                    let weight = weight.rows(column, self.dim).columns(start, width);
                    let own = &mut products[(rows.start - first) * width..][..rows.len() * width];
                    set_product(self.embeddings(table, rows), weight, own);
                }
                let rows = numbers.chunks_exact_mut(outputs);
                group.add(width, rows.map(|row| &mut row[start..]), &products);
            }
        }
    }

    /// The gradient of the table, and that of the weights, which is set in the rows of these fields.
    ///
    /// # Shapes
    /// - table: `[row, dim]`
    /// - slopes: `[plane · lane, row, out]`
    /// - weight: `[plane · lane, in, out]`
    /// - `of_weight`: as weight
    pub fn gradients(
        &self,
        table: &[f32],
        slopes: &Planes,
        weight: &Planes,
        of_weight: &mut [f32],
    ) -> Vec<f32> {
        let [all_lanes, inputs, outputs] = weight.dims;
        let planes = self.num_planes();
        let lanes = all_lanes / planes;
        let parts = (0..planes).flat_map(|plane| self.groups().map(move |fields| (plane, fields)));
        let one = |(plane, fields)| self.back(table, slopes, weight, (plane, lanes, fields));
        let found: Vec<Gradients> = if slopes.dims[1] > WORTH_SPREADING {
            let parts: Vec<(usize, Range<usize>)> = parts.collect();
            parts.into_par_iter().map(one).collect()
        } else {
            parts.map(one).collect()
        };
        let mut of_table = vec![0.0; table.len()];
        for own in found {
            let first = self.tables[own.plane * self.fields() + own.field].start;
            of_table[first * self.dim..][..own.table.len()].copy_from_slice(&own.table);
            let each = self.dim * outputs;
            let by_lane = own.weight.len() / lanes;
            for (lane, weight) in own.weight.chunks_exact(by_lane).enumerate() {
                let start = (own.plane * lanes + lane) * inputs * outputs;
                let columns = &self.columns[own.field..];
                for (weight, column) in weight.chunks_exact(each).zip(columns) {
                    of_weight[start + column * outputs..][..each].copy_from_slice(weight);
                }
            }
        }
        of_table
    }

    /// The way back of a group of fields.
    fn back(
        &self,
        table: &[f32],
        slopes: &Planes,
        weight: &Planes,
        (plane, lanes, fields): (usize, usize, Range<usize>),
    ) -> Gradients {
        let [_, rows, outputs] = slopes.dims;
        let tables = self.tables(plane, &fields);
        let group = self.group(plane, 0..rows, &fields);
        let first = group.first;
        let each = self.dim * outputs;
        let mut found = Gradients {
            plane,
            field: fields.start,
            table: vec![0.0; num_rows(tables) * self.dim],
            weight: vec![0.0; lanes * fields.len() * each],
        };
        let mut sums = Vec::new();
        let of_lanes = found.weight.chunks_exact_mut(fields.len() * each);
        for (lane, of_lane) in of_lanes.enumerate() {
            let all = plane * lanes + lane;
            let weight = weight.plane(all);
            for (start, width) in tiles(outputs) {
                sums.clear();
                sums.resize(num_rows(tables) * width, 0.0);
                group.add_up(
                    width,
                    slopes.rows_of(all).map(|row| &row[start..]),
                    &mut sums,
                );
                let columns = &self.columns[fields.clone()];
                let by_field = of_lane.chunks_exact_mut(each);
                for ((rows, &column), of_weight) in tables.iter().zip(columns).zip(by_field) {
                    let own = rows.start - first..rows.end - first;
                    let sums = &sums[own.start * width..own.end * width];
                    let sums = Matrix::new(sums, [rows.len(), width], [width, 1]);
                    let weight = weight.rows(column, self.dim).columns(start, width);
                    let of_table = &mut found.table[own.start * self.dim..own.end * self.dim];
                    add_product(sums, weight.transposed(), of_table);
                    let embeddings = self.embeddings(table, rows).transposed();
                    add_product_to_columns(embeddings, sums, &mut of_weight[start..], outputs);
                }
            }
        }
        found
    }
}

fn num_rows(tables: &[Range<usize>]) -> usize {
    tables.iter().map(Range::len).sum()
}

/// So many columns, each part of a width that has a loop of its own: where they begin, and how many they are.
fn tiles(columns: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let width = WIDTHS.into_iter().find(|&width| start + width <= columns)?;
        start += width;
        Some((start - width, width))
    })
}

/// What rows have of a few fields.
struct Group<'a> {
    /// `[row, field]`.
    places: &'a [u32],
    /// All fields of a row.
    each: usize,
    fields: Range<usize>,
    /// The place of their first row.
    first: usize,
}

impl Group<'_> {
    /// The places of each row.
    fn each(&self) -> impl Iterator<Item = &[u32]> {
        let rows = self.places.chunks_exact(self.each);
        rows.map(|places| &places[self.fields.clone()])
    }

    /// Adds to each row those of the table that it has.
    fn add<'r>(&self, width: usize, rows: impl Iterator<Item = &'r mut [f32]>, table: &[f32]) {
        fn run<'a, 'r, const W: usize>(
            rows: impl Iterator<Item = (&'a [u32], &'r mut [f32])>,
            table: &[f32],
            first: usize,
        ) {
            let table = table.as_chunks::<W>().0;
            vectorized(
                #[inline(always)]
                || {
                    for (places, row) in rows {
                        let Some(row) = row.first_chunk_mut::<W>() else {
                            continue;
                        };
                        let mut sum = *row;
                        for &place in places {
                            let own = &table[place as usize - first];
                            for (sum, number) in sum.iter_mut().zip(own) {
                                *sum += number;
                            }
                        }
                        *row = sum;
                    }
                },
            );
        }
        let rows = self.each().zip(rows);
        by_width!(
            width,
            run(rows, table, self.first),
            run::<1>(rows, table, self.first)
        );
    }

    /// Adds each row to those of the table that it has.
    fn add_up<'r>(&self, width: usize, rows: impl Iterator<Item = &'r [f32]>, table: &mut [f32]) {
        fn run<'a, 'r, const W: usize>(
            rows: impl Iterator<Item = (&'a [u32], &'r [f32])>,
            table: &mut [f32],
            first: usize,
        ) {
            let table = table.as_chunks_mut::<W>().0;
            vectorized(
                #[inline(always)]
                || {
                    for (places, row) in rows {
                        let Some(&row) = row.first_chunk::<W>() else {
                            continue;
                        };
                        for &place in places {
                            let sum = &mut table[place as usize - first];
                            for (sum, number) in sum.iter_mut().zip(&row) {
                                *sum += number;
                            }
                        }
                    }
                },
            );
        }
        let rows = self.each().zip(rows);
        by_width!(
            width,
            run(rows, table, self.first),
            run::<1>(rows, table, self.first)
        );
    }
}
