//! A diagram while a structure describes it, column by column.

use super::{Diagram, Edge, EdgeKind, Node, NodeId, Owner, Part, of_lane};
use crate::model::mlp::Builder;
use crate::model::network::{Network, NetworkConfig};
use crate::model::structure::StructureConfig;
use crate::spec::ParamValue;

/// A diagram that begins with the features and their embeddings.
pub struct Sketch<'a> {
    /// What the structure would be built from.
    pub config: StructureConfig<'a>,
    diagram: Diagram,
    /// What each lane of the structure sees.
    inputs: Vec<NodeId>,
    linear: Option<NodeId>,
}

/// A gate as it is drawn.
pub struct GateNode<'a> {
    /// What it is called.
    pub label: &'a str,
    /// Whom it mixes for.
    pub owner: Owner,
    /// The name of its parameters.
    pub role: String,
    /// The widths of its hidden layers.
    pub units: &'a [usize],
}

impl<'a> Sketch<'a> {
    /// Features, and the embeddings of each lane.
    pub(super) fn new(network_config: &NetworkConfig<'a>, network: &'a Network) -> Self {
        let mut sketch = Self {
            config: network_config.of_structure(network.input, &network.columns),
            diagram: Diagram::default(),
            inputs: Vec::new(),
            linear: None,
        };
        let ids = network_config.sparse_fields.len() + network_config.sequences.len();
        let dense = network_config.dense_names.len();
        sketch.column("features");
        let label = match (ids, dense) {
            (0, dense) => format!("{dense} dense"),
            (ids, 0) => format!("{ids} ids"),
            (ids, dense) => format!("{ids} ids\n{dense} dense"),
        };
        let features = sketch.add(Node::new(Part::Features, &label, Owner::Shared), &[]);
        if network.embeddings.is_empty() {
            sketch.inputs = vec![features; network.lanes.len()];
        } else {
            sketch.column("embed");
            for lane in &network.lanes {
                let owner = match lane.as_str() {
                    "" => Owner::Shared,
                    lane => Owner::task(lane),
                };
                let node = Node::new(Part::Embeddings, "embeddings", owner)
                    .layers(&[network_config.embedding_dim])
                    .role(of_lane(lane, "embeddings"))
                    .role(of_lane(lane, "attention"));
                let node = sketch.add(node, &[features]);
                sketch.inputs.push(node);
            }
        }
        if network.is_wide() {
            if network.embeddings.is_empty() {
                sketch.column("linear");
            }
            let node = Node::new(Part::Linear, "linear", Owner::Each).role("linear");
            sketch.linear = Some(sketch.add(node, &[features]));
        }
        sketch
    }

    /// The diagram as it is.
    pub(super) fn finish(self) -> Diagram {
        self.diagram
    }

    /// What a lane of the structure sees; the last lane if there are fewer.
    pub fn input(&self, lane: usize) -> NodeId {
        let lane = lane.min(self.inputs.len().saturating_sub(1));
        self.inputs.get(lane).copied().unwrap_or(NodeId(0))
    }

    /// Begins the next column to the right.
    pub fn column(&mut self, title: &str) {
        self.diagram.columns.push(title.to_owned());
    }

    /// Adds a box to the last column, with arrows from where it gets its values.
    pub fn add(&mut self, node: Node, from: &[NodeId]) -> NodeId {
        let id = NodeId(self.diagram.nodes.len());
        let column = self.diagram.columns.len().saturating_sub(1);
        self.diagram.nodes.push(Node { column, ..node });
        for &from in from {
            self.link(from, id, EdgeKind::Flow);
        }
        id
    }

    /// Adds an arrow.
    pub fn link(&mut self, from: NodeId, to: NodeId, kind: EdgeKind) {
        self.diagram.edges.push(Edge { from, to, kind });
    }

