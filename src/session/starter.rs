//! Drafts to begin with: the two structures side by side, and presets of the training.

use std::path::Path;

use crate::experiment::Draft;

/// A bundle of training settings.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Preset {
    /// A first look.
    Quick,
    /// Enough for a verdict.
    Thorough,
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 2] = [Self::Quick, Self::Thorough];

    /// The name on the button.
    pub fn label(self) -> &'static str {
        match self {
            Self::Quick => "Quick",
            Self::Thorough => "Thorough",
        }
    }

    /// What it stands for, in a line.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Quick => "One seed and 5 epochs, for a first look",
            Self::Thorough => {
                "Eight seeds and up to 20 epochs with early stopping, enough for a verdict"
            }
        }
    }

    /// Sets seeds, epochs and early stopping.
    pub fn put(self, draft: &mut Draft) {
        match self {
            Self::Quick => {
                draft.seeds = vec![1];
                draft.training.epochs = 5;
                draft.training.early_stop = None;
            }
            Self::Thorough => {
                draft.seeds = (1..=8).collect();
                draft.training.epochs = 20;
                draft.training.early_stop = Some(3);
            }
        }
    }
}

/// An experiment on these files: shared bottom against separate models, quick.
pub fn starter_draft(paths: &[String]) -> Draft {
    let stem = paths.first().and_then(|path| {
        let name = Path::new(path).file_name()?.to_str()?;
        Some(name.split('.').next().unwrap_or(name).replace('_', " "))
    });
    let mut draft = Draft {
        name: stem.unwrap_or_else(|| "experiment".to_owned()),
        variants: Draft::default_variants(),
        ..Draft::default()
    };
    draft.data.paths = paths.to_vec();
    Preset::Quick.put(&mut draft);
    draft
}

#[cfg(test)]
mod tests {
    use super::{Preset, starter_draft};

    #[test]
    fn a_first_draft_compares_two_structures_once() {
        let mut draft = starter_draft(&["data/short_video.csv.gz".to_owned()]);
        assert_eq!(draft.name, "short video");
        assert_eq!((draft.variants.len(), draft.seeds.len()), (2, 1));
        Preset::Thorough.put(&mut draft);
        assert_eq!(draft.seeds, [1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
