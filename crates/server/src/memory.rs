//! How much memory this process may come to have.

use std::fs;
use std::path::Path;

/// Bytes that this process may have: all that the machine has, or fewer if the group of processes that
/// it is in may have fewer. `None` where the system does not tell.
pub(crate) fn allowed() -> Option<usize> {
    let bytes = allowed_by(Path::new("/proc"), Path::new("/sys/fs/cgroup"));
    bytes.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX))
}

/// The same, of what Linux tells in these two places.
fn allowed_by(processes: &Path, groups: &Path) -> Option<u64> {
    let machine = fs::read_to_string(processes.join("meminfo")).ok();
    let machine = machine.and_then(|text| kilobytes(&text, "MemTotal:"));
    let own = fs::read_to_string(processes.join("self/cgroup")).unwrap_or_default();
    let own = own.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    // What a group may have bounds those within it. The outermost is that of a container, from inside.
    let within = Path::new(own).ancestors().map(|group| groups.join(group).join("memory.max"));
    let bounds = within.filter_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok());
    machine.into_iter().chain(bounds).min()
}

/// The figure of a line, in bytes.
fn kilobytes(text: &str, word: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(word))?;
    let number: u64 = line.split_whitespace().next()?.parse().ok()?;
    number.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_bound_counts() {
        let folder = tempfile::tempdir().unwrap();
        let [processes, groups] = ["proc", "groups"].map(|name| folder.path().join(name));
        let bound = |group: &str, bytes: &str| {
            fs::create_dir_all(groups.join(group)).unwrap();
            fs::write(groups.join(group).join("memory.max"), bytes).unwrap();
        };
        let allowed = || allowed_by(&processes, &groups);
        assert_eq!(allowed(), None);

        fs::create_dir_all(processes.join("self")).unwrap();
        fs::write(processes.join("meminfo"), "MemTotal:  2000 kB\nMemFree:  7 kB\n").unwrap();
        assert_eq!(allowed(), Some(2_048_000));
        fs::write(processes.join("self/cgroup"), "1:name=x:/y\n0::/slice/service\n").unwrap();
        bound("slice/service", "max\n");
        bound("other", "1\n");
        assert_eq!(allowed(), Some(2_048_000));
        bound("slice", "1000000\n");
        assert_eq!(allowed(), Some(1_000_000));
        bound("slice/service", "600000\n");
        assert_eq!(allowed(), Some(600_000));
        bound("", "500000\n");
        assert_eq!(allowed(), Some(500_000));
    }
}
