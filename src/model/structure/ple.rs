//! Shared experts and experts of each task's own, mixed level by level.

use burn::tensor::Tensor;

use super::{Structure, StructureConfig, StructureEntry, Tower};
use crate::model::bottom::InputShape;
use crate::model::experts::{Experts, Gate};
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `ple`.
///
/// Below the last level a stream of its own mixes all experts for the shared experts above, so that there every
/// expert serves every task; in the last level a task's own experts serve it alone.
#[derive(Debug)]
pub struct Ple;

static SPEC: Spec = Spec {
    id: "ple",
    label: "PLE",
    summary: "Shared experts and experts of each task's own, mixed by gates in several levels",
    formula: "g_t^j = softmax(W_t^j·g_t^{j−1})·[own_t, shared](…);  the shared stream mixes all experts;  ŷ_t = tower_t(g_t^L)",
    paper: Some(Paper {
        citation: "H. Tang et al., Progressive Layered Extraction (PLE): A Novel Multi-Task Learning Model for Personalized Recommendations, RecSys 2020",
        url: "https://doi.org/10.1145/3383313.3412236",
    }),
    params: &[
        ParamSpec {
            name: "levels",
            meaning: "Levels of experts; those above the first see mixtures",
            kind: ParamKind::Integer {
                default: 2,
                min: 1,
                max: 8,
            },
        },
        SHARED_EXPERTS,
        OWN_EXPERTS,
        super::GATE_UNITS,
    ],
};

/// The experts that all tasks have in common.
pub(super) const SHARED_EXPERTS: ParamSpec = ParamSpec {
    name: "shared_experts",
    meaning: "Experts for all tasks, in each level",
    kind: ParamKind::Integer {
        default: 1,
        min: 0,
        max: 64,
    },
};

/// The experts that a task has for itself.
pub(super) const OWN_EXPERTS: ParamSpec = ParamSpec {
    name: "own_experts",
    meaning: "Experts for each task alone, in each level",
    kind: ParamKind::Integer {
        default: 1,
        min: 1,
        max: 64,
    },
};

impl StructureEntry for Ple {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn lanes(&self, _choice: &Choice, _tasks: &[String]) -> Vec<String> {
        vec![String::new()]
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        let sizes = Sizes {
            levels: choice.integer(&SPEC, "levels").max(1) as usize,
            shared: choice.integer(&SPEC, "shared_experts") as usize,
            own: choice.integer(&SPEC, "own_experts") as usize,
            gate_units: choice.widths(&SPEC, "gate_units"),
        };
        Box::new(Extraction::new(&sizes, config, builder))
    }
}

/// How many levels and experts there are.
pub(super) struct Sizes {
    pub levels: usize,
    pub shared: usize,
    pub own: usize,
    pub gate_units: Vec<usize>,
}

/// The levels with the towers on top.
#[derive(Debug)]
pub(super) struct Extraction {
    levels: Vec<Level>,
    towers: Vec<Tower>,
}

/// One level.
#[derive(Debug)]
struct Level {
    shared: Experts,
    /// For each task.
    own: Vec<Experts>,
    /// For each task, over its own experts and then the shared ones.
    gates: Vec<Gate>,
    /// Over all tasks' experts and then the shared ones; `None` in the last level, whose tasks alone go on.
    shared_gate: Option<Gate>,
}

impl Extraction {
    pub fn new(sizes: &Sizes, config: &StructureConfig<'_>, builder: &mut Builder) -> Self {
        let mut levels: Vec<Level> = Vec::with_capacity(sizes.levels);
        for index in 0..sizes.levels {
            let input = match levels.last() {
                None => config.input,
                Some(below) => InputShape {
                    fields: 0,
                    embedding_dim: config.input.embedding_dim,
                    dense: below.width(),
                },
            };
            let is_last = index + 1 == sizes.levels;
            let level = if is_last {
                Level::new(index, is_last, input, sizes, config, builder)
            } else {
                // What a task's own experts make here reaches all tasks by the shared stream.
                builder.shared(|builder| Level::new(index, is_last, input, sizes, config, builder))
            };
            levels.push(level);
        }
        let width = levels.last().map_or(0, Level::width);
        Self {
            levels,
            towers: config.build_towers(width, builder),
        }
    }
}

impl Level {
    fn new(
        index: usize,
        is_last: bool,
        input: InputShape,
        sizes: &Sizes,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Self {
        let tasks = config.tasks;
        let shared = builder.shared(|builder| {
            let role = format!("level{}.shared", index + 1);
            Experts::new(builder, &role, sizes.shared, input, config)
        });
        let own = |task: &String| {
            let role = format!("level{}.own.{task}", index + 1);
            Experts::new(builder, &role, sizes.own, input, config)
        };
        let own: Vec<Experts> = tasks.iter().map(own).collect();
        let mut gate = |name: &str, experts| {
            let role = format!("level{}.{name}", index + 1);
            let sizes_of = [input.width(), experts];
            Gate::new(builder, &role, sizes_of, &sizes.gate_units, config.hidden)
        };
        let gates = tasks
            .iter()
            .map(|task| gate(&format!("gates.{task}"), sizes.own + sizes.shared))
            .collect();
        let all = tasks.len() * sizes.own + sizes.shared;
        Self {
            shared,
            own,
            gates,
            shared_gate: (!is_last).then(|| gate("shared_gate", all)),
        }
    }

    fn width(&self) -> usize {
        self.own.first().map_or(0, Experts::width)
    }

    /// The streams of the tasks and then the shared one, a level up.
    fn pass_on(&self, streams: &[Tensor<3>], shared_gate: &Gate, pass: &Pass) -> Vec<Tensor<3>> {
        let common = &streams[self.own.len()];
        let shared = self.shared.forward(common.clone(), pass);
        let own: Vec<Vec<Tensor<3>>> = self
            .own
            .iter()
            .zip(streams)
            .map(|(own, stream)| own.forward(stream.clone(), pass))
            .collect();
        let mut next: Vec<Tensor<3>> = Vec::with_capacity(streams.len());
        for ((gate, stream), own) in self.gates.iter().zip(streams).zip(&own) {
            let experts = [own.as_slice(), &shared].concat();
            next.push(gate.mix(stream.clone(), &experts, pass));
        }
        let all = [own.concat(), shared].concat();
        next.push(shared_gate.mix(common.clone(), &all, pass));
        next
    }
}

impl Structure for Extraction {
    fn forward(&self, input: Tensor<3>, pass: &Pass) -> Vec<Tensor<3>> {
        let tasks = self.towers.len();
        let mut streams = vec![input; tasks + 1];
        let Some((last, below)) = self.levels.split_last() else {
            return Vec::new();
        };
        for level in below {
            if let Some(shared_gate) = &level.shared_gate {
                streams = level.pass_on(&streams, shared_gate, pass);
            }
        }
        let common = streams
            .pop()
            .map(|common| last.shared.forward(common, pass));
        let shared: Vec<Tensor<3>> = common.unwrap_or_default();
        let number = shared.len();
        if below.is_empty() {
            // All streams are still the features.
            streams.truncate(1);
        }
        let views = pass.fork_all([shared, streams].concat(), tasks);
        let each = views.into_iter().enumerate();
        each.map(|(task, view)| {
            let (shared, streams) = view.split_at(number);
            let stream = &streams[task.min(streams.len() - 1)];
            let own = last.own[task].forward(stream.clone(), pass);
            let experts = [own.as_slice(), shared].concat();
            let mixture = last.gates[task].mix(stream.clone(), &experts, pass);
            self.towers[task].forward(mixture, pass)
        })
        .collect()
    }
}
