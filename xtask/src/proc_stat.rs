//! What `/proc` tells about a process: its name, children, CPU time and memory.

use std::fs;

/// One line of `/proc/PID/stat`, split behind the name, which may hold spaces and parentheses.
fn stat(pid: u32) -> Option<(String, Vec<String>)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (start, end) = (text.find('(')?, text.rfind(')')?);
    let name = text[start + 1..end].to_owned();
    let fields = text[end + 1..]
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    Some((name, fields))
}

/// The name of the program, if the process lives.
pub fn name(pid: u32) -> Option<String> {
    let (name, fields) = stat(pid)?;
    (fields.first().map(String::as_str) != Some("Z")).then_some(name)
}

/// Living children, oldest first.
pub fn children(parent: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let mut found: Vec<u32> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| {
            stat(*pid).and_then(|(_, fields)| fields.get(1)?.parse().ok()) == Some(parent)
        })
        .collect();
    found.sort_unstable();
    found
}

/// CPU time of a process with its children, finished ones included, in clock ticks.
///
/// A child that ends while it is being counted would be missed or counted twice: then all is counted anew.
pub fn cpu_ticks(pid: u32) -> u64 {
    loop {
        let living = children(pid);
        let theirs: u64 = living.iter().copied().map(cpu_ticks).sum();
        let own = own_ticks(pid);
        if children(pid) == living {
            return own + theirs;
        }
    }
}

/// CPU time of a process and of its finished children.
fn own_ticks(pid: u32) -> u64 {
    // utime, stime, cutime, cstime are fields 14 to 17; the first here is field 3.
    stat(pid).map_or(0, |(_, fields)| {
        fields
            .iter()
            .skip(11)
            .take(4)
            .filter_map(|field| field.parse::<u64>().ok())
            .sum()
    })
}

/// Resident memory in bytes.
pub fn resident(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace()
        .next()?
        .parse::<u64>()
        .ok()
        .map(|kilobytes| kilobytes * 1024)
}
