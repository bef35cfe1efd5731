//! What follows from the draft: its text, its problems, its picture and its sentence.

use super::picture::pictures;
use super::state::Session;
use crate::data::Role;
use crate::error::Problem;
use crate::experiment::{Facts, check_draft, parse, roles, sentence, write};
use crate::train::registries;

impl Session {
    /// The name that problems in the text give the file.
    pub(super) fn text_name(&self) -> String {
        let name = self.path.as_ref().and_then(|path| path.file_name());
        name.map_or_else(
            || "experiment".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
    }

    /// Writes the draft as text; what was typed is replaced.
    pub(super) fn write_text(&mut self) {
        self.text = write(&self.draft);
        self.text_problems.clear();
    }

    /// Reads the draft from the text; what is right is taken over even if something else is wrong.
    pub(super) fn read_text(&mut self) {
        let (draft, problems) = parse(&self.text, &self.text_name());
        self.text_problems = problems;
        if self.text_problems.is_empty() {
            self.draft = draft;
        }
    }

    /// Works out everything that follows from draft and table.
    pub(super) fn derive(&mut self) {
        let Some(loaded) = self.loaded() else {
            self.columns.clear();
            self.problems.clear();
            self.pictures.clear();
            self.sentence.clear();
            self.warnings.clear();
            return;
        };
        let columns = loaded.resolve(&self.draft.data);
        let pictures = pictures(&self.draft, loaded, &columns);
        // Only what reads the values again costs time on a big table.
        let warnings = (columns != self.columns).then(|| loaded.warn(&columns));
        let rows = loaded.table().num_rows;
        self.columns = columns;
        self.pictures = pictures;
        if let Some(warnings) = warnings {
            self.warnings = warnings;
        }
        let with_role = |role: Role| {
            self.columns
                .values()
                .filter(|spec| spec.role == Some(role))
                .count()
        };
        let labels = with_role(Role::Label);
        let features = self.columns.len() - labels - with_role(Role::Ignore);
        let registries = registries();
        self.sentence = sentence(
            &self.draft,
            Facts {
                rows,
                features,
                labels,
            },
            &registries,
        );
        self.problems = check_draft(&self.draft, &registries, Some(&roles(&self.columns)));
        if labels == 0 {
            let problem = Problem::new("data.columns", "there is no label to predict");
            self.problems
                .push(problem.help("give a column the role `label`"));
        }
        if features == 0 {
            let problem = Problem::new("data.columns", "there is no feature to learn from");
            self.problems
                .push(problem.help("give a column the role `sparse` or `dense`"));
        }
    }
}
