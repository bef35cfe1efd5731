//! The window driven as a user drives it; every step also fails on a control without an accessible name.

use std::time::{Duration, Instant};

use eframe::egui::{Key, Modifiers, ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::App;
use crate::session::{Prefs, Station, strategies_of};
use crate::train::Status;

struct Driven {
    harness: Harness<'static, App>,
    _folder: tempfile::TempDir,
}

impl Driven {
    fn new(width: f32, height: f32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().to_owned();
        let harness = Harness::builder()
            .with_size([width, height])
            .build_eframe(move |context| {
                let prefs = Prefs {
                    device: "cpu".to_owned(),
                    ..Prefs::default()
                };
                App::with_prefs(&context.egui_ctx, prefs, None).in_folder(own)
            });
        Self {
            harness,
            _folder: folder,
        }
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    fn until(&mut self, what: &str, done: impl Fn(&App) -> bool) {
        let began = Instant::now();
        while !done(self.harness.state()) {
            let told = self.harness.state().session().notices.list();
            assert!(
                began.elapsed() < Duration::from_mins(2),
                "waited for {what}, told {told:?}"
            );
            self.harness.step();
            std::thread::sleep(Duration::from_millis(10));
        }
        self.harness.run_steps(3);
    }
}

#[test]
fn two_clicks_lead_from_launch_to_live_curves() {
    let mut driven = Driven::new(1280.0, 800.0);
    driven.click("Sample data");
    driven.until("the design", |app| app.session().station == Station::Design);
    driven.click("Run 2");
    driven.until("the first points of both variants", |app| {
        let results = app.session().results.as_ref();
        let has = |run: usize| {
            results.is_some_and(|results| results.series.keys().any(|key| key.run == run))
        };
        has(0) && has(1)
    });
    assert_eq!(driven.harness.state().session().station, Station::Compare);
    driven.until("the end", |app| app.session().training.is_none());
    let session = driven.harness.state().session();
    let results = session.results.as_ref().unwrap();
    assert!(
        results
            .runs
            .iter()
            .all(|run| run.status == Status::Finished)
    );
    assert!(
        session
            .results_folder
            .as_ref()
            .unwrap()
            .join("results.json")
            .is_file()
    );
    for station in ["Data", "Design", "Runs", "Compare"] {
        driven.click(station);
    }
    for tab in ["Table", "Trade-off", "Weights", "Gradients", "Verdict"] {
        driven.click(tab);
    }
}

#[test]
fn weightings_are_found_by_keyboard_and_leave_the_form_in_sight() {
    let mut driven = Driven::new(1280.0, 800.0);
    driven.click("Sample data");
    driven.until("the design", |app| app.session().station == Station::Design);
    let ticked = |driven: &Driven| strategies_of(&driven.harness.state().session().draft);
    driven.click("Choose…");
    for word in ["pcgrad", "manual"] {
        driven
            .harness
            .event(eframe::egui::Event::Text(word.to_owned()));
        driven.harness.run_steps(2);
        driven.harness.key_press(Key::Enter);
        driven.harness.run_steps(3);
        driven
            .harness
            .key_press_modifiers(Modifiers::COMMAND, Key::A);
        driven.harness.run_steps(2);
    }
    driven.harness.key_press(Key::Escape);
    driven.harness.run_steps(3);
    assert_eq!(ticked(&driven), ["equal", "pcgrad", "manual"]);
    for label in ["Seeds", "Epochs", "Batch size", "Early stopping"] {
        let mut named = driven.harness.get_all_by_label(label);
        let bottom = named.next().unwrap().rect().bottom();
        assert!(bottom < 640.0, "{label} ends at {bottom}");
    }
    driven.click("PCGrad");
    assert_eq!(ticked(&driven), ["equal", "manual"]);
    driven.click("Sweep weights");
    let variants = &driven.harness.state().session().draft.variants;
    assert_eq!(variants.len(), 7);
    assert_eq!(variants[6].name, "shared, 90:10 click:finish");
}

#[test]
fn everything_fits_a_large_screen_and_the_keyboard_works() {
    let mut driven = Driven::new(1920.0, 1080.0);
    driven.click("Sample data");
    driven.until("the design", |app| app.session().station == Station::Design);
    driven
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    driven.harness.run_steps(2);
    assert_eq!(driven.harness.state().session().station, Station::Data);
    driven
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::K);
    driven.harness.run_steps(2);
    driven
        .harness
        .event(eframe::egui::Event::Text("go to runs".to_owned()));
    driven.harness.run_steps(2);
    driven.harness.key_press(Key::Enter);
    driven.harness.run_steps(2);
    assert_eq!(driven.harness.state().session().station, Station::Runs);
    driven.harness.key_press(Key::F1);
    driven.harness.run_steps(2);
    driven.click("Close");
}

#[test]
fn an_edit_can_be_taken_back() {
    let mut driven = Driven::new(1280.0, 800.0);
    driven.click("Sample data");
    driven.until("the design", |app| app.session().station == Station::Design);
    // Edits within a second of each other are one step.
    driven.harness.run_steps(40);
    let before = driven.harness.state().session().draft.clone();
    driven.click("Thorough");
    assert_eq!(driven.harness.state().session().draft.seeds.len(), 8);
    driven.harness.run_steps(40);
    driven
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::Z);
    driven.harness.run_steps(2);
    assert_eq!(driven.harness.state().session().draft, before);
    driven
        .harness
        .key_press_modifiers(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
    driven.harness.run_steps(2);
    assert_eq!(driven.harness.state().session().draft.seeds.len(), 8);
}

#[test]
fn closing_while_training_waits_for_the_last_checkpoint() {
    let mut driven = Driven::new(1280.0, 800.0);
    driven.click("Sample data");
    driven.until("the design", |app| app.session().station == Station::Design);
    driven.click("Run 2");
    driven.until("the training", |app| app.training.is_some());
    let viewports = &mut driven.harness.input_mut().viewports;
    viewports
        .get_mut(&ViewportId::ROOT)
        .unwrap()
        .events
        .push(ViewportEvent::Close);
    driven.harness.step();
    let sent = &driven.harness.output().viewport_output[&ViewportId::ROOT].commands;
    assert!(sent.contains(&ViewportCommand::CancelClose), "{sent:?}");
    driven.until("the end", |app| app.training.is_none());
    let runs = &driven
        .harness
        .state()
        .session()
        .results
        .as_ref()
        .unwrap()
        .runs;
    assert!(
        runs.iter().all(|run| run.outcome.is_some()),
        "every run has been written"
    );
    driven.harness.step();
    let sent = &driven.harness.output().viewport_output[&ViewportId::ROOT].commands;
    assert!(sent.contains(&ViewportCommand::Close), "{sent:?}");
}
