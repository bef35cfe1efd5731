//! Shared experts and experts of each task's own, mixed level by level.

use burn::tensor::Tensor;

use super::{Structure, StructureConfig, StructureEntry, Towers};
use crate::model::bottom::InputShape;
use crate::model::diagram::{GateNode, NodeId, Owner, Sketch};
use crate::model::experts::{Experts, Gate, GateConfig, GateNames, Outputs};
use crate::model::input::Input;
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
    params: &[LEVELS, SHARED_EXPERTS, OWN_EXPERTS, super::GATE_UNITS],
};

/// How often experts are mixed.
pub(super) const LEVELS: ParamSpec = ParamSpec {
    name: "levels",
    meaning: "Levels of experts; those above the first see mixtures",
    kind: ParamKind::Integer {
        default: 2,
        min: 1,
        max: 8,
    },
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

/// The levels and experts of a choice.
fn sizes(choice: &Choice) -> Sizes {
    Sizes {
        levels: super::count(choice, &SPEC, "levels"),
        shared: super::count(choice, &SPEC, "shared_experts"),
        own: super::count(choice, &SPEC, "own_experts"),
        gate_units: choice.widths(&SPEC, "gate_units"),
    }
}

impl StructureEntry for Ple {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn lanes(&self, _choice: &Choice, _tasks: &[String]) -> Vec<String> {
        vec![String::new()]
    }

    fn diagram(&self, choice: &Choice, sketch: &mut Sketch<'_>) {
        sizes(choice).diagram(sketch);
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        Box::new(Extraction::new(&sizes(choice), config, builder))
    }
}

/// How many levels and experts there are.
pub(super) struct Sizes {
    pub levels: usize,
    pub shared: usize,
    pub own: usize,
    pub gate_units: Vec<usize>,
}

impl Sizes {
    /// See [`StructureEntry::diagram`].
    pub fn diagram(&self, sketch: &mut Sketch<'_>) {
        let tasks = sketch.config.tasks;
        // Those of the tasks, then the shared one.
        let mut streams = vec![sketch.input(0); tasks.len() + 1];
        for level in 1..=self.levels {
            let (own, shared) = self.experts(level, &streams, sketch);
            sketch.column("gates");
            let mut gate = |label: &str, owner: Owner, name: String, experts: &[NodeId], asked| {
                let role = format!("level{level}.{name}");
                let gate = GateNode {
                    label,
                    owner,
                    role,
                    units: &self.gate_units,
                };
                sketch.gate(gate, experts, &[asked])
            };
            let common = streams[tasks.len()];
            let mut next = Vec::with_capacity(streams.len());
            for ((task, own), &stream) in tasks.iter().zip(&own).zip(&streams) {
                let experts = [own.as_slice(), &shared].concat();
                let (owner, name) = (Owner::task(task), format!("gates.{task}"));
                next.push(gate("gate", owner, name, &experts, stream));
            }
            next.push(if self.shared > 0 && level < self.levels {
                let experts = [own.concat(), shared].concat();
                let (label, name) = ("shared gate", "shared_gate".to_owned());
                gate(label, Owner::Shared, name, &experts, common)
            } else {
                common
            });
            streams = next;
        }
        streams.pop();
        sketch.towers_and_outputs(&streams);
    }

    /// The experts of a level, those of each task and the shared ones; the latter stand in the middle.
    fn experts(
        &self,
        level: usize,
        streams: &[NodeId],
        sketch: &mut Sketch<'_>,
    ) -> (Vec<Vec<NodeId>>, Vec<NodeId>) {
        sketch.column(&match self.levels {
            1 => "experts".to_owned(),
            _ => format!("level {level}"),
        });
        let tasks = sketch.config.tasks;
        let (mut own, mut shared) = (Vec::with_capacity(tasks.len()), Vec::new());
        for (place, &stream) in streams.iter().enumerate() {
            if place == tasks.len().div_ceil(2) {
                let role = format!("level{level}.shared");
                let (label, common) = (("shared", &Owner::Shared), streams[tasks.len()]);
                shared = sketch.experts(label, &role, self.shared, common);
            }
            if let Some(task) = tasks.get(place) {
                let role = format!("level{level}.own.{task}");
                let label = ("own", &Owner::task(task));
                own.push(sketch.experts(label, &role, self.own, stream));
            }
        }
        (own, shared)
    }
}

/// The levels with the towers on top.
#[derive(Debug)]
pub(super) struct Extraction {
    /// Those whose shared stream goes on to shared experts above.
    below: Vec<Level>,
    /// Those in which each task is alone with what it is given: the last, and without shared experts all.
    alone: Vec<Level>,
    towers: Towers,
}

/// One level.
#[derive(Debug)]
struct Level {
    shared: Option<Experts>,
    /// For each task.
    own: Vec<Option<Experts>>,
    /// For each task, over its own experts and then the shared ones.
    gates: Vec<Gate>,
    /// Over all tasks' experts and then the shared ones; `None` where no shared expert is above.
    shared_gate: Option<Gate>,
}

impl Extraction {
    pub fn new(sizes: &Sizes, config: &StructureConfig<'_>, builder: &mut Builder) -> Self {
        let (mut below, mut alone) = (Vec::new(), Vec::new());
        let mut input = config.input;
        for index in 0..sizes.levels {
            let is_below = sizes.shared > 0 && index + 1 < sizes.levels;
            let level = if is_below {
                // What a task's own experts make here reaches all tasks by the shared stream.
                builder.shared(|builder| Level::new(index, is_below, input, sizes, config, builder))
            } else {
                Level::new(index, is_below, input, sizes, config, builder)
            };
            input = InputShape::of_vector(level.width());
            if is_below {
                below.push(level);
            } else {
                alone.push(level);
            }
        }
        Self {
            below,
            alone,
            towers: config.build_towers(input.width(), builder),
        }
    }
}

impl Level {
    fn new(
        index: usize,
        is_below: bool,
        input: InputShape,
        sizes: &Sizes,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Self {
        let tasks = config.tasks;
        let shared = (sizes.shared > 0).then(|| {
            let role = format!("level{}.shared", index + 1);
            builder.shared(|builder| Experts::new(builder, &role, sizes.shared, input, config))
        });
        let own = |task: &String| {
            let role = format!("level{}.own.{task}", index + 1);
            (sizes.own > 0).then(|| Experts::new(builder, &role, sizes.own, input, config))
        };
        let own: Vec<Option<Experts>> = tasks.iter().map(own).collect();
        let mut gate = |name: &str, tasks: Vec<String>, own: &[Option<Experts>]| {
            let role = format!("level{}.{name}", index + 1);
            let experts = own.iter().flatten().chain(&shared);
            let experts = experts.flat_map(Experts::names);
            let names = GateNames {
                tasks,
                experts: experts.collect(),
            };
            let gate = GateConfig {
                names,
                inputs: input.width(),
                units: &sizes.gate_units,
                has_bias: false,
                hidden: config.hidden,
            };
            Gate::new(builder, &role, gate)
        };
        let mut gates = Vec::with_capacity(tasks.len());
        for (task, own) in tasks.iter().zip(&own) {
            let name = format!("gates.{task}");
            gates.push(gate(&name, vec![task.clone()], std::slice::from_ref(own)));
        }
        let shared_gate = is_below.then(|| gate("shared_gate", Vec::new(), &own));
        Self {
            shared,
            own,
            gates,
            shared_gate,
        }
    }

    fn width(&self) -> usize {
        let mut experts = self.own.iter().flatten().chain(&self.shared);
        experts.next().map_or(0, Experts::width)
    }

    /// A task's stream a level up.
    fn task_stream(&self, task: usize, stream: Input, shared: &[Outputs], pass: &Pass) -> Input {
        let own = made_by(self.own[task].as_ref(), &stream, pass);
        let experts: Vec<Outputs> = own.into_iter().chain(shared.iter().cloned()).collect();
        self.gates[task].mix(stream, &experts, pass).into()
    }

    /// The streams of the tasks and then the shared one, a level up.
    fn streams(&self, streams: &[Input], pass: &Pass) -> Vec<Input> {
        let (Some(common), Some(shared_gate)) = (streams.last(), &self.shared_gate) else {
            return streams.to_vec();
        };
        let shared = made_by(self.shared.as_ref(), common, pass);
        let own = self.own.iter().zip(streams);
        let own: Vec<Option<Outputs>> = own
            .map(|(own, stream)| made_by(own.as_ref(), stream, pass))
            .collect();
        let mut next: Vec<Input> = Vec::with_capacity(streams.len());
        for ((gate, stream), own) in self.gates.iter().zip(streams).zip(&own) {
            let experts: Vec<Outputs> = own.iter().chain(&shared).cloned().collect();
            next.push(gate.mix(stream.clone(), &experts, pass).into());
        }
        let all: Vec<Outputs> = own.into_iter().flatten().chain(shared).collect();
        next.push(shared_gate.mix(common.clone(), &all, pass).into());
        next
    }
}

/// What experts make of a stream; nothing where there are none.
fn made_by(experts: Option<&Experts>, stream: &Input, pass: &Pass) -> Option<Outputs> {
    Some(experts?.forward(stream.clone(), pass))
}

impl Structure for Extraction {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let tasks = self.towers.number();
        let mut streams = vec![input.clone(); tasks + 1];
        for level in &self.below {
            streams = level.streams(&streams, pass);
        }
        let common = streams.pop().unwrap_or(input);
        let shared = self.alone.first().and_then(|first| first.shared.as_ref());
        let shared = made_by(shared, &common, pass);
        if self.below.is_empty() {
            // All streams are still the features.
            streams.truncate(1);
        }
        let views = Outputs::fork_with(shared.into_iter().collect(), streams, tasks, pass);
        let each = views.into_iter().enumerate();
        let own = each.map(|(task, (shared, streams))| {
            let mut stream = streams[task.min(streams.len() - 1)].clone();
            for level in &self.alone {
                stream = level.task_stream(task, stream, &shared, pass);
            }
            stream.whole()
        });
        self.towers.on_each(own, pass)
    }
}
