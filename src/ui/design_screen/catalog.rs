//! All loss weightings by family, with a field that finds some of them.

use eframe::egui::{Key, RichText, TextEdit, Ui, vec2};

use crate::strategy::{Family, STRATEGIES, StrategyEntry};
use crate::ui::theme;

/// A strategy of the registry.
pub type Entry = &'static dyn StrategyEntry;
/// A family with those of its strategies that are shown.
type Group = (Family, Vec<Entry>);

const COLUMN_WIDTH: f32 = 218.0;

/// What was typed into the field, and the passes in which it came in sight and was seen last.
#[derive(Clone, Debug, Default)]
struct Query {
    text: String,
    opened: u64,
    seen: u64,
}

/// Draws the field and, below it, the families in columns; `entry_ui` draws a strategy.
///
/// The strategy that Enter asks for: the best that was found.
pub fn ui(ui: &mut Ui, columns: usize, mut entry_ui: impl FnMut(&mut Ui, Entry)) -> Option<Entry> {
    let (query, entered) = query_ui(ui, columns);
    let groups = found(&query);
    if groups.is_empty() {
        ui.label(RichText::new("No weighting has these words").color(theme::of(ui).weak));
    }
    let first = best(&groups, &query);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP_LARGE;
        for column in in_columns(groups, columns) {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 3.0;
                ui.set_width(COLUMN_WIDTH);
                for (family, entries) in column {
                    ui.add_space(theme::GAP_SMALL);
                    let heading = RichText::new(family.label()).color(theme::of(ui).weak);
                    ui.label(heading.size(13.0)).on_hover_text(family.summary());
                    for entry in entries {
                        entry_ui(ui, entry);
                    }
                }
            });
        }
    });
    first.filter(|_| entered)
}

/// The field, empty and ready for letters each time the list is opened; what stands in it and whether Enter was pressed.
fn query_ui(ui: &mut Ui, columns: usize) -> (String, bool) {
    let id = ui.scope_id().with("query");
    let pass = ui.ctx().cumulative_pass_nr();
    let kept = ui.data(|data| data.get_temp::<Query>(id));
    let fresh = Query {
        opened: pass,
        ..Query::default()
    };
    let mut query = kept.filter(|kept| kept.seen + 1 >= pass).unwrap_or(fresh);
    query.seen = pass;
    let edit = TextEdit::singleline(&mut query.text)
        .id(id.with("field"))
        .hint_text("Find, such as gradnorm")
        .desired_width(COLUMN_WIDTH * columns as f32 + theme::GAP_LARGE * (columns - 1) as f32)
        .margin(vec2(8.0, 5.0));
    let response = ui.name_inputs("Find a weighting", |ui| ui.add(edit));
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    // The first pass of a list only measures it.
    if entered || pass <= query.opened + 1 {
        response.request_focus();
    }
    let text = query.text.clone();
    ui.data_mut(|data| data.insert_temp(id, query));
    (text, entered)
}

/// The strategies that have every word in their name, summary, family or source.
fn found(query: &str) -> Vec<Group> {
    let words: Vec<String> = query
        .to_lowercase()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let fits = |entry: &Entry| {
        let spec = entry.spec();
        let source = spec.paper.map_or("", |paper| paper.citation);
        let family = entry.family().label();
        let all = [spec.id, spec.label, spec.summary, family, source]
            .join("\n")
            .to_lowercase();
        words.iter().all(|word| all.contains(word))
    };
    let of_family = |family: Family| {
        let own = STRATEGIES
            .iter()
            .copied()
            .filter(|entry| entry.family() == family);
        (family, own.filter(fits).collect::<Vec<Entry>>())
    };
    let groups = Family::ALL.into_iter().map(of_family);
    groups.filter(|(_, entries)| !entries.is_empty()).collect()
}

/// The one that is named so, else the first.
fn best(groups: &[Group], query: &str) -> Option<Entry> {
    let query = query.trim().to_lowercase();
    let all = || groups.iter().flat_map(|(_, entries)| entries).copied();
    let named = |entry: &Entry| {
        let spec = entry.spec();
        spec.id.contains(&query) || spec.label.to_lowercase().contains(&query)
    };
    all().find(named).or_else(|| all().next())
}

/// Families in order, each whole, so that columns are about as long as each other.
fn in_columns(groups: Vec<Group>, columns: usize) -> Vec<Vec<Group>> {
    // A heading takes a line and a half.
    let lines = |group: &Group| 1.5 + group.1.len() as f32;
    let all: f32 = groups.iter().map(lines).sum();
    let mut placed: Vec<Vec<Group>> = vec![Vec::new()];
    let mut before = 0.0;
    for group in groups {
        // A family belongs where its middle lies.
        let middle = before + lines(&group) / 2.0;
        before += lines(&group);
        let wanted = (middle / all * columns as f32) as usize;
        if wanted + 1 > placed.len() {
            placed.push(Vec::new());
        }
        if let Some(last) = placed.last_mut() {
            last.push(group);
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(query: &str) -> Vec<&'static str> {
        let groups = found(query).into_iter();
        groups
            .flat_map(|(_, entries)| entries.into_iter().map(|entry| entry.spec().id))
            .collect()
    }

    #[test]
    fn every_strategy_is_in_one_family() {
        assert_eq!(ids("").len(), STRATEGIES.len());
    }

    #[test]
    fn words_find_names_families_and_authors() {
        assert_eq!(ids("GradNorm")[0], "gradnorm");
        assert_eq!(ids("uncertainty kendall"), ["uncertainty"]);
        assert!(ids("surgery").contains(&"pcgrad"));
        assert!(ids("no such thing").is_empty());
        let best = |query: &str| best(&found(query), query).map(|entry| entry.spec().id);
        assert_eq!(best("pcgrad"), Some("pcgrad"));
        assert_eq!(best("kendall"), Some("uncertainty"));
    }

    #[test]
    fn columns_hold_whole_families_in_order() {
        let columns = in_columns(found(""), 3);
        assert_eq!(columns.len(), 3);
        let order: Vec<Family> = columns
            .iter()
            .flatten()
            .map(|(family, _)| *family)
            .collect();
        let expected: Vec<Family> = found("").into_iter().map(|(family, _)| family).collect();
        assert_eq!(order, expected);
        let lines = columns
            .iter()
            .map(|column| column.iter().map(|(_, entries)| entries.len() + 1).sum());
        let lines: Vec<usize> = lines.collect();
        let all: usize = lines.iter().sum();
        assert!(lines.iter().all(|&own| own * 2 <= all), "{lines:?}");
    }
}
