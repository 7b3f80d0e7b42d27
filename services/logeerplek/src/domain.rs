//! The rules of the logeerplekken, as a person would tell them: who may claim which place, how long it is kept,
//! what happens when nobody answers or nobody comes. Pure: no clock, no database, no network.
//!
//! [`decide`] has one arm per command, [`State::evolve`](state::State::evolve) one per event. The life of a place
//! itself is in [`model::site`]. Commands are in [`command`], events in [`event`], a claim and its steps in [`claim`],
//! the preconditions of a claim in [`fit`], the smaller words in [`terms`], what is told outside in [`telling`], the
//! refusals in [`refusal`].

mod claim;
mod command;
mod event;
mod fit;
mod refusal;
mod state;
mod telling;
mod terms;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use model::decision::Decision;
use model::id::UserId;
use model::region::Region;
use model::sealed::Sealed;
use model::site::SiteCommand;
use model::{moment, night};
use uuid::Uuid;

pub use self::claim::{Claim, ClaimView, LONGEST_EXTENSION_MINUTES, Status};
pub use self::command::{Command, SeenAt};
pub use self::event::Event;
pub use self::refusal::Refusal;
pub use self::state::State;
pub use self::telling::{answer_to, report};
pub use self::terms::{AnswerBy, Offer, Prevented, Reason, Search};

/// A decision in the making, and what it may use.
struct Deciding<'a> {
    region: &'a Region,
    decision: Decision<'a, State>,
    new_id: Uuid,
}

/// What a command does, or why it may not.
pub fn decide(
    region: &Region,
    state: &State,
    command: &Command,
    at: Timestamp,
    new_id: Uuid,
) -> Result<Vec<Event>, Refusal> {
    let mut it = Deciding { region, decision: Decision::new(state, at), new_id };
    match command.clone() {
        Command::Site(command) => it.site(&command)?,
        Command::Claim { location, place, client, needs, hold_minutes } => {
            it.check_client_has_no_place(&client)?;
            fit::check(region, state, &location, &place, &needs, at)?;
            it.claim(&location, &place, hold_minutes, client, needs, None)?;
        }
        Command::ClaimBest { client, needs, search, hold_minutes } => {
            it.check_client_has_no_place(&client)?;
            match fit::best(region, state, &needs, &search, &[], at) {
                Some(best) => it.claim(&best.location, &best.place, hold_minutes, client, needs, Some(search))?,
                None => it.is_unmet(needs.into(), search.gemeente, None),
            }
        }
        Command::Accept { claim, seen_at } => {
            let claim = it.claim_seen(&claim, seen_at, &[Status::Pending])?;
            it.happened(Event::Accepted { claim: claim.id, location: claim.offer.location });
        }
        Command::Refuse { claim, seen_at, reason, text } => {
            let claim = it.claim_seen(&claim, seen_at, &[Status::Pending])?;
            let Offer { location, place, .. } = claim.offer.clone();
            it.happened(Event::Refused { claim: claim.id.clone(), location, place, reason, text });
            it.offer_next_best(&claim)?;
        }
        Command::ExtendHold { claim, minutes } => it.extend_hold(&claim, minutes)?,
        Command::Cancel { claim } => {
            let claim = it.claim_in(&claim, &[Status::Pending, Status::Held])?;
            let Offer { location, place, .. } = claim.offer;
            it.happened(Event::Cancelled { claim: claim.id, location, place });
        }
        Command::Arrive { claim, seen_at } => {
            let claim = it.claim_seen(&claim, seen_at, &[Status::Pending, Status::Held])?;
            let stay_until = it.stay_until(at, claim.needs.nights());
            let Offer { location, place, .. } = claim.offer;
            fit::check_night_cover(region, it.state(), it.state().sites.open(&location)?, at)?;
            it.happened(Event::Arrived { claim: claim.id, location, place, stay_until });
        }
        Command::ExtendStay { claim, nights } => it.extend_stay(&claim, nights)?,
        Command::CheckOut { claim, destination, prevented } => {
            let claim = it.claim_in(&claim, &[Status::Arrived])?;
            let nights = claim.arrived_at.map(|arrived| moment::nights(region, arrived, at));
            let Offer { location, place, .. } = claim.offer;
            it.happened(Event::CheckedOut { claim: claim.id, location, place, destination, prevented, nights });
        }
        Command::RecordUnmetDemand { needs, gemeente, kind } => it.is_unmet(needs.into(), gemeente, kind),
        Command::HearCover { gemeente, told, heard } => {
            if night::is_news(&state.cover, state.heard.as_ref(), &gemeente, &told, &heard) {
                it.happened(Event::CoverHeard { gemeente, told, heard });
            }
        }
        Command::Tick => it.let_time_pass()?,
    }
    Ok(it.decision.into_events())
}

impl Deciding<'_> {
    fn happened(&mut self, event: Event) {
        self.decision.happened(event);
    }

    const fn at(&self) -> Timestamp {
        self.decision.at()
    }

    fn state(&self) -> &State {
        self.decision.state()
    }

    fn site(&mut self, command: &SiteCommand) -> Result<(), Refusal> {
        let events = self.state().sites.decide(self.region, command, self.at())?;
        events.into_iter().for_each(|event| self.happened(Event::Site(event)));
        Ok(())
    }

    /// One client cannot have two places in the region.
    fn check_client_has_no_place(&self, client: &Sealed) -> Result<(), Refusal> {
        match self.state().claim_of(client) {
            Some(claim) => Err(Refusal::ClientHasPlace { claim: claim.id.clone() }),
            None => Ok(()),
        }
    }

    /// A claim that must exist and be in one of these states.
    fn claim_in(&self, id: &UserId, statuses: &[Status]) -> Result<Claim, Refusal> {
        let claim = self.state().claim(id).ok_or_else(|| Refusal::UnknownClaim { claim: id.clone() })?;
        if statuses.contains(&claim.status) {
            Ok(claim.clone())
        } else {
            Err(Refusal::WrongStatus { now: claim.status })
        }
    }

    /// The same, where it was seen: whoever looks at an old page does not answer for another location.
    fn claim_seen(&self, id: &UserId, seen_at: SeenAt, statuses: &[Status]) -> Result<Claim, Refusal> {
        let is_elsewhere = |claim: &Claim| seen_at.as_ref().is_some_and(|at| *at != claim.offer.location);
        if self.state().claim(id).is_some_and(is_elsewhere) {
            Err(Refusal::MovedOn)
        } else {
            self.claim_in(id, statuses)
        }
    }

    /// Lets run out what is due: unanswered claims go to the coordinator and then lapse, holds end in a no-show.
    fn let_time_pass(&mut self) -> Result<(), Refusal> {
        for id in self.state().due(self.at()) {
            let Some(claim) = self.state().claim(&id).cloned() else { continue };
            let Offer { location, place, held_until, answer, .. } = claim.offer.clone();
            match answer.filter(|_| claim.status == Status::Pending) {
                Some(answer) if answer.lapse_at <= self.at() || held_until <= self.at() => {
                    self.happened(Event::Lapsed { claim: id, location, place });
                    self.offer_next_best(&claim)?;
                }
                Some(_) => self.happened(Event::Escalated { claim: id, location }),
                None => self.happened(Event::NoShow { claim: id, location, place }),
            }
        }
        Ok(())
    }
}
