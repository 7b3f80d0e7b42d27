//! What somebody does in the night, each through the public API as a person with that role would. It must not know in what
//! order it happens, and decides nothing: the services do.

use jiff::{SignedDuration, Timestamp};
use model::actor::{Actor, Role as Who};
use model::wire;
use proto::availability::v1::{Needs, TrajectStage};
use proto::housing_first::v1 as housing;
use proto::logeerplek::v1 as logeerplek;
use proto::nachtdienst::v1 as night;
use proto::opvang::v1 as opvang;
use service::clock;
use tonic_types::StatusExt as _;
use uuid::Uuid;

use super::Options;
use super::PLAYS;
use super::board::{self, Figures};
use super::cast::{Cast, Named, Offered};
use crate::client::{Connection, command_id, send};
use crate::{Exit, Failure, output, suite, traject};

/// Within this a place that nobody came for is free again.
const RELEASED_WITHIN: SignedDuration = SignedDuration::from_secs(150);
const ASK_EVERY: std::time::Duration = std::time::Duration::from_millis(250);
/// Who works for the demo began so long ago, and stays so long.
const BEGAN: SignedDuration = SignedDuration::from_mins(90);
const STAYS: SignedDuration = SignedDuration::from_hours(3);

/// By whom a traject of a demo is known.
pub(super) const PROVIDER: &str = "Voorbeeld (demo)";

/// What the extra team of a demo is called.
pub(super) const TEAM: &str = "Extra team (demo)";

/// A night on its way.
pub(super) struct Play<'a> {
    as_staff: Connection,
    as_dispatcher: Connection,
    as_coordinator: Connection,
    as_beheer: Connection,
    pub(super) cast: Cast,
    mark: &'a str,
    /// Who works for this night, and for no other: nobody works two nights without a rest.
    run: String,
    pub(super) people: u32,
    pub(super) beds: u32,
    pub(super) sleepers: u32,
    age: u32,
}

impl<'a> Play<'a> {
    pub(super) async fn new(connection: &Connection, options: &'a Options) -> Result<Self, Failure> {
        let at = |role: Who| connection.acting_as(Actor { role, id: suite::named(PLAYS) });
        let mut dice = Dice(options.zaad);
        let beds = dice.between(8, 16);
        Ok(Self {
            as_staff: at(Who::Medewerker),
            as_dispatcher: at(Who::Dispatcher),
            as_coordinator: at(Who::Coordinator),
            as_beheer: at(Who::Beheerder),
            cast: Cast::of(connection).await?,
            mark: &options.merk,
            run: letters(Uuid::now_v7()),
            people: dice.between(6, 20),
            beds,
            sleepers: dice.between(3, beds),
            age: dice.between(24, 60),
        })
    }

    pub(super) async fn figures(&self) -> Result<Figures, Failure> {
        board::figures(&self.as_beheer, self.night()?).await
    }

    /// The night of the shift that falls ill.
    fn night(&self) -> Result<(Timestamp, Timestamp), Failure> {
        let period = self.cast.shift.period.unwrap_or_default();
        let moment = |at: Option<pbjson_types::Timestamp>| {
            wire::time_in("period", &at.unwrap_or_default()).map_err(|wrong| Failure::of(Exit::Failed, &wrong))
        };
        Ok((moment(period.from)?, moment(period.until)?))
    }

    pub(super) fn shift_name(&self) -> String {
        let plan = self.cast.shift.plan.clone().unwrap_or_default();
        let begin = self.cast.shift.period.and_then(|period| period.from);
        format!("{} ({})", plan.team, output::moment(begin.as_ref()))
    }

    fn client(&self, number: u32) -> String {
        format!("{}-client-{number}-{}", self.mark, self.run)
    }

    fn staff(&self, what: &str) -> String {
        format!("{}-{what}-{}", self.mark, self.run)
    }

    fn text(&self, text: &str) -> String {
        format!("{}: {text}", self.mark)
    }

