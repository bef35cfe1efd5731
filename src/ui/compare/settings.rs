//! What the user chose for the charts; kept between starts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::train::At;

/// The settings of all charts.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Settings {
    /// The clock of the horizontal axis.
    pub x: Clock,
    /// How much of the last value the smoothed line keeps, from 0 to below 1.
    pub smoothing: f64,
    /// Whether the vertical axes are logarithmic.
    pub log_y: bool,
    /// What the band over seeds shows.
    pub band: BandKind,
    /// Whether training curves are drawn, dashed.
    pub train: bool,
    /// Whether charts zoom along the horizontal axis together.
    pub linked: bool,
    /// The metric of each task, where it is not the primary one.
    pub metrics: BTreeMap<String, String>,
    /// Variants that are not drawn, by name; not kept, for the next experiment may use the same name.
    #[serde(skip)]
    pub hidden: BTreeSet<String>,
    /// The task whose chart has the whole width; not kept, for another experiment has other tasks.
    #[serde(skip)]
    pub large: Option<String>,
    /// The tasks of the trade-off; not kept, for another experiment has other tasks.
    #[serde(skip)]
    pub pair: Option<[String; 2]>,
    /// The variant whose conflicts are in sight; not kept, as are names of variants above.
    #[serde(skip)]
    pub conflicts_of: Option<String>,
    /// The variant whose gates are in sight; not kept either.
    #[serde(skip)]
    pub gates_of: Option<String>,
    /// Whether conflicts are the mean over training in place of the latest.
    pub mean_conflicts: bool,
    /// Which table stands below the charts.
    pub tab: Tab,
    /// Whether the table shows validation scores in place of test scores.
    pub validation: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            x: Clock::Epoch,
            smoothing: 0.0,
            log_y: false,
            band: BandKind::Range,
            train: true,
            linked: true,
            metrics: BTreeMap::new(),
            hidden: BTreeSet::new(),
            large: None,
            pair: None,
            conflicts_of: None,
            gates_of: None,
            mean_conflicts: false,
            tab: Tab::Verdict,
            validation: false,
        }
    }
}

/// A clock of the horizontal axis.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Clock {
    /// Steps taken.
    Step,
    /// Epochs done.
    Epoch,
    /// Rows seen.
    Samples,
    /// Seconds of training.
    Seconds,
}

impl Clock {
    /// All clocks in the order of the buttons.
    pub const ALL: [Self; 4] = [Self::Step, Self::Epoch, Self::Samples, Self::Seconds];

    /// The word on the button.
    pub fn word(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Epoch => "epoch",
            Self::Samples => "samples",
            Self::Seconds => "seconds",
        }
    }

    /// The words under the axis.
    pub fn axis(self) -> &'static str {
        match self {
            Self::Step => "training step",
            Self::Epoch => "epoch",
            Self::Samples => "training rows seen",
            Self::Seconds => "seconds of training",
        }
    }

    /// The time on this clock.
    pub fn read(self, at: &At) -> f64 {
        match self {
            Self::Step => at.step as f64,
            Self::Epoch => at.epoch,
            Self::Samples => at.samples as f64,
            Self::Seconds => at.seconds,
        }
    }
}

/// What the band over seeds shows.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum BandKind {
    /// The least and the greatest.
    Range,
    /// One standard deviation to both sides.
    Deviation,
    /// The 95 % t interval of the mean.
    Interval,
    /// No band: each seed is a thin line.
    None,
}

impl BandKind {
    /// All kinds in the order of the combo box.
    pub const ALL: [Self; 4] = [Self::Range, Self::Deviation, Self::Interval, Self::None];

    /// The words in the combo box.
    pub fn words(self) -> &'static str {
        match self {
            Self::Range => "min to max",
            Self::Deviation => "± deviation",
            Self::Interval => "95 % interval",
            Self::None => "each seed",
        }
    }
}

/// A table below the charts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Tab {
    /// Every variant against the baseline.
    Verdict,
    /// The final metrics.
    Table,
    /// What one task gains and another loses.
    Tradeoff,
    /// The task weights over time.
    Weights,
    /// The lengths of the tasks' gradients, and where they conflict.
    Gradients,
    /// What the gates of a mixture give to each expert.
    Gates,
}

impl Tab {
    /// All tabs.
    pub const ALL: [Self; 6] = [
        Self::Verdict,
        Self::Table,
        Self::Tradeoff,
        Self::Weights,
        Self::Gradients,
        Self::Gates,
    ];

    /// The word on the tab.
    pub fn word(self) -> &'static str {
        match self {
            Self::Verdict => "Verdict",
            Self::Table => "Table",
            Self::Tradeoff => "Trade-off",
            Self::Weights => "Weights",
            Self::Gradients => "Gradients",
            Self::Gates => "Gates",
        }
    }

    /// What is to be seen there, in a line.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Verdict => "Every variant against the baseline, task by task",
            Self::Table => "The final metrics",
            Self::Tradeoff => "What one task gains and another loses",
            Self::Weights => "The task weights over time",
            Self::Gradients => "Which tasks conflict, and how long their gradients are",
            Self::Gates => "What the gates of a mixture give to each expert over time",
        }
    }
}
