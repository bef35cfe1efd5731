//! What a strategy must see besides the losses.

use crate::spec::{Choice, ParamKind, ParamSpec, Spec};

/// What a strategy must see besides the losses.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Needs {
    /// Nothing.
    #[default]
    Losses,
    /// Each task's gradient.
    Gradients {
        /// By what.
        on: On,
        /// Of which rows.
        look: Look,
    },
}

/// Where gradients are compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum On {
    /// The parameters that the tasks share, embeddings among them.
    Parameters,
    /// The output of what the tasks share; the gradients are summed over the rows.
    Representation,
}

/// How a batch is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Look {
    /// All of it at once.
    Batch,
    /// All of it at once; on the representation a row's gradient enters with the sign of the representation, so that a
    /// positive number asks for less of it whichever sign it has.
    Signs,
    /// So many parts besides that share no row.
    Parts(usize),
    /// Two parts besides, the second after a trial step along the gradients of the first.
    Trial,
}

/// The parameter that says where gradients are compared.
pub const ON: ParamSpec = ParamSpec {
    name: "on",
    meaning: "Where gradients are compared: the shared parameters, or the shared representation at less cost",
    kind: ParamKind::Choice {
        default: "parameters",
        options: &["parameters", "representation"],
    },
};

impl Needs {
    /// The parts of a batch whose gradients are told apart.
    pub fn parts(self) -> usize {
        match self {
            Self::Losses => 1,
            Self::Gradients { look, .. } => look.parts(),
        }
    }

    /// Whether gradients are compared on the representation.
    pub fn on_representation(self) -> bool {
        matches!(
            self,
            Self::Gradients {
                on: On::Representation,
                ..
            }
        )
    }

    /// Whether rows enter with the sign of the representation.
    pub fn has_signs(self) -> bool {
        matches!(
            self,
            Self::Gradients {
                look: Look::Signs,
                ..
            }
        )
    }

    /// Whether the second part is seen after a trial step.
    pub fn has_trial(self) -> bool {
        matches!(
            self,
            Self::Gradients {
                look: Look::Trial,
                ..
            }
        )
    }
}

impl Look {
    /// This look where the parameter [`ON`] says.
    pub fn on(self, choice: &Choice, spec: &Spec) -> Needs {
        let on = match choice.word(spec, ON.name).as_str() {
            "representation" => On::Representation,
            _ => On::Parameters,
        };
        Needs::Gradients { on, look: self }
    }

    fn parts(self) -> usize {
        match self {
            Self::Batch | Self::Signs => 1,
            Self::Trial => 2,
            Self::Parts(number) => number,
        }
    }
}