    pub(super) async fn comes_in(&self, into: &Offered, number: u32) -> Result<String, Failure> {
        let client = self.as_staff.opvang()?;
        let request = opvang::CheckInRequest {
            command_id: command_id(),
            location_id: into.at.id.clone(),
            into: Some(opvang::check_in_request::Into::PlaceId(into.place.clone())),
            client_ref: self.client(number),
            household_size: 0,
            needs: Some(into.needs.clone()),
        };
        let answer = send(request, async |it| client.clone().check_in(it).await).await?.into_inner();
        Ok(answer.stay.unwrap_or_default().stay_id)
    }

    pub(super) async fn leaves(&self, from: &Offered, stay_id: &str) -> Result<(), Failure> {
        let client = self.as_staff.opvang()?;
        let request = opvang::CheckOutRequest {
            command_id: command_id(),
            location_id: from.at.id.clone(),
            stay_id: stay_id.to_owned(),
            reason: opvang::LeaveReason::VolgensPlan.into(),
            destination: opvang::Destination::EigenNetwerk.into(),
        };
        send(request, async |it| client.clone().check_out(it).await).await?;
        Ok(())
    }

    pub(super) async fn breaks(&self) -> Result<(), Failure> {
        let client = self.as_staff.opvang()?;
        let request = opvang::TakeOutOfServiceRequest {
            command_id: command_id(),
            location_id: self.cast.broken.at.id.clone(),
            place_id: self.cast.broken.place.clone(),
            reason: self.text("lekkage"),
            expected_end: None,
        };
        send(request, async |it| client.clone().take_out_of_service(it).await).await?;
        Ok(())
    }

    pub(super) async fn is_mended(&self) -> Result<(), Failure> {
        let client = self.as_staff.opvang()?;
        let request = opvang::ReturnToServiceRequest {
            command_id: command_id(),
            location_id: self.cast.broken.at.id.clone(),
            place_id: self.cast.broken.place.clone(),
        };
        send(request, async |it| client.clone().return_to_service(it).await).await?;
        Ok(())
    }

    pub(super) async fn count(&self, at: &Named, people: u32) -> Result<(), Failure> {
        let client = self.as_staff.opvang()?;
        let request = opvang::CountPeopleRequest {
            command_id: command_id(),
            location_id: at.id.clone(),
            count: Some(opvang::count_people_request::Count::Present(people)),
        };
        send(request, async |it| client.clone().count_people(it).await).await?;
        Ok(())
    }

    pub(super) async fn confirm(&self) -> Result<(), Failure> {
        let client = self.as_staff.logeerplek()?;
        let location_id = self.cast.confirms.id.clone();
        let request = logeerplek::ConfirmLocationRequest { command_id: command_id(), location_id };
        send(request, async |it| client.clone().confirm_location(it).await).await?;
        Ok(())
    }

    /// An extra team that is there now, at any hour somebody plays this.
    pub(super) async fn team(&self) -> Result<String, Failure> {
        let client = self.as_coordinator.nachtdienst()?;
        let begin = clock::now().saturating_sub(BEGAN).unwrap_or(Timestamp::MIN).to_zoned(output::zone());
        let end = clock::now().saturating_add(STAYS).unwrap_or(Timestamp::MAX).to_zoned(output::zone());
        let minute =
            |at: &jiff::Zoned| u32::from(at.hour().unsigned_abs()) * 60 + u32::from(at.minute().unsigned_abs());
        let plan = night::ShiftPlan {
            team: TEAM.to_owned(),
            gemeenten: vec![self.cast.gemeente.clone()],
            on: Some(wire::date_out(begin.date())),
            from_minute: minute(&begin),
            until_minute: minute(&end),
            medewerkers: 1,
            coordinators: 2,
        };
        let request = night::PlanShiftRequest { command_id: command_id(), plan: Some(plan) };
        let shift = send(request, async |it| client.clone().plan_shift(it).await).await?.into_inner().shift;
        let shift_id = shift.unwrap_or_default().shift_id;
        self.assign(&shift_id, "medewerker", night::Role::Medewerker).await?;
        self.assign(&shift_id, "coordinator-1", night::Role::Coordinator).await?;
        self.assign(&shift_id, "coordinator-2", night::Role::Coordinator).await?;
        Ok(shift_id)
    }

    async fn assign(&self, shift_id: &str, what: &str, role: night::Role) -> Result<(), Failure> {
        let client = self.as_coordinator.nachtdienst()?;
        let request = night::AssignStaffRequest {
            command_id: command_id(),
            shift_id: shift_id.to_owned(),
            staff_id: self.staff(what),
            role: role.into(),
            override_reason: String::new(),
        };
        send(request, async |it| client.clone().assign_staff(it).await).await?;
        Ok(())
    }

