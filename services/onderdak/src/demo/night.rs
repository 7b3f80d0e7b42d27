//! The night: its scenes in order, what the board shows after each, and the morning that puts everything back. What
//! somebody does is in `play`; it must not reach into a service any other way.

use model::actor::{Actor, Role};
use proto::logeerplek::v1 as logeerplek;
use service::clock;
use tokio_util::sync::CancellationToken;

use super::PLAYS;
use super::board::{self, CameAndWent};
use super::play::Play;
use super::{Options, Scene, earlier};
use crate::client::Connection;
use crate::{Exit, Failure, regions, suite};

/// The shortest a place can be held.
const SHORTEST_HOLD: u32 = 1;

/// Plays the night. Every scene is told as soon as the board shows it. Whoever stops it leaves nothing behind.
pub async fn night(
    connection: &Connection,
    options: &Options,
    stop: &CancellationToken,
    tell: impl Tell,
) -> Result<CameAndWent, Failure> {
    // Whoever watches over the night sees everything; what happens in it is done by whoever does it.
    let connection = &connection.acting_as(Actor { role: Role::Beheerder, id: suite::named(PLAYS) });
    let began = clock::now();
    board::heard_everything(connection).await?;
    let earlier = match earlier::put_back(connection, &options.merk).await? {
        0 => "",
        _ => " Bedden, claims, meldingen en trajecten van een vorige demo zijn teruggezet.",
    };
    board::heard_everything(connection).await?;
    let before = board::came_and_went(connection, began).await?;
    let play = Play::new(connection, options).await?;
    let mut undo = Undo::default();
    let played = tokio::select! {
        played = play.scenes(&mut undo, earlier, tell) => played,
        () = stop.cancelled() => Err(Failure::new(Exit::Stopped, "De demo is afgebroken.")),
    };
    if let Err(mut failure) = played {
        // What broke off must not leave somebody in a bed for the next night; also not what was just on its way.
        let meldingen = earlier::meldingen(connection, &options.merk).await.map(drop);
        let morning = play.morning(&mut undo).await;
        let rest = earlier::put_back(connection, &options.merk).await.map(drop);
        if meldingen.and(morning).and(rest).is_err() {
            failure.sentence.push_str(" Niet alles van de demo kon worden teruggezet.");
        }
        return Err(failure);
    }
    Ok(board::came_and_went(connection, began).await?.without(before))
}

/// What the morning puts back, as far as the night came.
#[derive(Debug, Default)]
struct Undo {
    /// At the shelters of the cast, in their order.
    stays: Vec<String>,
    broken: bool,
    day_shelter: bool,
    guest: Option<logeerplek::Claim>,
    winter: bool,
    ill: bool,
    handed_over: bool,
    team: Option<String>,
}

/// Who is told of every scene.
pub trait Tell: AsyncFnMut(&Scene) -> Result<(), Failure> {}

impl<T: AsyncFnMut(&Scene) -> Result<(), Failure>> Tell for T {}

/// Tells a scene with what the board shows then.
struct Telling<'a, T> {
    play: &'a Play<'a>,
    tell: T,
}

impl<T: Tell> Telling<'_, T> {
    async fn scene(&mut self, name: &'static str, told: String) -> Result<(), Failure> {
        let scene = Scene { name, told, figures: self.play.figures().await? };
        (self.tell)(&scene).await
    }
}

