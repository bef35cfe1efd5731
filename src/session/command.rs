//! What the user can ask for; menus, keys and the palette read the same words.

use std::path::PathBuf;

use super::prefs::ThemeChoice;
use super::starter::Preset;
use super::sweep::Sweep;
use crate::experiment::Draft;
use crate::train::DeviceChoice;

/// The four screens in working order.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub enum Station {
    /// The table and its columns.
    #[default]
    Data,
    /// What is compared and how it is trained.
    Design,
    /// The runs one by one.
    Runs,
    /// Curves and verdicts side by side.
    Compare,
}

impl Station {
    /// All stations from top to bottom.
    pub const ALL: [Self; 4] = [Self::Data, Self::Design, Self::Runs, Self::Compare];

    /// The name on the rail.
    pub fn label(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Design => "Design",
            Self::Runs => "Runs",
            Self::Compare => "Compare",
        }
    }
}

/// A file that results can be written as.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReportFormat {
    /// One page that opens offline.
    Html,
    /// Text with tables.
    Markdown,
    /// Every point as a line.
    Csv,
    /// Event files for `TensorBoard`.
    TensorBoard,
}

impl ReportFormat {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Html, Self::Markdown, Self::Csv, Self::TensorBoard];

    /// The word on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Markdown => "md",
            Self::Csv => "csv",
            Self::TensorBoard => "tensorboard",
        }
    }

    /// The name in menus.
    pub fn label(self) -> &'static str {
        match self {
            Self::Html => "HTML",
            Self::Markdown => "Markdown",
            Self::Csv => "CSV",
            Self::TensorBoard => "TensorBoard",
        }
    }
}

/// Keys that are held together; `command` is Ctrl, or ⌘ on a Mac.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Shortcut {
    /// Ctrl or ⌘.
    pub command: bool,
    /// Shift.
    pub shift: bool,
    /// The key's name, such as `K` or `F5`.
    pub key: &'static str,
}

impl Shortcut {
    const fn ctrl(key: &'static str) -> Self {
        Self {
            command: true,
            shift: false,
            key,
        }
    }

    const fn ctrl_shift(key: &'static str) -> Self {
        Self {
            command: true,
            shift: true,
            key,
        }
    }

    const fn plain(key: &'static str) -> Self {
        Self {
            command: false,
            shift: false,
            key,
        }
    }

    /// How the keys are written for people.
    pub fn text(self) -> String {
        let mut text = String::new();
        if self.command {
            text.push_str(if cfg!(target_os = "macos") {
                "Cmd+"
            } else {
                "Ctrl+"
            });
        }
        if self.shift {
            text.push_str("Shift+");
        }
        text.push_str(self.key);
        text
    }
}

/// Something the user asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Loads the sample experiment.
    OpenSample,
    /// Asks for a data file or an experiment.
    PickFile,
    /// Asks for a results folder.
    PickFolder,
    /// Opens a data file, an experiment or a results folder.
    Open(PathBuf),
    /// Reads the data once more.
    Reload,
    /// Gives up loading.
    CancelLoading,
    /// Says whether the first line names the columns.
    SetHeader(Option<bool>),
    /// Puts another draft in place of the present one.
    EditDraft(Box<Draft>),
    /// Puts another text in place of the experiment's.
    EditText(String),
    /// Gives all columns the role that the data suggest.
    ResetColumns,
    /// Sets the training to a preset.
    UsePreset(Preset),
    /// Writes the experiment to its file.
    Save,
    /// Writes the experiment to a file to be named.
    SaveAs,
    /// Takes back the last edit.
    Undo,
    /// Does the edit again that was taken back.
    Redo,
    /// Starts all runs.
    Run,
    /// Goes on with an interrupted folder.
    ResumeFolder,
    /// Pauses, or goes on.
    PauseOrGoOn,
    /// Ends training; what is finished is kept.
    Stop,
    /// Ends one run and goes on with the next.
    Skip(usize),
    /// Ends the run under way.
    SkipCurrent,
    /// Says where the next training runs.
    SetDevice(DeviceChoice),
    /// Adds seeds, so that verdicts become possible.
    AddSeeds(usize),
    /// Adds variants along the trade-off between two tasks; `None`: the first two.
    SweepWeights(Option<Sweep>),
    /// Adds a variant with the mean weights of this one of the results; `None`: of every adaptive one.
    Replay(Option<usize>),
    /// Writes a report of the results.
    WriteReport(ReportFormat),
    /// Shows the results folder in the file manager.
    ShowFolder,
    /// Shows a file that was written.
    ShowFile(PathBuf),
    /// Goes to a screen.
    Go(Station),
    /// Switches between dark and light.
    SetTheme(ThemeChoice),
    /// Opens or closes the command palette.
    TogglePalette,
    /// Shows or hides the experiment's text beside the form.
    ToggleText,
    /// Opens or closes the overview of keys.
    ToggleKeys,
    /// Opens or closes the list of notices.
    ToggleNotices,
    /// Takes one notice away.
    DismissNotice(u64),
    /// Takes all notices away.
    DismissAllNotices,
    /// Compares all variants with this one.
    SetBaseline(String),
    /// Writes a picture or a table to a file to be named.
    SaveBytes {
        /// The name that is suggested.
        name: String,
        /// The content.
        bytes: Vec<u8>,
    },
    /// Copies a text.
    Copy(String),
    /// Closes the window.
    Quit,
}

