//! What the process uses, as Linux tells it; elsewhere nothing is said.

use std::fmt::Write;

/// What Linux gives to programs as the length of its ticks, whatever the kernel's own is.
const TICKS_PER_SECOND: f64 = 100.0;
const PAGE_BYTES: u64 = 4096;

/// Appends the text that Prometheus reads.
pub(super) fn write(started_seconds: i64, out: &mut String) {
    let mut gauge = |name: &str, ty: &str, value: String| {
        let _ = writeln!(out, "# TYPE {name} {ty}\n{name} {value}");
    };
    gauge("process_start_time_seconds", "gauge", started_seconds.to_string());
    let read = |file: &str| std::fs::read_to_string(format!("/proc/self/{file}")).ok();
    if let Some((virtual_pages, resident_pages)) = read("statm").as_deref().and_then(memory) {
        gauge("process_virtual_memory_bytes", "gauge", (virtual_pages * PAGE_BYTES).to_string());
        gauge("process_resident_memory_bytes", "gauge", (resident_pages * PAGE_BYTES).to_string());
    }
    if let Some(ticks) = read("stat").as_deref().and_then(processor) {
        gauge("process_cpu_seconds_total", "counter", (ticks as f64 / TICKS_PER_SECOND).to_string());
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        gauge("process_open_fds", "gauge", open.count().to_string());
    }
}

/// The pages of `/proc/self/statm`: in all, and in memory.
fn memory(statm: &str) -> Option<(u64, u64)> {
    let mut words = statm.split(' ').map(str::parse);
    Some((words.next()?.ok()?, words.next()?.ok()?))
}

/// The ticks of `/proc/self/stat`, the program's own and the kernel's for it. The second word is a name that
/// may hold anything, in parentheses.
fn processor(stat: &str) -> Option<u64> {
    let mut words = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11).map(str::parse::<u64>);
    Some(words.next()?.ok()? + words.next()?.ok()?)
}

#[cfg(test)]
mod tests {
    use super::{memory, processor};

    #[test]
    fn proc_is_read() {
        assert_eq!(memory("100 25 3 4 5 6 7\n"), Some((100, 25)));
        let stat = "7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 31 11 12 13";
        assert_eq!(processor(stat), Some(42));
        assert_eq!(processor("nonsense"), None);
    }
}
