//! The machine's line: without it the figures say nothing.

use std::fs;
use std::process::Command;

use anyhow::{Context, ensure};

/// Open files that 1,000 connections need in each process, with room to spare.
const OPEN_FILES: u64 = 4096;

/// Cores, memory, PostgreSQL, rustc.
pub fn line(postgres: &str) -> anyhow::Result<String> {
    let cores = std::thread::available_parallelism()?;
    let memory = kilobytes(&fs::read_to_string("/proc/meminfo")?, "MemTotal:")? / 1024 / 1024;
    Ok(format!("{cores} cores · {memory} GiB · PostgreSQL {postgres} · {}", said("rustc", "--version")?))
}

/// Refuses a limit of open files that 1,000 connections would run into.
pub fn check_open_files() -> anyhow::Result<()> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).context("no limit of open files")?;
    let limit = line.split_whitespace().next().unwrap_or_default();
    let enough = limit == "unlimited" || limit.parse::<u64>()? >= OPEN_FILES;
    ensure!(enough, "only {limit} open files are allowed: run ulimit -n {OPEN_FILES}, then again");
    Ok(())
}

fn kilobytes(text: &str, name: &str) -> anyhow::Result<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn said(program: &str, argument: &str) -> anyhow::Result<String> {
    let output = Command::new(program).arg(argument).output().with_context(|| program.to_owned())?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
