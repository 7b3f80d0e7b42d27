//! What belongs to a person is in one table that can be deleted from: events, answers and who acted hold an id. The
//! domain is a guest book that exists only here.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eventlog::{Domain, Entry, Envelope, EventLog, ExecuteError, Keep, Meta, Options, Report, Wanted};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use crate::backend::Backend;
use crate::clock::Clock;

/// A text that is sealed before it is written; an open one cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Open(&'static str),
    Kept(Uuid),
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::Kept)
    }
}

impl Serialize for Name {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Kept(id) => id.serialize(serializer),
            Self::Open(_) => Err(serde::ser::Error::custom("not sealed")),
        }
    }
}

impl Name {
    fn seal(&mut self, sort: &'static str, keep: &mut Keep<'_>) {
        if let Self::Open(text) = self
            && let Some(id) = keep(sort, text)
        {
            *self = Self::Kept(id);
        }
    }

    fn id(&self) -> Uuid {
        match self {
            Self::Kept(id) => *id,
            Self::Open(text) => panic!("{text} is not sealed"),
        }
    }
}

struct Book;

#[derive(Debug, Clone, Serialize)]
struct Sign {
    guest: Name,
    remark: Name,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Signed {
    Signed { guest: Name, remark: Name },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("never")]
struct Never;

impl Domain for Book {
    type State = Vec<(Uuid, Uuid)>;
    type Command = Option<Sign>;
    type Event = Signed;
    type Answer = (Uuid, Uuid);
    type Refusal = Never;

    fn seal(command: &mut Self::Command, keep: &mut Keep<'_>) {
        if let Some(sign) = command {
            sign.guest.seal("client", keep);
            sign.remark.seal(eventlog::TEXT, keep);
        }
    }

    /// The first who signed is still there.
    fn needs(state: &Self::State) -> Vec<Uuid> {
        state.iter().take(1).map(|(guest, _)| *guest).collect()
    }

    fn decide(&self, _: &Self::State, command: &Self::Command, _: &Envelope) -> Result<Vec<Signed>, Never> {
        let signed = command.iter().cloned().map(|Sign { guest, remark }| Signed::Signed { guest, remark });
        Ok(signed.collect())
    }

    fn evolve(state: &mut Self::State, event: &Signed, _at: Timestamp) {
        let Signed::Signed { guest, remark } = event;
        state.push((guest.id(), remark.id()));
    }

    fn answer(&self, state: &Self::State, _: &Self::Command, _: &[Signed]) -> (Uuid, Uuid) {
        state.last().copied().unwrap_or_default()
    }

    fn stream(_: &Signed) -> &str {
        "book"
    }

    fn report(&self, _: &Self::State, _: &[&Signed], _: u64) -> Option<Report> {
        None
    }

    fn next_due(_: &Self::State) -> Option<Timestamp> {
        None
    }

    fn tick(&self) -> Self::Command {
        None
    }
}

struct Open {
    log: EventLog<Book>,
    _stop: DropGuard,
}

async fn open(backend: &Backend) -> Open {
    open_at(backend, &Clock::new()).await
}

async fn open_at(backend: &Backend, clock: &Clock) -> Open {
    let (log, writer) = eventlog::open(Book, Options::new(backend.url()), clock.for_log()).await.unwrap();
    let stop = CancellationToken::new();
    tokio::spawn(writer.run(stop.clone()));
    Open { log, _stop: stop.drop_guard() }
}

impl Open {
    async fn sign(
        &self,
        id: Uuid,
        guest: &'static str,
        remark: &'static str,
    ) -> Result<(Uuid, Uuid), ExecuteError<Never>> {
        let meta = Meta { command_id: Some(id), actor: "gast:portier-7".to_owned(), traceparent: None };
        self.log.execute(meta, Some(Sign { guest: Name::Open(guest), remark: Name::Open(remark) })).await
    }

    async fn signs(&self, guest: &'static str, remark: &'static str) -> (Uuid, Uuid) {
        self.sign(Uuid::now_v7(), guest, remark).await.unwrap()
    }

