//! What people call a type of event, in each language. A test walks the golden files of all services and fails where one
//! has no words. It must not say whom an event is about.

use crate::text::Texts;

/// The words of every type, Dutch and English.
const EVENTS: [(&str, [&str; 2]); 87] = [
    ("accepted", ["Claim geaccepteerd", "Claim accepted"]),
    ("allocation_set", ["Aantal plekken van Housing First gezet", "Slots of Housing First set"]),
    ("arrived", ["Aangekomen", "Arrived"]),
    ("assigned", ["Iemand op een dienst gezet", "Somebody put on a shift"]),
    ("better_reported", ["Beter gemeld", "Reported better"]),
    ("cancelled", ["Claim geannuleerd", "Claim cancelled"]),
    ("capacity_set", ["Aantal plekken gezet", "Number of places set"]),
    ("checked_in", ["Binnengekomen", "Came in"]),
    ("checked_out", ["Vertrokken", "Left"]),
    ("claimed", ["Plek vastgelegd", "Place claimed"]),
    ("closing_moved", ["Sluitingstijd verschoven", "Closing time moved"]),
    ("confirmed", ["Stand van Housing First bevestigd", "Figures of Housing First confirmed"]),
    ("corporatie_changed", ["Andere corporatie", "Other housing association"]),
    ("cover_heard", ["Dekking van de nachtdienst gehoord", "Cover of the night service heard"]),
    ("cover_told", ["Dekking van de nachtdienst gemeld", "Cover of the night service told"]),
    ("day_ended", ["De dag is voorbij", "The day ended"]),
    ("demand_refused", ["Iemand geweigerd", "Somebody refused"]),
    ("demand_unmet", ["Geen plek gevonden", "No place found"]),
    ("escalated", ["Claim niet op tijd beantwoord", "Claim not answered in time"]),
    ("handed_over", ["Nacht overgedragen", "Night handed over"]),
    ("handover_accepted", ["Overdracht overgenomen", "Handover accepted"]),
    ("handover_withdrawn", ["Overdracht teruggenomen", "Handover taken back"]),
    ("hold_extended", ["Reservering verlengd", "Hold extended"]),
    ("lapsed", ["Claim verlopen", "Claim lapsed"]),
    ("melding_assigned", ["Melding toegewezen", "Report assigned"]),
    ("melding_closed", ["Melding gesloten", "Report closed"]),
    ("melding_moved", ["Melding: team onderweg of aangekomen", "Report: team on its way or arrived"]),
    ("melding_received", ["Melding ontvangen", "Report received"]),
    ("melding_resulted", ["Melding: resultaat", "Report: result"]),
    ("moved", ["Naar een andere plek", "Moved to another place"]),
    ("no_show", ["Niet gekomen", "Did not come"]),
    ("offer_accepted", ["Aanbod aangenomen", "Offer accepted"]),
    ("offer_declined", ["Aanbod afgeslagen", "Offer declined"]),
    ("offer_expired", ["Aanbod verlopen", "Offer expired"]),
    ("offer_withdrawn", ["Aanbod ingetrokken", "Offer withdrawn"]),
    ("offered", ["Plek aangeboden", "Place offered"]),
    ("offered_again", ["Plek opnieuw aangeboden", "Place offered again"]),
    ("offers_paused", ["Aanbieden gepauzeerd", "Offers paused"]),
    ("offers_resumed", ["Aanbieden hervat", "Offers resumed"]),
    ("passed_over", ["Overgeslagen op de wachtlijst", "Passed over on the waiting list"]),
    ("pauze_ended", ["Pauze van een team voorbij", "Break of a team ended"]),
    ("people_counted", ["Mensen geteld", "People counted"]),
    ("plan_step_dropped", ["Stap van een plan kon niet", "Step of a plan was not possible"]),
    ("plan_step_waits", ["Stap van een plan wacht", "Step of a plan waits"]),
    ("plan_took_effect", ["Plan ingegaan", "Plan took effect"]),
    ("plan_withdrawn", ["Plan ingetrokken", "Plan withdrawn"]),
    ("planned", ["Plan gemaakt", "Plan made"]),
    ("provider_changed", ["Andere aanbieder", "Other provider"]),
    ("refused", ["Claim afgewezen", "Claim refused"]),
    ("registered", ["Traject aangemeld", "Trajectory registered"]),
    ("remark_written", ["Opmerking voor de overdracht", "Remark for the handover"]),
    ("reoffered", ["Claim opnieuw aangeboden", "Claim offered again"]),
    ("reservation_cancelled", ["Reservering vervallen", "Reservation cancelled"]),
    ("reserved", ["Gereserveerd", "Reserved"]),
    ("responsible_set", ["Verantwoordelijke gemeente gezet", "Responsible municipality set"]),
    ("shift_began", ["Dienst begonnen", "Shift began"]),
    ("shift_cancelled", ["Dienst geannuleerd", "Shift cancelled"]),
    ("shift_changed", ["Dienst veranderd", "Shift changed"]),
    ("shift_ended", ["Dienst afgelopen", "Shift ended"]),
    ("shift_planned", ["Dienst gepland", "Shift planned"]),
    ("sick_reported", ["Ziek gemeld", "Reported sick"]),
    ("site_changed", ["Locatie veranderd", "Location changed"]),
    ("site_confirmed", ["Stand bevestigd", "Figures confirmed"]),
    ("site_place_added", ["Plek erbij", "Place added"]),
    ("site_place_changed", ["Plek veranderd", "Place changed"]),
    ("site_place_retired", ["Plek weg", "Place removed"]),
    ("site_registered", ["Locatie gemaakt", "Location made"]),
    ("site_retired", ["Locatie gesloten", "Location closed"]),
    ("site_returned", ["Plek weer in gebruik", "Place back in use"]),
    ("site_taken_out", ["Plek buiten gebruik", "Place out of use"]),
    ("slots_given", ["Plekken van Housing First gegeven", "Slots of Housing First given"]),
    ("slots_received", ["Plekken van Housing First gekregen", "Slots of Housing First received"]),
    ("stage_reached", ["Traject: volgende fase", "Trajectory: next stage"]),
    ("stage_taken_back", ["Traject: fase teruggenomen", "Trajectory: stage taken back"]),
    ("stand_recorded", ["Dagstand vastgelegd", "Daily figures recorded"]),
    ("stay_extended", ["Verblijf verlengd", "Stay extended"]),
    ("stopped", ["Traject gestopt", "Trajectory stopped"]),
    ("surge_ended", ["Winteropvang dicht", "Winter shelter closed"]),
    ("surge_started", ["Winteropvang open", "Winter shelter open"]),
    ("team_state_set", ["Team: andere stand", "Team: other state"]),
    ("transferred_in", ["Traject gekomen uit een andere gemeente", "Trajectory came from another municipality"]),
    ("transferred_out", ["Traject naar een andere gemeente", "Trajectory to another municipality"]),
    ("unassigned", ["Iemand van een dienst gehaald", "Somebody taken off a shift"]),
    ("waiting_joined", ["Op de wachtlijst", "On the waiting list"]),
    ("waiting_left", ["Van de wachtlijst", "Off the waiting list"]),
    ("waiting_moved", ["Naar een andere wachtlijst", "To another waiting list"]),
    ("waiting_step_taken", ["Wachtende stap van een plan gezet", "Waiting step of a plan taken"]),
];

