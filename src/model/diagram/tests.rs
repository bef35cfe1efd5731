use super::{Diagram, NodeId, Owner, Part};
use crate::data::{Pooling, SequenceField, SparseField};
use crate::model::activation::activation;
use crate::model::bottom::BOTTOMS;
use crate::model::network::{Network, NetworkConfig};
use crate::model::structure::{STRUCTURES, StructureEntry, structure};
use crate::spec::{Choice, ParamValue};

const TASKS: [&str; 5] = ["click", "buy", "like.it", "watch", "share"];

/// A network of so many tasks over two fields, a list and three numbers, with its diagram.
fn drawn(entry: &'static dyn StructureEntry, bottom: usize, tasks: usize) -> (Network, Diagram) {
    let mut choice = Choice::named(entry.spec().id);
    if entry.spec().id == "esmm" && tasks > 1 {
        for (param, task) in [("click", "click"), ("conversion", "buy")] {
            let word = ParamValue::Word(task.to_owned());
            choice.params.insert(param.to_owned(), word);
        }
    }
    if entry.spec().id == "pepnet" {
        for (param, column) in [("domain", "x"), ("prior", "user")] {
            let columns = ParamValue::Columns(vec![column.to_owned()]);
            choice.params.insert(param.to_owned(), columns);
        }
    }
    build(entry, &choice, bottom, tasks)
}

fn build(
    entry: &'static dyn StructureEntry,
    choice: &Choice,
    bottom: usize,
    tasks: usize,
) -> (Network, Diagram) {
    let tasks: Vec<String> = TASKS[..tasks].iter().map(|&task| task.to_owned()).collect();
    let field = |name: &str, vocabulary| SparseField {
        name: name.to_owned(),
        vocabulary,
        embedding_dim: None,
    };
    let list = SequenceField {
        name: "history".to_owned(),
        target: Some(1),
        vocabulary: 23,
        embedding_dim: None,
        len: 4,
        pooling: Pooling::default(),
    };
    let bottom = BOTTOMS[bottom];
    let config = NetworkConfig {
        tasks: &tasks,
        sparse_fields: &[field("user", 11), field("video", 23)],
        sequences: &[list],
        dense_names: &["x", "y", "z"].map(str::to_owned),
        embedding_dim: 4,
        structure: (entry, choice),
        bottom: (bottom, &Choice::named(bottom.spec().id)),
        towers: &vec![vec![6, 5]; tasks.len()],
        activation: activation("relu").unwrap(),
        batch_norm: true,
        dropout: 0.0,
    };
    let network = Network::new(&config);
    let diagram = Diagram::of(&config, &network);
    (network, diagram)
}

/// Every structure with 1, 2 and 5 tasks.
fn each(mut check: impl FnMut(&str, &Network, &Diagram)) {
    for &entry in STRUCTURES {
        for tasks in [1, 2, 5] {
            let (network, diagram) = drawn(entry, 0, tasks);
            check(&format!("{} {tasks}", entry.spec().id), &network, &diagram);
        }
    }
}

#[test]
fn boxes_add_up_to_the_network() {
    for (bottom, under) in BOTTOMS.iter().enumerate() {
        for &entry in STRUCTURES {
            for tasks in [1, 2, 5] {
                let (network, diagram) = drawn(entry, bottom, tasks);
                let sum: usize = diagram.nodes.iter().map(|node| node.parameters).sum();
                let name = (entry.spec().id, under.spec().id, tasks);
                assert_eq!(sum, network.num_parameters(), "{name:?}");
            }
        }
    }
}

#[test]
fn a_box_that_names_parameters_has_some() {
    each(|name, _, diagram| {
        for node in &diagram.nodes {
            let has_some = node.parameters > 0;
            assert_eq!(has_some, !node.roles.is_empty(), "{name}: {}", node.name());
        }
    });
}

#[test]
fn arrows_go_to_the_right_between_boxes_that_exist() {
    each(|name, _, diagram| {
        for edge in &diagram.edges {
            let ends = [edge.from, edge.to].map(|end| diagram.nodes.get(end.0));
            let [Some(from), Some(to)] = ends else {
                panic!("{name}: {edge:?}")
            };
            let names = (from.name(), to.name());
            assert!(from.column < to.column, "{name}: {names:?}");
        }
        let columns: Vec<usize> = diagram.nodes.iter().map(|node| node.column).collect();
        assert!(columns.is_sorted(), "{name}");
        for (column, title) in diagram.columns.iter().enumerate() {
            assert!(columns.contains(&column), "{name}: {title}");
        }
    });
}

#[test]
fn boxes_have_names_of_their_own_and_arrows_lie_once() {
    each(|name, _, diagram| {
        for column in 0..diagram.columns.len() {
            let inside = diagram.nodes.iter().filter(|node| node.column == column);
            let mut names: Vec<String> = inside.map(super::Node::name).collect();
            let number = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), number, "{name}: {names:?}");
        }
        let mut ends: Vec<[NodeId; 2]> = (diagram.edges.iter())
            .filter(|edge| edge.kind != super::EdgeKind::Ask)
            .map(|edge| [edge.from, edge.to])
            .collect();
        let number = ends.len();
        ends.sort();
        ends.dedup();
        assert_eq!(ends.len(), number, "{name}");
    });
}

#[test]
fn every_box_is_reached_from_the_features_and_every_task_is_the_last() {
    each(|name, network, diagram| {
        let mut reached = vec![false; diagram.nodes.len()];
        reached[0] = true;
        // Boxes stand column by column, so that one walk meets every arrow after what lies before it.
        for place in 0..diagram.nodes.len() {
            let into = diagram.edges.iter().filter(|edge| edge.to.0 == place);
            reached[place] |= into.clone().any(|edge| reached[edge.from.0]);
            assert!(reached[place], "{name}: {}", diagram.nodes[place].name());
        }
        let tasks = diagram.nodes.iter().filter(|node| node.part == Part::Task);
        let labels: Vec<&str> = tasks.clone().map(|node| node.label.as_str()).collect();
        assert_eq!(labels, TASKS[..network.num_tasks()], "{name}");
        assert!(
            tasks
                .clone()
                .all(|node| node.column + 1 == diagram.columns.len())
        );
    });
}

/// Which structures draw nothing that a task has in common with another but the features: the one that shares nothing.
#[test]
fn only_separate_models_share_no_box() {
    for &entry in STRUCTURES {
        let (_, diagram) = drawn(entry, 0, 5);
        let inside = diagram.nodes.iter().filter(|it| it.part != Part::Features);
        let shares = inside.clone().any(|node| node.owner == Owner::Shared);
        assert_eq!(shares, entry.shares(), "{}", entry.spec().id);
    }
}

#[test]
fn boxes_say_what_they_are() {
    let names = |id: &str, tasks| -> Vec<String> {
        let (_, diagram) = drawn(structure(id).unwrap(), 0, tasks);
        diagram.nodes.iter().map(super::Node::name).collect()
    };
    let of_mmoe = names("mmoe", 2);
    let middle = ["expert 1", "expert 2", "expert 3", "gate click", "gate buy"];
    assert_eq!(of_mmoe[2..7], middle);
    let of_ple = names("ple", 2);
    assert_eq!(of_ple[2..5], ["own click", "shared", "own buy"]);
    assert_eq!(of_ple[5..8], ["gate click", "gate buy", "shared gate"]);
    assert!(names("esmm", 2).contains(&"click × buy".to_owned()));
}
