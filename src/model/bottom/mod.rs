//! The network over the features, below the towers; one file each.
//!
//! A representation is a vector: what an interaction makes of the features, and beside it the last hidden layer.

mod autoint;
mod beside;
mod dcn;
mod dcn_v2;
mod deepfm;
mod din;
mod mlp;
#[cfg(test)]
mod tests;
mod wide_deep;
mod xdeepfm;

use std::fmt::Debug;

use burn::tensor::Tensor;

use super::attention::AttentionConfig;
use super::input::Input;
use super::mlp::{Builder, HiddenConfig};
use super::pass::Pass;
use crate::spec::{Choice, ParamKind, ParamSpec, Spec};

/// What a bottom is built from.
#[derive(Clone, Copy, Debug)]
pub struct BottomConfig<'a> {
    /// The name of the bottom's parameters, such as `bottom`.
    pub role: &'a str,
    /// The lanes, one name each.
    pub lanes: &'a [String],
    /// The features that come in.
    pub input: InputShape,
    /// What all hidden layers have in common.
    pub hidden: HiddenConfig,
}

/// The axis `width` of the input: the embeddings field by field, then the dense features.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InputShape {
    /// All embeddings side by side.
    embedded: usize,
    /// `None` where there is no field, or where their widths differ.
    fields: Option<Fields>,
    dense: usize,
}

/// Embeddings of one width, first along the axis.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fields {
    /// How many there are.
    pub number: usize,
    /// The width of each.
    pub dim: usize,
}

impl InputShape {
    /// Embeddings of these widths, and so many dense features.
    pub fn new(widths: &[usize], dense: usize) -> Self {
        let even = widths
            .first()
            .filter(|&first| widths.iter().all(|width| width == first));
        Self {
            embedded: widths.iter().sum(),
            fields: even.map(|&dim| Fields {
                number: widths.len(),
                dim,
            }),
            dense,
        }
    }

    /// A vector without fields, such as what a layer of experts makes.
    pub fn of_vector(width: usize) -> Self {
        Self::new(&[], width)
    }

    /// The dense features.
    pub fn num_dense(&self) -> usize {
        self.dense
    }

    /// All features side by side.
    pub fn width(&self) -> usize {
        self.embedded + self.dense
    }

    /// The embeddings for what compares them with each other; `None` where there is none, or where their widths differ.
    pub fn fields(&self) -> Option<Fields> {
        self.fields
    }
}

impl Fields {
    /// The embeddings of an input.
    ///
    /// # Shapes
    /// - input: `[replica · lane, batch, in]`
    /// - output: `[replica · lane, batch, field, dim]`
    pub fn of(&self, input: &Tensor<3>) -> Tensor<4> {
        let [planes, batch, _] = input.dims();
        let embedded = input.clone().narrow(2, 0, self.number * self.dim);
        embedded.reshape([planes, batch, self.number, self.dim])
    }
}

/// A bottom of the registry.
pub trait BottomEntry: Sync {
    /// Its name, summary, parameters and paper.
    fn spec(&self) -> &'static Spec;
    /// Whether a linear term of the features is added to each task's output.
    fn is_wide(&self) -> bool {
        false
    }
    /// How it weighs the items of lists that attend to something; `None`: it takes their mean or sum.
    fn attention(&self, _choice: &Choice) -> Option<AttentionConfig> {
        None
    }
    /// Whether it compares embeddings with each other, which therefore must have one width.
    fn compares_fields(&self) -> bool {
        false
    }
    /// Adds its parameters.
    fn build(
        &self,
        choice: &Choice,
        config: &BottomConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Bottom>;
}

/// A bottom that has been built, or a part of one.
pub trait Bottom: Debug + Send + Sync {
    /// From features to the representation.
    ///
    /// # Shapes
    /// - input: `[replica · lane, batch, in]`
    /// - output: `[replica · lane, batch, width]`
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3>;
    /// The same where all lanes see the same features.
    ///
    /// # Shapes
    /// - input: `[replica, batch, in]`
    /// - output: `[replica · lane, batch, width]`
    fn forward_alike(&self, input: Input, lanes: usize, pass: &Pass) -> Tensor<3> {
        self.forward(input.spread(lanes), pass)
    }
    /// The width of the representation.
    fn width(&self) -> usize;
}

/// All bottoms, the plainest first.
pub static BOTTOMS: &[&dyn BottomEntry] = &[
    &mlp::MlpBottom,
    &wide_deep::WideDeep,
    &deepfm::DeepFm,
    &dcn::Dcn,
    &dcn_v2::DcnV2,
    &xdeepfm::XDeepFm,
    &autoint::AutoInt,
    &din::Din,
];

/// The hidden layers of a bottom.
const UNITS: ParamSpec = ParamSpec {
    name: "units",
    meaning: "The width of each hidden layer",
    kind: ParamKind::Widths {
        default: &[128, 128],
        min: 1,
        max: 8192,
    },
};

/// The bottom of this id.
pub fn bottom(id: &str) -> Option<&'static dyn BottomEntry> {
    BOTTOMS.iter().copied().find(|entry| entry.spec().id == id)
}