    pub(super) async fn melding(&self, shift_id: &str) -> Result<String, Failure> {
        let client = self.as_dispatcher.nachtdienst()?;
        let request = night::ReceiveMeldingRequest {
            command_id: command_id(),
            gemeente: self.cast.gemeente.clone(),
            urgency: night::Urgency::Hoog.into(),
            text: self.text("iemand kan vannacht niet thuis blijven"),
        };
        let answer = send(request, async |it| client.clone().receive_melding(it).await).await?.into_inner();
        let melding_id = answer.melding.unwrap_or_default().melding_id;
        let (command, melding, shift) = (command_id(), melding_id.clone(), shift_id.to_owned());
        let request = night::AssignMeldingRequest { command_id: command, melding_id: melding, shift_id: shift };
        send(request, async |it| client.clone().assign_melding(it).await).await?;
        for to in [night::MeldingStatus::Onderweg, night::MeldingStatus::Aangekomen] {
            let (command_id, melding_id) = (command_id(), melding_id.clone());
            let request = night::MoveMeldingRequest { command_id, melding_id, to: to.into() };
            send(request, async |it| client.clone().move_melding(it).await).await?;
        }
        Ok(melding_id)
    }

    pub(super) async fn claim_best(&self, number: u32, hold_minutes: u32) -> Result<logeerplek::Claim, Failure> {
        let client = self.as_dispatcher.logeerplek()?;
        let request = logeerplek::ClaimBestRequest {
            command_id: command_id(),
            client_ref: self.client(number),
            needs: Some(Needs { age: Some(self.age), nights: 1, ..Needs::default() }),
            from: None,
            from_gemeente: self.cast.gemeente.clone(),
            hold_minutes,
            pools: Vec::new(),
        };
        let answer = send(request, async |it| client.clone().claim_best(it).await).await?.into_inner();
        let claim = answer.claim.unwrap_or_default();
        if claim.status() == logeerplek::ClaimStatus::Pending {
            let client = self.as_staff.logeerplek()?;
            let (command_id, claim_id) = (command_id(), claim.claim_id.clone());
            let request = logeerplek::AcceptClaimRequest { command_id, claim_id, ..Default::default() };
            send(request, async |it| client.clone().accept_claim(it).await).await?;
        }
        Ok(claim)
    }

    pub(super) async fn arrives(&self, claim: &logeerplek::Claim, melding_id: &str) -> Result<(), Failure> {
        let client = self.as_staff.logeerplek()?;
        let request = logeerplek::ArriveRequest {
            command_id: command_id(),
            claim_id: claim.claim_id.clone(),
            ..Default::default()
        };
        send(request, async |it| client.clone().arrive(it).await).await?;
        let client = self.as_dispatcher.nachtdienst()?;
        let request = night::SetMeldingResultRequest {
            command_id: command_id(),
            melding_id: melding_id.to_owned(),
            result: night::MeldingResult::Logeerplek.into(),
            claim_id: claim.claim_id.clone(),
        };
        send(request, async |it| client.clone().set_melding_result(it).await).await?;
        let request = night::CloseMeldingRequest { command_id: command_id(), melding_id: melding_id.to_owned() };
        send(request, async |it| client.clone().close_melding(it).await).await?;
        Ok(())
    }

    /// Who came leaves; who did not come yet need not.
    pub(super) async fn goes_home(&self, claim: &logeerplek::Claim) -> Result<(), Failure> {
        let (client, claim_id) = (self.as_staff.logeerplek()?, claim.claim_id.clone());
        let request = logeerplek::GetClaimRequest { claim_id: claim_id.clone() };
        let now = send(request, async |it| client.clone().get_claim(it).await).await?.into_inner().claim;
        if now.unwrap_or_default().status() != logeerplek::ClaimStatus::Arrived {
            let request = logeerplek::CancelClaimRequest { command_id: command_id(), claim_id };
            send(request, async |it| client.clone().cancel_claim(it).await).await?;
            return Ok(());
        }
        let request = logeerplek::CheckOutRequest {
            command_id: command_id(),
            claim_id,
            destination: logeerplek::Destination::NaarHuis.into(),
            prevented: logeerplek::Prevented::Ja.into(),
        };
        send(request, async |it| client.clone().check_out(it).await).await?;
        Ok(())
    }

