//! Who one can be in the demonstration: one person for each role, one for each location of the region, who works there and
//! nowhere else, and whoever was added or changed; and which sign-ins are over. It must not give anybody a token.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use identity::claims::EVERY_LOCATION;
use jiff::Timestamp;
use model::actor::{Actor, Role};
use model::region::Region;
use serde::{Deserialize, Serialize};

use crate::secret;

/// Who somebody is in the demonstration when nothing else is said.
const ANYBODY: &str = "demo";
/// The roles, in the order of their screens.
pub(super) const ROLES: [Role; 5] =
    [Role::Medewerker, Role::Dispatcher, Role::Coordinator, Role::Beleid, Role::Beheerder];
/// What stands before the id of a location in the id of who works there.
const WORKS_AT: &str = "m-";
/// Most people that were added or changed.
const MOST: usize = 500;
/// Most sign-ins that are over and could still be renewed otherwise.
const MOST_OVER: usize = 10_000;

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

/// Why something was not kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum PeopleError {
    /// There are as many as there may be.
    #[error("er past niets meer bij in de demonstratie")]
    Full,
    /// It could not be written.
    #[error("het bestand met mensen is niet te schrijven")]
    Write(#[from] std::io::Error),
    /// It could not be written out: a mistake of ours.
    #[error("de mensen zijn niet op te schrijven")]
    Encode(#[from] serde_json::Error),
}

/// What differs from how the demonstration begins.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Kept {
    /// The locations of people who were added or changed, by who they are.
    #[serde(default)]
    changed: BTreeMap<String, Vec<String>>,
    /// Who cannot be anybody any more.
    #[serde(default)]
    removed: Vec<String>,
    /// Sign-ins that are over, and until when that matters, in seconds since 1970.
    #[serde(default)]
    over: BTreeMap<String, i64>,
}

/// Everybody one can be.
pub(super) struct People {
    first: Vec<Person>,
    file: Option<PathBuf>,
    kept: Mutex<Kept>,
}

impl People {
    /// Everybody of a region, with what was changed since, where that is kept.
    pub(super) fn load(region: &Region, file: Option<PathBuf>) -> Result<Self, std::io::Error> {
        let kept = match file.as_deref().map(std::fs::read) {
            Some(Ok(bytes)) => serde_json::from_slice(&bytes)?,
            Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => Kept::default(),
        };
        Ok(Self { first: first(region), file, kept: Mutex::new(kept) })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is kept: on disk first, and only then here.
    fn keep(&self, change: impl FnOnce(&mut Kept) -> Result<(), PeopleError>) -> Result<(), PeopleError> {
        let mut kept = self.kept();
        let mut new = kept.clone();
        change(&mut new)?;
        if let Some(file) = &self.file {
            secret::write(file, &serde_json::to_vec(&new)?)?;
        }
        *kept = new;
        Ok(())
    }

    /// Everybody, those of the region first.
    pub(super) fn all(&self) -> Vec<Person> {
        let kept = self.kept();
        let is_there = |person: &Person| !kept.removed.contains(&person.actor.to_string());
        let mut all: Vec<Person> = self.first.iter().filter(|person| is_there(person)).cloned().collect();
        for (name, locations) in &kept.changed {
            let Ok(actor) = name.parse::<Actor>() else { continue };
            let house = None;
            match all.iter_mut().find(|person| person.actor == actor) {
                Some(person) => *person = Person { actor, locations: locations.clone(), house },
                None => all.push(Person { actor, locations: locations.clone(), house }),
            }
        }
        all
    }

    /// Somebody by role and id.
    pub(super) fn find(&self, actor: &Actor) -> Option<Person> {
        self.all().into_iter().find(|person| person.actor == *actor)
    }

    /// The same; whoever is not on the list works everywhere, and who was taken off it is nobody.
    pub(super) fn anybody(&self, actor: Actor) -> Option<Person> {
        if self.kept().removed.contains(&actor.to_string()) {
            return None;
        }
        let locations = if actor.role == Role::Medewerker { vec![EVERY_LOCATION.to_owned()] } else { Vec::new() };
        self.find(&actor).or(Some(Person { actor, locations, house: None }))
    }

    /// Adds somebody, or gives somebody other locations.
    pub(super) fn put(&self, actor: &Actor, locations: Vec<String>) -> Result<(), PeopleError> {
        let name = actor.to_string();
        self.keep(|kept| {
            if kept.changed.len() >= MOST && !kept.changed.contains_key(&name) {
                return Err(PeopleError::Full);
            }
            kept.removed.retain(|it| *it != name);
            kept.changed.insert(name, locations);
            Ok(())
        })
    }

    /// Takes somebody off the list: they cannot sign in, and who is signed in as them does not stay so.
    pub(super) fn remove(&self, actor: &Actor) -> Result<(), PeopleError> {
        let name = actor.to_string();
        self.keep(|kept| {
            kept.changed.remove(&name);
            kept.removed.retain(|it| *it != name);
            if kept.removed.len() >= MOST {
                return Err(PeopleError::Full);
            }
            kept.removed.push(name);
            Ok(())
        })
    }

    /// A sign-in is over: nothing of it is renewed any more.
    pub(super) fn end(&self, sign_in: &str, until: i64, now: Timestamp) -> Result<(), PeopleError> {
        self.keep(|kept| {
            kept.over.retain(|_, until| *until > now.as_second());
            if kept.over.len() >= MOST_OVER {
                return Err(PeopleError::Full);
            }
            kept.over.insert(sign_in.to_owned(), until);
            Ok(())
        })
    }

    /// Whether a sign-in is over.
    pub(super) fn is_over(&self, sign_in: &str) -> bool {
        self.kept().over.contains_key(sign_in)
    }
}

/// Everybody one can be before anything was changed.
fn first(region: &Region) -> Vec<Person> {
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

#[cfg(test)]
mod tests {
    use testkit::temp::TempDir;

    use super::*;

    fn region() -> Region {
        Region::parse(include_str!("../../../../deploy/regions/flevoland.toml"), "flevoland").unwrap()
    }

    #[test]
    fn who_was_added_changed_or_taken_off_is_so_after_a_restart() {
        let folder = TempDir::new("mensen");
        let file = folder.path().join("mensen.json");
        let actor = |raw: &str| raw.parse::<Actor>().unwrap();
        let people = People::load(&region(), Some(file.clone())).unwrap();
        let (new, demo) = (actor("medewerker:jan"), actor("dispatcher:demo"));
        assert_eq!(people.find(&new), None);
        people.put(&new, vec!["huis".to_owned()]).unwrap();
        people.put(&actor("medewerker:demo"), vec!["huis".to_owned()]).unwrap();
        people.remove(&demo).unwrap();
        people.end("s-1", 100, Timestamp::UNIX_EPOCH).unwrap();
        drop(people);
        let people = People::load(&region(), Some(file)).unwrap();
        assert_eq!(people.find(&new).unwrap().locations, ["huis"]);
        assert_eq!(people.find(&actor("medewerker:demo")).unwrap().locations, ["huis"]);
        assert_eq!((people.find(&demo), people.anybody(demo.clone())), (None, None));
        assert!(people.anybody(actor("dispatcher:iemand")).is_some(), "on this machine anybody is anybody");
        assert!(people.is_over("s-1") && !people.is_over("s-2"));
        people.put(&demo, Vec::new()).unwrap();
        assert!(people.find(&demo).is_some(), "added again");
    }
}
