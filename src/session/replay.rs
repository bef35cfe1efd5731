//! From results back to the design: adaptive variants once more, with their mean weights held fixed.

use super::command::Station;
use super::effect::Effect;
use super::notice::{Level, sentence};
use super::state::Session;
use super::variants::new_in;
use crate::lab::{is_adaptive, replay};

impl Session {
    /// Adds the replay of a variant of the results to the draft; `None`: of every adaptive one.
    pub(super) fn replay(&mut self, variant: Option<usize>) -> Vec<Effect> {
        if !self.text_problems.is_empty() {
            return self.nothing_yet("The experiment's text comes first, it cannot be read yet");
        }
        let Some(results) = &self.results else {
            return self.nothing_yet("There are no results to replay yet");
        };
        let adaptive = || (0..results.draft.variants.len()).filter(|&at| is_adaptive(results, at));
        let chosen: Vec<usize> = variant.map_or_else(|| adaptive().collect(), |one| vec![one]);
        let mut draft = self.draft.clone();
        let mut why = "No variant adapts its weights";
        let mut replays = Vec::new();
        for index in chosen {
            match replay(results, index) {
                Ok(replayed) => {
                    replays.push(replayed.name.clone());
                    if !draft.variants.iter().any(|it| it.name == replayed.name) {
                        draft.variants.push(replayed);
                    }
                }
                Err(reason) => why = reason,
            }
        }
        if replays.is_empty() {
            return self.nothing_yet(&sentence(why));
        }
        let text = format!("Among the variants now: {}", replays.join("; "));
        self.notices.tell(Level::Good, text);
        self.added = new_in(&draft, &self.draft).or_else(|| self.added.take());
        self.station = Station::Design;
        self.edit(draft)
    }
}