impl Command {
    /// Every command that needs nothing but itself, in the order of the palette.
    pub fn all() -> Vec<Self> {
        let mut all = vec![
            Self::OpenSample,
            Self::PickFile,
            Self::PickFolder,
            Self::Reload,
            Self::ResetColumns,
            Self::Save,
            Self::SaveAs,
            Self::Undo,
            Self::Redo,
            Self::Run,
            Self::PauseOrGoOn,
            Self::Stop,
            Self::SkipCurrent,
            Self::ResumeFolder,
            Self::AddSeeds(3),
            Self::SweepWeights(None),
            Self::Replay(None),
        ];
        all.extend(Preset::ALL.map(Self::UsePreset));
        all.extend(ReportFormat::ALL.map(Self::WriteReport));
        all.push(Self::ShowFolder);
        all.extend(Station::ALL.map(Self::Go));
        all.extend(ThemeChoice::ALL.map(Self::SetTheme));
        all.extend([
            Self::ToggleText,
            Self::TogglePalette,
            Self::ToggleKeys,
            Self::ToggleNotices,
        ]);
        all.extend([Self::DismissAllNotices, Self::Quit]);
        all
    }

    /// The words on buttons and in the palette.
    pub fn label(&self) -> String {
        let text = match self {
            Self::OpenSample => "Sample data",
            Self::PickFile => "Open file…",
            Self::PickFolder => "Open results folder…",
            Self::Open(path) => return format!("Open {}", path.display()),
            Self::Reload => "Read the data again",
            Self::CancelLoading => "Cancel loading",
            Self::SetHeader(Some(true)) => "First line names the columns",
            Self::SetHeader(Some(false)) => "No header line",
            Self::SetHeader(None) => "Find out about the header",
            Self::EditDraft(_) => "Edit the experiment",
            Self::EditText(_) => "Edit the experiment's text",
            Self::ResetColumns => "Reset all columns",
            Self::UsePreset(preset) => return format!("Preset {}", preset.label().to_lowercase()),
            Self::Save => "Save experiment",
            Self::SaveAs => "Save experiment as…",
            Self::Undo => "Undo",
            Self::Redo => "Redo",
            Self::Run => "Run",
            Self::ResumeFolder => "Resume interrupted runs",
            Self::PauseOrGoOn => "Pause or go on",
            Self::Stop => "Stop training",
            Self::Skip(_) | Self::SkipCurrent => "Skip run",
            Self::SetDevice(_) => "Choose device",
            Self::AddSeeds(number) => return format!("Add {number} seeds"),
            Self::SweepWeights(_) => "Sweep weights",
            Self::Replay(_) => "Replay with fixed weights",
            Self::WriteReport(format) => return format!("Write report as {}", format.label()),
            Self::ShowFolder => "Show results folder",
            Self::ShowFile(_) => "Show file",
            Self::Go(station) => return format!("Go to {}", station.label()),
            Self::SetTheme(theme) => return format!("{} theme", theme.label()),
            Self::ToggleText => "Show or hide the text",
            Self::TogglePalette => "Command palette",
            Self::ToggleKeys => "Keys",
            Self::ToggleNotices => "Notices",
            Self::DismissNotice(_) => "Dismiss",
            Self::DismissAllNotices => "Dismiss all notices",
            Self::SetBaseline(name) => return format!("Compare with {name}"),
            Self::SaveBytes { .. } => "Save chart…",
            Self::Copy(_) => "Copy",
            Self::Quit => "Quit",
        };
        text.to_owned()
    }

