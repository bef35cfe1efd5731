//! A network as boxes and arrows, for whoever draws it; each structure describes its own.
//!
//! Columns go from the features at the left to the tasks at the right. Which parameters a box stands for is said by the
//! names that they have in a checkpoint, so that the boxes' numbers add up to those of the network.

mod sketch;
#[cfg(test)]
mod tests;

use super::network::{Network, NetworkConfig};

pub use sketch::{GateNode, Sketch};

/// A network as boxes and arrows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Diagram {
    /// The headings of the columns.
    pub columns: Vec<String>,
    /// The boxes, column by column.
    pub nodes: Vec<Node>,
    /// The arrows, none of them to the left.
    pub edges: Vec<Edge>,
}

/// A box's place in [`Diagram::nodes`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct NodeId(pub usize);

/// A box.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Node {
    /// Its place in [`Diagram::columns`].
    pub column: usize,
    /// What it is.
    pub part: Part,
    /// What it is called, such as `expert` or `gate`.
    pub label: String,
    /// Its place among equals, the first 1; `None`: there is only one.
    pub number: Option<usize>,
    /// Whose it is.
    pub owner: Owner,
    /// The widths of its layers; empty if it has none.
    pub layers: Vec<usize>,
    /// What the names of its parameters begin with.
    pub roles: Vec<String>,
    /// Its trainable numbers.
    pub parameters: usize,
}

/// What a box is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// The columns of the table.
    Features,
    /// The embedding tables.
    Embeddings,
    /// A linear term of the features, past everything.
    Linear,
    /// A network of the bottom's shape; experts are such.
    Bottom,
    /// Other layers.
    Layers,
    /// A weighted sum of what comes in.
    Gate,
    /// A tower.
    Tower,
    /// Computed without a parameter.
    Product,
    /// A task's output.
    Task,
}

/// Whose a box is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Owner {
    /// All tasks use it.
    Shared,
    /// It is there for the task of this name.
    Task(String),
    /// Each task has a part of it for itself.
    Each,
}

impl Owner {
    /// The task of this name.
    pub fn task(name: &str) -> Self {
        Self::Task(name.to_owned())
    }
}

/// An arrow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Edge {
    /// Where it begins.
    pub from: NodeId,
    /// Where it ends.
    pub to: NodeId,
    /// What goes along.
    pub kind: EdgeKind,
}

/// What goes along an arrow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EdgeKind {
    /// Values forward and gradients back.
    Flow,
    /// What a gate decides by, beside what it mixes.
    Ask,
    /// Values forward, and no gradient back.
    Look,
}

impl Node {
    /// A box without layers and parameters.
    pub fn new(part: Part, label: &str, owner: Owner) -> Self {
        Self {
            column: 0,
            part,
            label: label.to_owned(),
            number: None,
            owner,
            layers: Vec::new(),
            roles: Vec::new(),
            parameters: 0,
        }
    }

    /// The same with layers of these widths.
    pub fn layers(self, widths: &[usize]) -> Self {
        Self {
            layers: widths.to_vec(),
            ..self
        }
    }

    /// The same with the parameters whose names begin so.
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self
    }

    /// Such as `expert 2` or `gate click`.
    pub fn name(&self) -> String {
        let mut name = self.label.clone();
        if let Owner::Task(task) = &self.owner
            && !name.ends_with(task.as_str())
        {
            name = format!("{name} {task}");
        }
        match self.number {
            Some(number) => format!("{name} {number}"),
            None => name,
        }
    }
}

impl Diagram {
    /// The diagram of a network, and its trainable numbers box by box.
    pub fn of(config: &NetworkConfig<'_>, network: &Network) -> Self {
        let (entry, choice) = config.structure;
        let mut sketch = Sketch::new(config, network);
        entry.diagram(choice, &mut sketch);
        let mut diagram = sketch.finish();
        for (name, numbers) in counted(network) {
            if let Some(node) = diagram.node_of(&name) {
                diagram.nodes[node.0].parameters += numbers;
            }
        }
        diagram
    }

    /// The box that a parameter belongs to: the one that knows the longest beginning of its name.
    fn node_of(&self, name: &str) -> Option<NodeId> {
        let begins = |role: &&String| {
            let rest = name.strip_prefix(role.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let known = self.nodes.iter().enumerate().filter_map(|(place, node)| {
            let longest = node.roles.iter().filter(begins).map(String::len).max()?;
            Some((longest, NodeId(place)))
        });
        known.max().map(|(_, node)| node)
    }
}

/// The parameters of a network by name, with how many numbers each has.
fn counted(network: &Network) -> Vec<(String, usize)> {
    let mut counted = Vec::new();
    for entry in network.layout.entries() {
        for lane in &entry.lanes {
            counted.push((entry.name(lane), entry.rows * entry.columns));
        }
    }
    let [embeddings, linear] = network.embeddings.counts();
    for lane in &network.lanes {
        counted.push((
            of_lane(lane, "embeddings"),
            embeddings / network.lanes.len(),
        ));
    }
    counted.push(("linear".to_owned(), linear));
    counted
}

/// What the names of a lane's parameters begin with: `bottom`, or `click.bottom` where lanes have names.
pub fn of_lane(lane: &str, role: &str) -> String {
    match lane {
        "" => role.to_owned(),
        lane => format!("{lane}.{role}"),
    }
}
