//! The command line as its users meet it: help, exit codes, completions, and every command of the README.

use crate::house::{House, ONDERDAK, said};

const README: &str = include_str!("../../README.md");

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
    for command in commands {
        let args: Vec<&str> = command.iter().map(|arg| if arg == "CLAIM" { claim.as_str() } else { arg }).collect();
        let output = house.run(&args);
        assert!(output.status.success(), "onderdak {}: {}", args.join(" "), said(&output));
        let printed = said(&output);
        let made = printed.lines().find_map(|line| line.strip_prefix("Claim ")?.split_once(": "));
        if let Some((id, _)) = made {
            claim = id.to_owned();
        }
    }
}
