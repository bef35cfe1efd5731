//! Editing one column: what differs from the guess is written down, everything else stays open.

use super::facts::role_of;
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
        let named = columns.iter().any(|(other, spec)| other != name && spec.role == Some(Role::Label));
        let guess = self.loaded().and_then(|loaded| loaded.column(name)).map(|facts| &facts.inferred);
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
        self.draft.data.columns.get(name).cloned().unwrap_or_default()
    }

    /// What a column is for.
    pub fn role(&self, name: &str) -> Role {
        role_of(&self.columns, name)
    }
}

#[cfg(test)]
mod tests {
    use crate::data::{ColumnSpec, Role, TaskKind};
    use crate::session::Session;

    #[test]
    fn naming_one_label_keeps_the_guessed_ones() {
        let mut session = Session::default();
        let guessed = ColumnSpec {
            role: Some(Role::Label),
            task: Some(TaskKind::Binary),
            ..ColumnSpec::default()
        };
        session.columns.insert("click".to_owned(), guessed.clone());
        let label = ColumnSpec { role: Some(Role::Label), ..ColumnSpec::default() };
        let draft = session.with_column("buy", label);
        assert_eq!(draft.data.columns["click"], guessed);
        assert_eq!(draft.data.columns["buy"].role, Some(Role::Label));
        session.draft = draft;
        let draft = session.with_column("buy", ColumnSpec::default());
        assert!(!draft.data.columns.contains_key("buy"));
    }
}