    pub(super) async fn is_refused(&self) -> Result<(), Failure> {
        let (to, client) = (&self.cast.answers, self.as_dispatcher.logeerplek()?);
        let request = logeerplek::ClaimRequest {
            command_id: command_id(),
            location_id: to.at.id.clone(),
            place_id: to.place.clone(),
            client_ref: self.client(4),
            needs: Some(to.needs.clone()),
            hold_minutes: 0,
        };
        let claim = send(request, async |it| client.clone().claim(it).await).await?.into_inner().claim;
        let client = self.as_staff.logeerplek()?;
        let request = logeerplek::RefuseClaimRequest {
            command_id: command_id(),
            claim_id: claim.unwrap_or_default().claim_id,
            reason: logeerplek::RefusalReason::PastNiet.into(),
            text: self.text("er is geen rustige kamer vrij"),
            ..Default::default()
        };
        send(request, async |it| client.clone().refuse_claim(it).await).await?;
        Ok(())
    }

    pub(super) async fn does_not_come(&self, claim: &logeerplek::Claim) -> Result<(), Failure> {
        let client = self.as_dispatcher.logeerplek()?;
        let until = clock::now().saturating_add(RELEASED_WITHIN).unwrap_or(Timestamp::MAX);
        while clock::now() < until {
            let request = logeerplek::GetClaimRequest { claim_id: claim.claim_id.clone() };
            let answer = send(request, async |it| client.clone().get_claim(it).await).await?.into_inner();
            if answer.claim.unwrap_or_default().status() == logeerplek::ClaimStatus::NoShow {
                return Ok(());
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
        Err(Failure::new(Exit::Failed, "De plek kwam niet vanzelf vrij."))
    }

    pub(super) async fn falls_ill(&self) -> Result<(), Failure> {
        let client = self.as_coordinator.nachtdienst()?;
        let period = self.cast.shift.period.unwrap_or_default();
        for who in &self.cast.shift.assignments {
            let request = night::ReportSickRequest {
                command_id: command_id(),
                staff_id: who.staff_id.clone(),
                from: period.from,
                until: period.until.map(a_minute_later),
            };
            send(request, async |it| client.clone().report_sick(it).await).await?;
        }
        Ok(())
    }

    /// Nobody was ill after all: everybody is on their shift again, and who stepped in is not.
    pub(super) async fn recovers(&self) -> Result<(), Failure> {
        let client = self.as_coordinator.nachtdienst()?;
        let shift = &self.cast.shift;
        // What was said of them for other days stays.
        let until = shift.period.and_then(|period| period.until).map(a_minute_later);
        for who in &shift.assignments {
            let staff_id = who.staff_id.clone();
            let request = night::ReportBetterRequest { command_id: command_id(), staff_id, from: None, until };
            done_already(send(request, async |it| client.clone().report_better(it).await).await)?;
            let request = night::AssignStaffRequest {
                command_id: command_id(),
                shift_id: shift.shift_id.clone(),
                staff_id: who.staff_id.clone(),
                role: who.role,
                override_reason: self.text("was niet ziek"),
            };
            done_already(send(request, async |it| client.clone().assign_staff(it).await).await)?;
        }
        let (shift_id, staff_id) = (shift.shift_id.clone(), self.staff("invaller"));
        let request = night::UnassignStaffRequest { command_id: command_id(), shift_id, staff_id };
        done_already(send(request, async |it| client.clone().unassign_staff(it).await).await)
    }

    pub(super) async fn steps_in(&self) -> Result<(), Failure> {
        self.assign(&self.cast.shift.shift_id, "invaller", night::Role::Medewerker).await
    }

    pub(super) async fn winter(&self, on: bool) -> Result<(), Failure> {
        let client = self.as_beheer.opvang()?;
        let count = opvang::SurgeCount { location_id: self.cast.winter.id.clone(), places: self.beds };
        let request = opvang::SwitchSurgeRequest {
            command_id: command_id(),
            gemeente: self.cast.winter.gemeente.clone(),
            on,
            counts: Some(count).filter(|_| on).into_iter().collect(),
        };
        send(request, async |it| client.clone().switch_surge(it).await).await?;
        Ok(())
    }

    /// From aanmelding to sleutel, which takes months, in a moment; gives the stages by name.
    pub(super) async fn key(&self) -> Result<String, Failure> {
        let client = self.as_coordinator.housing_first()?;
        let request = housing::RegisterTrajectRequest {
            command_id: command_id(),
            client_ref: self.client(6),
            gemeente: self.cast.housing.clone(),
            provider: PROVIDER.to_owned(),
            on: None,
        };
        let traject = send(request, async |it| client.clone().register_traject(it).await).await?.into_inner().traject;
        let traject_id = traject.unwrap_or_default().traject_id;
        let mut names = vec![traject::stage(TrajectStage::Aangemeld)];
        for to in [
            TrajectStage::Gescreend,
            TrajectStage::Wachtlijst,
            TrajectStage::WoningGezocht,
            TrajectStage::WoningToegewezen,
            TrajectStage::Gestart,
        ] {
            let has_home = to == TrajectStage::WoningToegewezen;
            let request = housing::AdvanceTrajectRequest {
                command_id: command_id(),
                traject_id: traject_id.clone(),
                to: to.into(),
                on: None,
                corporatie: if has_home { "Voorbeeld Wonen".to_owned() } else { String::new() },
            };
            send(request, async |it| client.clone().advance_traject(it).await).await?;
            names.push(traject::stage(to));
        }
        Ok(names.join(", "))
    }

    pub(super) async fn hands_over(&self) -> Result<(), Failure> {
        let client = self.as_coordinator.nachtdienst()?;
        let text = self.text("er slaapt iemand in het logeerhuis; koffie is op");
        let request = night::WriteRemarkRequest { command_id: command_id(), text };
        send(request, async |it| client.clone().write_remark(it).await).await?;
        let request = night::HandOverRequest { command_id: command_id(), staff_id: self.staff("coordinator-1") };
        send(request, async |it| client.clone().hand_over(it).await).await?;
        Ok(())
    }

    pub(super) async fn takes_over(&self) -> Result<(), Failure> {
        let client = self.as_coordinator.nachtdienst()?;
        let request = night::AcceptHandoverRequest { command_id: command_id(), staff_id: self.staff("coordinator-2") };
        send(request, async |it| client.clone().accept_handover(it).await).await?;
        Ok(())
    }

    pub(super) async fn ends(&self, shift_id: &str) -> Result<(), Failure> {
        let client = self.as_coordinator.nachtdienst()?;
        let (shift_id, reason) = (shift_id.to_owned(), self.text("de nacht is voorbij"));
        let request = night::CancelShiftRequest { command_id: command_id(), shift_id, reason };
        send(request, async |it| client.clone().cancel_shift(it).await).await?;
        Ok(())
    }
}

/// What is done already need not be done.
fn done_already<T>(answer: Result<T, tonic::Status>) -> Result<(), Failure> {
    match answer {
        Err(status) => {
            let reason = status.get_details_error_info().map(|info| info.reason);
            let is_done = matches!(reason.as_deref(), Some("ALREADY_ASSIGNED" | "NOT_ASSIGNED" | "NOT_SICK"));
            if is_done { Ok(()) } else { Err(status.into()) }
        }
        Ok(_) => Ok(()),
    }
}

fn a_minute_later(at: pbjson_types::Timestamp) -> pbjson_types::Timestamp {
    pbjson_types::Timestamp { seconds: at.seconds + 60, ..at }
}

/// The last digits of a UUID as letters: as digits they might look like a number of a person.
fn letters(fresh: Uuid) -> String {
    let low = fresh.as_u128().to_le_bytes();
    low.into_iter().take(4).flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(b'a' + digit)).collect()
}

/// Numbers that look like chance and are the same for the same seed.
struct Dice(u64);

impl Dice {
    /// One of the numbers from `least` up to and with `most` (splitmix64).
    fn between(&mut self, least: u32, most: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let range = u64::from(most.saturating_sub(least)) + 1;
        least + u32::try_from(mixed % range).unwrap_or(0)
    }
}
