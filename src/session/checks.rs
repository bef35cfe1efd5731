//! What follows from the draft: its text, its problems, its picture and its sentence.

use super::picture::pictures;
use super::state::Session;
use crate::data::Role;
use crate::experiment::{check_draft, parse, sentence, write};
use crate::train::registries;

impl Session {
    /// The name that problems in the text give the file.
    pub(super) fn text_name(&self) -> String {
        let name = self.path.as_ref().and_then(|path| path.file_name());
        name.map_or_else(|| "experiment".to_owned(), |name| name.to_string_lossy().into_owned())
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
            return;
        };
        let columns = loaded.resolve(&self.draft.data);
        let pictures = pictures(&self.draft, loaded, &columns);
        let problems = check_draft(&self.draft, &registries(), Some(&loaded.table));
        self.columns = columns;
        self.pictures = pictures;
        self.problems = problems;
        let labels = self.columns.values().filter(|spec| spec.role == Some(Role::Label)).count();
        self.sentence = sentence(&self.draft, labels);
    }
}
