//! The names of runs in the file system: `<variant>-seed<k>`, lower-case ASCII, unique within an experiment.

use std::collections::BTreeSet;

use crate::experiment::Draft;

/// Letters of a variant's name that go into a file's name, at the most.
const MAX_LETTERS: usize = 60;

/// A name for each run, by its index.
pub(super) fn run_names(draft: &Draft) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut slugs = Vec::new();
    for variant in &draft.variants {
        let plain = slug(&variant.name);
        let numbered = (2..).map(|number| format!("{plain}-{number}"));
        let free = [plain.clone()]
            .into_iter()
            .chain(numbered)
            .find(|slug| !taken.contains(slug));
        let free = free.unwrap_or(plain);
        taken.insert(free.clone());
        slugs.push(free);
    }
    let name = |(variant, seed): (usize, u64)| {
        let slug = slugs.get(variant).map_or("variant", String::as_str);
        format!("{slug}-seed{seed}")
    };
    draft.runs().into_iter().map(name).collect()
}

/// Words of ASCII letters and digits joined by hyphens: fit for every file system and every shell.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars() {
        if slug.len() >= MAX_LETTERS {
            break;
        }
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "variant".to_owned()
    } else {
        slug.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::VariantDraft;

    #[test]
    fn names_are_plain_and_never_collide() {
        let names = [
            "shared, equal",
            "Shared – Equal!",
            "shared-equal-2",
            "多任务",
            "*",
        ];
        let variant = |name: &&str| VariantDraft {
            name: (*name).to_owned(),
            ..Default::default()
        };
        let variants = names.iter().map(variant).collect();
        let draft = Draft {
            seeds: vec![1, 7],
            variants,
            ..Draft::default()
        };
        let expected = [
            "shared-equal-seed1",
            "shared-equal-seed7",
            "shared-equal-2-seed1",
            "shared-equal-2-seed7",
            "shared-equal-2-2-seed1",
            "shared-equal-2-2-seed7",
            "variant-seed1",
            "variant-seed7",
            "variant-2-seed1",
            "variant-2-seed7",
        ];
        assert_eq!(run_names(&draft), expected);
    }

    #[test]
    fn a_long_name_is_cut() {
        assert_eq!(slug(&"ab".repeat(200)).len(), MAX_LETTERS);
    }
}
