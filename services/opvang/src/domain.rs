//! The rules of the shelters, as a person would tell them: who may have which place, how long a place is kept for
//! tonight, when a stay ends, what a count may say. Pure: no clock, no database, no network.
//!
//! [`decide`] has one arm per command, [`State::evolve`](state::State::evolve) one per event. The life of a place
//! itself is in [`model::site`]. Commands are in [`command`], events in [`event`]. The steps of a stay are in [`stay`],
//! whom a place suits in [`fit`], waiting lists in [`waiting`], what is offered in [`offer`], planned capacity in [`plan`],
//! winteropvang in [`surge`], what goes with a stay in [`care`], release times and longest stays in [`when`], lists in
//! [`bulk`], counted people in [`count`], what is told outside in [`telling`], the refusals in [`refusal`].

mod bulk;
mod care;
mod command;
mod count;
mod event;
mod fit;
mod offer;
mod plan;
mod refusal;
mod state;
mod stay;
mod surge;
mod telling;
mod waiting;
mod when;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::decision::Decision;
use model::id::{Gemeente, LocationId};
use model::kind::{Counting, Kind};
use model::night;
use model::night::{CoverTold, Heard};
use model::region::Region;
use model::site::{Site, SiteCommand, SiteRefusal};
use uuid::Uuid;

pub use self::care::Responsible;
pub use self::command::{Choice, Command, Entry, Setting};
pub use self::count::{Capacity, Count, MOST_PEOPLE, Stand};
pub use self::event::Event;
pub use self::plan::{DroppedStep, MOST_STEPS, PlanStep, Planned, WaitingStep};
pub use self::refusal::Refusal;
use self::state::Due;
pub use self::state::State;
pub use self::stay::{Guest, LeaveReason, Stay, StayView, Told};
pub use self::telling::{answer_to, report};
pub use self::waiting::{Ground, Waiting, WaitingView};

/// A decision in the making, and what it may use.
struct Deciding<'a> {
    region: &'a Region,
    decision: Decision<'a, State>,
    new_id: Uuid,
    /// Where places may have come free.
    touched: BTreeSet<LocationId>,
    /// How often somebody was passed over so far.
    passed: usize,
}

/// What a command does, or why it may not.
pub fn decide(
    region: &Region,
    state: &State,
    command: &Command,
    at: Timestamp,
    new_id: Uuid,
) -> Result<Vec<Event>, Refusal> {
    let mut it = Deciding { region, decision: Decision::new(state, at), new_id, touched: BTreeSet::new(), passed: 0 };
    match command.clone() {
        Command::Site(command) => it.site(command)?,
        Command::CheckIn { location, entry: Entry::Free(choice), told } => it.check_in(location, &choice, told)?,
        Command::CheckIn { location, entry: Entry::Reservation(stay), told } => it.arrive(&location, &stay, told)?,
        Command::CheckOut { location, stay, reason, destination } => {
            it.check_out(location, &stay, reason, destination)?;
        }
        Command::Reserve { location, choice, told, release_at } => it.reserve(location, &choice, told, release_at)?,
        Command::CancelReservation { location, stay } => it.cancel(location, &stay)?,
        Command::Move { location, stay, to } => it.move_to(&location, &stay, to)?,
        Command::ExtendStay { location, stay, until, reason } => it.extend_stay(&location, &stay, until, reason)?,
        Command::SetResponsible { location, stay, gemeente, from } => {
            it.set_responsible(&location, &stay, gemeente, from)?;
        }
        Command::BulkSet { location, settings } => it.bulk_set(&location, &settings)?,
        Command::CountPeople { location, count } => it.count(location, count)?,
        Command::SetCapacity { location, capacity } => it.set_capacity(location, capacity)?,
        Command::RecordStand { location, as_of, capacity, occupied } => {
            it.record_stand(location, as_of, capacity, occupied)?;
        }
        Command::JoinWaitingList { location, pool, told } => it.join(location, pool, told)?,
        Command::LeaveWaitingList { location, waiting } => it.leave_list(&location, &waiting)?,
        Command::AcceptOffer { location, waiting, arrive_by } => it.accept(&location, &waiting, arrive_by)?,
        Command::DeclineOffer { location, waiting, leaves } => it.decline(&location, &waiting, leaves)?,
        Command::WithdrawOffer { location, waiting, reason, take_out } => {
            it.withdraw_offer(&location, &waiting, reason, take_out)?;
        }
        Command::PassOver { location, waiting, place, reason } => it.pass_over(&location, &waiting, place, reason)?,
        Command::OfferAgain { location, place } => it.offer_again(location, place)?,
        Command::MoveWaiting { location, waiting, pool } => it.move_waiting(location, &waiting, pool)?,
        Command::ClientErased { client } => it.is_erased(&client),
        Command::Plan { location, on, steps } => it.plan(location, on, steps)?,
        Command::WithdrawPlan { location, plan } => it.withdraw_plan(&location, &plan)?,
        Command::SwitchSurge { gemeente, on, counts } => it.switch_surge(gemeente, on, &counts)?,
        Command::RecordRefusal { location } => {
            let location = it.state().sites.open(&location)?.id.clone();
            it.happened(Event::DemandRefused { location });
        }
        Command::HearCover { gemeente, told, heard } => it.hear_cover(gemeente, told, heard),
        Command::Tick => it.let_time_pass(),
    }
    it.settle();
    Ok(it.decision.into_events())
}

