//! Where the boxes of a diagram lie; equal ones are a stack where there are more than there is room for.

use eframe::egui::{Pos2, Rect, Vec2, pos2, vec2};

use crate::model::{Diagram, EdgeKind, Node, NodeId, Owner, Part};
use crate::ui::format;

/// Boxes of a column beyond which equal ones are stacked.
const MOST_ROWS: usize = 8;
/// The height of the line of headings.
const HEADINGS: f32 = 22.0;
/// The room of − and + under a layer.
const STEPPED: f32 = 52.0;
/// The room of a layer's width.
const CELL: f32 = 34.0;
const NARROWEST: f32 = 50.0;
const WIDEST_NAME: f32 = 130.0;
/// The room between letters and the sides of a box.
const PADDING: f32 = 16.0;
/// Between columns, for the arrows.
const GAPS: [f32; 2] = [16.0, 60.0];
/// How much wider than their words columns grow.
const GROWTH: f32 = 1.5;
/// The share of the height that a box has that all tasks share.
const TALL: f32 = 0.62;

/// A diagram laid out.
#[derive(Debug, Default)]
pub struct Sheet {
    /// From left to right.
    pub columns: Vec<Column>,
    /// Boxes and stacks.
    pub blocks: Vec<Block>,
    /// Arrows between them, none twice.
    pub links: Vec<Link>,
    /// The room that all take.
    pub size: Vec2,
}

/// A column.
#[derive(Debug)]
pub struct Column {
    /// The heading.
    pub title: String,
    /// Its left side.
    pub left: f32,
    /// Its width.
    pub width: f32,
    /// The layers that − and + may stand under, and what they belong to.
    pub stepped: Option<(Part, usize)>,
}

/// A box, or equal ones as a stack.
#[derive(Debug)]
pub struct Block {
    /// What it stands for.
    pub nodes: Vec<NodeId>,
    /// What is written on it.
    pub text: String,
    /// Where it lies.
    pub rect: Rect,
    /// Whether its trainable numbers are written on it, as on all others of its column.
    pub has_count: bool,
    /// Whether it is so tall that its layers stand side by side as boxes.
    pub is_tall: bool,
}

impl Block {
    /// The same elsewhere.
    pub fn translated(&self, by: Vec2) -> Self {
        Self {
            nodes: self.nodes.clone(),
            text: self.text.clone(),
            rect: self.rect.translate(by),
            has_count: self.has_count,
            is_tall: self.is_tall,
        }
    }
}

/// An arrow between two of [`Sheet::blocks`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Link {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// What goes along.
    pub kind: EdgeKind,
}

