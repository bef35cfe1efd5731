//! Where rows of the data find their embeddings.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::layout::EmbeddingLayout;
use super::repeated::RepeatedFields;
use super::uses::{add_places, others, uses};
use crate::data::Dataset;
use crate::model::gpu::{self, Index, IndexWords, Part};
use crate::model::host::{self, is_host};
use crate::model::lanes;
use crate::model::rows::taken;

/// For each use, in the order `[replica · copy · lane · row · place]`, a row of a table.
#[derive(Clone, Debug)]
pub struct Places(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// The copies of the table come in turn.
    Host(Tensor<1, Int>, usize),
    Card(Index, Part),
}

impl Places {
    /// Rows of a table that comes so many times in turn.
    pub(super) fn host(places: Vec<i32>, copies: usize, device: &Device) -> Self {
        let len = places.len();
        let places = Tensor::from_data(TensorData::new(places, [len]), device);
        Self(Kind::Host(places, copies))
    }

    /// Those of an index.
    pub(super) fn card(index: Index, part: Part) -> Self {
        Self(Kind::Card(index, part))
    }

    /// Where rows of the data, the same for all replicas, find their embeddings in the whole table.
    pub fn in_table(
        layout: &EmbeddingLayout,
        replicas: usize,
        rows: &[u32],
        repeated: Option<&RepeatedFields>,
        (dataset, device): (&Dataset, &Device),
    ) -> Self {
        let all = uses(layout, rows, dataset);
        let own = others(&all, layout.num_places(), repeated);
        if is_host(device) {
            let planes = replicas * layout.lanes;
            let mut places = Vec::with_capacity(planes * own.len());
            for plane in 0..planes {
                add_places(&mut places, &own, plane * layout.rows());
            }
            return Self::host(places, 1, device);
        }
        let part = Part {
            first: 0,
            len: own.len(),
            copies: 1,
        };
        let words = IndexWords::of_table(&own, [replicas, layout.lanes, layout.rows()]);
        Self::card(words.uploaded(device), part)
    }

    /// The rows of a table at these places.
    ///
    /// # Shapes
    /// - table: `[row, width]`
    /// - output: `[use, width]`
    pub fn taken(&self, table: &Tensor<2>) -> Tensor<2> {
        match &self.0 {
            Kind::Host(places, 1) => taken(table, places),
            Kind::Host(places, copies) => {
                taken(&Tensor::cat(vec![table.clone(); *copies], 0), places)
            }
            Kind::Card(index, part) => gpu::taken(table, index, *part),
        }
    }

    /// The rows of a table that each row of the data finds, side by side.
    ///
    /// # Shapes
    /// - behind: `[replica · copy, row, column]`, what is to follow them
    /// - output: `[plane, row, place · width + column]`
    pub fn side_by_side(
        &self,
        table: &Tensor<2>,
        [planes, rows]: [usize; 2],
        behind: Option<Tensor<3>>,
    ) -> Tensor<3> {
        if let (Kind::Host(places, 1), Some(behind)) = (&self.0, behind.clone()) {
            return host::rows::taken_before(table, places, planes, behind);
        }
        let taken = self.taken(table);
        let width = taken.dims().iter().product::<usize>() / (planes * rows).max(1);
        let found = taken.reshape([planes, rows, width]);
        match behind {
            Some(behind) => {
                let lanes = planes / behind.dims()[0].max(1);
                Tensor::cat(vec![found, lanes::spread(behind, lanes)], 2)
            }
            None => found,
        }
    }

    /// What the uses of each row add up to.
    ///
    /// # Shapes
    /// - uses: `[plane, row, place · width]`; at least one
    /// - rows, width: of one copy of the table
    /// - output: `[copy · row, width]`
    pub fn added_up(uses: Vec<(Self, Tensor<3>)>, [rows, width]: [usize; 2]) -> Option<Tensor<2>> {
        let mut on_host = Vec::new();
        let mut sum: Option<Tensor<2>> = None;
        let mut all = rows;
        for (places, values) in uses {
            match places.0 {
                Kind::Host(places, copies) => {
                    all = rows * copies;
                    on_host.push((places, values));
                }
                Kind::Card(index, part) => {
                    let number = values.dims().iter().product::<usize>() / width.max(1);
                    let own = gpu::added_up(values.reshape([number, width]), &index, part);
                    sum = Some(match sum {
                        Some(sum) => sum + own,
                        None => own,
                    });
                }
            }
        }
        if on_host.is_empty() {
            return sum;
        }
        Some(host::rows::added_up(on_host, [all, width]))
    }
}