/// What people call a type; none where it is not known here.
pub(super) fn of(t: &Texts, kind: &str) -> Option<&'static str> {
    EVENTS.iter().find(|(name, _)| *name == kind).and_then(|(_, words)| words.get(t.index)).copied()
}

/// Every type with its words, by its words; types that people call the same only once.
pub(super) fn all(t: &Texts) -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<(&str, &str)> =
        EVENTS.iter().filter_map(|(name, words)| Some((*name, *words.get(t.index)?))).collect();
    all.sort_unstable_by_key(|(_, words)| *words);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{EN, NL};

    #[test]
    fn every_event_of_every_service_has_words_in_every_language() {
        let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
        let mut seen = 0;
        for service in std::fs::read_dir(golden).unwrap() {
            for file in std::fs::read_dir(service.unwrap().path()).unwrap() {
                let file = file.unwrap().path();
                let event: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
                let (kind, data) = (event["type"].as_str().unwrap(), event["data"].as_object().unwrap());
                // As the log unfolds an event that holds another.
                let inner = data.iter().next().filter(|(_, inner)| data.len() == 1 && inner.is_object());
                let kind = inner.map_or_else(|| kind.to_owned(), |(inner, _)| format!("{kind}_{inner}"));
                assert!(of(&NL, &kind).is_some() && of(&EN, &kind).is_some(), "{kind}: {}", file.display());
                seen += 1;
            }
        }
        assert!(seen > 60, "{seen}");
    }
}
