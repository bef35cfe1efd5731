//! The network over the features, below the towers; one file each.

mod mlp;

use std::fmt::Debug;

use burn::tensor::Tensor;

use super::mlp::{Builder, HiddenConfig};
use super::pass::Pass;
use crate::spec::{Choice, Spec};

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
    /// Sparse fields.
    pub fields: usize,
    /// The width of each embedding.
    pub embedding_dim: usize,
    /// Dense features.
    pub dense: usize,
}

impl InputShape {
    /// A vector without fields, such as what experts of a level below make.
    pub fn of_vector(width: usize) -> Self {
        Self {
            fields: 0,
            embedding_dim: 0,
            dense: width,
        }
    }

    /// All features side by side.
    pub fn width(&self) -> usize {
        self.fields * self.embedding_dim + self.dense
    }
}

/// A bottom of the registry.
pub trait BottomEntry: Sync {
    /// Its name, summary, parameters and paper.
    fn spec(&self) -> &'static Spec;
    /// Adds its parameters.
    fn build(
        &self,
        choice: &Choice,
        config: &BottomConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Bottom>;
}

/// A bottom that has been built.
pub trait Bottom: Debug + Send + Sync {
    /// From features to the representation.
    ///
    /// # Shapes
    /// - input: `[replica · lane, batch, in]`
    /// - output: `[replica · lane, batch, width]`
    fn forward(&self, input: Tensor<3>, pass: &Pass) -> Tensor<3>;
    /// The width of the representation.
    fn width(&self) -> usize;
}

/// All bottoms.
pub static BOTTOMS: &[&dyn BottomEntry] = &[&mlp::MlpBottom];

/// The bottom of this id.
pub fn bottom(id: &str) -> Option<&'static dyn BottomEntry> {
    BOTTOMS.iter().copied().find(|entry| entry.spec().id == id)
}
