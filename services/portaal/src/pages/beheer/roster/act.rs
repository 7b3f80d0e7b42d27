//! One thing that is done to the roster: one command with its own id; the same shift on several days is one for each. It
//! must not decide whether it can be done.

use jiff::{Timestamp, ToSpan as _};
use model::wire;
use proto::nachtdienst::v1::*;
use uuid::Uuid;

use crate::Portaal;
use crate::answer::Problem;
use crate::form::Fields;
use crate::pages::beheer::{day, wrong};
use crate::suite::{Who, ask};
use crate::text::{Texts, said};

/// Most days in a row that get the same shift.
const MOST_DAYS: u32 = 14;
/// So far back and ahead somebody is looked for who must be known.
const KNOWN_DAYS: i64 = 28;

/// One thing, by somebody.
pub(super) struct Act<'a> {
    pub(super) portaal: &'a Portaal,
    pub(super) who: &'a Who,
    pub(super) t: &'static Texts,
    pub(super) now: Timestamp,
    pub(super) fields: &'a Fields,
}

impl Act<'_> {
    /// Does it, and says what was done.
    pub(super) async fn done(&self) -> Result<String, Problem> {
        match self.fields.get("wat") {
            "nieuw" => self.plan().await,
            "wijzig" => self.change().await,
            "annuleer" => self.cancel().await,
            "erop" => self.assign().await,
            "eraf" => self.unassign().await,
            "ruil" => self.swap().await,
            "ziek" => self.sick().await,
            "beter" => self.better().await,
            _ => Err(Problem::NotFound),
        }
    }

    fn text(&self, name: &str) -> String {
        self.fields.get(name).to_owned()
    }

    fn minute(&self, name: &str) -> Result<u32, Problem> {
        let time = self.fields.get(name).parse::<jiff::civil::Time>();
        let time = time.map_err(|_| wrong(self.t.beheer.field_times, self.t.beheer.wrong_time))?;
        Ok(u32::from(time.hour().unsigned_abs()) * 60 + u32::from(time.minute().unsigned_abs()))
    }

    fn shift(&self, ahead: u32) -> Result<ShiftPlan, Problem> {
        let on = day(self.fields, "op", self.t.beheer.field_on, self.t)?.saturating_add(i64::from(ahead).days());
        let medewerkers = self.fields.number("medewerkers", self.t.beheer.field_medewerkers)?.unwrap_or_default();
        let coordinators = self.fields.number("coordinatoren", self.t.beheer.field_coordinators)?.unwrap_or_default();
        if medewerkers + coordinators == 0 {
            return Err(wrong(self.t.beheer.field_medewerkers, self.t.beheer.wrong_nobody));
        }
        Ok(ShiftPlan {
            team: self.text("team"),
            gemeenten: self.fields.all("gemeente").map(ToOwned::to_owned).collect(),
            on: Some(wire::date_out(on)),
            from_minute: self.minute("van")?,
            until_minute: self.minute("tot")?,
            medewerkers,
            coordinators,
        })
    }

    async fn plan(&self) -> Result<String, Problem> {
        let days = self.fields.number("keer", self.t.beheer.field_days)?.unwrap_or_default().max(1);
        if days > MOST_DAYS {
            return Err(wrong(self.t.beheer.field_days, self.t.beheer.wrong_days));
        }
        let form = Uuid::parse_str(&self.fields.command_id()).map_err(|_| Problem::NotFound)?;
        let client = self.portaal.suite.nachtdienst(self.who);
        for ahead in 0..days {
            // Sent again after some of them went well, those are the same commands.
            let command_id = Uuid::new_v5(&form, &ahead.to_be_bytes()).to_string();
            let request = PlanShiftRequest { command_id, plan: Some(self.shift(ahead)?) };
            ask!(client.plan_shift(request))?;
        }
        Ok(self.t.beheer.did_plan_shift.to_owned())
    }

    async fn change(&self) -> Result<String, Problem> {
        let client = self.portaal.suite.nachtdienst(self.who);
        let request = ChangeShiftRequest {
            command_id: self.fields.command_id(),
            shift_id: self.text("dienst"),
            plan: Some(self.shift(0)?),
            override_reason: self.text("reden"),
        };
        let answer = ask!(client.change_shift(request))?.into_inner();
        Ok(self.with_overridden(self.t.beheer.did_change_shift, &answer.overridden))
    }

    async fn cancel(&self) -> Result<String, Problem> {
        let client = self.portaal.suite.nachtdienst(self.who);
        let request = CancelShiftRequest {
            command_id: self.fields.command_id(),
            shift_id: self.text("dienst"),
            reason: self.text("waarom"),
        };
        ask!(client.cancel_shift(request))?;
        Ok(self.t.beheer.did_cancel_shift.to_owned())
    }

    /// A code that stands nowhere in the roster may be a slip of the pen, and would count as cover: then somebody has to say
    /// that it is new.
    async fn known(&self) -> Result<(), Problem> {
        let staff = self.text("medewerker");
        if self.fields.has("nieuw") {
            return Ok(());
        }
        let at = |ahead: i64| self.now.checked_add((ahead * 24).hours()).ok().map(wire::time_out);
        let (from, until) = (at(-KNOWN_DAYS), at(KNOWN_DAYS));
        let client = self.portaal.suite.nachtdienst(self.who);
        let roster = ask!(client.get_roster(GetRosterRequest { from, until }))?.into_inner();
        let mut known = roster.shifts.iter().flat_map(|it| &it.assignments).map(|it| it.staff_id.as_str());
        if known.any(|it| it == staff) {
            return Ok(());
        }
        let (words, hint) = (self.t.beheer.unknown_staff, self.t.beheer.unknown_staff_hint);
        Err(Problem::Form { sentence: format!("{words}: {staff}. {hint}") })
    }

    async fn assign(&self) -> Result<String, Problem> {
        self.known().await?;
        let client = self.portaal.suite.nachtdienst(self.who);
        let role = if self.fields.get("rol") == "coordinator" { Role::Coordinator } else { Role::Medewerker };
        let request = AssignStaffRequest {
            command_id: self.fields.command_id(),
            shift_id: self.text("dienst"),
            staff_id: self.text("medewerker"),
            role: role.into(),
            override_reason: self.text("reden"),
        };
        let answer = ask!(client.assign_staff(request))?.into_inner();
        Ok(self.with_overridden(self.t.beheer.did_assign_staff, &answer.overridden))
    }

    async fn unassign(&self) -> Result<String, Problem> {
        let client = self.portaal.suite.nachtdienst(self.who);
        let (command_id, shift_id) = (self.fields.command_id(), self.text("dienst"));
        let request = UnassignStaffRequest { command_id, shift_id, staff_id: self.text("medewerker") };
        ask!(client.unassign_staff(request))?;
        Ok(self.t.beheer.did_unassign.to_owned())
    }

    async fn swap(&self) -> Result<String, Problem> {
        let pair = |name: &str| {
            let pair = self.fields.get(name).split_once('/');
            pair.map(|(shift, person)| (shift.to_owned(), person.to_owned())).ok_or(Problem::NotFound)
        };
        let ((shift_id, staff_id), (other_shift_id, other_staff_id)) = (pair("een")?, pair("ander")?);
        let client = self.portaal.suite.nachtdienst(self.who);
        let request = SwapStaffRequest {
            command_id: self.fields.command_id(),
            shift_id,
            staff_id,
            other_shift_id,
            other_staff_id,
            override_reason: self.text("reden"),
        };
        let answer = ask!(client.swap_staff(request))?.into_inner();
        Ok(self.with_overridden(self.t.beheer.did_swap, &answer.overridden))
    }

    /// The moment a day begins; the day after it where it is meant up to and including.
    fn begin(&self, name: &str, including: bool) -> Result<pbjson_types::Timestamp, Problem> {
        let label = if including { self.t.beheer.sick_until } else { self.t.beheer.sick_from };
        let day = day(self.fields, name, label, self.t)?;
        let day = if including { day.saturating_add(1.day()) } else { day };
        let begins = day.to_zoned(self.portaal.region.time_zone.clone());
        let begins = begins.map_err(|_| wrong(label, self.t.beheer.wrong_day))?;
        Ok(wire::time_out(begins.timestamp()))
    }

    async fn sick(&self) -> Result<String, Problem> {
        self.known().await?;
        let client = self.portaal.suite.nachtdienst(self.who);
        // From this moment on, unless a day was chosen.
        let from = if self.fields.has("vanaf") { Some(self.begin("vanaf", false)?) } else { None };
        let request = ReportSickRequest {
            command_id: self.fields.command_id(),
            staff_id: self.text("medewerker"),
            from,
            until: Some(self.begin("tot-en-met", true)?),
        };
        let answer = ask!(client.report_sick(request))?.into_inner();
        Ok(format!("{} {}.", self.t.beheer.did_sick, answer.shifts.len()))
    }

    async fn better(&self) -> Result<String, Problem> {
        let client = self.portaal.suite.nachtdienst(self.who);
        let (command_id, staff_id) = (self.fields.command_id(), self.text("medewerker"));
        ask!(client.report_better(ReportBetterRequest { command_id, staff_id, from: None, until: None }))?;
        Ok(self.t.beheer.did_better.to_owned())
    }

    fn with_overridden(&self, done: &str, overridden: &[Breach]) -> String {
        let all = overridden.iter().map(|it| said(&it.sentence));
        std::iter::once(done.to_owned()).chain(all).collect::<Vec<_>>().join(" ")
    }
}
