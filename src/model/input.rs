//! The features as the first layers read them.

use std::sync::Arc;

use burn::tensor::{Device, Tensor};

use super::host::{self, Repeated};
use super::lanes;

/// What a structure and its bottoms see: a tensor or, on the host, fields of few ids beside one.
///
/// A dense layer multiplies each of the few embeddings once; what does something else with the features asks for
/// [`Self::whole`].
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a pass makes few of them, and hands each on"
)]
pub enum Input {
    /// `[plane, batch, width]`.
    Whole(Tensor<3>),
    /// The columns that are not repeated, if there are any, and those that are.
    Parted(Option<Tensor<3>>, RepeatedRows),
}

/// Rows of a table that many rows of a block have.
#[derive(Clone, Debug)]
pub struct RepeatedRows {
    /// `[row, dim]`.
    pub table: Tensor<2>,
    /// Which row of the block has which of them.
    pub uses: Arc<Repeated>,
}

impl From<Tensor<3>> for Input {
    fn from(tensor: Tensor<3>) -> Self {
        Self::Whole(tensor)
    }
}

impl Input {
    /// All features side by side.
    ///
    /// # Shapes
    /// - output: `[plane, batch, width]`
    pub fn whole(self) -> Tensor<3> {
        match self {
            Self::Whole(tensor) => tensor,
            Self::Parted(rest, repeated) => host::whole(rest, repeated),
        }
    }

    /// The same for each of so many lanes.
    ///
    /// # Shapes
    /// - output: `[plane · lane, batch, width]`
    #[must_use]
    pub fn spread(self, lanes: usize) -> Self {
        if lanes == 1 {
            return self;
        }
        lanes::spread(self.whole(), lanes).into()
    }

    /// Where it lies.
    pub fn device(&self) -> Device {
        match self {
            Self::Whole(tensor) => tensor.device(),
            Self::Parted(_, repeated) => repeated.table.device(),
        }
    }
}
