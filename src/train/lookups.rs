//! The embeddings that batches touch, those of the next one looked up while a step is taken.

use crate::data::Dataset;
use crate::model::embedding::{EmbeddingLayout, Lookup, LookupFinder};

/// Looks up batches.
#[derive(Debug)]
pub(super) struct Lookups {
    finder: LookupFinder,
    /// The data rows of each replica that come next, until they are looked up.
    announced: Option<Vec<Vec<u32>>>,
    ahead: Option<(Vec<Vec<u32>>, Lookup)>,
}

impl Lookups {
    pub fn new(layout: EmbeddingLayout) -> Self {
        Self {
            finder: LookupFinder::new(layout),
            announced: None,
            ahead: None,
        }
    }

    /// Says which batch comes after the one that is looked up next.
    pub fn announce(&mut self, batch: &[&[u32]]) {
        self.announced = Some(batch.iter().map(|rows| rows.to_vec()).collect());
    }

    /// The lookup of a batch, by now or from before.
    pub fn find(&mut self, batch: &[&[u32]], dataset: &Dataset) -> Lookup {
        match self.ahead.take().filter(|(rows, _)| rows == batch) {
            Some((_, lookup)) => lookup,
            None => self.finder.find(batch, dataset),
        }
    }

    /// Looks up what was announced.
    pub fn look_ahead(&mut self, dataset: &Dataset) {
        if let Some(rows) = self.announced.take() {
            let batch: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
            let lookup = self.finder.find(&batch, dataset);
            self.ahead = Some((rows, lookup));
        }
    }
}
