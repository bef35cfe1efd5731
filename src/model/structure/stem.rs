//! Embedding tables for each task and for all, with experts that other tasks see and do not move.

use burn::tensor::Tensor;

use super::ple::{OWN_EXPERTS, SHARED_EXPERTS};
use super::{Structure, StructureConfig, StructureEntry, Towers};
use crate::model::diagram::{EdgeKind, Node, Owner, Part, Sketch};
use crate::model::experts::{Experts, Gate, GateConfig, GateNames, Outputs};
use crate::model::input::Input;
use crate::model::lanes;
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::spec::{Choice, Paper, Spec};

/// The entry `stem`.
///
/// There is a table for each task and one for all. A gate mixes the experts of all tasks and the shared ones, but a
/// task's loss moves no other task's experts or table: forward all is seen, backward only what is its own or shared.
/// So strategies that combine gradients see the shared table and experts, and a task's own ones follow its own loss.
/// A bottom with linear terms has them in the tasks' own tables; those of the shared table stay at zero.
#[derive(Debug)]
pub struct Stem;

static SPEC: Spec = Spec {
    id: "stem",
    label: "STEM",
    summary: "Embeddings for each task and for all; experts of other tasks are seen but not moved",
    formula: "ŷ_t = tower_t(softmax(W_t·(e_t + e_s))·[own_t(e_t), stop(own_r(e_r)) for r ≠ t, shared(e_s)])",
    paper: Some(Paper {
        citation: "L. Su et al., STEM: Unleashing the Power of Embeddings for Multi-task Recommendation, AAAI 2024",
        url: "https://arxiv.org/abs/2308.13537",
    }),
    params: &[SHARED_EXPERTS, OWN_EXPERTS, super::GATE_UNITS],
};

impl StructureEntry for Stem {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn lanes(&self, _choice: &Choice, tasks: &[String]) -> Vec<String> {
        tasks.iter().cloned().chain([String::new()]).collect()
    }

    fn diagram(&self, choice: &Choice, sketch: &mut Sketch<'_>) {
        let tasks = sketch.config.tasks;
        let common = sketch.input(tasks.len());
        let number = super::count(choice, &SPEC, "own_experts");
        sketch.column("experts");
        let mut own = Vec::with_capacity(tasks.len());
        for (place, task) in tasks.iter().enumerate() {
            let (role, input) = (format!("own.{task}"), sketch.input(place));
            own.push(sketch.experts(("own", &Owner::task(task)), &role, number, input));
        }
        let number = super::count(choice, &SPEC, "shared_experts");
        let shared = sketch.experts(("shared", &Owner::Shared), "shared", number, common);
        sketch.column("gates");
        let units = choice.widths(&SPEC, "gate_units");
        let mut gates = Vec::with_capacity(tasks.len());
        for (place, task) in tasks.iter().enumerate() {
            let gate = Node::new(Part::Gate, "gate", Owner::task(task));
            let widths = [units.as_slice(), &[own.concat().len() + shared.len()]].concat();
            let gate = gate.layers(&widths).role(format!("gates.{task}"));
            let gate = sketch.add(gate, &[own[place].as_slice(), &shared].concat());
            let others = own.iter().enumerate().filter(|(other, _)| *other != place);
            for &expert in others.flat_map(|(_, experts)| experts) {
                sketch.link(expert, gate, EdgeKind::Look);
            }
            for asked in [sketch.input(place), common] {
                sketch.link(asked, gate, EdgeKind::Ask);
            }
            gates.push(gate);
        }
        sketch.towers_and_outputs(&gates);
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        let tasks = config.tasks;
        let gate_units = choice.widths(&SPEC, "gate_units");
        let number = super::count(choice, &SPEC, "own_experts");
        let own = |task: &String| {
            let role = format!("own.{task}");
            Experts::new(builder, &role, number, config.input, config)
        };
        let own: Vec<Experts> = tasks.iter().map(own).collect();
        let number = super::count(choice, &SPEC, "shared_experts");
        let shared = (number > 0).then(|| {
            builder.shared(|builder| Experts::new(builder, "shared", number, config.input, config))
        });
        let gate = |task: &String| {
            let experts = own.iter().chain(&shared).flat_map(Experts::names);
            let gate = GateConfig {
                names: GateNames {
                    tasks: vec![task.clone()],
                    experts: experts.collect(),
                },
                inputs: config.input.width(),
                units: &gate_units,
                has_bias: false,
                hidden: config.hidden,
            };
            Gate::new(builder, &format!("gates.{task}"), gate)
        };
        let gates = tasks.iter().map(gate).collect();
        let width = own.first().map_or(0, Experts::width);
        Box::new(Built {
            own,
            shared,
            gates,
            towers: config.build_towers(width, builder),
        })
    }
}

#[derive(Debug)]
struct Built {
    /// For each task.
    own: Vec<Experts>,
    shared: Option<Experts>,
    /// For each task, over the own experts of all tasks and then the shared ones.
    gates: Vec<Gate>,
    towers: Towers,
}

impl Structure for Built {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let tasks = self.towers.number();
        let mut tables = lanes::apart(input.whole(), tasks + 1);
        let mut common: Vec<Outputs> = tables.pop().into_iter().map(Outputs::of_one).collect();
        if let Some(shared) = &self.shared {
            common.push(shared.forward(common[0].planes.clone(), pass));
        }
        let views = Outputs::fork_all(common, tasks, pass);
        let tables = pass.own(tables);
        let own = self.own.iter().zip(&tables);
        let made: Vec<Outputs> = own
            .map(|(experts, table)| experts.forward(table.clone(), pass))
            .collect();
        let each = self.gates.iter().zip(&views).enumerate();
        let mixtures = each.map(|(task, (gate, view))| {
            let (features, shared) = view.split_at(1);
            let own = made.iter().enumerate().map(|(other, made)| {
                if other == task {
                    made.clone()
                } else {
                    made.detached()
                }
            });
            let experts: Vec<Outputs> = own.chain(shared.iter().cloned()).collect();
            let asked = tables[task].clone() + features[0].planes.clone();
            gate.mix(asked, &experts, pass)
        });
        self.towers.on_each(mixtures, pass)
    }
}
