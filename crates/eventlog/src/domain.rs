//! What a service gives its log: two pure functions and the names of its types.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// Puts one text in the look-up table: its sort and the text in, its id out; none while they are only gathered.
pub type Keep<'a> = dyn FnMut(&'static str, &str) -> Option<Uuid> + 'a;

/// The rules of a service. Pure and total: no clock, no network, no randomness; what they need of those arrives in
/// the [`Envelope`].
pub trait Domain: Send + Sync + 'static {
    /// Everything the events add up to. Cloned for every batch, so it is made of persistent maps.
    type State: Clone + Default + Send + Sync + 'static;
    /// What may be asked.
    type Command: Clone + Serialize + Send + 'static;
    /// What happened. Stored as JSON with its variant as the type; never renamed, only added to.
    type Event: Serialize + DeserializeOwned + Send + 'static;
    /// What a command answers; stored, so that a retry gets the same.
    type Answer: Clone + Serialize + DeserializeOwned + Send + 'static;
    /// Why a command is refused; stored, so that a retry gets the same.
    type Refusal: Clone + Serialize + DeserializeOwned + Send + std::error::Error + 'static;

    /// Gives every text of a person in a command to the look-up table, and takes the id that comes back in its place.
    /// Events only ever hold the id.
    fn seal(_command: &mut Self::Command, _keep: &mut Keep<'_>) {}

    /// Ids of the look-up table that this state still needs: they are not erased by age.
    fn needs(_state: &Self::State) -> Vec<Uuid> {
        Vec::new()
    }

    /// The command that follows when the value behind an id was erased, such as that nobody counts any more on who it was.
    fn erased(&self, _sort: &str, _id: Uuid) -> Option<Self::Command> {
        None
    }

    /// What a command does to this state, or why it may not.
    fn decide(
        &self,
        state: &Self::State,
        command: &Self::Command,
        envelope: &Envelope,
    ) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// What an event makes of the state. Must not depend on configuration: the log is replayed for years.
    fn evolve(state: &mut Self::State, event: &Self::Event, at: Timestamp);

    /// The answer to a command, from the state after its events.
    fn answer(&self, state: &Self::State, command: &Self::Command, events: &[Self::Event]) -> Self::Answer;

    /// The stream an event belongs to: the thing whose report it renews.
    fn stream(event: &Self::Event) -> &str;

    /// The report of a stream after the events that one commit brought it; none where nothing is published.
    /// The position is the number of the report in the feed.
    fn report(&self, state: &Self::State, events: &[&Self::Event], position: u64) -> Option<Report>;

    /// The moment the next timer of this state is due.
    fn next_due(state: &Self::State) -> Option<Timestamp>;

    /// The command that lets time pass: it decides everything that is due.
    fn tick(&self) -> Self::Command;
}

/// What a caller sends along with a command.
#[derive(Debug, Clone)]
pub struct Meta {
    /// The same id sent twice has one effect and one answer; none for the log's own timers.
    pub command_id: Option<Uuid>,
    /// Who acts, as `role:opaque-id`.
    pub actor: String,
    /// W3C trace context of the caller, so that one trace runs from the tap to the dashboard.
    pub traceparent: Option<String>,
}

/// What a decision may use besides state and command.
#[derive(Debug, Clone, Copy)]
pub struct Envelope {
    /// The moment of the decision, in whole microseconds.
    pub at: Timestamp,
    /// A fresh id for whatever the command makes.
    pub new_id: Uuid,
}

/// A report: the whole of one stream at one moment, as it will go over the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Subject to publish it on.
    pub subject: String,
    /// Its JSON.
    pub data: String,
}
