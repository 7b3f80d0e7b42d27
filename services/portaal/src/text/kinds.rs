//! What each kind is, for whoever never heard of it: in every language, beside each other. A kind without words does not
//! compile. It must not say what a kind is called: that is a term of the field.

use model::kind::Kind;

use super::Texts;

/// What a kind is; nothing of one that the first page does not show.
pub(crate) const fn what(t: &Texts, kind: Kind) -> &'static str {
    let [nl, en] = both(kind);
    if t.index == 0 { nl } else { en }
}

/// In Dutch and in English.
const fn both(kind: Kind) -> [&'static str; 2] {
    match kind {
        Kind::Logeerplek => [
            "Een paar nachten ergens anders slapen, zodat het thuis niet misgaat.",
            "Sleeping elsewhere for a few nights, so that things at home do not go wrong.",
        ],
        Kind::Nachtopvang => {
            ["Een bed voor de nacht voor wie dakloos is.", "A bed for the night for people without a home."]
        }
        Kind::Dagopvang => [
            "Overdag binnen zijn: koffie, een douche, iemand om mee te praten.",
            "A place to be by day: coffee, a shower, somebody to talk to.",
        ],
        Kind::Gezinsopvang => {
            ["Een eigen ruimte voor ouders met kinderen.", "A unit of their own for parents with children."]
        }
        Kind::MoGezinswoning => {
            ["Een woning voor een gezin, soms ook als time-out.", "A house for a family, sometimes also as a time-out."]
        }
        Kind::Crisisopvang => {
            ["Kort verblijf als het echt niet anders kan.", "A short stay when there is no other way."]
        }
        Kind::Vrouwenopvang => [
            "Een veilige plek bij huiselijk geweld. Bel het aanmeldpunt.",
            "A safe place from domestic violence. Call the intake number.",
        ],
        Kind::TimeOutPleger => [
            "Even weg, zodat het thuis veilig wordt. Bel het aanmeldpunt.",
            "Away for a while, so that home becomes safe. Call the intake number.",
        ],
        Kind::BeschermdWonen => ["Wonen met dag en nacht hulp dichtbij.", "Living with help nearby day and night."],
        Kind::BeschutWonen => {
            ["Oefenen met zelf wonen, met een vangnet.", "Practising to live on one's own, with a safety net."]
        }
        Kind::GewoonThuis => [
            "Tijdelijk extra hulp thuis, ook 's nachts te bereiken.",
            "Extra help at home for a while, also reachable at night.",
        ],
        Kind::Woonstart => [
            "Een eerste eigen plek voor jongeren van 17 tot en met 27 jaar.",
            "A first place of one's own for people from 17 to 27.",
        ],
        Kind::Winteropvang => [
            "Extra bedden als het koud is; dan komt iedereen binnen.",
            "Extra beds when it is cold; then everybody is let in.",
        ],
        Kind::HousingFirst => ["Eerst een eigen huis, en daarna hulp.", "First a home of one's own, and then help."],
        Kind::Nachtdienst => ["", ""],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{EN, NL};

    #[test]
    fn every_kind_that_is_shown_says_what_it_is_in_each_language() {
        for kind in Kind::ALL {
            let [nl, en] = [what(&NL, kind), what(&EN, kind)];
            assert_eq!(nl.is_empty(), !kind.adds_up(), "{kind:?}");
            assert_eq!(en.is_empty(), !kind.adds_up(), "{kind:?}");
            assert!(nl != en || nl.is_empty(), "{kind:?}");
            assert!(!nl.to_lowercase().contains("zwerver"), "{kind:?}");
        }
    }
}
