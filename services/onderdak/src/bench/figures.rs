//! Figures, floors and goals: what was measured, what this machine can do at best, and whether that is enough. It
//! measures nothing itself.

use std::time::Duration;

use serde::Serialize;

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unit {
    /// Per second.
    PerSecond,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Mebibytes.
    Mebibytes,
    /// Kibibytes.
    Kibibytes,
    /// Things.
    Count,
    /// A ratio of two figures.
    Times,
}

impl Unit {
    /// A value the way people write it here.
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Self::PerSecond => format!("{}/s", dutch(value, 0)),
            Self::Seconds => format!("{} s", dutch(value, 2)),
            Self::Milliseconds => format!("{} ms", dutch(value, 2)),
            Self::Microseconds => format!("{} µs", dutch(value, 0)),
            Self::Mebibytes => format!("{} MiB", dutch(value, 0)),
            Self::Kibibytes => format!("{} KiB", dutch(value, 1)),
            Self::Count => dutch(value, 0),
            Self::Times => format!("{} ×", dutch(value, 2)),
        }
    }
}

/// One figure: the median of its rounds.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figure {
    /// The median.
    pub(super) value: f64,
    /// What it counts.
    pub(super) unit: Unit,
    /// What each round gave.
    pub(super) rounds: Vec<f64>,
}

impl Figure {
    /// The median of rounds.
    pub(super) fn of(unit: Unit, rounds: Vec<f64>) -> Self {
        let mut sorted = rounds.clone();
        sorted.sort_by(f64::total_cmp);
        Self { value: sorted.get(sorted.len() / 2).copied().unwrap_or(0.0), unit, rounds }
    }

    fn show(&self) -> String {
        self.unit.show(self.value)
    }
}

/// What this machine does at best, measured in the same run; or why that could not be measured.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Floor {
    /// It was measured.
    Measured {
        /// What does it.
        what: String,
        /// How well.
        figure: Figure,
    },
    /// It was not.
    Missing {
        /// What would do it.
        what: String,
        /// What is missing.
        why: String,
    },
}

/// What has to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Goal {
    /// So many times the floor, or more.
    AtLeastTimes(f64),
    /// So many times the floor, or less.
    AtMostTimes(f64),
    /// So much, or more.
    AtLeast(f64),
    /// Less than this.
    Below(f64),
    /// Nothing; it is told beside the others.
    Nothing,
}

/// One figure beside its floor and its goal.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Check {
    /// What was measured.
    pub(super) what: String,
    /// How well it did.
    pub(super) measured: Figure,
    /// How well this machine does at best.
    pub(super) floor: Option<Floor>,
    /// The figure as a multiple of its floor.
    pub(super) ratio: Option<f64>,
    /// What has to be reached.
    pub(super) goal: Goal,
    /// Whether it is; none where nothing has to be, or the floor is missing.
    pub(super) reached: Option<bool>,
}

impl Check {
    /// A figure without a floor.
    pub(super) fn new(what: impl Into<String>, measured: Figure, goal: Goal) -> Self {
        let mut check = Self { what: what.into(), measured, floor: None, ratio: None, goal, reached: None };
        check.judge();
        check
    }

    /// Beside its floor.
    #[must_use]
    pub(super) fn beside(mut self, floor: Floor) -> Self {
        if let Floor::Measured { figure, .. } = &floor
            && figure.value > 0.0
        {
            self.ratio = Some(self.measured.value / figure.value);
        }
        self.floor = Some(floor);
        self.judge();
        self
    }

    fn judge(&mut self) {
        self.reached = match self.goal {
            Goal::AtLeastTimes(times) => self.ratio.map(|ratio| ratio >= times),
            Goal::AtMostTimes(times) => self.ratio.map(|ratio| ratio <= times),
            Goal::AtLeast(least) => Some(self.measured.value >= least),
            Goal::Below(most) => Some(self.measured.value < most),
            Goal::Nothing => None,
        };
    }

    /// The cells of a table: measured, floor, ratio, goal, reached.
    pub(super) fn cells(&self) -> [String; 6] {
        let floor = match &self.floor {
            Some(Floor::Measured { what, figure }) => format!("{what}: {}", figure.show()),
            Some(Floor::Missing { what, why }) => format!("{what}: niet gemeten, {why}"),
            None => "–".to_owned(),
        };
        let unit = self.measured.unit;
        let goal = match self.goal {
            Goal::AtLeastTimes(times) => format!("≥ {}", Unit::Times.show(times)),
            Goal::AtMostTimes(times) => format!("≤ {}", Unit::Times.show(times)),
            Goal::AtLeast(least) => format!("≥ {}", unit.show(least)),
            Goal::Below(most) => format!("< {}", unit.show(most)),
            Goal::Nothing => "–".to_owned(),
        };
        let reached = match (self.goal, self.reached) {
            (_, Some(true)) => "ja",
            (_, Some(false)) => "NEE",
            (Goal::Nothing, None) => "–",
            (_, None) => "niet te zeggen",
        };
        let ratio = self.ratio.map_or_else(|| "–".to_owned(), |ratio| Unit::Times.show(ratio));
        [self.what.clone(), self.measured.show(), floor, ratio, goal, reached.to_owned()]
    }
}

/// A number with a decimal comma and dots between thousands.
fn dutch(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let comma = if fraction.is_empty() { "" } else { "," };
    format!("{sign}{grouped}{comma}{fraction}")
}

/// A duration in milliseconds.
pub(super) fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}

/// So much work in so long, per second.
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^52")]
pub(super) fn rate(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(1e-9)
}

/// The value below which such a part of all values lies; zero of none.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss, reason = "an index")]
pub(super) fn percentile(values: &mut [Duration], part: f64) -> Duration {
    let index = ((values.len() as f64 * part) as usize).min(values.len().saturating_sub(1));
    if values.is_empty() {
        return Duration::ZERO;
    }
    *values.select_nth_unstable(index).1
}
