//! Strategies by what they look at and what they change.

/// A group of strategies that work alike.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Family {
    /// Weights that the user sets.
    Fixed,
    /// Weights that follow the losses.
    Losses,
    /// Weights that follow the lengths of the tasks' gradients.
    Lengths,
    /// One direction that serves all tasks, by the inner products of their gradients.
    Directions,
    /// Gradients that are changed before they are added up.
    Surgery,
    /// Weights that are tried on rows held out of the step.
    HeldOut,
    /// Several labels become one target.
    Fusion,
}

impl Family {
    /// All families, the plainest first.
    pub const ALL: [Self; 7] = [
        Self::Fixed,
        Self::Losses,
        Self::Lengths,
        Self::Directions,
        Self::Surgery,
        Self::HeldOut,
        Self::Fusion,
    ];

    /// The name on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Fixed => "Fixed weights",
            Self::Losses => "Balance of losses",
            Self::Lengths => "Balance of gradient lengths",
            Self::Directions => "Common direction",
            Self::Surgery => "Gradient surgery",
            Self::HeldOut => "Tried on held-out rows",
            Self::Fusion => "One target for several labels",
        }
    }

    /// What its strategies have in common, one line without a full stop.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Fixed => "The weights are set before training and stay, at no extra cost",
            Self::Losses => "The weights follow the tasks' losses, at next to no extra cost",
            Self::Lengths => {
                "The weights follow the lengths of the tasks' gradients, which takes a gradient for each task"
            }
            Self::Directions => {
                "One direction that serves all tasks is looked for among their gradients, which takes a gradient for each task"
            }
            Self::Surgery => {
                "The tasks' gradients are changed where they conflict and then added up, which takes a gradient for each task"
            }
            Self::HeldOut => {
                "The weights are tried on rows of the batch that the trial step did not see, which takes several passes"
            }
            Self::Fusion => {
                "Several labels become one target for one model, which is served as it is and judged on every task"
            }
        }
    }
}
