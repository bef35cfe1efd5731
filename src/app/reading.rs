//! Tables read in the background, with progress and a way to give up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::background::{Background, Sender};
use crate::data::read::Watch;
use crate::error::Report;
use crate::lab;
use crate::session::{LoadRequest, LoadedData, Message};

/// The reading under way, if there is one.
#[derive(Debug, Default)]
pub struct Reading {
    cancelled: Arc<AtomicBool>,
}

impl Reading {
    /// Gives up.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// Starts reading; an earlier reading has to be cancelled by the caller.
pub fn start(background: &Background, request: LoadRequest) -> Reading {
    let cancelled = Arc::new(AtomicBool::new(false));
    let held = Arc::clone(&cancelled);
    background.spawn("read table", move |sender| {
        let result = load(&request, sender, Arc::clone(&held));
        if held.load(Ordering::Relaxed) {
            return None;
        }
        Some(Message::Loaded {
            ticket: request.ticket,
            result: result.map(Box::new),
        })
    });
    Reading { cancelled }
}

fn load(
    request: &LoadRequest,
    sender: &Sender,
    cancelled: Arc<AtomicBool>,
) -> Result<LoadedData, Report> {
    let told = AtomicU32::new(0);
    let watch = Watcher {
        sender: sender.clone(),
        ticket: request.ticket,
        told,
        cancelled,
    };
    let prepared = lab::read_tables(&request.data, &request.base, &watch)?;
    let paths = request
        .data
        .paths
        .iter()
        .map(|path| request.base.join(path))
        .collect();
    Ok(LoadedData::gather(paths, prepared))
}

/// Tells the window how far reading is.
struct Watcher {
    sender: Sender,
    ticket: u64,
    /// The percent told last.
    told: AtomicU32,
    cancelled: Arc<AtomicBool>,
}

impl Watch for Watcher {
    fn progress(&self, share: f32) {
        // A hundred messages at the most, or the window would drown in them.
        let percent = (share * 100.0) as u32;
        if self.told.swap(percent, Ordering::Relaxed) != percent {
            self.sender.send(Message::LoadProgress {
                ticket: self.ticket,
                share,
            });
        }
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}
