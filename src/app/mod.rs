//! The desktop app: owns session and window, carries out effects in the background, knows the system.

mod background;
mod dialogs;
mod effects;
mod lifecycle;
mod reading;
mod reporting;
mod sample;
mod shortcuts;
mod system;
mod training;

use std::path::PathBuf;
use std::time::Duration;

use eframe::egui;
use egui::util::undoer::Undoer;

use self::background::Background;
use self::reading::Reading;
use self::training::LiveTraining;
use crate::error::{Problem, Report};
use crate::experiment::Draft;
use crate::session::{Command, Effect, Message, Prefs, Session};
use crate::ui::{Window, theme};

/// Opens the window and returns when it is closed; `open` is a data file, an experiment or a results folder.
///
/// # Errors
/// If no display can be opened.
pub fn run(open: Option<PathBuf>) -> Result<(), Report> {
    let viewport = egui::ViewportBuilder::default()
        .with_title("MTL Lab")
        .with_app_id("mtl-lab")
        .with_inner_size([1440.0, 900.0])
        .with_min_inner_size([960.0, 640.0])
        .with_drag_and_drop(true);
    let options = eframe::NativeOptions {
        viewport,
        ..eframe::NativeOptions::default()
    };
    let created = eframe::run_native(
        "mtl-lab",
        options,
        Box::new(|context| Ok(Box::new(App::new(context, open)))),
    );
    created.map_err(|error| {
        Report::failure("the window could not be opened")
            .with(
                Problem::new("", "no usable display or graphics driver was found")
                    .help("train without a window: mtl-lab run EXPERIMENT.toml"),
            )
            .caused_by(reason(&error.to_string()))
    })
}

/// What the system said, without the place in some source file that it may name.
fn reason(text: &str) -> String {
    let after = text
        .split_once(".rs:")
        .and_then(|(_, rest)| rest.split_once(": "));
    after.map_or(text, |(_, said)| said).to_owned()
}

/// The app.
pub struct App {
    session: Session,
    window: Window,
    background: Background,
    training: Option<LiveTraining>,
    reading: Reading,
    undoer: Undoer<Draft>,
    closing: bool,
    folder: PathBuf,
}

impl App {
    /// The key that preferences are kept under.
    const PREFS: &'static str = "prefs";
    /// The key that the settings of the screens are kept under.
    const SCREENS: &'static str = "screens";
    /// How long one frame may take in messages.
    const BUDGET: Duration = Duration::from_millis(10);

    /// The app with what was remembered; `open` is opened at once.
    pub fn new(context: &eframe::CreationContext<'_>, open: Option<PathBuf>) -> Self {
        let storage = context.storage;
        let prefs = storage.and_then(|storage| eframe::get_value(storage, Self::PREFS));
        let screens = storage.and_then(|storage| eframe::get_value(storage, Self::SCREENS));
        let mut app = Self::with_prefs(&context.egui_ctx, prefs.unwrap_or_default(), open);
        app.window.restore(screens.unwrap_or_default());
        app
    }

    /// The app with these preferences.
    pub fn with_prefs(ctx: &egui::Context, prefs: Prefs, open: Option<PathBuf>) -> Self {
        theme::install(ctx);
        theme::choose(ctx, prefs.theme);
        let mut app = Self {
            session: Session::new(prefs),
            window: Window::default(),
            background: Background::new(ctx.clone()),
            training: None,
            reading: Reading::default(),
            undoer: Undoer::default(),
            closing: false,
            folder: sample::own_folder(),
        };
        app.background
            .spawn("devices", |_| Some(training::devices()));
        if let Some(path) = open {
            app.apply(ctx, Command::Open(path));
        } else {
            let effects = app.session.reopen();
            app.carry_out_all(ctx, effects);
        }
        app
    }

    /// Keeps its own files in this folder instead of the system's.
    pub fn in_folder(mut self, folder: PathBuf) -> Self {
        self.folder = folder;
        self
    }

    /// The facts on the screen.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Carries out a command.
    pub fn apply(&mut self, ctx: &egui::Context, command: Command) {
        let effects = self.session.apply(command);
        self.carry_out_all(ctx, effects);
    }

    fn receive(&mut self, ctx: &egui::Context, message: Message) {
        let effects = self.session.receive(message);
        self.carry_out_all(ctx, effects);
    }

    fn carry_out_all(&mut self, ctx: &egui::Context, effects: Vec<Effect>) {
        for effect in effects {
            self.carry_out(ctx, effect);
        }
    }
}

#[cfg(test)]
mod tests;
