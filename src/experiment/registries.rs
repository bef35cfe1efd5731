//! What there is to choose from: the registries' entries, handed in because half of them live in layers below this one.

use crate::spec::Spec;

/// The entries of every registry that an experiment names.
#[derive(Clone, Debug, Default)]
pub struct Registries<'a> {
    /// How tasks share the network.
    pub structures: Vec<&'a Spec>,
    /// The networks over the features.
    pub bottoms: Vec<&'a Spec>,
    /// The non-linearities.
    pub activations: Vec<&'a Spec>,
    /// How the task losses become one update.
    pub strategies: Vec<&'a Spec>,
    /// The optimizers.
    pub optimizers: Vec<&'a Spec>,
    /// The learning-rate schedules.
    pub schedules: Vec<&'a Spec>,
}

/// The entry of this id.
pub(super) fn entry<'a>(specs: &[&'a Spec], id: &str) -> Option<&'a Spec> {
    specs.iter().copied().find(|spec| spec.id == id)
}
