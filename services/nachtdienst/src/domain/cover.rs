//! Cover: when a gemeente has somebody, and the gaps in its evenings and nights. What changed of it is told in the same
//! commit, and it is told again before anybody stops believing it. It must not decide who works.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use model::id::Gemeente;
use model::moment::later;
use model::night::{self, Period};
use model::region::Region;

use super::{Deciding, Event, State, TeamState, Why};

/// How far ahead is told.
pub const AHEAD: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What is known of one gemeente at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// When somebody is there, oldest first, merged.
    pub covered: Vec<Period>,
    /// Parts of the evenings and nights in which nobody is.
    pub gaps: Vec<Period>,
    /// Teams on duty that are beschikbaar, onderweg, bezig and on a pauze.
    pub teams: [u32; 4],
    /// Meldingen that are not closed.
    pub open_meldingen: u32,
}

impl State {
    /// What is known of a gemeente between two moments; teams are those of `at`.
    pub fn picture(
        &self,
        region: &Region,
        gemeente: &Gemeente,
        at: Timestamp,
        from: Timestamp,
        until: Timestamp,
    ) -> Picture {
        let here = || self.shifts_after(from).filter(|shift| shift.plan.gemeenten.contains(gemeente));
        let parts =
            here().filter(|shift| shift.period.from < until).flat_map(|shift| shift.covers().collect::<Vec<_>>());
        let covered = merged(parts.filter_map(|part| within(part, from, until)).collect());
        let nights = night::nights(region, from, until).into_iter().filter_map(|night| within(night, from, until));
        let gaps = nights.flat_map(|night| without(night, &covered)).collect();
        let mut teams = [0; 4];
        for shift in here().filter(|shift| shift.is_on_duty(at)) {
            teams[index(shift.state)] += 1;
        }
        Picture { covered, gaps, teams, open_meldingen: self.open_meldingen_in(gemeente) }
    }

    /// Whether somebody is there for a gemeente at a moment.
    pub fn is_covered(&self, gemeente: &Gemeente, at: Timestamp) -> bool {
        let here = self.shifts_after(at).filter(|shift| shift.plan.gemeenten.contains(gemeente));
        here.flat_map(|shift| shift.covers().collect::<Vec<_>>()).any(|part| part.contains(at))
    }
}

impl Deciding<'_> {
    /// Tells every gemeente of which something else is known now, or that was not told for a while.
    pub(super) fn tell(&mut self) {
        let at = self.at();
        let until = later(at, AHEAD);
        let events = self.decision.so_far();
        // A shift that begins or ends changes no plan, and the teams on duty all the same.
        let turned: BTreeSet<Gemeente> = events.iter().flat_map(|event| self.turned(event)).collect();
        let mut told = Vec::new();
        for info in &self.region.gemeenten {
            let gemeente = &info.code;
            let is_due = self.state().told(gemeente).is_none_or(|(_, _, again_at)| again_at <= at);
            let (before, after) = (
                self.before.picture(self.region, gemeente, at, at, until),
                self.state().picture(self.region, gemeente, at, at, until),
            );
            let is_news = before != after || turned.contains(gemeente);
            if is_news || is_due {
                let here = events.iter().filter(|event| self.is_about(event, gemeente));
                let why: BTreeSet<Why> = here.filter_map(Event::why).collect();
                let why = if is_news { why.into_iter().collect() } else { vec![Why::Renewed] };
                told.push(Event::CoverTold { gemeente: gemeente.clone(), why, again_at: self.again_at() });
            }
        }
        told.into_iter().for_each(|event| self.happened(event));
    }

    /// Long before anybody stops believing what was told.
    fn again_at(&self) -> Timestamp {
        let seconds = i64::from(self.region.rules.cover_goal_minutes) * 60 / 3;
        later(self.at(), SignedDuration::from_secs(seconds))
    }

    /// Whether a gemeente is told why: a melding is about one, a shift about those its team works for, or worked for.
    fn is_about(&self, event: &Event, gemeente: &Gemeente) -> bool {
        if let Some(shift) = event.shift().or(event.passing()) {
            let works = |state: &State| state.shift(shift).is_some_and(|it| it.plan.gemeenten.contains(gemeente));
            return works(self.state()) || works(self.before);
        }
        let melding = event.melding().and_then(|id| self.state().melding(id));
        melding.is_none_or(|melding| melding.gemeente == *gemeente)
    }

    /// Gemeenten of which the teams on duty change, whatever the plans say; after a handover all of them.
    fn turned(&self, event: &Event) -> Vec<Gemeente> {
        if let Some(shift) = event.passing() {
            self.state().shift(shift).map(|shift| shift.plan.gemeenten.clone()).unwrap_or_default()
        } else if let Event::HandedOver { .. } | Event::HandoverAccepted { .. } = event {
            self.region.gemeenten.iter().map(|info| info.code.clone()).collect()
        } else {
            Vec::new()
        }
    }
}

const fn index(state: TeamState) -> usize {
    match state {
        TeamState::Beschikbaar => 0,
        TeamState::Onderweg => 1,
        TeamState::Bezig => 2,
        TeamState::Pauze => 3,
    }
}

/// The part of a period between two moments.
fn within(part: Period, from: Timestamp, until: Timestamp) -> Option<Period> {
    let part = Period { from: part.from.max(from), until: part.until.min(until) };
    (part.from < part.until).then_some(part)
}

/// Periods in order, those that meet or overlap made one.
fn merged(mut parts: Vec<Period>) -> Vec<Period> {
    parts.sort_unstable();
    let mut merged: Vec<Period> = Vec::new();
    for part in parts {
        match merged.last_mut() {
            Some(last) if part.from <= last.until => last.until = last.until.max(part.until),
            _ => merged.push(part),
        }
    }
    merged
}

/// What is left of a period without others, which are in order.
fn without(whole: Period, others: &[Period]) -> Vec<Period> {
    let mut left = Vec::new();
    let mut from = whole.from;
    for other in others.iter().filter(|other| other.until > whole.from && other.from < whole.until) {
        if from < other.from {
            left.push(Period { from, until: other.from });
        }
        from = from.max(other.until);
    }
    if from < whole.until {
        left.push(Period { from, until: whole.until });
    }
    left
}