/// Lays a diagram out in so much width if that is enough; `measure` tells how wide a text is.
pub fn sheet(diagram: &Diagram, available: f32, measure: &dyn Fn(&str) -> f32) -> Sheet {
    let stacks: Vec<Vec<Vec<NodeId>>> = (0..diagram.columns.len())
        .map(|column| stacked(diagram, column))
        .collect();
    let tasks: Vec<&str> = (diagram.nodes.iter())
        .filter(|node| node.part == Part::Task)
        .map(|node| node.label.as_str())
        .collect();
    let most = stacks.iter().map(Vec::len).max().unwrap_or(0);
    let rows = most.max(tasks.len());
    let height = rows as f32 * row_height(rows);
    let stepped = stepped(diagram);
    let texts: Vec<Vec<String>> = stacks.iter().map(|it| texts(diagram, it)).collect();
    let wanted = |column: usize| {
        let each = stacks[column].iter().zip(&texts[column]);
        let each = each.map(|(stack, text)| widths(diagram, stack, text, stepped[column], measure));
        let heading = measure(&diagram.columns[column]);
        each.fold([heading, heading], |[least, most], [low, high]| {
            [least.max(low), most.max(high)]
        })
    };
    let wanted: Vec<[f32; 2]> = (0..stacks.len()).map(wanted).collect();
    let (widths, gap) = spread(&wanted, available);
    let counted = |column: usize| {
        let each = stacks[column].iter().zip(&texts[column]);
        let each = each.map(|(stack, text)| with_count(diagram, stack, text, measure));
        each.fold(0.0, f32::max)
    };
    let counted: Vec<f32> = (0..stacks.len()).map(counted).collect();
    let mut sheet = Sheet::default();
    let mut left = 0.0;
    let mut block_of = vec![0; diagram.nodes.len()];
    for (column, width) in widths.into_iter().enumerate() {
        let part = |part| {
            diagram
                .nodes
                .iter()
                .any(|it| it.column == column && it.part == part)
        };
        let depth = diagram.nodes.iter().filter(|it| it.column == column);
        let depth = depth.map(|it| it.layers.len()).max().unwrap_or(0);
        let of = [Part::Embeddings, Part::Bottom, Part::Tower];
        let of = of.into_iter().find(|&of| stepped[column] && part(of));
        sheet.columns.push(Column {
            title: diagram.columns[column].clone(),
            left,
            width,
            stepped: of.map(|part| (part, depth)),
        });
        let column_size = (width, height);
        let rects = places(diagram, &stacks[column], &tasks, rows, column_size);
        for ((stack, text), (rect, is_tall)) in stacks[column].iter().zip(&texts[column]).zip(rects)
        {
            for node in stack {
                block_of[node.0] = sheet.blocks.len();
            }
            sheet.blocks.push(Block {
                nodes: stack.clone(),
                text: text.clone(),
                rect: rect.translate(vec2(left, HEADINGS)),
                has_count: width + 0.5 >= counted[column],
                is_tall,
            });
        }
        left += width + gap;
    }
    for edge in &diagram.edges {
        let link = Link {
            from: block_of[edge.from.0],
            to: block_of[edge.to.0],
            kind: edge.kind,
        };
        if !sheet.links.contains(&link) {
            sheet.links.push(link);
        }
    }
    sheet.size = vec2((left - gap).max(0.0), HEADINGS + height);
    sheet
}

/// The boxes of a column, equal ones together if there are too many.
fn stacked(diagram: &Diagram, column: usize) -> Vec<Vec<NodeId>> {
    let inside = diagram.nodes.iter().enumerate();
    let inside = inside.filter(|(_, node)| node.column == column);
    let mut stacks: Vec<Vec<NodeId>> = inside.map(|(place, _)| vec![NodeId(place)]).collect();
    if stacks.len() > MOST_ROWS {
        stacks.dedup_by(|next, stack| {
            let equal = is_equal(&diagram.nodes[stack[0].0], &diagram.nodes[next[0].0]);
            if equal {
                stack.append(next);
            }
            equal
        });
    }
    stacks
}

fn is_equal(a: &Node, b: &Node) -> bool {
    let of = |node: &Node| (node.part, node.number.is_some());
    of(a) == of(b) && a.label == b.label && a.owner == b.owner && a.layers == b.layers
}

/// What is written on the boxes of a column: no more than what tells them apart.
fn texts(diagram: &Diagram, stacks: &[Vec<NodeId>]) -> Vec<String> {
    let nodes: Vec<&Node> = stacks.iter().map(|it| &diagram.nodes[it[0].0]).collect();
    let mut own = nodes
        .iter()
        .filter(|node| matches!(node.owner, Owner::Task(_)));
    let first = own.next().map(|node| &node.label);
    let is_alike = own.all(|node| Some(&node.label) == first);
    let text = |(node, stack): (&&Node, &Vec<NodeId>)| {
        let is_plain = matches!(node.part, Part::Embeddings | Part::Bottom | Part::Gate);
        let mut text = match &node.owner {
            Owner::Task(task) if is_alike && node.part != Part::Product => task.clone(),
            Owner::Task(_) => node.name(),
            Owner::Shared if node.part == Part::Embeddings => "shared".to_owned(),
            Owner::Shared if nodes.len() == 1 && is_plain && node.number.is_none() => {
                "shared".to_owned()
            }
            _ => node.label.clone(),
        };
        match (stack.len(), node.number) {
            (1, Some(number)) if is_alike || node.owner == Owner::Shared => {
                text = format!("{text} {number}");
            }
            (1, _) => {}
            (number, _) => text = format!("{text} ×{number}"),
        }
        text
    };
    nodes.iter().zip(stacks).map(text).collect()
}

