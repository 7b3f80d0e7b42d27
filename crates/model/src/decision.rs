//! A decision in the making: what happened so far, and the state it leads to. Most commands are one event, decided on
//! the state as it was; a copy is made only when something is decided after something happened. It knows no rule.

use std::cell::OnceCell;

use jiff::Timestamp;

/// A state that events add up to.
pub trait Evolve: Clone {
    /// What happens to it.
    type Event;

    /// What an event makes of the state. Total: it believes what happened and refuses nothing.
    fn evolve(&mut self, event: &Self::Event, at: Timestamp);
}

/// What happened so far in one decision.
#[derive(Debug)]
pub struct Decision<'a, S: Evolve> {
    before: &'a S,
    /// The state after every event; absent while nobody asked for it.
    after: OnceCell<S>,
    events: Vec<S::Event>,
    at: Timestamp,
}

impl<'a, S: Evolve> Decision<'a, S> {
    /// A decision on this state, at this moment.
    pub const fn new(before: &'a S, at: Timestamp) -> Self {
        Self { before, after: OnceCell::new(), events: Vec::new(), at }
    }

    /// The state after everything that happened so far.
    pub fn state(&self) -> &S {
        if self.events.is_empty() {
            return self.before;
        }
        self.after.get_or_init(|| {
            let mut after = self.before.clone();
            self.events.iter().for_each(|event| after.evolve(event, self.at));
            after
        })
    }

    /// Something happened; the next step sees it.
    pub fn happened(&mut self, event: S::Event) {
        if let Some(after) = self.after.get_mut() {
            after.evolve(&event, self.at);
        }
        self.events.push(event);
    }

    /// Everything that happened so far, in order.
    pub fn so_far(&self) -> &[S::Event] {
        &self.events
    }

    /// Whether anything happened.
    pub const fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The moment of the decision.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// Everything that happened, in order.
    pub fn into_events(self) -> Vec<S::Event> {
        self.events
    }
}
