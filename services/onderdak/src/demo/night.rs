//! The night: its scenes in order, what the board shows after each, and the morning that puts everything back. What
//! somebody does is in `play`; it must not reach into a service any other way.

use proto::logeerplek::v1 as logeerplek;
use service::clock;
use tokio_util::sync::CancellationToken;

use super::board::{self, CameAndWent};
use super::play::Play;
use super::{Options, Scene, earlier};
use crate::client::Connection;
use crate::{Exit, Failure, regions};

/// The shortest a place can be held.
const SHORTEST_HOLD: u32 = 1;

/// Plays the night. Every scene is told as soon as the board shows it. Whoever stops it leaves nothing behind.
pub async fn night(
    connection: &Connection,
    options: &Options,
    stop: &CancellationToken,
    tell: impl AsyncFnMut(&Scene) -> Result<(), Failure>,
) -> Result<CameAndWent, Failure> {
    let began = clock::now();
    board::heard_everything(connection).await?;
    let earlier = match earlier::put_back(connection, &options.merk).await? {
        0 => "",
        _ => " Wat een vorige demo achterliet, is teruggezet.",
    };
    board::heard_everything(connection).await?;
    let before = board::came_and_went(connection, began).await?;
    let play = Play::new(connection, options).await?;
    let mut undo = Undo::default();
    let played = tokio::select! {
        played = play.scenes(&mut undo, earlier, tell) => played,
        () = stop.cancelled() => Err(Failure::new(Exit::Failed, "De demo is afgebroken.")),
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

impl Play<'_> {
    /// Every scene, and what the board shows after it.
    async fn scenes(
        &self,
        undo: &mut Undo,
        earlier: &str,
        mut tell: impl AsyncFnMut(&Scene) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut told = async |name: &'static str, told: String| {
            let scene = Scene { name, told, figures: self.figures().await? };
            tell(&scene).await
        };
        told("begin", format!("Het begin van de nacht.{earlier}")).await?;

        let [first, second] = &self.cast.shelters;
        undo.stays.push(self.comes_in(first, 1).await?);
        told("nachtopvang", format!("{}: iemand komt binnen.", first.at.name)).await?;
        undo.stays.push(self.comes_in(second, 2).await?);
        told("crisisopvang", format!("{}: iemand komt binnen.", second.at.name)).await?;
        self.breaks().await?;
        undo.broken = true;
        told("buiten-gebruik", format!("{}: een plek gaat buiten gebruik, er is lekkage.", self.cast.broken.at.name))
            .await?;
        undo.day_shelter = true;
        self.count(&self.cast.day_shelter, self.cast.day_shelter.people + self.people).await?;
        told("dagopvang", format!("{}: {} bezoekers geteld.", self.cast.day_shelter.name, self.people)).await?;
        self.confirm().await?;
        told("klopt-nog", format!("{}: klopt nog.", self.cast.confirms.name)).await?;

        let team = self.team().await?;
        undo.team = Some(team.clone());
        let melding = self.melding(&team).await?;
        let where_ = regions::gemeente_name(&self.cast.gemeente);
        told("melding", format!("Een melding in {where_}: iemand kan niet thuis blijven. Een team is er.")).await?;
        let guest = self.claim_best(3, 0).await?;
        undo.guest = Some(guest.clone());
        told("claim", format!("De dispatcher legt {} vast in {}.", guest.place_label, guest.location_name)).await?;
        self.arrives(&guest, &melding).await?;
        told("aangekomen", "De cliënt is aangekomen; de melding is gesloten.".to_owned()).await?;
        self.is_refused().await?;
        told(
            "geweigerd",
            format!("{} weigert een claim: het past niet. De plek is weer vrij.", self.cast.answers.at.name),
        )
        .await?;
        let late = self.claim_best(5, SHORTEST_HOLD).await?;
        told("vastgelegd", format!("{} ligt een minuut vast voor iemand die onderweg is.", late.place_label)).await?;
        self.does_not_come(&late).await?;
        told("niet-gekomen", "Er komt niemand; de plek is vanzelf weer vrij.".to_owned()).await?;

        undo.ill = true;
        self.falls_ill().await?;
        told("ziek", format!("{}: iedereen meldt zich ziek. Er is een gat.", self.shift_name())).await?;
        self.steps_in().await?;
        undo.ill = false;
        told("vervanging", format!("{}: een invaller; het gat is dicht.", self.shift_name())).await?;

        undo.winter = true;
        self.winter(true).await?;
        let winter = &self.cast.winter.name;
        told("winteropvang", format!("Het vriest. {winter} gaat open, met {} plekken.", self.beds)).await?;
        self.count(&self.cast.winter, self.sleepers).await?;
        told("winternacht", format!("{winter}: {} mensen slapen er.", self.sleepers)).await?;
        let stages = self.key().await?;
        let home = regions::gemeente_name(&self.cast.housing);
        told("sleutel", format!("Housing First in {home}: {stages}. De sleutel is er.")).await?;
        undo.handed_over = true;
        self.hands_over().await?;
        self.takes_over().await?;
        undo.handed_over = false;
        told("overdracht", "De nacht is overgedragen, en overgenomen.".to_owned()).await?;

        self.morning(undo).await?;
        told("ochtend", "Ochtend: wie er sliep gaat weg, de winteropvang is dicht.".to_owned()).await
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
            also(self.steps_in().await);
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
