//! The machine a figure belongs to, from /proc: processor, memory, kernel, disk; and how much memory a process has. It
//! must not name the machine.

use std::path::Path;
use std::process::Command;

use serde::Serialize;

/// Files that must be open at once when ten thousand connections are.
const FILES_NEEDED: u64 = 16_384;
/// Says that the limit on open files was raised already.
const RAISED: &str = "ONDERDAK_BENCH_RAISED";
/// Parts of a second in which Linux tells such times, on every machine.
const TICKS: f64 = 100.0;

/// A machine.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Machine {
    /// Day of the measurement.
    pub(super) date: String,
    /// Processors this process may use.
    pub(super) cores: usize,
    /// Model of the processor.
    pub(super) processor: String,
    /// Memory in MiB.
    pub(super) memory_mib: u64,
    /// Kernel.
    pub(super) kernel: String,
    /// File system of the folder that was measured in.
    pub(super) file_system: String,
    /// Whether the program was built to be fast.
    pub(super) release: bool,
}

impl Machine {
    /// This machine, measuring in a folder.
    pub(super) fn here(folder: &Path) -> Self {
        let processor = field(&read("/proc/cpuinfo"), "model name");
        Self {
            date: service::clock::now().strftime("%Y-%m-%d").to_string(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: if processor.is_empty() { std::env::consts::ARCH.to_owned() } else { processor },
            memory_mib: kib(&field(&read("/proc/meminfo"), "MemTotal")) / 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            file_system: file_system(folder),
            release: !cfg!(debug_assertions),
        }
    }

    /// A file name without its ending.
    pub(super) fn file_name(&self) -> String {
        let described = crate::seed::token(&format!("{} kernen {}", self.cores, self.processor));
        let short: String = described.chars().take(48).collect();
        format!("{}-{}", self.date, short.trim_end_matches('-'))
    }

    /// One line for people.
    pub(super) fn sentence(&self) -> String {
        let Self { date, cores, processor, memory_mib, kernel, file_system, release } = self;
        let build = if *release { "release" } else { "debug: de getallen zeggen niets" };
        format!(
            "{date} · {cores} kernen {processor} · {} GiB · Linux {kernel} · {file_system} · {build}",
            (memory_mib + 512) / 1024
        )
    }
}

/// Memory a process has in use, in KiB; zero when it is gone.
pub(super) fn memory_kib(process: u32) -> u64 {
    kib(&field(&read(&format!("/proc/{process}/status")), "VmRSS"))
}

/// Time the processors spent on a process so far, in seconds; zero when it is gone.
pub(super) fn cpu_seconds(process: u32) -> f64 {
    let stat = read(&format!("/proc/{process}/stat"));
    // The name of the program, between parentheses, may hold spaces; times in user and kernel mode are the twelfth and
    // thirteenth field after it.
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u32>().ok());
    ticks.map(f64::from).sum::<f64>() / TICKS
}

/// The processes a process started.
pub(super) fn children_of(parent: u32) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |process: &u32| field(&read(&format!("/proc/{process}/status")), "PPid") == parent.to_string();
    numbers.filter(is_child).collect()
}

/// A thousand connections need more open files than many machines allow at first. A process cannot change that
/// without unsafe code, but a shell can, and then becomes this program again.
pub(super) fn raise_open_files() {
    use std::os::unix::process::CommandExt as _;
    let limits = read("/proc/self/limits");
    let Some(line) = limits.lines().find(|line| line.starts_with("Max open files")) else { return };
    let mut numbers = line.split_whitespace().filter_map(|word| word.parse::<u64>().ok());
    let (soft, hard) = (numbers.next().unwrap_or(u64::MAX), numbers.next().unwrap_or(u64::MAX));
    if soft >= FILES_NEEDED || hard <= soft || std::env::var_os(RAISED).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let script = "ulimit -n \"$(ulimit -Hn)\"; exec \"$0\" \"$@\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(program).args(std::env::args_os().skip(1)).env(RAISED, "1");
    // Comes back only when it failed; the row that needs it will say so.
    let _ = shell.exec();
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// The value behind `name:`.
fn field(text: &str, name: &str) -> String {
    let found = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'));
    found.unwrap_or_default().trim().to_owned()
}

fn kib(value: &str) -> u64 {
    value.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The file system of the mount with the longest path above a folder.
fn file_system(folder: &Path) -> String {
    let mounts = read("/proc/mounts");
    let above = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        let (mount, kind) = (words.next()?, words.next()?);
        folder.starts_with(mount).then_some((mount.len(), kind))
    });
    above.max_by_key(|(length, _)| *length).map_or_else(String::new, |(_, kind)| kind.to_owned())
}
