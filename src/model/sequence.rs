//! The items of a list as one vector: their mean or sum, or weighted by what they have to do with a target.

use burn::tensor::{Int, Tensor};

use super::attention::AttentionUnit;
use super::pass::Pass;
use crate::data::Pooling;

/// One list of each row.
#[derive(Debug)]
pub struct SequencePool {
    /// The first number of its items in what a row finds in the tables.
    pub start: usize,
    /// The most items of a row.
    pub len: usize,
    /// The width of an embedding.
    pub dim: usize,
    /// The numbers of linear terms behind each.
    pub linear: usize,
    /// How the items become one, linear terms among them where nothing attends to them.
    pub pooling: Pooling,
    /// What weighs the embeddings instead, and the first number of the target's embedding in that of all fields.
    pub attention: Option<(AttentionUnit, usize)>,
}

impl SequencePool {
    /// The vector of each row's list, and the linear terms if there are any; both are zero for an empty list.
    ///
    /// # Shapes
    /// - found: `[plane, batch, width]`, what the rows find in the tables, without so many numbers of their fields
    /// - fields: `[plane, batch, field · dim]`, the embeddings of the sparse fields
    /// - lengths: `[plane, batch, 1]`, the number of items
    /// - output: `[plane, batch, dim]` and `[plane, batch, term]`
    pub fn forward(
        &self,
        (found, without): (&Tensor<3>, usize),
        fields: Option<&Tensor<3>>,
        lengths: &Tensor<3>,
        pass: &Pass,
    ) -> (Tensor<3>, Option<Tensor<3>>) {
        let [planes, batch, _] = found.dims();
        let width = self.dim + self.linear;
        let items = found
            .clone()
            .narrow(2, self.start - without, self.len * width);
        let items = items.reshape([planes, batch, self.len, width]);
        let places = Tensor::<1, Int>::arange(0..self.len as i64, &lengths.device());
        let places = places.float().reshape([1, 1, self.len, 1]);
        let mask = (lengths.clone().unsqueeze_dim::<4>(3) - places).clamp(0.0, 1.0);
        let pooled = |items: Tensor<4>| {
            let sum = (items * mask.clone()).sum_dim(2).squeeze_dim::<3>(2);
            match self.pooling {
                Pooling::Mean => sum / lengths.clone().clamp_min(1.0),
                Pooling::Sum => sum,
            }
        };
        let embeddings = items.clone().narrow(3, 0, self.dim);
        let vector = match (&self.attention, fields) {
            (Some((unit, target)), Some(fields)) => {
                let query = fields.clone().narrow(2, *target, self.dim);
                unit.forward(query, embeddings, &mask, pass)
            }
            _ => pooled(embeddings),
        };
        let linear = (self.linear > 0).then(|| pooled(items.narrow(3, self.dim, self.linear)));
        (vector, linear)
    }
}
