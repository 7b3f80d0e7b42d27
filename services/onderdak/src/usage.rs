//! What clap says, in plain Dutch: help, and what is wrong with how a command was typed. clap has no translations, so
//! its fixed words are replaced and a sentence is made of what it knows. It must not know a command by name.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::CommandFactory as _;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::Cli;
use crate::output;

/// The exit code of a command that was typed wrong.
const TYPED_WRONG: u8 = 2;

/// The fixed words of clap in a help text. None of them stands in ours.
const WORDS: [(&str, &str); 14] = [
    ("Usage:", "Gebruik:"),
    ("Commands:", "Opdrachten:"),
    ("Options:", "Opties:"),
    ("Arguments:", "Gegevens:"),
    ("[OPTIONS]", "[OPTIES]"),
    ("[default:", "[standaard:"),
    ("[env:", "[omgeving:"),
    ("Possible values:", "Kies uit:"),
    ("[possible", "[mogelijke"),
    ("Print this message or the help of the given subcommand(s)", "Laat deze uitleg zien, of die van een opdracht"),
    ("[COMMAND]", "[OPDRACHT]"),
    ("<COMMAND>", "<OPDRACHT>"),
    ("Print help for the subcommand(s)", "Van welke opdracht"),
    // The line may end between the two.
    (" values:", " waarden:"),
];

/// `onderdak help --help` asks for help, as `onderdak help` does; clap would say that --help does not belong there.
pub fn without_help_of_help(line: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    let mut is_help = false;
    line.enumerate().filter_map(move |(index, word)| {
        is_help |= index == 1 && word == "help";
        (!(is_help && (word == "--help" || word == "-h"))).then_some(word)
    })
}

/// Tells what clap has to say; gives the exit code.
pub fn tell(error: &clap::Error) -> ExitCode {
    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if is_help {
        let text = help(error, std::io::stdout().is_terminal());
        return match output::text(text.trim_end()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.tell(),
        };
    }
    let is_bare = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    let text = if is_bare { help(error, std::io::stderr().is_terminal()) } else { wrong(error, std::env::args()) };
    // Whoever asked may have closed the window; there is nobody else to tell.
    let _ = write!(std::io::stderr(), "{text}");
    ExitCode::from(TYPED_WRONG)
}

fn help(error: &clap::Error, coloured: bool) -> String {
    let text = error.render();
    in_dutch(if coloured { text.ansi().to_string() } else { text.to_string() })
}

fn in_dutch(text: String) -> String {
    WORDS.iter().fold(text, |text, (theirs, ours)| text.replace(theirs, ours))
}

/// The sentence, how it is typed, and where to read more.
fn wrong(error: &clap::Error, line: impl Iterator<Item = String>) -> String {
    let usage = in_dutch(asked(line).render_usage().to_string());
    format!("onderdak: {}\n{usage}\nMeer weten: zet er --help achter.\n", sentence(error))
}

/// The command a line asks for. clap tells the usage with an error too, but counts options from the environment among
/// those that must be typed.
fn asked(line: impl Iterator<Item = String>) -> clap::Command {
    let mut program = Cli::command();
    program.build();
    line.skip(1).fold(program, |command, word| {
        let below = command.find_subcommand(&word).cloned();
        below.unwrap_or(command)
    })
}

