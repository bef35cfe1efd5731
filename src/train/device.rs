//! Adapters, which one `auto` picks, and opening it without a panic.
//!
//! A software Vulkan driver counts as a processor: it is far slower than the CPU backend, so only a choice by
//! name takes it. Probe before a window opens; graphics loaders do not like being started twice at once.

use std::sync::{Mutex, PoisonError};

use burn::BurnConfig;
use burn::cubecl::config::{CubeClRuntimeConfig, RuntimeConfig as _, cache::CacheConfig};
use burn::cubecl::future::block_on;
use burn::tensor::wgpu::wgpu;
use burn::tensor::{Device, DeviceKind};
use serde::Serialize;

use super::event::DeviceInfo;
use super::self_test;
use crate::error::{Problem, Report, catch_panic};

/// Where the user wants to train.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceChoice {
    /// The first graphics card, else the processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// A graphics adapter by its number in the list, or the first one.
    Gpu(Option<usize>),
}

impl DeviceChoice {
    /// Reads `auto`, `cpu`, `gpu` or `gpu:N`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "cpu" => Some(Self::Cpu),
            "gpu" => Some(Self::Gpu(None)),
            _ => word
                .strip_prefix("gpu:")?
                .parse()
                .ok()
                .map(|index| Self::Gpu(Some(index))),
        }
    }
}

/// One line of the list of devices.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceEntry {
    /// The adapter's or processor's name.
    pub name: String,
    /// `wgpu` or `flex`.
    pub backend: String,
    /// The graphics interface and the kind of adapter, or the number of threads.
    pub kind: String,
    /// Whether the adapter is emulated by the processor.
    pub software: bool,
    /// Whether `auto` picks it.
    pub picked: bool,
    /// What to choose to get it.
    pub choice: DeviceChoice,
    #[serde(skip)]
    selector: Option<DeviceKind>,
}

/// A device that is open.
#[derive(Clone, Debug)]
pub struct OpenDevice {
    /// The tensor library's handle.
    pub handle: Device,
    /// Its name and backend.
    pub info: DeviceInfo,
    /// Whether it is the CPU backend, whose blocks of rows are spread over the cores.
    pub is_cpu: bool,
}

/// All devices: graphics adapters in the order of their numbers, then the processor.
pub fn devices() -> Vec<DeviceEntry> {
    let mut entries = adapters();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    entries.push(DeviceEntry {
        name: processor_name(),
        backend: "flex".to_owned(),
        kind: format!("CPU, {threads} threads"),
        software: false,
        picked: false,
        choice: DeviceChoice::Cpu,
        selector: None,
    });
    if let Some(first) = entries.iter_mut().find(|entry| !entry.software) {
        first.picked = true;
    }
    entries
}

/// Opens a device; `auto` falls back to the processor with a warning, a choice by name does not.
///
/// # Errors
/// A device that was named and cannot be used.
pub fn open(choice: DeviceChoice) -> Result<(OpenDevice, Vec<String>), Report> {
    let entries = if choice == DeviceChoice::Cpu {
        Vec::new()
    } else {
        devices()
    };
    let wanted = match choice {
        DeviceChoice::Cpu => return Ok((cpu(), Vec::new())),
        DeviceChoice::Auto => entries.iter().find(|entry| entry.picked),
        DeviceChoice::Gpu(None) => entries.iter().find(|entry| entry.selector.is_some()),
        DeviceChoice::Gpu(Some(_)) => entries.iter().find(|entry| entry.choice == choice),
    };
    let Some((entry, selector)) = wanted.and_then(|entry| Some((entry, entry.selector.clone()?)))
    else {
        return match choice {
            DeviceChoice::Auto => Ok((cpu(), Vec::new())),
            _ => Err(Report::input(
                "no such device",
                vec![no_such_device(&entries)],
            )),
        };
    };
    match open_adapter(entry, selector) {
        Ok(open) => Ok((open, Vec::new())),
        Err(report) if choice == DeviceChoice::Auto => {
            let warning = format!("training on the processor: {report}");
            Ok((cpu(), vec![warning]))
        }
        Err(report) => Err(report),
    }
}

/// The processor.
pub fn cpu() -> OpenDevice {
    OpenDevice {
        handle: Device::flex(),
        info: DeviceInfo {
            name: processor_name(),
            backend: "flex".to_owned(),
        },
        is_cpu: true,
    }
}