/// The columns with − and +: the tables, the first of the bottom's shape, and the towers.
fn stepped(diagram: &Diagram) -> Vec<bool> {
    let first_of = |part| {
        let node = diagram.nodes.iter().find(|node| node.part == part);
        node.map(|node| node.column)
    };
    let columns = [Part::Embeddings, Part::Bottom, Part::Tower].map(first_of);
    let is_stepped = |column| columns.contains(&Some(column));
    (0..diagram.columns.len()).map(is_stepped).collect()
}

/// The least width of a box and the one that shows all that is written on it.
fn widths(
    diagram: &Diagram,
    stack: &[NodeId],
    text: &str,
    is_stepped: bool,
    measure: &dyn Fn(&str) -> f32,
) -> [f32; 2] {
    let node = &diagram.nodes[stack[0].0];
    let cell = if is_stepped { STEPPED } else { CELL };
    let cells = node.layers.len() as f32 * cell;
    let longest = text.lines().map(measure).fold(0.0, f32::max) + PADDING;
    let least = longest.min(WIDEST_NAME * 0.7);
    let least = cells.max(least).max(NARROWEST);
    let most = with_count(diagram, stack, text, measure);
    [least, least.max(most.min(WIDEST_NAME))]
}

/// The width of a box with its name and its trainable numbers side by side.
fn with_count(
    diagram: &Diagram,
    stack: &[NodeId],
    text: &str,
    measure: &dyn Fn(&str) -> f32,
) -> f32 {
    let longest = text.lines().map(measure).fold(0.0, f32::max) + PADDING;
    match diagram.nodes[stack[0].0].parameters {
        0 => longest,
        number => longest + measure(&format::short_count(number * stack.len())) + 2.0,
    }
}

/// The columns' widths and the gap between them.
fn spread(wanted: &[[f32; 2]], available: f32) -> (Vec<f32>, f32) {
    let gaps = wanted.len().saturating_sub(1) as f32;
    let sum = |side: usize| wanted.iter().map(|it| it[side]).sum::<f32>();
    let [least, most] = [0, 1].map(sum);
    let room = available - gaps * GAPS[0];
    if room < most {
        let share = ((room - least) / (most - least).max(1.0)).clamp(0.0, 1.0);
        let width = |[low, high]: &[f32; 2]| low + share * (high - low);
        return (wanted.iter().map(width).collect(), GAPS[0]);
    }
    let gap = ((available - most) / gaps.max(1.0)).clamp(GAPS[0], GAPS[1]);
    let growth = ((available - gaps * gap) / most.max(1.0)).clamp(1.0, GROWTH);
    (wanted.iter().map(|it| it[1] * growth).collect(), gap)
}

/// Rows are lower where there are many.
fn row_height(rows: usize) -> f32 {
    match rows {
        0..=2 => 56.0,
        3..=6 => 48.0,
        7..=10 => 42.0,
        _ => 32.0,
    }
}

/// Where the boxes of a column lie, and which are tall.
fn places(
    diagram: &Diagram,
    stacks: &[Vec<NodeId>],
    tasks: &[&str],
    rows: usize,
    (width, height): (f32, f32),
) -> Vec<(Rect, bool)> {
    let row = row_height(rows);
    let at =
        |y: f32, height: f32| Rect::from_center_size(pos2(width * 0.5, y), vec2(width, height));
    let task_of = |stack: &Vec<NodeId>| match &diagram.nodes[stack[0].0].owner {
        Owner::Task(task) => tasks.iter().position(|it| it == task),
        _ => None,
    };
    let of_tasks: Vec<Option<usize>> = stacks.iter().map(task_of).collect();
    let is_apart = |(place, task): (usize, &Option<usize>)| {
        task.is_some() && !of_tasks[..place].contains(task)
    };
    if of_tasks.iter().enumerate().all(is_apart) {
        let pitch = height / tasks.len().max(1) as f32;
        let places = of_tasks.iter().flatten();
        let rect = |&task: &usize| (at(pitch * (task as f32 + 0.5), row - 8.0), false);
        return places.map(rect).collect();
    }
    if let [alone] = stacks
        && rows > 1
    {
        if diagram.nodes[alone[0].0].part == Part::Product {
            // Between two rows, whose arrows go past it.
            let pitch = height / tasks.len().max(1) as f32;
            let y = pitch * (tasks.len() / 2) as f32;
            return vec![(at(y, row * 0.5), false)];
        }
        return vec![(at(height * 0.5, (height * TALL).max(row - 8.0)), true)];
    }
    let pitch = height / stacks.len().max(1) as f32;
    let rect = |place: usize| (at(pitch * (place as f32 + 0.5), row - 8.0), false);
    (0..stacks.len()).map(rect).collect()
}