    /// One line that says what it does.
    pub fn tooltip(&self) -> &'static str {
        match self {
            Self::OpenSample => "Short-video feedback with five tasks, ready to run",
            Self::PickFile => "A table (CSV, TSV, Parquet) or an experiment (TOML)",
            Self::PickFolder => "Curves and verdicts of an earlier experiment",
            Self::Open(_) => "A data file, an experiment or a results folder",
            Self::Reload => "The file may have changed",
            Self::CancelLoading => "Leaves the file unread",
            Self::SetHeader(_) => "Whether the first line holds names or values",
            Self::EditDraft(_) => "Changes what is compared and how it is trained",
            Self::EditText(_) => "The same experiment as text",
            Self::ResetColumns => "Every column gets the role that the data suggest",
            Self::UsePreset(preset) => preset.summary(),
            Self::Save => "Writes the experiment to its TOML file",
            Self::SaveAs => "Writes the experiment to a new TOML file",
            Self::Undo => "Takes back the last edit of the experiment",
            Self::Redo => "Does the edit again that was taken back",
            Self::Run => "Trains every variant with every seed",
            Self::ResumeFolder => "Goes on from the last checkpoint",
            Self::PauseOrGoOn => "Training holds after the present step",
            Self::Stop => "Finished runs and all curves are kept",
            Self::Skip(_) | Self::SkipCurrent => "Ends this run and goes on with the next",
            Self::SetDevice(_) => "Where the next training runs",
            Self::AddSeeds(_) => "A verdict needs at least six paired seeds",
            Self::SweepWeights(_) => {
                "Five variants with fixed weights, from one task's favor to the other's"
            }
            Self::Replay(_) => "A variant that holds the mean weights of an adaptive one fixed",
            Self::WriteReport(_) => "Curves, verdicts and settings to hand on",
            Self::ShowFolder => "Opens the folder in the file manager",
            Self::ShowFile(_) => "Opens it with the program for its kind",
            Self::Go(Station::Data) => "The table and its columns",
            Self::Go(Station::Design) => "What is compared and how it is trained",
            Self::Go(Station::Runs) => "The runs one by one",
            Self::Go(Station::Compare) => "Curves and verdicts side by side",
            Self::SetTheme(_) => "Dark, light, or as the system has it",
            Self::ToggleText => "The same experiment as TOML, edited both ways",
            Self::TogglePalette => "Finds every command by a few letters",
            Self::ToggleKeys => "All keys at a glance",
            Self::ToggleNotices => "What happened so far",
            Self::DismissNotice(_) | Self::DismissAllNotices => "Takes it off the list",
            Self::SetBaseline(_) => "Every verdict is against the baseline",
            Self::SaveBytes { .. } => "As a picture or as numbers",
            Self::Copy(_) => "Puts the text on the clipboard",
            Self::Quit => "Training is stopped safely first",
        }
    }

    /// The keys that do the same, if there are any.
    pub fn shortcut(&self) -> Option<Shortcut> {
        Some(match self {
            Self::PickFile => Shortcut::ctrl("O"),
            Self::PickFolder => Shortcut::ctrl_shift("O"),
            Self::Reload => Shortcut::plain("F5"),
            Self::Save => Shortcut::ctrl("S"),
            Self::SaveAs => Shortcut::ctrl_shift("S"),
            Self::Undo => Shortcut::ctrl("Z"),
            Self::Redo => Shortcut::ctrl_shift("Z"),
            Self::Run => Shortcut::ctrl("Enter"),
            Self::PauseOrGoOn => Shortcut::ctrl("P"),
            Self::Stop => Shortcut::ctrl("Period"),
            Self::Go(Station::Data) => Shortcut::ctrl("1"),
            Self::Go(Station::Design) => Shortcut::ctrl("2"),
            Self::Go(Station::Runs) => Shortcut::ctrl("3"),
            Self::Go(Station::Compare) => Shortcut::ctrl("4"),
            Self::WriteReport(ReportFormat::Html) => Shortcut::ctrl("E"),
            Self::TogglePalette => Shortcut::ctrl("K"),
            Self::ToggleText => Shortcut::ctrl("T"),
            Self::ToggleKeys => Shortcut::plain("F1"),
            Self::ToggleNotices => Shortcut::ctrl("N"),
            Self::Quit => Shortcut::ctrl("Q"),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Command;

    #[test]
    fn labels_and_shortcuts_are_unique() {
        let all = Command::all();
        for (index, command) in all.iter().enumerate() {
            for other in &all[index + 1..] {
                assert_ne!(command.label(), other.label());
                if let Some(keys) = command.shortcut() {
                    assert_ne!(Some(keys), other.shortcut(), "{}", command.label());
                }
            }
            assert!(!command.tooltip().ends_with('.'), "{}", command.tooltip());
        }
    }
}
