//! What a process holds, as Linux says it (proc_pid_status(5)).

use anyhow::{Context, Result};

/// Resident memory of a process, bytes.
pub fn resident(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))
        .with_context(|| format!("process {process} is not there"))?;
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse::<u64>().ok())
        .with_context(|| format!("process {process} does not say its memory"))?;
    Ok(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_process_has_memory() {
        assert!(super::resident(std::process::id()).is_ok_and(|bytes| bytes > 0));
    }
}
