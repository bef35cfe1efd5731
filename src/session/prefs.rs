//! What is remembered from one start of the app to the next.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::command::Station;

/// Dark, light, or as the system has it.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum ThemeChoice {
    /// Bright text on dark.
    Dark,
    /// Dark text on light.
    Light,
    /// As the system has it.
    #[default]
    System,
}

impl ThemeChoice {
    /// All choices.
    pub const ALL: [Self; 3] = [Self::Dark, Self::Light, Self::System];

    /// The name in menus.
    pub fn label(self) -> &'static str {
        match self {
            Self::Dark => "Dark",
            Self::Light => "Light",
            Self::System => "System",
        }
    }
}

/// What is remembered; a new field needs a default, a changed meaning a new version.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Prefs {
    /// The form of this record.
    pub version: u32,
    /// Dark or light.
    pub theme: ThemeChoice,
    /// Opened files and folders, latest first.
    pub recent: Vec<PathBuf>,
    /// The experiment that was open last.
    pub last_experiment: Option<PathBuf>,
    /// The results folder that was open last.
    pub last_results: Option<PathBuf>,
    /// `auto`, `cpu`, `gpu` or `gpu:N`.
    pub device: String,
    /// The screen that was open last.
    pub station: Station,
    /// Whether the experiment's text is shown beside the form.
    pub show_text: bool,
}

impl Default for Prefs {
    fn default() -> Self {
        Self {
            version: 1,
            theme: ThemeChoice::default(),
            recent: Vec::new(),
            last_experiment: None,
            last_results: None,
            device: "auto".to_owned(),
            station: Station::default(),
            show_text: true,
        }
    }
}

impl Prefs {
    /// The most recent files kept.
    const RECENT: usize = 8;

    /// Puts a path on top of the recent ones.
    pub fn remember(&mut self, path: &Path) {
        self.recent.retain(|known| known != path);
        self.recent.insert(0, path.to_owned());
        self.recent.truncate(Self::RECENT);
    }
}

#[cfg(test)]
mod tests {
    use super::Prefs;
    use std::path::Path;

    #[test]
    fn recent_paths_are_unique_and_few() {
        let mut prefs = Prefs::default();
        for name in ["a", "b", "a", "c", "d", "e", "f", "g", "h", "i"] {
            prefs.remember(Path::new(name));
        }
        assert_eq!(prefs.recent.len(), 8);
        assert_eq!(prefs.recent[0], Path::new("i"));
        assert_eq!(
            prefs
                .recent
                .iter()
                .filter(|path| path.ends_with("a"))
                .count(),
            1
        );
    }

    #[test]
    fn prefs_of_an_older_app_still_load() {
        let prefs: Prefs = serde_json::from_str(r#"{"theme":"Dark"}"#).unwrap();
        assert_eq!(prefs.device, "auto");
        assert_eq!(prefs.version, 1);
    }
}
