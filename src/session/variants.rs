//! Ticking structures and strategies: each ticked structure times each ticked strategy is a variant.
//!
//! A structure that shares nothing has no use for a weighting and gets a single variant. Variants that were edited
//! by hand stay as they are.

use crate::experiment::{Draft, VariantDraft};
use crate::model::structure;
use crate::spec::Choice;
use crate::strategy::STRATEGIES;

/// The first variant that an earlier draft did not have, by name.
pub(super) fn new_in(draft: &Draft, before: &Draft) -> Option<String> {
    let mut names = draft.variants.iter().map(|variant| &variant.name);
    let is_old = |name: &&String| before.variants.iter().any(|it| it.name == **name);
    names.find(|name| !is_old(name)).cloned()
}

/// The structures that have a variant, by id, in order of first appearance.
pub fn structures_of(draft: &Draft) -> Vec<String> {
    distinct(
        draft
            .variants
            .iter()
            .map(|variant| variant.structure.name.as_str()),
    )
}

/// The strategies that have a variant in which tasks share something.
pub fn strategies_of(draft: &Draft) -> Vec<String> {
    let sharing = draft
        .variants
        .iter()
        .filter(|variant| shares(&variant.structure.name));
    distinct(sharing.map(|variant| variant.strategy.name.as_str()))
}

/// Ticks a structure: it is tried with every ticked strategy.
pub fn add_structure(draft: &mut Draft, id: &str) {
    let plain = plain_strategy();
    let strategies = if shares(id) {
        strategies_of(draft)
    } else {
        Vec::new()
    };
    let strategies = if strategies.is_empty() {
        vec![plain]
    } else {
        strategies
    };
    for strategy in strategies {
        push(draft, id, &strategy);
    }
}

/// Takes a structure's variants away.
pub fn remove_structure(draft: &mut Draft, id: &str) {
    retain(draft, |variant| variant.structure.name != id);
}

/// Ticks a strategy: every ticked structure that shares something is tried with it.
pub fn add_strategy(draft: &mut Draft, id: &str) {
    let structures = structures_of(draft);
    for structure in structures.iter().filter(|structure| shares(structure)) {
        push(draft, structure, id);
    }
}

/// Takes a strategy's variants away.
pub fn remove_strategy(draft: &mut Draft, id: &str) {
    retain(draft, |variant| {
        variant.strategy.name != id || !shares(&variant.structure.name)
    });
}

/// Adds a copy of a variant, to be edited; of the first one if there is no such variant.
pub fn add_variant(draft: &mut Draft, like: usize) {
    let copied = draft
        .variants
        .get(like)
        .or_else(|| draft.variants.first())
        .cloned();
    let mut variant = copied.unwrap_or_else(|| first_of_all("shared_bottom", &plain_strategy()));
    variant.name = free_name(draft, &variant.name);
    draft.variants.push(variant);
}

/// Takes one variant away.
pub fn remove_variant(draft: &mut Draft, index: usize) {
    let mut at = 0;
    retain(draft, |_| {
        at += 1;
        at - 1 != index
    });
}

/// Whether tasks share anything in the structure of this id.
pub(super) fn shares(id: &str) -> bool {
    structure::shares(&Choice::named(id))
}

fn plain_strategy() -> String {
    STRATEGIES
        .first()
        .map_or_else(|| "equal".to_owned(), |entry| entry.spec().id.to_owned())
}

fn push(draft: &mut Draft, structure: &str, strategy: &str) {
    let name = free_name(draft, &name_of(structure, strategy));
    let variant = if draft.variants.is_empty() {
        VariantDraft {
            name,
            ..first_of_all(structure, strategy)
        }
    } else {
        let (structure, strategy) = (Choice::named(structure), Choice::named(strategy));
        VariantDraft {
            name,
            structure,
            strategy,
            ..VariantDraft::default()
        }
    };
    draft.variants.push(variant);
}

fn first_of_all(structure: &str, strategy: &str) -> VariantDraft {
    VariantDraft {
        name: name_of(structure, strategy),
        tasks: None,
        structure: Choice::named(structure),
        bottom: Some(VariantDraft::default_bottom()),
        towers: Some(VariantDraft::default_towers()),
        strategy: Choice::named(strategy),
    }
}

fn name_of(structure_id: &str, strategy: &str) -> String {
    let short = match structure_id {
        "shared_bottom" => "shared".to_owned(),
        other => other.replace('_', " "),
    };
    if shares(structure_id) {
        format!("{short}, {}", strategy.replace('_', " "))
    } else {
        short
    }
}

fn free_name(draft: &Draft, wanted: &str) -> String {
    let taken = |name: &str| draft.variants.iter().any(|variant| variant.name == name);
    if !taken(wanted) {
        return wanted.to_owned();
    }
    let numbered = (2..).map(|number: u32| format!("{wanted} {number}"));
    numbered
        .into_iter()
        .find(|name| !taken(name))
        .unwrap_or_default()
}

/// The first variant's bottom and towers stand for all that name none, so they move to the new first one.
fn retain(draft: &mut Draft, keep: impl FnMut(&VariantDraft) -> bool) {
    let first = draft
        .variants
        .first()
        .map(|first| (first.bottom.clone(), first.towers.clone()));
    draft.variants.retain(keep);
    if let (Some((bottom, towers)), Some(new_first)) = (first, draft.variants.first_mut()) {
        new_first.bottom = new_first.bottom.take().or(bottom);
        new_first.towers = new_first.towers.take().or(towers);
    }
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for name in names {
        if !list.iter().any(|known| known == name) {
            list.push(name.to_owned());
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(draft: &Draft) -> Vec<&str> {
        draft
            .variants
            .iter()
            .map(|variant| variant.name.as_str())
            .collect()
    }

    #[test]
    fn ticks_make_and_unmake_variants() {
        let mut draft = Draft {
            variants: Draft::default_variants(),
            ..Draft::default()
        };
        add_strategy(&mut draft, "manual");
        assert_eq!(
            names(&draft),
            ["shared, equal", "separate", "shared, manual"]
        );
        remove_structure(&mut draft, "shared_bottom");
        assert_eq!(names(&draft), ["separate"]);
        assert!(
            draft.variants[0].bottom.is_some(),
            "the widths move to the new first variant"
        );
        add_structure(&mut draft, "shared_bottom");
        assert_eq!(names(&draft), ["separate", "shared, equal"]);
        remove_strategy(&mut draft, "equal");
        assert_eq!(
            names(&draft),
            ["separate"],
            "a structure that shares nothing stays"
        );
    }

    #[test]
    fn copies_get_free_names() {
        let mut draft = Draft {
            variants: Draft::default_variants(),
            ..Draft::default()
        };
        add_variant(&mut draft, 0);
        add_variant(&mut draft, 0);
        assert_eq!(names(&draft)[2..], ["shared, equal 2", "shared, equal 3"]);
        remove_variant(&mut draft, 0);
        assert_eq!(
            names(&draft),
            ["separate", "shared, equal 2", "shared, equal 3"]
        );
    }
}