    async fn says(&self, id: Uuid) -> Option<Arc<str>> {
        self.log.reveal(&[id]).await.unwrap().remove(&id)
    }
}

async fn a_guest_has_one_id_a_remark_has_one_of_its_own_and_both_are_told(backend: &Backend) {
    let book = open(backend).await;
    let (anna, first) = book.signs("anna", "mooi").await;
    let (again, second) = book.signs("anna", "mooi").await;
    let (bram, _) = book.signs("bram", "mooi").await;
    assert_eq!(anna, again);
    assert!(first != second && anna != bram);
    assert_eq!(book.says(anna).await.as_deref(), Some("anna"));
    assert_eq!(book.says(second).await.as_deref(), Some("mooi"));
    drop(book);
    let reopened = open(backend).await;
    assert_eq!(reopened.signs("anna", "weer").await.0, anna, "also after a new start");
    assert_eq!(reopened.says(bram).await.as_deref(), Some("bram"));
}

async fn neither_events_nor_answers_nor_who_acted_hold_what_belongs_to_a_person(backend: &Backend) {
    let book = open(backend).await;
    book.signs("anna", "geheim").await;
    let leaks = "select count(*) from (
        select data as it from event union all select actor from event union all select answer from command
    ) written where it like '%anna%' or it like '%geheim%' or it like '%portier-7%'";
    assert_eq!(backend.numbers(leaks).await, [0]);
    assert_eq!(backend.numbers("select count(*) from personal").await, [3]);
}

async fn a_retry_has_one_effect_and_another_remark_under_the_same_id_is_told_apart(backend: &Backend) {
    let book = open(backend).await;
    let id = Uuid::now_v7();
    let first = book.sign(id, "anna", "mooi").await.unwrap();
    assert_eq!(book.sign(id, "anna", "mooi").await.unwrap(), first);
    assert!(matches!(book.sign(id, "anna", "lelijk").await, Err(ExecuteError::CommandIdReused)));
    assert!(matches!(book.sign(id, "bram", "mooi").await, Err(ExecuteError::CommandIdReused)));
    assert_eq!(book.log.view().state.len(), 1);
    assert_eq!(book.says(first.1).await.as_deref(), Some("mooi"));
}

