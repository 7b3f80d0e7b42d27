//! Who one can be in the demonstration: one person for each role, and one for each location of the region, who works there
//! and nowhere else. It must not give anybody a token.

use identity::claims::EVERY_LOCATION;
use model::actor::{Actor, Role};
use model::region::Region;

/// Who somebody is in the demonstration when nothing else is said.
const ANYBODY: &str = "demo";
/// The roles, in the order of their screens.
const ROLES: [Role; 5] = [Role::Medewerker, Role::Dispatcher, Role::Coordinator, Role::Beleid, Role::Beheerder];
/// What stands before the id of a location in the id of who works there.
const WORKS_AT: &str = "m-";

/// Somebody one can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    /// Who, and in what role.
    pub(super) actor: Actor,
    /// The locations that are theirs.
    pub(super) locations: Vec<String>,
    /// The name of the one location where they work.
    pub(super) house: Option<String>,
}

/// Everybody one can be.
pub(super) fn people(region: &Region) -> Vec<Person> {
    let anybody = ROLES.into_iter().filter_map(|role| person(role, ANYBODY, EVERY_LOCATION, None));
    let staff = region.locations.iter().filter_map(|location| {
        let id: String = format!("{WORKS_AT}{}", location.id).chars().take(48).collect();
        person(Role::Medewerker, id.trim_end_matches('-'), &location.id, Some(location.name.clone()))
    });
    anybody.chain(staff).collect()
}

fn person(role: Role, id: &str, location: &str, house: Option<String>) -> Option<Person> {
    let actor = format!("{}:{id}", role.name()).parse().ok()?;
    let locations = if role == Role::Medewerker { vec![location.to_owned()] } else { Vec::new() };
    Some(Person { actor, locations, house })
}

/// Somebody by role and id; whoever is not on the list works everywhere.
pub(super) fn anybody(people: &[Person], actor: Actor) -> Person {
    let known = people.iter().find(|person| person.actor == actor);
    let locations = if actor.role == Role::Medewerker { vec![EVERY_LOCATION.to_owned()] } else { Vec::new() };
    known.cloned().unwrap_or(Person { actor, locations, house: None })
}
