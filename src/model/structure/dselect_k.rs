//! Experts for all tasks, of which each task selects a few by codes that are learned with the weights.

use burn::tensor::Tensor;

use super::{Structure, StructureConfig, StructureEntry, Towers};
use crate::model::diagram::{Node, Owner, Part, Sketch};
use crate::model::experts::{Experts, GateNames, Outputs, mixed};
use crate::model::input::Input;
use crate::model::layout::{Init, Slot};
use crate::model::mlp::Builder;
use crate::model::pass::Pass;
use crate::model::softmax::softmax;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `dselect_k`: the paper's static gates, which do not look at the features.
///
/// A selector has a code of `⌈log2 n⌉` bits, each a smooth step of a number; once all are 0 or 1 it has chosen one expert.
/// Selectors are pushed to choose by a small term for the entropy of what they select; where the number of experts
/// is no power of two, the sum of `1/Σ_e` of what each selects keeps them off the codes that stand for no expert.
#[derive(Debug)]
pub struct DSelectK;

static SPEC: Spec = Spec {
    id: "dselect_k",
    label: "DSelect-k",
    summary: "Experts for all tasks, of which each task learns to select a few",
    formula: "ŷ_t = tower_t(Σ_e g_te·f_e(x));  g_te = Σ_k softmax(w_t)_k·Π_j s(z_tkj)^{e_j}·(1 − s(z_tkj))^{1−e_j};  s(z) = −2z³/γ³ + 3z/(2γ) + ½ in ±γ/2",
    paper: Some(Paper {
        citation: "H. Hazimeh et al., DSelect-k: Differentiable Selection in the Mixture of Experts with Applications to Multi-Task Learning, NeurIPS 2021",
        url: "https://arxiv.org/abs/2106.03760",
    }),
    params: &[
        ParamSpec {
            name: "experts",
            meaning: "How many experts there are, each of the bottom's shape; a power of two suits the codes best",
            kind: ParamKind::Integer {
                default: 4,
                min: 1,
                max: 64,
            },
        },
        ParamSpec {
            name: "selected",
            meaning: "The most experts that a task uses, k",
            kind: ParamKind::Integer {
                default: 2,
                min: 1,
                max: 64,
            },
        },
        ParamSpec {
            name: "gamma",
            meaning: "The width of the smooth step, γ: beyond half of it on either side a bit is 0 or 1 and learns no more",
            kind: ParamKind::Number {
                default: 1.0,
                min: 1e-3,
                max: 1e3,
            },
        },
        ParamSpec {
            name: "entropy",
            meaning: "The weight of the selectors' entropy in the loss",
            kind: ParamKind::Number {
                default: 1e-6,
                min: 0.0,
                max: 1e3,
            },
        },
    ],
};

impl StructureEntry for DSelectK {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn lanes(&self, _choice: &Choice, _tasks: &[String]) -> Vec<String> {
        vec![String::new()]
    }

    fn diagram(&self, choice: &Choice, sketch: &mut Sketch<'_>) {
        let features = sketch.input(0);
        let number = super::count(choice, &SPEC, "experts");
        sketch.column("experts");
        let experts = sketch.experts(("expert", &Owner::Shared), "experts", number, features);
        let tasks = sketch.config.tasks;
        if number < 2 {
            sketch.towers_and_outputs(&vec![experts[0]; tasks.len()]);
            return;
        }
        sketch.column("selectors");
        let selected = super::count(choice, &SPEC, "selected");
        let mut gates = Vec::with_capacity(tasks.len());
        for task in tasks {
            let gate = Node::new(Part::Gate, "selectors", Owner::task(task)).layers(&[selected]);
            gates.push(sketch.add(gate.role(format!("gates.{task}")), &experts));
        }
        sketch.towers_and_outputs(&gates);
    }

    fn build(
        &self,
        choice: &Choice,
        config: &StructureConfig<'_>,
        builder: &mut Builder,
    ) -> Box<dyn Structure> {
        let number = super::count(choice, &SPEC, "experts");
        let experts = builder
            .shared(|builder| Experts::new(builder, "experts", number, config.input, config));
        let gamma = choice.number(&SPEC, "gamma");
        let sizes = [super::count(choice, &SPEC, "selected"), number];
        let gate = |task: &String| {
            let names = GateNames {
                tasks: vec![task.clone()],
                experts: experts.names().collect(),
            };
            Selection::new(task, sizes, gamma, names, builder)
        };
        // A single expert is not selected.
        let gates = (number > 1).then(|| config.tasks.iter().map(gate).collect());
        let towers = config.build_towers(experts.width(), builder);
        Box::new(Built {
            experts,
            gates,
            towers,
            entropy: choice.number(&SPEC, "entropy"),
        })
    }
}

