//! What backward passes have found: gradients of blocks, added up.

use std::sync::Arc;

use burn::tensor::{Gradients, Tensor};

use crate::model::Network;
use crate::model::embedding::{Places, RepeatedFields};
use crate::model::host::summed;

/// The embeddings of a block, one row for each use.
///
/// The tape begins here and not at the distinct rows: where these are many, a block would have a gradient as long as all
/// that its batch touches.
#[derive(Clone)]
pub(super) struct Uses {
    /// `[plane, row, width]`.
    pub leaf: Tensor<3>,
    /// Their places among the distinct rows.
    pub places: Places,
}

/// The embeddings of fields that a block repeats; here the tape begins at their distinct rows.
#[derive(Clone)]
pub(super) struct Repeats {
    pub fields: Arc<RepeatedFields>,
    /// `[copy · row, dim]`.
    pub leaf: Tensor<2>,
}

/// What a block reads of the tables; in what was found the leaves stand for their gradients.
#[derive(Clone)]
pub(super) struct Touches {
    /// The distinct rows of the batch, and their width; `None`: there are no tables.
    pub distinct: Option<[usize; 2]>,
    pub uses: Option<Uses>,
    pub repeats: Option<Repeats>,
}

impl Touches {
    /// The gradients of the leaves.
    fn gradients(&self, found: &mut Gradients) -> Self {
        let uses = self.uses.as_ref().map(|uses| Uses {
            leaf: gradient(&uses.leaf, found),
            ..uses.clone()
        });
        let repeats = self.repeats.as_ref().map(|repeats| Repeats {
            leaf: gradient(&repeats.leaf, found),
            ..repeats.clone()
        });
        Self {
            uses,
            repeats,
            ..*self
        }
    }

    /// What blocks have found for each distinct row.
    ///
    /// # Shapes
    /// - output: `[copy · distinct, dim]`
    fn rows(blocks: Vec<Self>) -> Option<Tensor<2>> {
        let distinct = blocks.first()?.distinct?;
        let (mut uses, mut repeats, mut fields) = (vec![], vec![], None);
        for block in blocks {
            uses.extend(block.uses.map(|uses| (uses.places, uses.leaf)));
            if let Some(own) = block.repeats {
                repeats.push(own.leaf);
                fields = Some(own.fields);
            }
        }
        let others = Places::added_up(uses, distinct);
        match fields.zip(summed(repeats)) {
            Some((fields, own)) => Some(fields.added(own, others, distinct[0])),
            None => others,
        }
    }
}

/// What the backward pass of a block has found.
pub(super) struct Partial {
    /// The place of its part among those that were passed.
    pub part: usize,
    pub flat: Tensor<2>,
    pub touches: Touches,
    pub cuts: Vec<CutGradients>,
}

/// What backward passes have found; blocks are summed.
#[derive(Clone)]
pub(super) struct Found {
    /// As [`crate::model::Layout::join`] gives it.
    pub flat: Tensor<2>,
    /// `[copy · distinct, dim]`.
    pub rows: Option<Tensor<2>>,
    /// Where the tapes of the blocks were cut.
    pub cuts: Vec<CutGradients>,
}

/// A cut of one block with the gradient of each task at its leaf.
#[derive(Clone)]
pub(super) struct CutGradients {
    /// The end of what is shared, on the tape.
    pub shared: Tensor<3>,
    /// `[replica, row, width]` for each task.
    pub of_tasks: Vec<Tensor<3>>,
    /// What no tasks share, on the tape, with its gradient.
    pub bypass: Vec<(Tensor<3>, Tensor<3>)>,
    /// The leaves that the rest of the backward pass ends in.
    pub leaves: Leaves,
}

/// The leaves of a block's tape.
#[derive(Clone)]
pub(super) struct Leaves {
    /// The place of its part among those that were passed.
    pub part: usize,
    pub replicas: usize,
    pub parameters: Vec<Tensor<3>>,
    pub touches: Touches,
}

impl Leaves {
    /// What was found for them.
    pub fn partial(&self, gradients: &mut Gradients, network: &Network) -> Partial {
        let parts = self.parameters.iter();
        let parts = parts.map(|tensor| gradient(tensor, gradients)).collect();
        Partial {
            part: self.part,
            flat: network.layout.join(parts, self.replicas),
            touches: self.touches.gradients(gradients),
            cuts: Vec::new(),
        }
    }
}

/// The blocks of one part added up.
pub(super) fn merged(blocks: Vec<Partial>) -> Option<Found> {
    let (mut flats, mut touches, mut cuts) = (vec![], vec![], vec![]);
    for block in blocks {
        flats.push(block.flat);
        touches.push(block.touches);
        cuts.extend(block.cuts);
    }
    Some(Found {
        flat: summed(flats)?,
        rows: Touches::rows(touches),
        cuts,
    })
}

/// The parts added up.
pub(super) fn added(parts: Vec<Found>) -> Option<Found> {
    parts.into_iter().reduce(|mut sum, next| {
        sum.cuts.extend(next.cuts);
        Found {
            flat: sum.flat + next.flat,
            rows: sum.rows.zip(next.rows).map(|(sum, next)| sum + next),
            cuts: sum.cuts,
        }
    })
}

/// Takes the gradient of a leaf out of what was found; 0 where nothing came of it.
///
/// What is left there is freed in an order that is another at each step. A graphics card's operations would then be a program
/// that was never seen before, and be fused anew.
pub(super) fn gradient<const D: usize>(tensor: &Tensor<D>, found: &mut Gradients) -> Tensor<D> {
    tensor
        .grad_remove(found)
        .unwrap_or_else(|| tensor.clone().inner().zeros_like())
}