/// Every byte of the files of SQLite.
fn files(backend: &Backend) -> Vec<u8> {
    let file = PathBuf::from(backend.url().trim_start_matches("sqlite:").to_owned());
    let folder = file.parent().unwrap().to_owned();
    std::fs::read_dir(folder).unwrap().flat_map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

async fn who_is_erased_is_erased_everywhere_and_comes_back_as_somebody_else(backend: &Backend) {
    let book = open(backend).await;
    let (anna, about) = book.signs("anna-merkteken", "anna-merkteken was hier").await;
    let (bram, other) = book.signs("bram", "niets bijzonders").await;
    let is_file = matches!(backend, Backend::Sqlite(_));
    assert!(!is_file || holds(&files(backend), "merkteken"));
    assert_eq!(book.log.erase("client", "anna-merkteken").await.unwrap(), 2);
    assert_eq!((book.says(anna).await, book.says(about).await), (None, None));
    assert_eq!(book.says(bram).await.as_deref(), Some("bram"));
    assert_eq!(book.says(other).await.as_deref(), Some("niets bijzonders"));
    assert!(!is_file || !holds(&files(backend), "merkteken"), "no file holds it, the log file of SQLite included");
    assert_eq!(book.log.erase("client", "anna-merkteken").await.unwrap(), 0);
    assert_ne!(book.signs("anna-merkteken", "terug").await.0, anna);
    assert_eq!(book.log.view().state.len(), 3, "what happened stays");
}

async fn a_code_is_erased_where_it_stands_whole_and_no_other_code_with_it(backend: &Backend) {
    let book = open(backend).await;
    let remarks = ["C-1 slaapt hier", "(c-1)", "c-10 belt terug", "abc-1 ook", "c-1-2 niet", "kamer 3"];
    let mut ids = Vec::new();
    for remark in remarks {
        ids.push(book.signs("bram", remark).await.1);
    }
    assert_eq!(book.log.erase("client", "c-1").await.unwrap(), 2);
    assert_eq!(book.log.erase("client", "kamer-3").await.unwrap(), 0);
    let mut left = Vec::new();
    for id in ids {
        left.extend(book.says(id).await.map(|text| text.to_string()));
    }
    assert_eq!(left, remarks[2..]);
    assert_eq!(book.log.erase("text", "bel").await.unwrap(), 0, "so few letters stand in too much");
    assert_eq!(book.log.erase("text", "belt").await.unwrap(), 1, "of a text a part is enough");
}

async fn a_name_is_erased_however_its_letters_and_accents_were_written(backend: &Backend) {
    let book = open(backend).await;
    for remark in ["ZO\u{cb} belt", "Zoe\u{308} staat buiten", "zo\u{eb}", "zoete broodjes"] {
        book.signs("bram", remark).await;
    }
    assert_eq!(book.log.erase("text", "zo\u{eb}").await.unwrap(), 1, "three letters: only what is exactly that");
    assert_eq!(book.log.erase("text", "Zo\u{eb} ").await.unwrap(), 2, "with a space after it");
    assert_eq!(book.log.erase("client", "zoete").await.unwrap(), 1);
}

async fn what_nobody_needs_any_more_is_erased_by_age_and_what_is_needed_stays(backend: &Backend) {
    let clock = Clock::new();
    let book = open_at(backend, &clock).await;
    let (first, _) = book.signs("eerste", "a").await;
    let (second, remark) = book.signs("tweede", "b").await;
    clock.jump(jiff::SignedDuration::from_hours(24 * 40));
    let (third, _) = book.signs("derde", "c").await;
    let removed = book.log.retain(&[("client", 30), ("text", 90)]).await.unwrap();
    assert_eq!(removed, [("client", 1), ("text", 0)]);
    assert_eq!(book.says(second).await, None);
    assert!(book.says(first).await.is_some() && book.says(third).await.is_some() && book.says(remark).await.is_some());
    assert_ne!(book.signs("tweede", "d").await.0, second);
}

async fn whoever_is_heard_of_again_is_kept_for_as_long_again(backend: &Backend) {
    let clock = Clock::new();
    let book = open_at(backend, &clock).await;
    book.signs("eerste", "a").await;
    let (second, _) = book.signs("tweede", "b").await;
    let (third, _) = book.signs("derde", "c").await;
    clock.jump(jiff::SignedDuration::from_hours(24 * 20));
    assert_eq!(book.signs("tweede", "weer").await.0, second);
    clock.jump(jiff::SignedDuration::from_hours(24 * 20));
    assert_eq!(book.log.retain(&[("client", 30)]).await.unwrap(), [("client", 1)]);
    assert_eq!((book.says(second).await.as_deref(), book.says(third).await), (Some("tweede"), None));
}

async fn who_did_what_is_told_newest_first_page_by_page_and_by_whoever_is_asked_for(backend: &Backend) {
    let clock = Clock::new();
    let book = open_at(backend, &clock).await;
    let signs = async |actor: &str, guest: &'static str| {
        let meta = Meta { command_id: Some(Uuid::now_v7()), actor: actor.to_owned(), traceparent: None };
        book.log.execute(meta, Some(Sign { guest: Name::Open(guest), remark: Name::Open("hier") })).await.unwrap();
    };
    let told = async |wanted: Wanted| {
        let (entries, next) = book.log.entries(&Wanted { most: wanted.most.max(2), ..wanted }).await.unwrap();
        (entries.iter().map(Entry::position).collect::<Vec<_>>(), next)
    };
    signs("gast:jan", "anna").await;
    signs("portier:piet", "bram").await;
    let noon = clock.after(jiff::SignedDuration::ZERO).as_microsecond();
    clock.jump(jiff::SignedDuration::from_hours(1));
    signs("systeem:klok", "cas").await;
    signs("gast:piet", "dirk").await;
    signs("portier:jan", "eva").await;

    assert_eq!(told(Wanted::default()).await, (vec![5, 4], 4));
    assert_eq!(told(Wanted { before: 4, ..Wanted::default() }).await, (vec![3, 2], 2));
    assert_eq!(told(Wanted { before: 2, ..Wanted::default() }).await, (vec![1], 0), "there is nothing before");
    let all = Wanted { most: 9, ..Wanted::default() };
    let only = |change: fn(&mut Wanted)| {
        let mut wanted = all.clone();
        change(&mut wanted);
        told(wanted)
    };
    assert_eq!(only(|it| it.people_only = true).await, (vec![5, 4, 2, 1], 0));
    assert_eq!(only(|it| it.role = "portier".to_owned()).await, (vec![5, 2], 0));
    assert_eq!(only(|it| it.staff = "piet".to_owned()).await, (vec![4, 2], 0));
    assert_eq!(only(|it| it.staff = "niemand".to_owned()).await, (vec![], 0));
    assert_eq!(only(|it| it.stream = "book".to_owned()).await.0.len(), 5);
    assert_eq!(only(|it| it.kind = "torn".to_owned()).await, (vec![], 0));
    assert_eq!(told(Wanted { from: Some(noon), ..all.clone() }).await, (vec![5, 4, 3], 0));
    assert_eq!(told(Wanted { until: Some(noon), ..all.clone() }).await, (vec![2, 1], 0));

    let (entries, _) = book.log.entries(&all).await.unwrap();
    let piet = entries[1].staff().unwrap();
    assert_eq!((entries[1].role(), book.says(piet).await.as_deref()), ("gast", Some("piet")));
    assert_eq!((entries[2].role(), entries[2].staff()), ("systeem", None));
    book.log.erase("staff", "piet").await.unwrap();
    assert_eq!(told(Wanted { staff: "piet".to_owned(), ..all.clone() }).await, (vec![], 0), "nobody is called so");
    assert_eq!(book.says(piet).await, None);
}

