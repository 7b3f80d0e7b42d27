//! One tap on a place, a count or a claim: one command with its own id, so a tap that is sent twice has one effect. It must
//! not decide what a place may do: the services do, and say why not.

use model::kind::Owner;
use proto::availability::v1::PlaceStatus;
use proto::logeerplek::v1 as logeerplek;
use proto::opvang::v1::{self as opvang, count_people_request};
use service::client::command_id;
use tonic::Status;

use super::{Notice, Told, Undo};
use crate::Portaal;
use crate::answer::Problem;
use crate::form::Fields;
use crate::suite::{Who, ask};
use crate::text::Texts;

/// One tap, by somebody, at a location.
pub(super) struct Tap<'a> {
    pub(super) portaal: &'a Portaal,
    pub(super) who: &'a Who,
    pub(super) t: &'static Texts,
    pub(super) id: String,
    pub(super) fields: &'a Fields,
    /// The location as it was just before.
    pub(super) before: &'a Told,
}

impl Tap<'_> {
    /// Does it, and says what was done and how to take it back.
    pub(super) async fn done(&self, owner: Owner) -> Result<Notice, Problem> {
        let what = self.fields.get("wat");
        self.check_not_overtaken()?;
        match (owner, what) {
            (Owner::Opvang, "klopt") => self.confirm_opvang().await?,
            (Owner::Opvang, "vrij") => self.set(PlaceStatus::Free).await?,
            (Owner::Opvang, "bezet") => self.set(PlaceStatus::Occupied).await?,
            (Owner::Opvang, "buiten") => self.set(PlaceStatus::OutOfService).await?,
            (Owner::Opvang, "binnen") => self.comes_in().await?,
            (Owner::Opvang, "vervalt") => self.cancel_reservation().await?,
            (Owner::Opvang, "weg") => self.leaves_opvang().await?,
            (Owner::Opvang, "neemt" | "wil-niet" | "van-lijst") => self.answer_offer(what).await?,
            (Owner::Opvang, "op-lijst") => self.join().await?,
            (Owner::Opvang, "meer" | "minder" | "aantal") => self.count(what).await?,
            (Owner::Logeerplek, "klopt") => self.confirm_logeerplek().await?,
            (Owner::Logeerplek, "buiten") => self.out_of_service().await?,
            (Owner::Logeerplek, "vrij") => self.back().await?,
            (Owner::Logeerplek, "ja" | "nee" | "binnen") => self.answer_claim(what).await?,
            (Owner::Logeerplek, "weg") => self.leaves_logeerplek().await?,
            _ => return Err(Problem::NotFound),
        }
        Ok(Notice { is_good: true, sentence: self.told(what), undo: self.undo(what) })
    }

    /// A place that somebody else changed since it was seen is not changed back, and what waited for a connection is not
    /// done over what somebody did since. A count that is typed now, is how it is now.
    fn check_not_overtaken(&self) -> Result<(), Problem> {
        let is_old = self.fields.is_late() || (self.fields.has("plek") && self.fields.has("sinds"));
        if !is_old || self.before.is_as_seen(self.fields) {
            return Ok(());
        }
        let (label, t) = (self.fields.get("naam"), self.t);
        let sentence = match (self.fields.get("wat"), self.before.people()) {
            ("aantal", Some(people)) => {
                format!("{} {people}. {} {}.", t.overtaken_count, t.overtaken_typed, self.fields.get("aantal"))
            }
            ("klopt", _) => t.overtaken_confirm.to_owned(),
            _ => format!("{label} {}", t.overtaken),
        };
        Err(Problem::Form { sentence })
    }

    fn command(&self) -> String {
        self.fields.command_id()
    }

    fn place(&self) -> String {
        self.fields.get("plek").to_owned()
    }

    fn reason(&self) -> Result<String, Problem> {
        let typed = self.fields.get("reden");
        let reason = if typed.is_empty() { self.fields.get("waarom") } else { typed };
        if reason.is_empty() {
            return Err(Problem::Form { sentence: self.t.say_why.to_owned() });
        }
        Ok(reason.to_owned())
    }

    /// What was done, in words.
    fn told(&self, what: &str) -> String {
        let t = self.t;
        let label = self.fields.get("naam");
        match what {
            "klopt" => t.confirmed_now.to_owned(),
            "vrij" => format!("{label}: {}.", t.free),
            "bezet" => format!("{label}: {}.", t.occupied),
            "buiten" => format!("{label}: {}.", t.out_of_service),
            "binnen" => format!("{label}: {}.", t.came_in),
            "weg" => format!("{label}: {}.", t.went_away),
            "ja" => t.accepted.to_owned(),
            "nee" => t.refused_claim.to_owned(),
            "neemt" => t.offer_taken.to_owned(),
            "wil-niet" => t.offer_declined.to_owned(),
            "van-lijst" => t.off_the_list.to_owned(),
            "op-lijst" => t.on_the_list.to_owned(),
            "vervalt" => format!("{label}: {}.", t.reservation_gone),
            _ => t.counted.to_owned(),
        }
    }

    /// How to take it back: for what is one tap, and is nobody's arrival or leaving.
    fn undo(&self, what: &str) -> Option<Undo> {
        let back = match (what, self.fields.get("was")) {
            ("bezet" | "buiten", "vrij") => "vrij",
            ("vrij", "bezet") => "bezet",
            ("vrij", "buiten") => "buiten",
            ("meer", _) => "minder",
            ("minder", _) => "meer",
            _ => return None,
        };
        let reason = self.fields.get("reden").to_owned();
        let (label, seen) = (self.fields.get("naam").to_owned(), String::new());
        Some(Undo { place: self.place(), label, seen, what: back, reason, command: command_id() })
    }

    async fn confirm_opvang(&self) -> Result<(), Status> {
        let client = self.portaal.suite.opvang(self.who);
        let request = opvang::ConfirmLocationRequest { command_id: self.command(), location_id: self.id.clone() };
        ask!(client.confirm_location(request)).map(drop)
    }

    async fn confirm_logeerplek(&self) -> Result<(), Status> {
        let client = self.portaal.suite.logeerplek(self.who);
        let request = logeerplek::ConfirmLocationRequest { command_id: self.command(), location_id: self.id.clone() };
        ask!(client.confirm_location(request)).map(drop)
    }

    async fn set(&self, status: PlaceStatus) -> Result<(), Problem> {
        let reason = if status == PlaceStatus::OutOfService { self.reason()? } else { String::new() };
        let setting = opvang::PlaceSetting { place_id: self.place(), status: status.into(), reason };
        let client = self.portaal.suite.opvang(self.who);
        let request = opvang::BulkSetRequest {
            command_id: self.command(),
            location_id: self.id.clone(),
            settings: vec![setting],
        };
        Ok(ask!(client.bulk_set(request)).map(drop)?)
    }

    async fn comes_in(&self) -> Result<(), Status> {
        let client = self.portaal.suite.opvang(self.who);
        let request = opvang::CheckInRequest {
            command_id: self.command(),
            location_id: self.id.clone(),
            into: Some(opvang::check_in_request::Into::StayId(self.fields.get("wie").to_owned())),
            ..opvang::CheckInRequest::default()
        };
        ask!(client.check_in(request)).map(drop)
    }

    async fn cancel_reservation(&self) -> Result<(), Status> {
        let client = self.portaal.suite.opvang(self.who);
        let request = opvang::CancelReservationRequest {
            command_id: self.command(),
            location_id: self.id.clone(),
            stay_id: self.fields.get("wie").to_owned(),
        };
        ask!(client.cancel_reservation(request)).map(drop)
    }

    async fn leaves_opvang(&self) -> Result<(), Problem> {
        let destination = self.destination("DESTINATION", opvang::Destination::from_str_name)?;
        let client = self.portaal.suite.opvang(self.who);
        let request = opvang::CheckOutRequest {
            command_id: self.command(),
            location_id: self.id.clone(),
            stay_id: self.fields.get("wie").to_owned(),
            reason: opvang::LeaveReason::Onbekend.into(),
            destination: destination.into(),
        };
        Ok(ask!(client.check_out(request)).map(drop)?)
    }

    /// What somebody on the waiting list says.
    async fn answer_offer(&self, what: &str) -> Result<(), Status> {
        let client = self.portaal.suite.opvang(self.who);
        let (command_id, location_id, waiting_id) =
            (self.command(), self.id.clone(), self.fields.get("wie").to_owned());
        match what {
            "neemt" => {
                let request = opvang::AcceptOfferRequest { command_id, location_id, waiting_id, arrive_by: None };
                ask!(client.accept_offer(request)).map(drop)
            }
            "wil-niet" => {
                let request = opvang::DeclineOfferRequest { command_id, location_id, waiting_id, leave_list: false };
                ask!(client.decline_offer(request)).map(drop)
            }
            _ => {
                let request = opvang::LeaveWaitingListRequest { command_id, location_id, waiting_id };
                ask!(client.leave_waiting_list(request)).map(drop)
            }
        }
    }

    async fn join(&self) -> Result<(), Status> {
        let client = self.portaal.suite.opvang(self.who);
        let request = opvang::JoinWaitingListRequest {
            command_id: self.command(),
            location_id: self.id.clone(),
            pool: self.fields.get("soort").to_owned(),
            client_ref: self.fields.get("client").to_lowercase(),
            ..opvang::JoinWaitingListRequest::default()
        };
        ask!(client.join_waiting_list(request)).map(drop)
    }

    async fn count(&self, what: &str) -> Result<(), Problem> {
        let count = match what {
            "meer" => count_people_request::Count::Change(1),
            "minder" => count_people_request::Count::Change(-1),
            _ => {
                let typed = self.fields.number("aantal", self.t.field_people)?;
                let present = typed.ok_or_else(|| Problem::Form { sentence: self.t.say_how_many.to_owned() })?;
                // More than there are places may be so; ten times as many is a slip of the finger.
                let places = self.before.counted.flatten().map_or(0, |figures| figures.actual);
                if places > 0 && present > places.saturating_mul(10) {
                    return Err(Problem::Form { sentence: format!("{} {places}.", self.t.too_many_people) });
                }
                count_people_request::Count::Present(present)
            }
        };
        let client = self.portaal.suite.opvang(self.who);
        let request =
            opvang::CountPeopleRequest { command_id: self.command(), location_id: self.id.clone(), count: Some(count) };
        Ok(ask!(client.count_people(request)).map(drop)?)
    }

    async fn out_of_service(&self) -> Result<(), Problem> {
        let client = self.portaal.suite.logeerplek(self.who);
        let request = logeerplek::TakeOutOfServiceRequest {
            command_id: self.command(),
            location_id: self.id.clone(),
            place_id: self.place(),
            reason: self.reason()?,
            expected_end: None,
        };
        Ok(ask!(client.take_out_of_service(request)).map(drop)?)
    }

    async fn back(&self) -> Result<(), Status> {
        let client = self.portaal.suite.logeerplek(self.who);
        let request = logeerplek::ReturnToServiceRequest {
            command_id: self.command(),
            location_id: self.id.clone(),
            place_id: self.place(),
        };
        ask!(client.return_to_service(request)).map(drop)
    }

    async fn answer_claim(&self, what: &str) -> Result<(), Problem> {
        let client = self.portaal.suite.logeerplek(self.who);
        let (command_id, claim_id) = (self.command(), self.fields.get("wie").to_owned());
        // An old page does not answer for the location that is asked now.
        let seen_at_location_id = self.id.clone();
        match what {
            "ja" => {
                let request = logeerplek::AcceptClaimRequest { command_id, claim_id, seen_at_location_id };
                ask!(client.accept_claim(request)).map(drop)?;
            }
            "binnen" => {
                let request = logeerplek::ArriveRequest { command_id, claim_id, seen_at_location_id };
                ask!(client.arrive(request)).map(drop)?;
            }
            _ => {
                let name = format!("REFUSAL_REASON_{}", self.fields.get("waarom").to_uppercase());
                let reason = logeerplek::RefusalReason::from_str_name(&name);
                let reason = reason.ok_or_else(|| Problem::Form { sentence: self.t.say_why.to_owned() })?;
                let text = self.fields.get("reden").to_owned();
                let reason = reason.into();
                let request =
                    logeerplek::RefuseClaimRequest { command_id, claim_id, reason, text, seen_at_location_id };
                ask!(client.refuse_claim(request)).map(drop)?;
            }
        }
        Ok(())
    }

    async fn leaves_logeerplek(&self) -> Result<(), Problem> {
        let destination = self.destination("DESTINATION", logeerplek::Destination::from_str_name)?;
        let prevented = match self.fields.get("voorkomen") {
            "ja" => logeerplek::Prevented::Ja,
            "nee" => logeerplek::Prevented::Nee,
            _ => logeerplek::Prevented::Onbekend,
        };
        let client = self.portaal.suite.logeerplek(self.who);
        let request = logeerplek::CheckOutRequest {
            command_id: self.command(),
            claim_id: self.fields.get("wie").to_owned(),
            destination: destination.into(),
            prevented: prevented.into(),
        };
        Ok(ask!(client.check_out(request)).map(drop)?)
    }

    fn destination<T>(&self, prefix: &str, named: fn(&str) -> Option<T>) -> Result<T, Problem> {
        let name = format!("{prefix}_{}", self.fields.get("waarheen").to_uppercase());
        named(&name).ok_or_else(|| Problem::Form { sentence: self.t.say_where.to_owned() })
    }
}
