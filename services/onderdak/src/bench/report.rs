//! What `onderdak bench` tells: a table for people, JSON for programs, and both as files. It judges nothing.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::figures::Check;
use super::machine::Machine;
use crate::{Exit, Failure, output};

/// Heads of the table.
const HEADS: [&str; 7] = ["Rij", "Wat", "Gemeten", "Ondergrens", "Verhouding", "Doel", "Gehaald"];

/// One row of the design's table.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    /// Its name, as `--only` takes it.
    pub(super) name: String,
    /// What it measures.
    pub(super) what: &'static str,
    /// What was measured.
    pub(super) checks: Vec<Check>,
    /// Why a goal was missed; none where none was.
    pub(super) missed_because: Option<&'static str>,
    /// Why nothing was.
    pub(super) not_measured: Option<String>,
    /// How long the row took.
    pub(super) took_seconds: u64,
}

/// A whole measurement.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Where.
    pub(super) machine: Machine,
    /// Rounds; every figure is the median of them.
    pub(super) rounds: u8,
    /// Whether the sizes were small, for trying.
    pub(super) quick: bool,
    /// The rows.
    pub(super) lines: Vec<Line>,
}

impl Report {
    /// The table.
    pub(super) fn table(&self) -> String {
        let rows = self.rows();
        let misses =
            self.lines.iter().flat_map(|line| &line.checks).filter(|check| check.reached == Some(false)).count();
        let silent = self.lines.iter().filter(|line| line.not_measured.is_some()).count();
        let reasons: String = self.reasons().map(|reason| format!("\n{reason}")).collect();
        format!(
            "{}\n{}\n\n{}\n\n{}{reasons}",
            self.machine.sentence(),
            self.how(),
            output::table(&HEADS, &rows),
            format_args!("Doelen gemist: {misses}. Rijen niet gemeten: {silent}.")
        )
    }

    /// Why goals were missed, row by row.
    fn reasons(&self) -> impl Iterator<Item = String> {
        self.lines.iter().filter_map(|line| Some(format!("- {} gemist: {}.", line.name, line.missed_because?)))
    }

    fn how(&self) -> String {
        let sizes = if self.quick { "; kleine maten (--quick): alleen om te proberen" } else { "" };
        format!("Medianen van {} rondes, ondergrens in dezelfde ronde gemeten{sizes}.", self.rounds)
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        for line in &self.lines {
            for check in &line.checks {
                rows.push([line.name.clone()].into_iter().chain(check.cells()).collect());
            }
            if let Some(why) = &line.not_measured {
                let mut row = vec![line.name.clone(), format!("niet gemeten: {why}")];
                row.resize(HEADS.len(), "–".to_owned());
                rows.push(row);
            }
        }
        rows
    }

    /// Writes `<date>-<machine>.json` and `.md`, beside every earlier run of that day; gives their paths.
    pub(super) fn save(&self, folder: &Path) -> Result<[PathBuf; 2], Failure> {
        let unwritable = |error: std::io::Error| {
            Failure::new(Exit::Input, format!("in {} kan niet geschreven worden: {error}", folder.display()))
        };
        let json = serde_json::to_string_pretty(self).map_err(|error| Failure::of(Exit::Failed, &error))?;
        std::fs::create_dir_all(folder).map_err(unwritable)?;
        let name = self.machine.file_name();
        let names = std::iter::once(name.clone()).chain((2..).map(|run| format!("{name}-{run}")));
        let paths = |name: String| [folder.join(format!("{name}.json")), folder.join(format!("{name}.md"))];
        let is_new = |files: &[PathBuf; 2]| !files.iter().any(|file| file.exists());
        // The names never end.
        let files = names.map(paths).find(is_new).unwrap_or_else(|| paths(name));
        std::fs::write(&files[0], json + "\n").map_err(unwritable)?;
        std::fs::write(&files[1], self.markdown()).map_err(unwritable)?;
        Ok(files)
    }

    fn markdown(&self) -> String {
        let cells = |row: &[String]| {
            format!("| {} |\n", row.iter().map(|it| it.replace('|', "/")).collect::<Vec<_>>().join(" | "))
        };
        let mut text = format!("# Onderdak, gemeten\n\n{}\n\n{}\n\n", self.machine.sentence(), self.how());
        text += &cells(&HEADS.map(str::to_owned));
        text += &cells(&HEADS.map(|_| "---".to_owned()));
        self.rows().iter().for_each(|row| text += &cells(row));
        text += "\n";
        self.reasons().for_each(|reason| text += &format!("{reason}\n"));
        text += "\n";
        for line in &self.lines {
            text += &format!("- `{}` ({} s): {}\n", line.name, line.took_seconds, line.what);
        }
        text
    }
}