impl Play<'_> {
    /// Every scene, and what the board shows after it.
    async fn scenes(&self, undo: &mut Undo, earlier: &str, tell: impl Tell) -> Result<(), Failure> {
        let mut told = Telling { play: self, tell };
        told.scene("begin", format!("Het begin van de nacht.{earlier}")).await?;
        self.at_the_shelters(undo, &mut told).await?;
        self.at_the_logeerplekken(undo, &mut told).await?;
        self.all_night(undo, &mut told).await?;
        self.morning(undo).await?;
        told.scene(
            "ochtend",
            "Ochtend: wie er sliep gaat weg, de winteropvang is dicht, het rooster is als tevoren.".to_owned(),
        )
        .await
    }

    /// Five locations update.
    async fn at_the_shelters(&self, undo: &mut Undo, told: &mut Telling<'_, impl Tell>) -> Result<(), Failure> {
        let [first, second] = &self.cast.shelters;
        undo.stays.push(self.comes_in(first, 1).await?);
        told.scene("nachtopvang", format!("{}: iemand komt binnen.", first.at.name)).await?;
        undo.stays.push(self.comes_in(second, 2).await?);
        told.scene("crisisopvang", format!("{}: iemand komt binnen.", second.at.name)).await?;
        self.breaks().await?;
        undo.broken = true;
        told.scene(
            "buiten-gebruik",
            format!("{}: een plek gaat buiten gebruik, er is lekkage.", self.cast.broken.at.name),
        )
        .await?;
        undo.day_shelter = true;
        self.count(&self.cast.day_shelter, self.cast.day_shelter.people + self.people).await?;
        told.scene("dagopvang", format!("{}: {} bezoekers geteld.", self.cast.day_shelter.name, self.people)).await?;
        self.confirm().await?;
        told.scene("klopt-nog", format!("{}: klopt nog.", self.cast.confirms.name)).await
    }

    /// Three claims: somebody arrives, one is refused, and one does not come.
    async fn at_the_logeerplekken(&self, undo: &mut Undo, told: &mut Telling<'_, impl Tell>) -> Result<(), Failure> {
        let team = self.team().await?;
        undo.team = Some(team.clone());
        let melding = self.melding(&team).await?;
        let where_ = regions::gemeente_name(&self.cast.gemeente);
        told.scene("melding", format!("Een melding in {where_}: iemand kan niet thuis blijven. Een team is er."))
            .await?;
        let guest = self.claim_best(3, 0).await?;
        undo.guest = Some(guest.clone());
        told.scene("claim", format!("De dispatcher legt {} vast in {}.", guest.place_label, guest.location_name))
            .await?;
        self.arrives(&guest, &melding).await?;
        told.scene("aangekomen", "De cliënt is aangekomen; de melding is gesloten.".to_owned()).await?;
        self.is_refused().await?;
        told.scene(
            "geweigerd",
            format!("{} weigert een claim: het past niet. De plek is weer vrij.", self.cast.answers.at.name),
        )
        .await?;
        let late = self.claim_best(5, SHORTEST_HOLD).await?;
        told.scene("vastgelegd", format!("{} ligt een minuut vast voor iemand die onderweg is.", late.place_label))
            .await?;
        self.does_not_come(&late).await?;
        told.scene("niet-gekomen", "Er komt niemand; de plek is vanzelf weer vrij.".to_owned()).await
    }

    /// A sick call, winteropvang, a key, and the handover.
    async fn all_night(&self, undo: &mut Undo, told: &mut Telling<'_, impl Tell>) -> Result<(), Failure> {
        undo.ill = true;
        self.falls_ill().await?;
        told.scene("ziek", format!("{}: iedereen meldt zich ziek. Er is een gat.", self.shift_name())).await?;
        self.steps_in().await?;
        told.scene("vervanging", format!("{}: een invaller; het gat is dicht.", self.shift_name())).await?;

        undo.winter = true;
        self.winter(true).await?;
        let winter = &self.cast.winter.name;
        told.scene("winteropvang", format!("Het vriest. {winter} gaat open, met {} plekken.", self.beds)).await?;
        self.count(&self.cast.winter, self.sleepers).await?;
        told.scene("winternacht", format!("{winter}: {} mensen slapen er.", self.sleepers)).await?;
        let stages = self.key().await?;
        let home = regions::gemeente_name(&self.cast.housing);
        told.scene("sleutel", format!("Housing First in {home}: {stages}. De sleutel is er.")).await?;
        undo.handed_over = true;
        self.hands_over().await?;
        self.takes_over().await?;
        undo.handed_over = false;
        told.scene("overdracht", "De nacht is overgedragen, en overgenomen.".to_owned()).await
    }

    /// Who slept goes away, and what changed for the night is as it was. What is put back is forgotten, so that who stops
    /// in the middle can go on; what cannot be does not stand in the way of the rest.
    async fn morning(&self, undo: &mut Undo) -> Result<(), Failure> {
        let mut done = Ok(());
        let mut also = |result: Result<(), Failure>| done = std::mem::replace(&mut done, Ok(())).and(result);
        for (index, from) in self.cast.shelters.iter().enumerate().rev() {
            if let Some(stay) = undo.stays.get(index) {
                also(self.leaves(from, stay).await);
                undo.stays.truncate(index);
            }
        }
        if undo.broken {
            also(self.is_mended().await);
            undo.broken = false;
        }
        if let Some(guest) = &undo.guest {
            also(self.goes_home(guest).await);
            undo.guest = None;
        }
        if undo.day_shelter {
            also(self.count(&self.cast.day_shelter, self.cast.day_shelter.people).await);
            undo.day_shelter = false;
        }
        if undo.winter {
            also(self.count(&self.cast.winter, 0).await);
            also(self.winter(false).await);
            undo.winter = false;
        }
        if undo.ill {
            also(self.recovers().await);
            undo.ill = false;
        }
        if undo.handed_over {
            also(self.takes_over().await);
            undo.handed_over = false;
        }
        if let Some(team) = &undo.team {
            also(self.ends(team).await);
            undo.team = None;
        }
        done
    }
}
