//! What the window looks like: theme, bars, screens. It reads the session and answers with commands.

pub mod card;
pub mod compare;
pub mod data_screen;
pub mod design_screen;
pub mod format;
pub mod icon;
mod keys;
mod notices;
mod palette;
mod rail;
pub mod runs_screen;
mod strip;
pub mod theme;
mod top_bar;
mod window;

pub use window::Window;
