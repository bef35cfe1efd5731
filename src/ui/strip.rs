//! The run strip below: start, pause, stop, skip; what runs, how far, how long still; the device.

use eframe::egui;
use eframe::egui::{Align, ComboBox, Layout, ProgressBar, RichText, Ui, vec2};

use super::format;
use super::icon::{Icon, icon_button};
use super::theme;
use crate::session::{Command, Overall, Session, TrainingPhase};
use crate::train::DeviceChoice;

/// Draws the strip.
pub fn ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    ui.horizontal_centered(|ui| {
        buttons_ui(ui, session, commands);
        ui.separator();
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            device_ui(ui, session, commands);
            ui.separator();
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                progress_ui(ui, session);
            });
        });
    });
}

fn buttons_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let Some(training) = &session.training else {
        let why = session.why_not_run().unwrap_or_default();
        let response = icon_button(ui, Icon::Play, "Run", session.can_run());
        if response.on_disabled_hover_text(why).clicked() {
            commands.push(Command::Run);
        }
        return;
    };
    let paused = training.phase == TrainingPhase::Paused;
    let live = matches!(
        training.phase,
        TrainingPhase::Running | TrainingPhase::Paused
    );
    let (icon, name) = if paused {
        (Icon::Play, "Go on")
    } else {
        (Icon::Pause, "Pause")
    };
    if icon_button(ui, icon, name, live).clicked() {
        commands.push(Command::PauseOrGoOn);
    }
    let stoppable = training.phase != TrainingPhase::Stopping;
    if icon_button(ui, Icon::Stop, "Stop training", stoppable).clicked() {
        commands.push(Command::Stop);
    }
    if icon_button(ui, Icon::Skip, "Skip run", live).clicked() {
        commands.push(Command::SkipCurrent);
    }
}

fn progress_ui(ui: &mut Ui, session: &Session) {
    let weak = theme::of(ui).weak;
    let Some(training) = &session.training else {
        let text = session
            .why_not_run()
            .unwrap_or_else(|| match session.num_runs() {
                1 if session.is_trained() => "Done. Run trains it again".to_owned(),
                number if session.is_trained() => format!("Done. Run trains all {number} again"),
                number => format!("Ready to run {number}"),
            });
        ui.add(egui::Label::new(RichText::new(text).color(weak)).truncate());
        return;
    };
    let Some(results) = session
        .results
        .as_ref()
        .filter(|_| training.phase != TrainingPhase::Preparing)
    else {
        ui.spinner();
        ui.label(RichText::new("Preparing the data and the device").color(weak));
        return;
    };
    let overall = Overall::of(results, training.elapsed_secs());
    if let Some(index) = overall.current
        && let Some(run) = results.runs.get(index)
    {
        let name = format!("{}, seed {}", results.variant_name(index), run.seed);
        let others = if overall.running > 1 {
            format!(" +{}", overall.running - 1)
        } else {
            String::new()
        };
        let label = egui::Label::new(format!("{name}{others}")).truncate();
        ui.allocate_ui(vec2((ui.available_width() * 0.26).max(80.0), 22.0), |ui| {
            ui.add(label)
        });
        if let Some(at) = run.progress {
            ui.label(RichText::new(format!("epoch {} of {}", at.epoch, at.epochs)).color(weak));
        }
    } else {
        ui.label(RichText::new("Between runs").color(weak));
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let mut words = Vec::new();
        if overall.queued > 0 {
            words.push(format!("{} waiting", overall.queued));
        }
        match training.phase {
            TrainingPhase::Paused => words.push("paused".to_owned()),
            TrainingPhase::Stopping => words.push("stopping".to_owned()),
            _ => {
                if let Some(eta) = overall.eta_secs {
                    words.push(format!("{} to go", format::duration(eta)));
                }
            }
        }
        ui.label(RichText::new(words.join("   ")).color(weak));
        let width = (ui.available_width() - theme::GAP).max(40.0);
        let percent = format::percent(f64::from(overall.share));
        ui.add(
            ProgressBar::new(overall.share)
                .desired_width(width)
                .fill(theme::of(ui).progress)
                .text(percent),
        );
    });
}

fn device_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    if let Some(results) = session
        .results
        .as_ref()
        .filter(|_| session.training.is_some())
    {
        let device = &results.device;
        let text = format!("{} ({})", device.name, device.backend);
        ui.allocate_ui(vec2(220.0, 22.0), |ui| {
            ui.add(egui::Label::new(text).truncate())
        });
        return;
    }
    let picked = session.devices.iter().find(|device| device.picked);
    let auto = picked.map_or_else(
        || "Auto".to_owned(),
        |device| format!("Auto, {}", device.name),
    );
    let chosen = session
        .devices
        .iter()
        .find(|device| device.choice == session.device);
    let text = match (session.device, chosen) {
        (DeviceChoice::Auto, _) => auto.clone(),
        (_, Some(device)) => format!("{} ({})", device.name, device.backend),
        (DeviceChoice::Cpu, None) => "CPU".to_owned(),
        (DeviceChoice::Gpu(_), None) => "GPU".to_owned(),
    };
    let mut choice = session.device;
    ui.name_inputs("Device", |ui| {
        ComboBox::from_id_salt("device")
            .selected_text(text)
            .width(220.0)
            .truncate()
            .show_ui(ui, |ui| {
                ui.selectable_value(&mut choice, DeviceChoice::Auto, auto);
                for device in &session.devices {
                    let text = format!("{} ({})", device.name, device.backend);
                    ui.selectable_value(&mut choice, device.choice, text);
                }
            });
    });
    if choice != session.device {
        commands.push(Command::SetDevice(choice));
    }
}