fn no_such_device(entries: &[DeviceEntry]) -> Problem {
    let adapters = entries
        .iter()
        .filter(|entry| entry.selector.is_some())
        .count();
    let problem = Problem::new("--device", "there is no such graphics adapter");
    match adapters {
        0 => problem
            .found("no adapter at all")
            .help("choose cpu, or install a Vulkan driver"),
        count => problem.expected(format!("gpu:0 to gpu:{}", count - 1)),
    }
}

/// One adapter can be opened once in a process; later calls get the same handle.
static OPENED: Mutex<Vec<(DeviceKind, Device)>> = Mutex::new(Vec::new());

fn open_adapter(entry: &DeviceEntry, selector: DeviceKind) -> Result<OpenDevice, Report> {
    let info = DeviceInfo {
        name: entry.name.clone(),
        backend: "wgpu".to_owned(),
    };
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, handle)) = opened.iter().find(|(kind, _)| *kind == selector) {
        return Ok(OpenDevice {
            handle: handle.clone(),
            info,
            is_cpu: false,
        });
    }
    let failed = |summary: &str| {
        Report::failure(format!("{} {summary}", entry.name))
            .with(Problem::new("", "choose the processor with --device cpu"))
    };
    configure();
    let kind = selector.clone();
    let probe = || Device::wgpu_options().device_kind(kind).init();
    let handle = match catch_panic(probe) {
        Ok(Ok(handle)) => handle,
        Ok(Err(error)) => return Err(failed("could not be opened").caused_by(error.to_string())),
        Err(panic) => return Err(failed("failed while it was opened").caused_by(panic)),
    };
    self_test::run(&handle).map_err(|reason| failed("computes wrong numbers").caused_by(reason))?;
    opened.push((selector, handle.clone()));
    Ok(OpenDevice {
        handle,
        info,
        is_cpu: false,
    })
}

/// Independent groups of operations among which fusion looks for what can share a kernel. With more of them it finds
/// less: each group takes operations that then belong to no kernel, and one step is fused otherwise than the next.
const FUSION_BLOCKS: usize = 2;

/// Compiled and tuned kernels are kept in the user's cache folder, whatever the current folder is or has in it.
fn configure() {
    let blocks =
        serde_json::json!({ "fusion": { "beam_search": { "max_blocks": FUSION_BLOCKS } } });
    BurnConfig::try_set(serde_json::from_value(blocks).unwrap_or_default());
    let Some(folders) = directories::ProjectDirs::from("", "", "mtl-lab") else {
        return;
    };
    let mut config = CubeClRuntimeConfig::default();
    config.environment.path = CacheConfig::Directory(folders.cache_dir().join("kernels"));
    CubeClRuntimeConfig::try_set(config);
}

fn adapters() -> Vec<DeviceEntry> {
    let list = || {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        // OpenGL is never trained on, and its libraries have aborted processes as they were unloaded.
        descriptor.backends = wgpu::Backends::PRIMARY;
        let instance = wgpu::Instance::new(descriptor);
        let adapters = block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
        adapters
            .iter()
            .map(wgpu::Adapter::get_info)
            .collect::<Vec<_>>()
    };
    let infos = catch_panic(list).unwrap_or_default();
    let Some(api) = infos
        .iter()
        .find(|info| info.device_type != wgpu::DeviceType::Cpu)
        .or_else(|| infos.first())
        .map(|info| info.backend)
    else {
        return Vec::new();
    };
    let mut counts = [0_usize; 3];
    let mut entries = Vec::new();
    for info in infos.iter().filter(|info| info.backend == api) {
        let mut next = |kind: usize| {
            counts[kind] += 1;
            counts[kind] - 1
        };
        let (selector, word) = match info.device_type {
            wgpu::DeviceType::DiscreteGpu => (DeviceKind::DiscreteGpu(next(0)), "discrete GPU"),
            wgpu::DeviceType::IntegratedGpu => {
                (DeviceKind::IntegratedGpu(next(1)), "integrated GPU")
            }
            wgpu::DeviceType::VirtualGpu => (DeviceKind::VirtualGpu(next(2)), "virtual GPU"),
            wgpu::DeviceType::Cpu => (DeviceKind::Cpu, "software"),
            wgpu::DeviceType::Other => continue,
        };
        entries.push(DeviceEntry {
            name: info.name.clone(),
            backend: "wgpu".to_owned(),
            kind: format!("{word}, {api}"),
            software: info.device_type == wgpu::DeviceType::Cpu,
            picked: false,
            choice: DeviceChoice::Gpu(Some(entries.len())),
            selector: Some(selector),
        });
    }
    entries
}

fn processor_name() -> String {
    let from_system = std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        });
    from_system.unwrap_or_else(|| format!("{} processor", std::env::consts::ARCH))
}
