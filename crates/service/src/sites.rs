//! Locations as whoever asks may see them: one of them, or a page of all. It must not know what a service tells of one.

use eventlog::EventLog;
use model::id::LocationId;
use model::site::{Site, Sites};
use model::wire::{field, location_in};
use tonic::Status;

use crate::call::{self, Houses};

/// One location, by the id in a request.
pub fn one<'a, D: Houses>(log: &EventLog<D>, sites: &'a Sites, id: &str) -> Result<&'a Site, Status> {
    let id = location_in(id).map_err(|wrong| call::invalid(&wrong))?;
    call::check_sees(log, &id)?;
    sites.get(&id).map_err(|refusal| call::refused(&refusal))
}

/// A page of locations, by id.
pub struct Page<'a> {
    /// The locations.
    pub sites: Vec<&'a Site>,
    /// After which one the next page begins; empty on the last.
    pub next_after: String,
}

/// The locations after one, as many as asked.
pub fn page<'a, D: Houses>(log: &EventLog<D>, sites: &'a Sites, after: &str, size: u32) -> Result<Page<'a>, Status> {
    let after = Some(after).filter(|id| !id.is_empty());
    let after = after.map(|id| field("after_location_id", LocationId::parse(id))).transpose();
    let after = after.map_err(|wrong| call::invalid(&wrong))?;
    let (size, reach) = (call::page(size)?, call::reach(log));
    let mut seen = sites.after(after.as_ref()).filter(|site| reach.has(&site.id));
    let page: Vec<&Site> = seen.by_ref().take(size).collect();
    let last = page.last().filter(|_| seen.next().is_some());
    let next_after = last.map(|site| site.id.to_string()).unwrap_or_default();
    Ok(Page { sites: page, next_after })
}