on_both!(
    who_did_what_is_told_newest_first_page_by_page_and_by_whoever_is_asked_for,
    a_guest_has_one_id_a_remark_has_one_of_its_own_and_both_are_told,
    neither_events_nor_answers_nor_who_acted_hold_what_belongs_to_a_person,
    a_retry_has_one_effect_and_another_remark_under_the_same_id_is_told_apart,
    who_is_erased_is_erased_everywhere_and_comes_back_as_somebody_else,
    a_code_is_erased_where_it_stands_whole_and_no_other_code_with_it,
    a_name_is_erased_however_its_letters_and_accents_were_written,
    what_nobody_needs_any_more_is_erased_by_age_and_what_is_needed_stays,
    whoever_is_heard_of_again_is_kept_for_as_long_again,
);

mod together {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_replicas_give_a_guest_the_same_id() {
        let backend = Backend::postgres().await;
        let (one, other) = (open(&backend).await, open(&backend).await);
        let (a, b) = tokio::join!(one.signs("anna", "hier"), other.signs("anna", "daar"));
        assert_eq!(a.0, b.0);
        assert_eq!(other.says(a.1).await.as_deref(), Some("hier"));
        let (bram, _) = one.signs("bram", "hier").await;
        assert_eq!(other.signs("bram", "daar").await.0, bram, "of whom the other never heard");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_is_erased_by_one_replica_is_not_known_by_the_other_either() {
        let backend = Backend::postgres().await;
        let (one, other) = (open(&backend).await, open(&backend).await);
        let (anna, about) = one.signs("anna", "over anna").await;
        assert_eq!(other.signs("anna", "daar").await.0, anna);
        assert_eq!(other.says(anna).await.as_deref(), Some("anna"));
        one.log.erase("client", "anna").await.unwrap();
        // Sooner than what was looked up stops being believed by itself.
        testkit::wait_for("word of it to arrive", Duration::from_secs(3), async || {
            let says = (other.says(anna).await, other.says(about).await);
            if says == (None, None) { Ok(()) } else { Err(format!("{says:?}")) }
        })
        .await;
        let again = other.signs("anna", "terug").await.0;
        assert_ne!(again, anna);
        assert_eq!(one.signs("anna", "terug").await.0, again);
    }

    /// Guests that nobody knows yet, each of them told to both replicas at once.
    const GUESTS: [&str; 12] = ["g-0", "g-1", "g-2", "g-3", "g-4", "g-5", "g-6", "g-7", "g-8", "g-9", "g-10", "g-11"];

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn replicas_that_hear_of_new_guests_at_once_agree_on_every_one_and_forget_none() {
        let backend = Backend::postgres().await;
        let (one, other) = (&open(&backend).await, &open(&backend).await);
        let both = GUESTS.map(|guest| async move {
            let (a, b) = tokio::join!(one.signs(guest, "hier"), other.signs(guest, "daar"));
            assert_eq!(a.0, b.0, "{guest}");
            assert_eq!(one.says(a.0).await.as_deref(), Some(guest));
        });
        futures::future::join_all(both).await;
        let after = open(&backend).await;
        assert_eq!(after.log.view().state.len(), 2 * GUESTS.len());
        assert_eq!(backend.numbers("select count(*) from personal where sort = 'client'").await, [12]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_same_command_about_a_new_guest_sent_to_both_replicas_at_once_has_one_effect_and_one_answer() {
        let backend = Backend::postgres().await;
        let (one, other) = (&open(&backend).await, &open(&backend).await);
        let both = GUESTS.map(|guest| async move {
            let id = Uuid::now_v7();
            let (a, b) = tokio::join!(one.sign(id, guest, "hier"), other.sign(id, guest, "hier"));
            assert_eq!(a.unwrap(), b.unwrap(), "{guest}");
            assert!(matches!(one.sign(id, "iemand-anders", "hier").await, Err(ExecuteError::CommandIdReused)));
        });
        futures::future::join_all(both).await;
        assert_eq!(open(&backend).await.log.view().state.len(), GUESTS.len());
    }
}
