//! Editing one column: what differs from the guess is written down, everything else stays open.

use super::facts::{ColumnFacts, role_of};
use super::state::Session;
use crate::data::{ColumnSpec, Role};
use crate::experiment::Draft;

impl Session {
    /// The draft with other settings for one column.
    ///
    /// As soon as one label is named, only named labels count; so the first one named names all the others too.
    pub fn with_column(&self, name: &str, spec: ColumnSpec) -> Draft {
        let mut draft = self.draft.clone();
        let columns = &mut draft.data.columns;
        if spec.role == Some(Role::Label) {
            for (other, resolved) in &self.columns {
                if resolved.role == Some(Role::Label) && other != name {
                    let entry = columns.entry(other.clone()).or_default();
                    entry.role = Some(Role::Label);
                    entry.task = entry.task.or(resolved.task);
                }
            }
        }
        let named = columns
            .iter()
            .any(|(other, spec)| other != name && spec.role == Some(Role::Label));
        let guess = self
            .loaded()
            .and_then(|loaded| loaded.column(name))
            .map(|facts| &facts.inferred);
        let guess = guess.filter(|guess| guess.role == Some(Role::Label));
        if spec == ColumnSpec::default() {
            columns.remove(name);
            // Beside named labels a guessed one has to be named too.
            if let Some(guess) = guess.filter(|_| named) {
                columns.insert(name.to_owned(), guess.clone());
            }
        } else {
            columns.insert(name.to_owned(), spec);
        }
        draft
    }

    /// The settings of a column as they were written down.
    pub fn column_spec(&self, name: &str) -> ColumnSpec {
        self.draft
            .data
            .columns
            .get(name)
            .cloned()
            .unwrap_or_default()
    }

    /// Whether a column was given other settings than the data suggest.
    pub fn is_edited(&self, column: &ColumnFacts) -> bool {
        let Some(spec) = self.draft.data.columns.get(&column.name) else {
            return false;
        };
        let guess = &column.inferred;
        let agrees = ColumnSpec {
            role: spec.role.filter(|_| spec.role != guess.role),
            task: spec.task.filter(|_| spec.task != guess.task),
            group: spec.group && !guess.group,
            ..spec.clone()
        };
        agrees != ColumnSpec::default()
    }

    /// What a column is for.
    pub fn role(&self, name: &str) -> Role {
        role_of(&self.columns, name)
    }
}

#[cfg(test)]
mod tests {
    use crate::data::{ColumnSpec, Role, TaskKind};
    use crate::session::{ColumnFacts, Session};

    #[test]
    fn writing_down_the_guess_is_no_edit() {
        let mut session = Session::default();
        let spec = ColumnSpec {
            role: Some(Role::Dense),
            ..ColumnSpec::default()
        };
        let inferred = spec.clone();
        let facts = ColumnFacts {
            name: "age".to_owned(),
            inferred,
            ..ColumnFacts::default()
        };
        assert!(!session.is_edited(&facts));
        session
            .draft
            .data
            .columns
            .insert("age".to_owned(), spec.clone());
        assert!(!session.is_edited(&facts));
        let log = ColumnSpec {
            scale: Some(crate::data::Scale::LogStandard),
            ..spec
        };
        session.draft.data.columns.insert("age".to_owned(), log);
        assert!(session.is_edited(&facts));
    }

    #[test]
    fn naming_one_label_keeps_the_guessed_ones() {
        let mut session = Session::default();
        let guessed = ColumnSpec {
            role: Some(Role::Label),
            task: Some(TaskKind::Binary),
            ..ColumnSpec::default()
        };
        session.columns.insert("click".to_owned(), guessed.clone());
        let label = ColumnSpec {
            role: Some(Role::Label),
            ..ColumnSpec::default()
        };
        let draft = session.with_column("buy", label);
        assert_eq!(draft.data.columns["click"], guessed);
        assert_eq!(draft.data.columns["buy"].role, Some(Role::Label));
        session.draft = draft;
        let draft = session.with_column("buy", ColumnSpec::default());
        assert!(!draft.data.columns.contains_key("buy"));
    }
}
