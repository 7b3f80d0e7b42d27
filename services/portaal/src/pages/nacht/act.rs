//! One thing somebody does at night: one command with its own id. It must not decide whether it can be done.

use proto::nachtdienst::v1::*;
use tonic::Status;

use crate::Portaal;
use crate::answer::Problem;
use crate::form::Fields;
use crate::suite::{Who, ask};
use crate::text::Texts;

/// How long a pauze is, in minutes.
const PAUZE: u32 = 30;

/// One thing, by somebody.
pub(super) struct Act<'a> {
    pub(super) portaal: &'a Portaal,
    pub(super) who: &'a Who,
    pub(super) t: &'static Texts,
    pub(super) fields: &'a Fields,
}

impl Act<'_> {
    /// Does it, and says what was done.
    pub(super) async fn done(&self) -> Result<String, Problem> {
        let t = self.t;
        self.check_is_as_seen().await?;
        let told = match self.fields.get("wat") {
            "nieuw" => return self.receive().await,
            "wijs-toe" => self.assign().await.map(|()| t.did_assign)?,
            "onderweg" => self.move_on(MeldingStatus::Onderweg).await.map(|()| t.did_move)?,
            "aangekomen" => self.move_on(MeldingStatus::Aangekomen).await.map(|()| t.did_move)?,
            "resultaat" => self.result().await.map(|()| t.did_result)?,
            "sluit" => self.close().await.map(|()| t.did_close)?,
            "pauze" => self.state(TeamState::Pauze).await.map(|()| t.did_team)?,
            "beschikbaar" => self.state(TeamState::Beschikbaar).await.map(|()| t.did_team)?,
            "opmerking" => self.remark().await.map(|()| t.did_remark)?,
            "draag-over" => self.hand_over().await.map(|()| t.did_hand_over)?,
            "neem-over" => self.accept().await.map(|()| t.did_accept)?,
            "terug" => self.withdraw().await.map(|()| t.did_withdraw)?,
            _ => return Err(Problem::NotFound),
        };
        Ok(told.to_owned())
    }

    /// What somebody else did with a melding meanwhile is not undone from an old page.
    async fn check_is_as_seen(&self) -> Result<(), Problem> {
        if !self.fields.has("gezien") {
            return Ok(());
        }
        let client = self.portaal.suite.nachtdienst(self.who);
        let night = ask!(client.get_handover(GetHandoverRequest {}))?.into_inner();
        let melding = night.open_meldingen.iter().find(|it| it.melding_id == self.fields.get("melding"));
        if melding.is_none_or(|it| seen(it) == self.fields.get("gezien")) {
            // One that is not open any more the service tells of.
            return Ok(());
        }
        Err(Problem::Form { sentence: self.t.melding_changed.to_owned() })
    }

    fn text(&self, name: &str) -> String {
        self.fields.get(name).to_owned()
    }

    fn command_id(&self) -> String {
        self.fields.command_id()
    }

    async fn receive(&self) -> Result<String, Problem> {
        let client = self.portaal.suite.nachtdienst(self.who);
        let urgency = match self.fields.get("urgentie") {
            "hoog" => Urgency::Hoog,
            "laag" => Urgency::Laag,
            _ => Urgency::Normaal,
        };
        let request = ReceiveMeldingRequest {
            command_id: self.command_id(),
            gemeente: self.text("gemeente"),
            urgency: urgency.into(),
            text: self.text("tekst"),
        };
        let answer = ask!(client.receive_melding(request))?.into_inner();
        let words = if answer.covered { self.t.did_receive } else { self.t.did_receive_uncovered };
        Ok(words.to_owned())
    }

    async fn assign(&self) -> Result<(), Status> {
        let client = self.portaal.suite.nachtdienst(self.who);
        let (melding_id, shift_id) = (self.text("melding"), self.text("dienst"));
        let request = AssignMeldingRequest { command_id: self.command_id(), melding_id, shift_id };
        ask!(client.assign_melding(request)).map(drop)
    }

    async fn move_on(&self, to: MeldingStatus) -> Result<(), Status> {
        let client = self.portaal.suite.nachtdienst(self.who);
        let melding_id = self.text("melding");
        let request = MoveMeldingRequest { command_id: self.command_id(), melding_id, to: to.into() };
        ask!(client.move_melding(request)).map(drop)
    }

    /// What came of it; with a claim, that is what came of it.
    async fn result(&self) -> Result<(), Problem> {
        let claim_id = self.text("claim");
        if !claim_id.is_empty() && self.fields.has("uitkomst") {
            return Err(Problem::Form { sentence: self.t.one_result.to_owned() });
        }
        let result =
            if claim_id.is_empty() { named(self.fields.get("uitkomst")) } else { Some(MeldingResult::Logeerplek) };
        let result = result.ok_or_else(|| Problem::Form { sentence: self.t.say_result.to_owned() })?;
        let client = self.portaal.suite.nachtdienst(self.who);
        let melding_id = self.text("melding");
        let request =
            SetMeldingResultRequest { command_id: self.command_id(), melding_id, result: result.into(), claim_id };
        Ok(ask!(client.set_melding_result(request)).map(drop)?)
    }

    async fn close(&self) -> Result<(), Status> {
        let client = self.portaal.suite.nachtdienst(self.who);
        let request = CloseMeldingRequest { command_id: self.command_id(), melding_id: self.text("melding") };
        ask!(client.close_melding(request)).map(drop)
    }

    async fn state(&self, state: TeamState) -> Result<(), Status> {
        let client = self.portaal.suite.nachtdienst(self.who);
        let pauze_minutes = if state == TeamState::Pauze { PAUZE } else { 0 };
        let (command_id, shift_id) = (self.command_id(), self.text("dienst"));
        let request = SetTeamStateRequest { command_id, shift_id, state: state.into(), pauze_minutes };
        ask!(client.set_team_state(request)).map(drop)
    }

    async fn remark(&self) -> Result<(), Status> {
        let client = self.portaal.suite.nachtdienst(self.who);
        let request = WriteRemarkRequest { command_id: self.command_id(), text: self.text("opmerking") };
        ask!(client.write_remark(request)).map(drop)
    }

    async fn hand_over(&self) -> Result<(), Status> {
        let client = self.portaal.suite.nachtdienst(self.who);
        let request = HandOverRequest { command_id: self.command_id(), staff_id: self.text("medewerker") };
        ask!(client.hand_over(request)).map(drop)
    }

    async fn accept(&self) -> Result<(), Status> {
        let client = self.portaal.suite.nachtdienst(self.who);
        let request = AcceptHandoverRequest { command_id: self.command_id(), staff_id: self.text("medewerker") };
        ask!(client.accept_handover(request)).map(drop)
    }

    async fn withdraw(&self) -> Result<(), Status> {
        let client = self.portaal.suite.nachtdienst(self.who);
        let request = WithdrawHandoverRequest { command_id: self.command_id(), staff_id: self.text("medewerker") };
        ask!(client.withdraw_handover(request)).map(drop)
    }
}

/// How a melding is, to tell whether it is still so.
pub(super) fn seen(it: &Melding) -> String {
    format!("{}-{}", i32::from(it.status()), it.shift_id)
}

/// The word of a result in a form.
pub(super) const fn token(result: MeldingResult) -> &'static str {
    match result {
        MeldingResult::Gestabiliseerd => "gestabiliseerd",
        MeldingResult::Logeerplek => "logeerplek",
        MeldingResult::Crisisdienst => "crisisdienst",
        MeldingResult::Alarmnummer => "112",
        MeldingResult::GeenGehoor => "geen-gehoor",
        MeldingResult::GeenActie => "geen-actie",
        MeldingResult::Unspecified => "",
    }
}

fn named(raw: &str) -> Option<MeldingResult> {
    super::RESULTS.into_iter().map(|(result, _)| result).find(|result| token(*result) == raw)
}
