//! The command line as its users meet it: help, exit codes, completions, and every command of the README.

use crate::house::{House, ONDERDAK, said};

const README: &str = include_str!("../../README.md");

/// A claim of a place at a location that answers each claim itself.
const CLAIM: &str = "claim logeerplek-lelystad kamer-1 --client c-1 --leeftijd 34 --doelgroep verslaving";

fn run(args: &[&str]) -> std::process::Output {
    std::process::Command::new(ONDERDAK).args(args).output().unwrap()
}

#[test]
fn help_teaches_and_names_the_exit_codes() {
    let help = said(&run(&["--help"]));
    for expected in ["Om te beginnen", "Exitcodes", "klopt nog", "logeerplek"] {
        assert!(help.contains(expected), "{expected} is missing in: {help}");
    }
}

#[test]
fn a_mistyped_command_is_exit_code_two() {
    assert_eq!(run(&["vind"]).status.code(), Some(2));
}

#[test]
fn a_suite_that_does_not_run_is_exit_code_three_with_a_hint() {
    let output = run(&["find", "--van", "Almere", "--regio", "http://127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("Draait `onderdak up`?"), "{}", said(&output));
}

#[test]
fn an_address_that_cannot_be_used_as_it_is_meant_is_refused() {
    for (address, sentence) in [
        ("https://127.0.0.1:7400", "versleuteld verbinden kan nog niet"),
        ("regio", "‘regio’ is geen adres"),
        ("http://127.0.0.1", "is geen adres"),
        ("ftp://127.0.0.1:7400", "is geen adres"),
    ] {
        let output = run(&["find", "--van", "Almere", "--regio", address]);
        assert!(output.status.code() == Some(5) && said(&output).contains(sentence), "{}", said(&output));
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_in_the_words_of_the_command_line() {
    let house = House::start_with(include_str!("../../deploy/regions/flevoland.toml")).await;
    for (line, code, sentence) in [
        ("find --van Almere --leeftijd 400", 5, "--leeftijd "),
        ("find --van gm9999 --leeftijd 34", 0, "Er zijn geen afstanden: waar gm9999 ligt"),
        ("claim --beste --client c-1 --type hotel", 2, "Kies uit: ambulant, generalistisch, specialistisch"),
        ("out logeerhuis-almere zolder --reden lekkage", 4, "Deze plek is op deze locatie niet bekend"),
        ("back overal kamer-1", 4, "Deze locatie is hier niet bekend"),
        ("claim --beste --client Jan", 5, "--client mag alleen kleine letters"),
        ("claim --beste --client c-1 --leeftijd 34 --minuten 999", 5, "--minuten "),
        ("claim --beste --client c-1 --actor dispatcher:123456782", 2, "BSN"),
        ("history --at 2999-01-01", 5, "ligt in de toekomst"),
        ("find --vanaf overal", 5, "--vanaf moet breedte,lengte zijn"),
        ("accept C", 5, "de claim is geen code zoals Onderdak die geeft"),
        ("extend c-1", 2, "dit ontbreekt nog: <--minuten <MINUTEN>|--nachten <AANTAL>>"),
    ] {
        let output = house.run(&line.split(' ').collect::<Vec<_>>());
        assert!(output.status.code() == Some(code) && said(&output).contains(sentence), "{line}: {}", said(&output));
    }
}

#[tokio::test]
async fn a_hold_is_prolonged_once_and_a_stay_by_nights() {
    let house = House::start().await;
    house.location("huis", 1).await;
    let told = |line: &str| said(&house.run(&line.split(' ').collect::<Vec<_>>()));
    let claimed = told("claim huis kamer-1 --client c-1");
    let id = claimed.strip_prefix("Claim ").and_then(|rest| rest.split_once(':')).unwrap().0;
    assert!(told(&format!("extend {id} --minuten 61")).contains("--minuten "));
    assert!(told(&format!("extend {id} --minuten 60")).contains("Vast tot"));
    assert!(told(&format!("extend {id} --minuten 10")).contains("al een keer verlengd"));
    assert!(told(&format!("extend {id} --nachten 1")).contains("Dat kan nu niet: de plek ligt vast"));
    assert!(!told(&format!("release {id} --naar huis")).contains("--naar"));
    told(&format!("arrive {id}"));
    assert!(told(&format!("extend {id} --nachten 1")).contains("Mag blijven tot"));
    assert!(told(&format!("release {id}")).contains("al aangekomen. [WRONG_STATUS]\nGaat de cliënt weg?"));
}

#[tokio::test]
async fn a_place_goes_out_of_service_and_comes_back() {
    let house = House::start_with(include_str!("../../deploy/regions/flevoland.toml")).await;
    let told = |line: &str| said(&house.run(&line.split(' ').collect::<Vec<_>>()));
    let claim = told("claim woonstart-dronten crisisplek-1 --client c-1");
    assert!(claim.contains("niet bekend"), "it is no logeerplek: {claim}");
    for (location, place) in [("logeerhuis-almere", "kamer-1"), ("nachtopvang-almere", "kamer-1")] {
        let out = told(&format!("out {location} {place} --reden lekkage"));
        assert!(out.contains(&format!("{place} van {location} is buiten gebruik")), "{out}");
        assert!(told(&format!("out {location} {place} --reden nogmaals")).contains("buiten gebruik"));
        assert!(told(&format!("back {location} {place}")).contains("is weer vrij"));
    }
}

#[tokio::test]
async fn a_refusal_that_closes_the_place_says_so_and_how_it_comes_back() {
    let house = House::start_with(include_str!("../../deploy/regions/flevoland.toml")).await;
    let told = |line: &str| said(&house.run(&line.split(' ').collect::<Vec<_>>()));
    let claimed = told(CLAIM);
    let id = claimed.strip_prefix("Claim ").and_then(|rest| rest.split_once(':')).unwrap().0;
    assert!(told(&format!("refuse {id} --reden vol")).contains("buiten gebruik. Kan er weer iemand terecht"));
    assert!(told(CLAIM).contains("vol volgens de locatie"));
    assert!(told("back logeerplek-lelystad kamer-1").contains("is weer vrij"));
    assert!(told(CLAIM).contains("De locatie moet nog ja zeggen"));
}

#[tokio::test]
async fn whoever_reads_only_the_beginning_is_no_failure() {
    let house = House::start_with(include_str!("../../deploy/regions/flevoland.toml")).await;
    house.on_the_board("logeerhuis-almere", |it| it.free > 0).await;
    for line in ["watch --once", "find --van Almere", "completions bash"] {
        let mut process = std::process::Command::new(ONDERDAK)
            .args(line.split(' '))
            .args(["--regio", &house.connection.regio, "--issuer", &house.connection.issuer])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(process.stdout.take());
        let output = process.wait_with_output().unwrap();
        assert_eq!((output.status.code(), said(&output).as_str()), (Some(0), ""), "{line}");
    }
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(said(&run(&["completions", shell])).contains("onderdak"), "{shell}");
    }
}

/// The commands of the README's tour: every line of a console block that starts with `$ onderdak`.
fn tour() -> Vec<Vec<String>> {
    let lines = README.lines().filter_map(|line| line.strip_prefix("$ onderdak "));
    lines.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn every_command_of_the_readme_does_what_it_says() {
    let house = House::start_with(include_str!("../../deploy/regions/flevoland.toml")).await;
    house.on_the_board("logeerhuis-almere", |it| it.free > 0).await;
    let commands = tour();
    assert!(commands.len() >= 6, "the README has a tour");
    let mut claim = String::new();
    let today = service::clock::now().to_zoned(onderdak::output::zone()).date().to_string();
    for command in commands {
        let filled = |arg| match arg {
            "CLAIM" => claim.as_str(),
            "VANDAAG" => today.as_str(),
            arg => arg,
        };
        let args: Vec<&str> = command.iter().map(|arg| filled(arg)).collect();
        let output = house.run_as_typed(&args);
        assert!(output.status.success(), "onderdak {}: {}", args.join(" "), said(&output));
        let printed = said(&output);
        let made = printed.lines().find_map(|line| line.strip_prefix("Claim ")?.split_once(": "));
        if let Some((id, _)) = made {
            claim = id.to_owned();
        }
    }
}