fn sentence(error: &clap::Error) -> String {
    let one = |kind| texts(error, kind).into_iter().next().unwrap_or_default();
    let argument = one(ContextKind::InvalidArg);
    let value = one(ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::InvalidValue if value.is_empty() => format!("achter {argument} ontbreekt iets.{}", choices(error)),
        ErrorKind::InvalidValue => format!("{value} kan niet bij {argument}.{}", choices(error)),
        ErrorKind::ValueValidation => format!("{value} kan niet bij {argument}: {}.", reason(error)),
        ErrorKind::UnknownArgument => {
            format!("{argument} hoort hier niet.{}", perhaps(error, ContextKind::SuggestedArg))
        }
        ErrorKind::InvalidSubcommand => {
            let perhaps = perhaps(error, ContextKind::SuggestedSubcommand);
            format!("{} is geen opdracht.{perhaps}", one(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingSubcommand => "zeg welke opdracht; `onderdak --help` noemt ze.".to_owned(),
        ErrorKind::MissingRequiredArgument => {
            format!("dit ontbreekt nog: {}.", texts(error, ContextKind::InvalidArg).join(", "))
        }
        ErrorKind::ArgumentConflict => {
            let others = texts(error, ContextKind::PriorArg);
            if others.first() == Some(&argument) {
                format!("{argument} mag maar één keer.")
            } else {
                format!("{argument} kan niet samen met {}.", others.join(", "))
            }
        }
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("achter {argument} staat te veel of te weinig.")
        }
        _ => "deze opdracht is niet goed getypt.".to_owned(),
    }
}

/// Why a value cannot be: our own words, or those of clap about numbers.
fn reason(error: &clap::Error) -> String {
    let said = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    if let Some((lowest, highest)) = said.split_once(" is not in ").and_then(|(_, range)| range.split_once("..")) {
        let highest = highest.trim_start_matches('=');
        // A limit that is only that of the type says nothing to anybody.
        let endless = highest.is_empty() || highest.len() >= u32::MAX.to_string().len();
        let too_high = !texts(error, ContextKind::InvalidValue).concat().starts_with('-');
        return match (endless, too_high) {
            (false, _) => format!("het moet een getal zijn vanaf {lowest} tot en met {highest}"),
            (true, true) if lowest == "0" => "het getal is te groot".to_owned(),
            (true, _) => format!("het moet een getal zijn vanaf {lowest}"),
        };
    }
    if said.contains("invalid digit") || said.contains("number too") || said.contains("cannot parse integer") {
        return "het is geen geheel getal, of te groot".to_owned();
    }
    said.trim_end_matches('.').to_owned()
}

fn choices(error: &clap::Error) -> String {
    let valid = texts(error, ContextKind::ValidValue);
    if valid.is_empty() { String::new() } else { format!(" Kies uit: {}.", valid.join(", ")) }
}

fn perhaps(error: &clap::Error, kind: ContextKind) -> String {
    let suggested = texts(error, kind);
    if suggested.is_empty() { String::new() } else { format!(" Bedoelt u {}?", suggested.join(" of ")) }
}

fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(ContextValue::StyledStr(text)) => vec![StyledStr::to_string(text)],
        Some(ContextValue::StyledStrs(texts)) => texts.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use crate::cli::Cli;

    fn told(line: &str) -> String {
        let words = || line.split(' ').map(ToOwned::to_owned);
        let error = Cli::try_parse_from(words()).err().map(|error| super::wrong(&error, words()));
        error.unwrap_or_else(|| format!("{line} was taken")).lines().next().unwrap_or_default().to_owned()
    }

    /// Every command and the commands below it.
    fn all(command: clap::Command) -> Vec<clap::Command> {
        let below: Vec<_> = command.get_subcommands().cloned().flat_map(all).collect();
        [command].into_iter().chain(below).collect()
    }

    #[test]
    fn a_typing_mistake_is_told_in_dutch() {
        assert_eq!(told("onderdak claim"), "onderdak: dit ontbreekt nog: --client <CODE>, <LOCATIE>, <PLEK>.");
        assert_eq!(told("onderdak find --leeftijdd 3"), "onderdak: --leeftijdd hoort hier niet. Bedoelt u --leeftijd?");
        assert_eq!(told("onderdak histroy"), "onderdak: histroy is geen opdracht. Bedoelt u history?");
        assert_eq!(
            told("onderdak find --leeftijd=-3"),
            "onderdak: -3 kan niet bij --leeftijd <JAREN>: het moet een getal zijn vanaf 0."
        );
        assert_eq!(
            told("onderdak find --leeftijd 4294967296"),
            "onderdak: 4294967296 kan niet bij --leeftijd <JAREN>: het getal is te groot."
        );
        assert_eq!(
            told("onderdak find --nachten 0"),
            "onderdak: 0 kan niet bij --nachten <AANTAL>: het moet een getal zijn vanaf 1 tot en met 365."
        );
        assert_eq!(
            told("onderdak find --hoogstens 101"),
            "onderdak: 101 kan niet bij --hoogstens <AANTAL>: het moet een getal zijn vanaf 1 tot en met 100."
        );
        assert_eq!(
            told("onderdak find --leeftijd jong"),
            "onderdak: jong kan niet bij --leeftijd <JAREN>: het is geen geheel getal, of te groot."
        );
        assert_eq!(
            told("onderdak find --geslacht x"),
            "onderdak: x kan niet bij --geslacht <GESLACHT>. Kies uit: vrouw, man, anders."
        );
        assert_eq!(told("onderdak find --van"), "onderdak: achter --van <GEMEENTE> ontbreekt iets.");
        assert_eq!(told("onderdak find --van Almere --van Dronten"), "onderdak: --van <GEMEENTE> mag maar één keer.");
        assert_eq!(told("onderdak claim a b --beste --client c"), "onderdak: [LOCATIE] kan niet samen met --beste.");
        assert!(told("onderdak watch --actor baas:jan").contains("dispatcher"), "names the roles");
    }

    #[test]
    fn help_of_help_is_help() {
        let words = |line: &str| {
            let words = line.split(' ').map(std::ffi::OsString::from);
            super::without_help_of_help(words).map(|it| it.into_string().unwrap()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(words("onderdak help --help"), "onderdak help");
        assert_eq!(words("onderdak help claim -h"), "onderdak help claim");
        assert_eq!(words("onderdak claim --help"), "onderdak claim --help");
    }

    #[test]
    fn no_help_text_holds_a_word_of_clap() {
        let mut program = Cli::command();
        program.build();
        for mut command in all(program) {
            for text in [command.render_help(), command.render_long_help()] {
                let text = super::in_dutch(text.to_string());
                for theirs in
                    ["Usage", "Options", "OPTIONS", "Command", "COMMAND", "Print", "default:", "possible", "Possible"]
                {
                    assert!(!text.contains(theirs), "{theirs} in the help of {}:\n{text}", command.get_name());
                }
            }
        }
    }
}
