//! Keys of the commands; a text field keeps those that it needs itself.

use eframe::egui;
use egui::{Key, KeyboardShortcut, Modifiers};

use crate::session::{Command, Shortcut};

/// The commands whose keys were pressed in this frame.
pub fn pressed(ctx: &egui::Context) -> Vec<Command> {
    let typing = ctx.text_edit_focused();
    let mut keyed: Vec<(Shortcut, Command)> = Command::all()
        .into_iter()
        .filter_map(|command| Some((command.shortcut()?, command)))
        .collect();
    // Ctrl+Z would also take Ctrl+Shift+Z, so the longer one is looked at first.
    keyed.sort_by_key(|(keys, _)| !keys.shift);
    let mut commands = Vec::new();
    for (keys, command) in keyed {
        if typing && matches!(command, Command::Undo | Command::Redo) {
            continue;
        }
        let Some(shortcut) = egui_shortcut(keys) else {
            continue;
        };
        if ctx.input_mut(|input| input.consume_shortcut(&shortcut)) {
            commands.push(command);
        }
    }
    if !typing && ctx.input(|input| input.key_pressed(Key::Questionmark)) {
        commands.push(Command::ToggleKeys);
    }
    commands
}

fn egui_shortcut(keys: Shortcut) -> Option<KeyboardShortcut> {
    let mut modifiers = Modifiers::NONE;
    if keys.command {
        modifiers = modifiers.plus(Modifiers::COMMAND);
    }
    if keys.shift {
        modifiers = modifiers.plus(Modifiers::SHIFT);
    }
    Some(KeyboardShortcut::new(modifiers, Key::from_name(keys.key)?))
}

#[cfg(test)]
mod tests {
    use super::egui_shortcut;
    use crate::session::Command;

    #[test]
    fn every_key_is_known() {
        for command in Command::all() {
            if let Some(keys) = command.shortcut() {
                assert!(egui_shortcut(keys).is_some(), "{}", keys.key);
            }
        }
    }
}