impl Deciding<'_> {
    fn happened(&mut self, event: Event) {
        self.touched.extend(event.location().cloned());
        self.touched.extend(self.waits_elsewhere(&event));
        self.decision.happened(event);
    }

    /// What follows from what happened: steps of plans that waited for a place are taken, and free places are offered
    /// to who waits for them.
    fn settle(&mut self) {
        for location in std::mem::take(&mut self.touched) {
            self.take_waiting_steps(&location);
            self.offer_free_places(&location);
        }
        // What was offered needs no second look.
        self.touched.clear();
    }

    /// The nachtdienst told something: where people wait for a place that takes it, one may be offered now.
    fn hear_cover(&mut self, gemeente: Gemeente, told: CoverTold, heard: Heard) {
        if night::is_news(&self.state().cover, self.state().heard.as_ref(), &gemeente, &told, &heard) {
            let lists = waiting::lists_that_need_cover(self.state(), &gemeente);
            self.touched.extend(lists);
            self.happened(Event::CoverHeard { gemeente, told, heard });
        }
    }

    const fn at(&self) -> Timestamp {
        self.decision.at()
    }

    fn state(&self) -> &State {
        self.decision.state()
    }

    fn site(&mut self, command: SiteCommand) -> Result<(), Refusal> {
        let command = self.completed(command)?;
        let events = self.state().sites.decide(self.region, &command, self.at())?;
        self.check_nobody_waits_in_vain(&command)?;
        let hours = match &command {
            SiteCommand::Change { location, .. } => self.state().sites.get(location)?.profile.intake_windows.clone(),
            _ => Vec::new(),
        };
        if let SiteCommand::Retire { location } = &command {
            self.withdraw_plans(location);
        }
        events.into_iter().for_each(|event| self.happened(Event::Site(event)));
        if let SiteCommand::Change { location, .. } = command {
            self.move_closing(location, &hours)?;
        }
        Ok(())
    }

    /// What only this service knows of a site: a confidential kind is known outside by an opaque id, the way of
    /// counting stays as it is, and a stand nobody ever gave cannot be confirmed.
    fn completed(&self, command: SiteCommand) -> Result<SiteCommand, Refusal> {
        match command {
            SiteCommand::Register { location, profile, .. } => {
                self.check_distance(&location, &profile)?;
                let public_id = self.public_id(&location, profile.kind);
                Ok(SiteCommand::Register { location, public_id, profile })
            }
            SiteCommand::Change { location, mut profile } => {
                profile.counting = self.state().sites.get(&location)?.profile.counting;
                self.check_distance(&location, &profile)?;
                Ok(SiteCommand::Change { location, profile })
            }
            SiteCommand::Confirm { location } => {
                let site = self.state().sites.open(&location)?;
                let never_counted = site.profile.counting == Counting::Headcount && site.confirmed_at.is_none();
                if never_counted { Err(Refusal::NotCounted) } else { Ok(SiteCommand::Confirm { location }) }
            }
            SiteCommand::Retire { location } => {
                waiting::check_nobody_waits(self.state(), &location)?;
                Ok(SiteCommand::Retire { location })
            }
            SiteCommand::AddPlace { .. }
            | SiteCommand::ChangePlace { .. }
            | SiteCommand::RetirePlace { .. }
            | SiteCommand::TakeOut { .. }
            | SiteCommand::Return { .. } => Ok(command),
        }
    }

    /// Nothing in the public id of a confidential location tells which it is.
    fn public_id(&self, location: &LocationId, kind: Kind) -> LocationId {
        if kind.is_confidential() { model::id::opaque(self.new_id) } else { location.clone() }
    }

    /// An open location that counts places.
    fn with_places(&self, location: &LocationId) -> Result<&Site, SiteRefusal> {
        let site = self.state().sites.open(location)?;
        match site.profile.counting {
            Counting::Places => Ok(site),
            Counting::Headcount => Err(SiteRefusal::CountsPeople),
        }
    }

    /// Lets run out what is due.
    fn let_time_pass(&mut self) {
        for due in self.state().due(self.at()) {
            match due {
                Due::Reservation(id) => {
                    let Some(Stay { id: stay, location, place, .. }) = self.state().stay(&id).cloned() else {
                        continue;
                    };
                    self.happened(Event::NoShow { stay, location, place });
                }
                Due::Offer(waiting) => self.expire(&waiting),
                Due::Plan(plan) => self.take_effect(&plan),
                Due::Closing(location) => self.happened(Event::DayEnded { location }),
                Due::Offers(location) => self.happened(Event::OffersResumed { location }),
            }
        }
    }
}
