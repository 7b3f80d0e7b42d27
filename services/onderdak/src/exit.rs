//! How a command ends: an exit code programs can rely on and one sentence for people. It must not print more than that
//! sentence.

use std::process::ExitCode;

use service::Chain;
use service::client::is_broken;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Exit codes. They are part of the contract and stand in `onderdak --help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Whoever read the output has enough.
    NobodyReads = 0,
    /// Something of ours failed.
    Failed = 1,
    // 2 is clap's: the command line is wrong.
    /// A service does not answer; try again.
    Unreachable = 3,
    /// The rules refuse it; trying again as it is does not help.
    Refused = 4,
    /// The input (a file, a field) is wrong; nothing was changed.
    Input = 5,
    /// It could not start: a port, a folder, a second start.
    Start = 6,
    /// Whoever started it stopped it.
    Stopped = 130,
}

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// One sentence, or a few lines, for people.
    pub sentence: String,
    /// Whether the location is not known there.
    is_unknown_location: bool,
}

impl Failure {
    /// A failure with its sentence.
    pub fn new(exit: Exit, sentence: impl Into<String>) -> Self {
        Self { exit, sentence: sentence.into(), is_unknown_location: false }
    }

    /// The same, with what only opvang has where a location is not known to it.
    #[must_use]
    pub fn only_in_opvang(mut self, what: &str) -> Self {
        if self.is_unknown_location {
            self.sentence.push_str(&format!(" Een logeerplek heeft geen {what}."));
        }
        self
    }

    /// A failure from an error with its causes.
    pub fn of(exit: Exit, error: &(dyn std::error::Error + 'static)) -> Self {
        Self::new(exit, Chain(error).to_string())
    }

    /// Tells it and gives the exit code.
    pub fn tell(self) -> ExitCode {
        if self.exit != Exit::NobodyReads {
            eprintln!("onderdak: {}", self.sentence);
        }
        ExitCode::from(self.exit as u8)
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        let reason = status.get_details_error_info().map(|info| info.reason);
        let (exit, sentence) = match status.code() {
            Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::Cancelled => {
                let hint = reason.as_deref().map_or("", hint);
                (
                    Exit::Unreachable,
                    format!("{}{hint}", told(&status, "De dienst antwoordt niet. Draait `onderdak up`?")),
                )
            }
            Code::FailedPrecondition | Code::NotFound | Code::AlreadyExists | Code::PermissionDenied => {
                let hint = reason.as_deref().map_or("", hint);
                (Exit::Refused, format!("{}{hint}", status.message()))
            }
            Code::Unauthenticated => {
                let hint = reason.as_deref().map_or("", hint);
                (Exit::Input, format!("{}{hint}", status.message()))
            }
            Code::InvalidArgument | Code::OutOfRange => {
                (Exit::Input, wrong_field(&status).unwrap_or_else(|| status.message().to_owned()))
            }
            Code::Unknown if is_broken(&status) => {
                let sentence =
                    "De verbinding viel weg; het is niet zeker of dit gelukt is. Kijk op het bord of bij de claims.";
                (Exit::Unreachable, told(&status, sentence))
            }
            Code::Unimplemented => {
                let sentence = "Op dat adres draait een andere dienst, of een andere versie van Onderdak.";
                (Exit::Input, sentence.to_owned())
            }
            _ => (Exit::Failed, told(&status, "De dienst gaf een fout.")),
        };
        let is_unknown_location = reason.as_deref() == Some("UNKNOWN_LOCATION");
        let reason = reason.map(|reason| format!(" [{reason}]")).unwrap_or_default();
        Self { exit, sentence: format!("{sentence}{reason}"), is_unknown_location }
    }
}

/// Where to see what there is to choose from.
fn hint(reason: &str) -> &'static str {
    match reason {
        "NO_TOKEN" => " Draait `onderdak up`? Zo niet: geef met --token-file een token van uw aanbieder.",
        "NOT_YOUR_ROLE" => " Met een andere rol kan het misschien wel: --actor beheerder:demo, of een ander token.",
        "UNKNOWN_LOCATION" => " `onderdak watch --once` noemt de locaties.",
        "UNKNOWN_PLACE" | "UNKNOWN_POOL" => " `onderdak locatie LOCATIE` noemt de plekken en hun soorten.",
        "UNKNOWN_CLAIM" => " `onderdak claims` noemt de lopende claims.",
        "UNKNOWN_MELDING" => " `onderdak melding lijst` noemt de open meldingen.",
        "UNKNOWN_SHIFT" => " `onderdak rooster toon` noemt de diensten.",
        "UNKNOWN_TRAJECT" => " `onderdak traject lijst` noemt de trajecten.",
        "UNKNOWN_PLAN" => " `onderdak plan lijst` noemt de plannen.",
        "UNKNOWN_WAITING" => " `onderdak wachtlijst toon LOCATIE` noemt wie er wachten.",
        _ => "",
    }
}

/// Fields of requests, and what stands for them on the command line.
const FIELDS: &[(&str, &str)] = &[
    ("needs.age", "--leeftijd"),
    ("profile.provider", "--aanbieder"),
    ("profile.phone", "--telefoon"),
    ("needs.children_ages", "--kind"),
    ("needs.nights", "--nachten"),
    ("needs.target_groups", "--doelgroep"),
    ("needs.residence", "--inwoner-van"),
    ("from_gemeente", "--van"),
    ("from", "--vanaf"),
    ("client_ref", "--client"),
    ("hold_minutes", "--minuten"),
    ("minutes", "--minuten"),
    ("pauze_minutes", "--minuten"),
    ("nights", "--nachten"),
    ("pools", "--type"),
    ("text", "de tekst"),
    ("reason", "de reden"),
    ("claim_id", "de claim"),
    ("location_id", "de locatie"),
    ("place_id", "de plek"),
    ("traject_id", "het traject"),
    ("shift_id", "de dienst"),
    ("other_shift_id", "de andere dienst"),
    ("staff_id", "de medewerker"),
    ("other_staff_id", "de andere medewerker"),
    ("melding_id", "de melding"),
    ("waiting_id", "de wachtende"),
    ("stay_id", "het verblijf"),
    ("plan_id", "het plan"),
    ("pool", "de soort plek"),
    ("on", "--op"),
    ("at", "--at"),
    ("until", "--tot"),
    ("corporatie", "de corporatie"),
    ("provider", "de aanbieder"),
    ("slots", "het aantal plekken"),
    ("gemeente", "de gemeente"),
    ("override_reason", "--ondanks"),
    ("steps", "wat er verandert"),
    ("counts", "--plekken"),
];

/// What is wrong with a field, in the words of the command line.
fn wrong_field(status: &Status) -> Option<String> {
    let violation = status.get_details_bad_request()?.field_violations.into_iter().next()?;
    let (path, last) = (violation.field.as_str(), violation.field.rsplit('.').next().unwrap_or_default());
    let option = |path: &str| {
        let is_of =
            |field: &str| path.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        FIELDS.iter().find(|(field, _)| is_of(field))
    };
    // Of what is in a list, the last name says more than the list does.
    let (first, second) = if path.contains("].") { (last, path) } else { (path, last) };
    let (_, option) = option(first).or_else(|| option(second))?;
    Some(format!("{option} {}.", violation.description))
}

/// The service's own sentence when it gave one; otherwise ours, with what the connection said.
fn told(status: &Status, ours: &str) -> String {
    if status.get_details_localized_message().is_some() {
        status.message().to_owned()
    } else {
        // That nobody is there is said already; anything else helps who must find out why.
        let said = status.message();
        let is_plain = said.is_empty() || said == "tcp connect error" || said == "transport error";
        if is_plain { ours.to_owned() } else { format!("{ours} ({said})") }
    }
}