    /// Gives a box more parameters, those whose names begin so.
    pub fn also(&mut self, node: NodeId, role: String) {
        if let Some(node) = self.diagram.nodes.get_mut(node.0) {
            node.roles.push(role);
        }
    }

    /// The widths of the bottom's hidden layers.
    fn bottom_layers(&self) -> Vec<usize> {
        let (entry, choice) = self.config.bottom;
        match choice.value(entry.spec(), "units") {
            Some(ParamValue::Widths(_)) => choice.widths(entry.spec(), "units"),
            _ => Vec::new(),
        }
    }

    /// The width of what a bottom over the features makes.
    pub fn bottom_width(&self) -> usize {
        let mut aside = Builder::default();
        let bottom = self
            .config
            .build_bottom("bottom", &[String::new()], &mut aside);
        bottom.width()
    }

    /// Adds a network of the bottom's shape.
    pub fn bottom(&mut self, label: &str, owner: Owner, role: String, from: NodeId) -> NodeId {
        let layers = self.bottom_layers();
        let node = Node::new(Part::Bottom, label, owner).layers(&layers);
        self.add(node.role(role), &[from])
    }

    /// Adds a column with a bottom for each task, which sees what its lane does.
    pub fn own_bottoms(&mut self) -> Vec<NodeId> {
        self.column("bottom");
        let tasks = self.config.tasks;
        let lanes = crate::model::structure::task_lanes(tasks);
        let each = tasks.iter().zip(lanes).enumerate();
        each.map(|(place, (task, lane))| {
            let role = of_lane(&lane, "bottom");
            let input = self.input(place);
            self.bottom("bottom", Owner::task(task), role, input)
        })
        .collect()
    }

    /// Adds so many experts, whose names begin alike.
    pub fn experts(
        &mut self,
        (label, owner): (&str, &Owner),
        role: &str,
        number: usize,
        from: NodeId,
    ) -> Vec<NodeId> {
        let layers = self.bottom_layers();
        let expert = |index: usize| Node {
            number: (number > 1).then_some(index + 1),
            ..Node::new(Part::Bottom, label, owner.clone())
                .layers(&layers)
                .role(format!("{role}.{index}"))
        };
        let experts = (0..number).map(|index| self.add(expert(index), &[from]));
        experts.collect()
    }

    /// Adds a gate that mixes experts by what it sees; its last layer has an output for each.
    pub fn gate(&mut self, gate: GateNode<'_>, experts: &[NodeId], asks: &[NodeId]) -> NodeId {
        let widths = [gate.units, &[experts.len()]].concat();
        let node = Node::new(Part::Gate, gate.label, gate.owner).layers(&widths);
        let id = self.add(node.role(gate.role), experts);
        for &asked in asks {
            self.link(asked, id, EdgeKind::Ask);
        }
        id
    }

    /// Adds a column with the tower of each task, given where it begins.
    pub fn towers(&mut self, from: &[NodeId]) -> Vec<NodeId> {
        self.column("tower");
        let StructureConfig { tasks, towers, .. } = self.config;
        let each = tasks.iter().zip(towers).zip(from);
        each.map(|((task, widths), &from)| {
            let node = Node::new(Part::Tower, "tower", Owner::task(task)).layers(widths);
            self.add(node.role(format!("towers.{task}")), &[from])
        })
        .collect()
    }

    /// Adds the last column, the output of each task, given where it comes from.
    pub fn outputs(&mut self, from: &[NodeId]) {
        self.column("task");
        let (tasks, linear) = (self.config.tasks, self.linear);
        for (task, &from) in tasks.iter().zip(from) {
            let output = self.add(Node::new(Part::Task, task, Owner::task(task)), &[from]);
            if let Some(linear) = linear {
                self.link(linear, output, EdgeKind::Flow);
            }
        }
    }

    /// Adds the towers and the tasks.
    pub fn towers_and_outputs(&mut self, from: &[NodeId]) {
        let towers = self.towers(from);
        self.outputs(&towers);
    }
}
