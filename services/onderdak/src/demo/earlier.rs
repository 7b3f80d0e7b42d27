//! Puts back what a demo left behind that broke off or was killed: it is known by the mark its codes and texts begin
//! with. It must not touch anything else.

use proto::availability::v1::{PlaceStatus, TrajectStage};
use proto::housing_first::v1 as housing;
use proto::logeerplek::v1 as logeerplek;
use proto::nachtdienst::v1 as night;
use proto::opvang::v1 as opvang;
use tonic::{Code, Status};

use super::play::{PROVIDER, TEAM};
use crate::Failure;
use crate::client::{Connection, command_id, send};

/// Gives how many things were put back.
pub(super) async fn put_back(connection: &Connection, mark: &str) -> Result<usize, Failure> {
    let done = [
        meldingen(connection, mark).await?,
        trajecten(connection, mark).await?,
        claims(connection, mark).await?,
        shelters(connection, mark).await?,
        teams(connection).await?,
    ];
    Ok(done.into_iter().sum())
}

/// Those that go on are completed, so that the slots do not run out.
async fn trajecten(connection: &Connection, mark: &str) -> Result<usize, Failure> {
    let client = connection.housing_first()?;
    let is_ours = |it: &housing::Traject| it.provider == PROVIDER && is_client(&it.client_ref, mark);
    let (mut done, mut after) = (0, String::new());
    loop {
        let request = housing::ListTrajectenRequest { after_traject_id: after, ..Default::default() };
        let page = send(request, async |it| client.clone().list_trajecten(it).await).await?.into_inner();
        for earlier in page.trajecten.into_iter().filter(is_ours) {
            let (command_id, stage, traject_id) = (command_id(), earlier.stage(), earlier.traject_id);
            done += match stage {
                TrajectStage::Afgerond | TrajectStage::Gestopt => 0,
                TrajectStage::Gestart => {
                    let (to, on, corporatie) = (TrajectStage::Afgerond.into(), None, String::new());
                    let request = housing::AdvanceTrajectRequest { command_id, traject_id, to, on, corporatie };
                    put(send(request, async |it| client.clone().advance_traject(it).await).await)?
                }
                _ => {
                    let (reason, text) = (housing::StopReason::Anders.into(), format!("{mark}: de demo is voorbij"));
                    let request = housing::StopTrajectRequest { command_id, traject_id, reason, text, on: None };
                    put(send(request, async |it| client.clone().stop_traject(it).await).await)?
                }
            };
        }
        if page.next_after_traject_id.is_empty() {
            return Ok(done);
        }
        after = page.next_after_traject_id;
    }
}

/// Who is in a logeerplek leaves; who is expected is not any more.
async fn claims(connection: &Connection, mark: &str) -> Result<usize, Failure> {
    let client = connection.logeerplek()?;
    let request = logeerplek::ListClaimsRequest::default();
    let answer = send(request, async |it| client.clone().list_claims(it).await).await?.into_inner();
    let mut done = 0;
    for claim in answer.claims.into_iter().filter(|it| is_client(&it.client_ref, mark)) {
        let (command_id, is_in) = (command_id(), claim.status() == logeerplek::ClaimStatus::Arrived);
        let claim_id = claim.claim_id;
        done += if is_in {
            let destination = logeerplek::Destination::NaarHuis.into();
            let prevented = logeerplek::Prevented::Onbekend.into();
            let request = logeerplek::CheckOutRequest { command_id, claim_id, destination, prevented };
            put(send(request, async |it| client.clone().check_out(it).await).await)?
        } else {
            let request = logeerplek::CancelClaimRequest { command_id, claim_id };
            put(send(request, async |it| client.clone().cancel_claim(it).await).await)?
        };
    }
    Ok(done)
}

/// Who is in a shelter leaves, and a place that went out of service comes back.
async fn shelters(connection: &Connection, mark: &str) -> Result<usize, Failure> {
    let client = connection.opvang()?;
    let (mut done, mut after) = (0, String::new());
    loop {
        let request = opvang::ListLocationsRequest { page_size: 0, after_location_id: after };
        let page = send(request, async |it| client.clone().list_locations(it).await).await?.into_inner();
        for location in page.locations {
            for place in &location.places {
                let (location_id, place_id) = (location.location_id.clone(), place.place_id.clone());
                let command_id = command_id();
                done += match place.status() {
                    PlaceStatus::OutOfService if place.out_of_service_reason.starts_with(&format!("{mark}: ")) => {
                        let request = opvang::ReturnToServiceRequest { command_id, location_id, place_id };
                        put(send(request, async |it| client.clone().return_to_service(it).await).await)?
                    }
                    PlaceStatus::Occupied if !place.user_id.is_empty() => {
                        leaves(connection, mark, location_id, place.user_id.clone()).await?
                    }
                    _ => 0,
                };
            }
        }
        if page.next_after_location_id.is_empty() {
            return Ok(done);
        }
        after = page.next_after_location_id;
    }
}