/// A task's selectors and what each counts.
#[derive(Debug)]
struct Selection {
    /// `[k, bit]`.
    codes: Slot,
    /// `[1, k]`.
    weights: Slot,
    bits: usize,
    number: usize,
    gamma: f64,
    names: GateNames,
}

impl Selection {
    fn new(
        task: &str,
        [selectors, number]: [usize; 2],
        gamma: f64,
        names: GateNames,
        builder: &mut Builder,
    ) -> Self {
        let bits = number.next_power_of_two().ilog2() as usize;
        let mut add = |name: &str, shape, bound| {
            let (role, lanes) = (format!("gates.{task}.{name}"), [String::new()]);
            builder
                .layout
                .add(role, &lanes, shape, Init::Within { bound })
        };
        Self {
            codes: add("codes", [selectors, bits], gamma as f32 / 100.0),
            weights: add("weights", [1, selectors], 0.05),
            bits,
            number,
            gamma,
            names,
        }
    }

    /// What each selector gives to each expert.
    ///
    /// # Shapes
    /// - output: `[replica, k, expert]`
    fn selected(&self, pass: &Pass) -> Tensor<3> {
        let half = self.gamma / 2.0;
        let codes = pass.parameter(self.codes).clamp(-half, half);
        let cubes = codes.clone().square() * codes.clone() * (-2.0 / self.gamma.powi(3));
        let steps = cubes + codes * (1.5 / self.gamma) + 0.5;
        // From the lowest bit to the highest, the codes known so far are doubled.
        let mut known: Option<Tensor<3>> = None;
        for bit in 0..self.bits {
            let on = steps.clone().narrow(2, bit, 1);
            let both = Tensor::cat(vec![-on.clone() + 1.0, on], 2);
            known = Some(match known {
                None => both,
                Some(known) => {
                    let halves = [0, 1].map(|half| known.clone() * both.clone().narrow(2, half, 1));
                    Tensor::cat(halves.to_vec(), 2)
                }
            });
        }
        let known = known.unwrap_or_else(|| steps.ones_like());
        known.narrow(2, 0, self.number)
    }

    /// # Shapes
    /// - output: `[replica, 1, expert]`
    fn shares(&self, pass: &Pass) -> Tensor<3> {
        let weights = softmax(pass.parameter(self.weights));
        let shares = weights.matmul(self.selected(pass));
        pass.record_gate(&self.names, &shares);
        shares
    }

    /// # Shapes
    /// - output: `[replica, 1, 1]`
    fn penalty(&self, entropy: f64, pass: &Pass) -> Tensor<3> {
        let selected = self.selected(pass);
        let logs = (selected.clone() + 1e-6).log();
        let mut penalty = (selected.clone() * logs).sum_dim(2).sum_dim(1) * -entropy;
        if !self.number.is_power_of_two() {
            penalty = penalty + selected.sum_dim(2).recip().sum_dim(1);
        }
        penalty
    }
}

#[derive(Debug)]
struct Built {
    experts: Experts,
    /// One for each task.
    gates: Option<Vec<Selection>>,
    towers: Towers,
    entropy: f64,
}

impl Structure for Built {
    fn forward(&self, input: Input, pass: &Pass) -> Tensor<3> {
        let experts = self.experts.forward(input, pass);
        let views = Outputs::fork_all(vec![experts], self.towers.number(), pass);
        let each = views.into_iter().enumerate();
        let mixtures = each.map(|(task, experts)| match &self.gates {
            Some(gates) => mixed(&gates[task].shares(pass), &experts),
            None => experts[0].planes.clone(),
        });
        self.towers.on_each(mixtures, pass)
    }

    fn penalty(&self, outputs: &Tensor<3>, pass: &Pass) -> Option<Tensor<3>> {
        let gates = self.gates.iter().flatten();
        let each = gates.map(|gate| gate.penalty(self.entropy, pass));
        let sum = each.reduce(|sum, next| sum + next)?;
        let [replicas, rows, _] = outputs.dims();
        Some(sum.expand([replicas, rows, 1]))
    }
}
