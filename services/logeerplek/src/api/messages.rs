//! The messages of this service and the model, side by side. It must not hold a rule.

use jiff::Timestamp;
use model::refusal::Invalid;
use model::site::Site;
use model::stay::Destination;
use model::wire;
use proto::logeerplek::v1 as message;
use service::call::Names;

use crate::domain::{ClaimView, Prevented, Reason, Status};

/// A claim.
pub(super) fn claim_out(claim: ClaimView, names: &Names) -> message::Claim {
    let waiting = matches!(claim.status, Status::Pending | Status::Held);
    message::Claim {
        claim_id: claim.id.to_string(),
        location_id: claim.offer.location.to_string(),
        place_id: claim.offer.place.to_string(),
        status: status_out(claim.status).into(),
        client_ref: names.read(&claim.client),
        claimed_at: Some(wire::time_out(claim.claimed_at)),
        held_until: waiting.then(|| wire::time_out(claim.offer.held_until)),
        stay_until: claim.stay_until.map(wire::time_out),
        escalated: claim.escalated,
        extended: claim.extended,
        location_name: claim.location_name.to_string(),
        phone: claim.phone.to_string(),
        place_label: claim.place_label.to_string(),
    }
}

/// A location with its places.
pub(super) fn location_out(site: &Site, now: Timestamp, names: &Names) -> message::Location {
    message::Location {
        location_id: site.id.to_string(),
        profile: Some(wire::profile_out(&site.profile)),
        places: wire::places_out(site, &|sealed| names.read(sealed)),
        version: site.version,
        confirmed_at: site.confirmed_at.map(wire::time_out),
        age: wire::age_out(site.age(now)).into(),
        retired: site.retired,
    }
}

const fn status_out(status: Status) -> message::ClaimStatus {
    match status {
        Status::Pending => message::ClaimStatus::Pending,
        Status::Held => message::ClaimStatus::Held,
        Status::Arrived => message::ClaimStatus::Arrived,
        Status::CheckedOut => message::ClaimStatus::CheckedOut,
        Status::Cancelled => message::ClaimStatus::Cancelled,
        Status::NoShow => message::ClaimStatus::NoShow,
        Status::Refused => message::ClaimStatus::Refused,
        Status::Lapsed => message::ClaimStatus::Lapsed,
    }
}

/// Why a location refuses.
pub(super) fn reason_in(raw: message::RefusalReason) -> Result<Reason, Invalid> {
    match raw {
        message::RefusalReason::Unspecified => Err(wire::unknown("reason")),
        message::RefusalReason::Vol => Ok(Reason::Vol),
        message::RefusalReason::PastNiet => Ok(Reason::PastNiet),
        message::RefusalReason::Personeel => Ok(Reason::Personeel),
        message::RefusalReason::Veiligheid => Ok(Reason::Veiligheid),
        message::RefusalReason::Gesloten => Ok(Reason::Gesloten),
        message::RefusalReason::Anders => Ok(Reason::Anders),
    }
}

/// Where a client went.
pub(super) fn destination_in(raw: message::Destination) -> Result<Destination, Invalid> {
    match raw {
        message::Destination::Unspecified => Err(wire::unknown("destination")),
        message::Destination::NaarHuis => Ok(Destination::NaarHuis),
        message::Destination::EigenNetwerk => Ok(Destination::EigenNetwerk),
        message::Destination::Opvang => Ok(Destination::Opvang),
        message::Destination::BeschermdWonen => Ok(Destination::BeschermdWonen),
        message::Destination::GgzOpname => Ok(Destination::GgzOpname),
        message::Destination::HousingFirst => Ok(Destination::HousingFirst),
        message::Destination::Onbekend => Ok(Destination::Onbekend),
    }
}

/// Was an admission or escalation prevented?
pub(super) fn prevented_in(raw: message::Prevented) -> Result<Prevented, Invalid> {
    match raw {
        message::Prevented::Unspecified => Err(wire::unknown("prevented")),
        message::Prevented::Ja => Ok(Prevented::Ja),
        message::Prevented::Nee => Ok(Prevented::Nee),
        message::Prevented::Onbekend => Ok(Prevented::Onbekend),
    }
}