async fn leaves(connection: &Connection, mark: &str, location_id: String, stay_id: String) -> Result<usize, Failure> {
    let client = connection.opvang()?;
    let request = opvang::GetStayRequest { location_id: location_id.clone(), stay_id: stay_id.clone(), on: None };
    let stay = match send(request, async |it| client.clone().get_stay(it).await).await {
        Err(status) if status.code() == Code::NotFound => return Ok(0),
        answer => answer?.into_inner().stay.unwrap_or_default(),
    };
    if !is_client(&stay.client_ref, mark) {
        return Ok(0);
    }
    let (reason, destination) = (opvang::LeaveReason::VolgensPlan, opvang::Destination::EigenNetwerk);
    let (command_id, reason, destination) = (command_id(), reason.into(), destination.into());
    let request = opvang::CheckOutRequest { command_id, location_id, stay_id, reason, destination };
    put(send(request, async |it| client.clone().check_out(it).await).await)
}

/// Each comes to an end; one that no team had yet is given to the extra team first.
pub(super) async fn meldingen(connection: &Connection, mark: &str) -> Result<usize, Failure> {
    use night::MeldingStatus::{Aangekomen, Onderweg, Ontvangen, Resultaat, Toegewezen};
    let client = connection.nachtdienst()?;
    let request = night::ListMeldingenRequest { only_open: true, ..Default::default() };
    let answer = send(request, async |it| client.clone().list_meldingen(it).await).await?.into_inner();
    let mut done = 0;
    for melding in answer.meldingen.into_iter().filter(|it| it.text.starts_with(&format!("{mark}: "))) {
        let (status, id) = (melding.status(), melding.melding_id);
        if status == Ontvangen {
            let Some(team) = extra_teams(connection).await?.into_iter().next() else { continue };
            let (command_id, melding_id) = (command_id(), id.clone());
            let request = night::AssignMeldingRequest { command_id, melding_id, shift_id: team.shift_id };
            put(send(request, async |it| client.clone().assign_melding(it).await).await)?;
        }
        let steps = match status {
            Ontvangen | Toegewezen => &[Onderweg, Aangekomen][..],
            Onderweg => &[Aangekomen][..],
            Aangekomen | Resultaat => &[],
            _ => continue,
        };
        for to in steps {
            let request =
                night::MoveMeldingRequest { command_id: command_id(), melding_id: id.clone(), to: (*to).into() };
            put(send(request, async |it| client.clone().move_melding(it).await).await)?;
        }
        if status != Resultaat {
            let (result, claim_id) = (night::MeldingResult::GeenActie.into(), String::new());
            let (command_id, melding_id) = (command_id(), id.clone());
            let request = night::SetMeldingResultRequest { command_id, melding_id, result, claim_id };
            put(send(request, async |it| client.clone().set_melding_result(it).await).await)?;
        }
        let request = night::CloseMeldingRequest { command_id: command_id(), melding_id: id };
        done += put(send(request, async |it| client.clone().close_melding(it).await).await)?;
    }
    Ok(done)
}

/// An extra team of a demo goes home.
async fn teams(connection: &Connection) -> Result<usize, Failure> {
    let client = connection.nachtdienst()?;
    let mut done = 0;
    for shift in extra_teams(connection).await? {
        let (command_id, reason) = (command_id(), "de demo is voorbij".to_owned());
        let request = night::CancelShiftRequest { command_id, shift_id: shift.shift_id, reason };
        done += put(send(request, async |it| client.clone().cancel_shift(it).await).await)?;
    }
    Ok(done)
}

async fn extra_teams(connection: &Connection) -> Result<Vec<night::Shift>, Failure> {
    let client = connection.nachtdienst()?;
    let answer = send(night::GetRosterRequest::default(), async |it| client.clone().get_roster(it).await).await?;
    let is_ours = |it: &night::Shift| !it.cancelled && it.plan.as_ref().is_some_and(|plan| plan.team == TEAM);
    Ok(answer.into_inner().shifts.into_iter().filter(is_ours).collect())
}

fn is_client(code: &str, mark: &str) -> bool {
    code.starts_with(&format!("{mark}-client-"))
}

/// What somebody else put back meanwhile needs no putting back.
fn put<T>(answer: Result<T, Status>) -> Result<usize, Failure> {
    match answer {
        Err(status) if matches!(status.code(), Code::FailedPrecondition | Code::NotFound) => Ok(0),
        answer => Ok(answer.map(|_| 1)?),
    }
}