/// Where an arrow leaves or meets a box: towards the other end, as far as the box is tall.
pub fn end(block: &Block, other: &Block, is_right: bool) -> Pos2 {
    let rect = block.rect;
    let reach = (rect.height() * 0.5 - 10.0).max(0.0);
    let lean = (other.rect.center().y - rect.center().y).clamp(-reach, reach);
    let x = if is_right { rect.right() } else { rect.left() };
    pos2(x, rect.center().y + lean * 0.6)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two fields, so many experts of one gate, and two tasks.
    fn diagram(experts: usize) -> Diagram {
        let mut diagram = Diagram::default();
        let titles = ["features", "experts", "gate", "task"];
        diagram.columns = titles.map(str::to_owned).to_vec();
        let mut add = |column, node: Node| diagram.nodes.push(Node { column, ..node });
        add(0, Node::new(Part::Features, "2 ids", Owner::Shared));
        for number in 1..=experts {
            let node = Node::new(Part::Bottom, "expert", Owner::Shared).layers(&[64, 32]);
            let number = Some(number);
            add(1, Node { number, ..node });
        }
        add(2, Node::new(Part::Gate, "gate", Owner::Shared));
        for task in ["click", "buy"] {
            add(3, Node::new(Part::Task, task, Owner::task(task)));
        }
        let gate = NodeId(experts + 1);
        let mut link = |from, to| {
            let kind = EdgeKind::Flow;
            diagram.edges.push(crate::model::Edge { from, to, kind });
        };
        for expert in 1..=experts {
            link(NodeId(0), NodeId(expert));
            link(NodeId(expert), gate);
        }
        link(gate, NodeId(experts + 2));
        link(gate, NodeId(experts + 3));
        diagram
    }

    fn laid(experts: usize, available: f32) -> Sheet {
        let measure = |text: &str| text.chars().count() as f32 * 6.0;
        sheet(&diagram(experts), available, &measure)
    }

    #[test]
    fn equal_boxes_are_a_stack_once_there_are_too_many() {
        let texts = |sheet: &Sheet| -> Vec<String> {
            sheet.blocks.iter().map(|it| it.text.clone()).collect()
        };
        let few = laid(3, 800.0);
        let expected = [
            "2 ids", "expert 1", "expert 2", "expert 3", "shared", "click", "buy",
        ];
        assert_eq!(texts(&few), expected);
        assert_eq!(few.links.len(), 8);
        let many = laid(20, 800.0);
        assert_eq!(
            texts(&many),
            ["2 ids", "expert ×20", "shared", "click", "buy"]
        );
        assert_eq!(many.links.len(), 4);
        assert_eq!(many.blocks[1].nodes.len(), 20);
    }

    #[test]
    fn boxes_lie_apart_and_inside() {
        for (experts, available) in [(1, 300.0), (3, 800.0), (8, 2000.0), (20, 100.0)] {
            let sheet = laid(experts, available);
            let all = Rect::from_min_size(Pos2::ZERO, sheet.size + vec2(0.5, 0.5));
            for (place, block) in sheet.blocks.iter().enumerate() {
                assert!(all.contains_rect(block.rect), "{experts} {}", block.text);
                for other in &sheet.blocks[..place] {
                    let overlap = block.rect.shrink(1.0).intersects(other.rect);
                    assert!(!overlap, "{experts}: {} {}", block.text, other.text);
                }
            }
        }
    }

    #[test]
    fn a_sheet_fills_what_it_is_given_unless_that_is_too_narrow() {
        assert!(laid(3, 520.0).size.x <= 520.5);
        let [narrow, none] = [laid(3, 60.0).size.x, laid(3, 0.0).size.x];
        assert_eq!(narrow, none);
        assert!(narrow > 250.0);
    }
}
