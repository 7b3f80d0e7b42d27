//! The roster of the avond- en nachtdienst, a week at a time: shifts, who is on them, and who is missing. Days are those on
//! the wall of the region. It must not hold a rule of the roster: the nachtdienst names what would be broken.

mod act;

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::ToSpan as _;
use jiff::civil::Date;
use model::region::Region;
use model::wire;
use proto::nachtdienst::v1::{GetRosterRequest, Role, Shift};
use service::client::command_id;

use self::act::Act;
use crate::Portaal;
use crate::answer::{self, Problem};
use crate::form::Fields;
use crate::notice::Notice;
use crate::rights::Part;
use crate::secret::fingerprint;
use crate::suite::ask;
use crate::text::Texts;
use crate::view::{Frame, gemeente_name, on_paper};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "beheer/rooster.html")]
struct Roster {
    frame: Frame,
    notice: Option<Notice>,
    /// Puts back who was just taken off a shift.
    undo: Option<Fields>,
    /// What the page shows was changed by somebody else.
    is_old: bool,
    /// Tells this week from what others make of it.
    mark: String,
    monday: String,
    /// When it is for whoever prints it.
    printed: String,
    /// The one gemeente of which the shifts are shown; empty: all.
    only: String,
    before: String,
    after: String,
    title: String,
    days: Vec<Day>,
    /// How many shifts are shown.
    count: usize,
    gemeenten: Vec<(String, String)>,
    /// What was filled in and refused.
    again: Fields,
    /// Everybody on a shift this week, to change places with: shift and person, and how that reads.
    people: Vec<(String, String)>,
    /// Their codes, to choose from.
    known: BTreeSet<String>,
    commands: [String; 4],
}

/// One day.
struct Day {
    date: String,
    name: String,
    is_today: bool,
    shifts: Vec<Card>,
}

/// One shift.
struct Card {
    id: String,
    team: String,
    hours: String,
    from: String,
    until: String,
    on: String,
    gemeenten: String,
    codes: Vec<String>,
    medewerkers: u32,
    coordinators: u32,
    people: Vec<Person>,
    missing: String,
    is_cancelled: bool,
    is_over: bool,
    commands: [String; 3],
}

/// Somebody on a shift.
struct Person {
    id: String,
    is_coordinator: bool,
    reason: String,
    command: String,
}

/// A week.
pub(crate) async fn show(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    page(&portaal, &visit, &fields, None, None).await
}

/// Does what somebody asks, and shows the same week.
pub(crate) async fn change(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let who = visit.at(Part::Rooster)?;
    let act = Act { portaal: &portaal, who, t: visit.t, now: visit.now, fields: &fields };
    let done = act.done().await;
    let (notice, again) = Notice::of(done, fields.clone())?;
    page(&portaal, &visit, &fields, Some(notice), again).await
}

async fn page(
    portaal: &Portaal,
    visit: &Visit,
    asked: &Fields,
    notice: Option<Notice>,
    again: Option<Fields>,
) -> Result<Response, Problem> {
    let who = visit.at(Part::Rooster)?;
    let (t, region) = (visit.t, &portaal.region);
    let today = visit.now.to_zoned(region.time_zone.clone()).date();
    let monday = monday(asked.get("week").parse().unwrap_or(today));
    let at = |date: Date| date.to_zoned(region.time_zone.clone()).ok().map(|it| wire::time_out(it.timestamp()));
    let next = monday.saturating_add(7.days());
    let client = portaal.suite.nachtdienst(who);
    let roster = ask!(client.get_roster(GetRosterRequest { from: at(monday), until: at(next) }))?.into_inner();
    let only = Some(asked.get("alleen")).filter(|code| region.gemeenten.iter().any(|it| it.code.as_str() == *code));
    let only = only.unwrap_or_default();
    let is_for = |shift: &&Shift| shift.plan.iter().any(|it| it.gemeenten.iter().any(|it| it == only));
    let shown: Vec<&Shift> = roster.shifts.iter().filter(|shift| only.is_empty() || is_for(shift)).collect();
    let days: Vec<Day> = (0..7)
        .map(|ahead| {
            let date = monday.saturating_add(ahead.days());
            let mut here: Vec<&Shift> = shown.iter().filter(|shift| begins(shift) == Some(date)).copied().collect();
            // Every day the same teams under each other.
            here.sort_by_cached_key(|shift| shift.plan.as_ref().map(|it| (it.from_minute, it.team.clone())));
            Day {
                name: format!("{} {}", weekday(t, date), date.strftime("%d-%m")),
                is_today: date == today,
                shifts: here.into_iter().map(|shift| Card::of(t, region, shift, visit.now)).collect(),
                date: date.to_string(),
            }
        })
        .collect();
    let mark = mark_of(&shown);
    let is_off = asked.is("wat", "eraf") && notice.as_ref().is_some_and(|it| it.is_good);
    let page = Roster {
        frame: Frame::new(visit, t.beheer.part_roster),
        notice,
        undo: is_off.then(|| asked.clone()),
        is_old: asked.has("stand") && !asked.is("stand", &mark),
        mark,
        printed: on_paper(visit.now, &region.time_zone),
        only: only.to_owned(),
        count: days.iter().map(|day| day.shifts.len()).sum(),
        title: format!("{} {}", t.beheer.roster_week, monday.iso_week_date().week()),
        before: monday.saturating_sub(7.days()).to_string(),
        after: next.to_string(),
        monday: monday.to_string(),
        people: days.iter().flat_map(|day| day.shifts.iter().flat_map(|shift| shift.on_it(&day.name))).collect(),
        known: roster.shifts.iter().flat_map(|it| &it.assignments).map(|it| it.staff_id.clone()).collect(),
        days,
        gemeenten: region.gemeenten.iter().map(|it| (it.code.to_string(), it.name.clone())).collect(),
        again: again.unwrap_or_default(),
        commands: [command_id(), command_id(), command_id(), command_id()],
    };
    answer::page(StatusCode::OK, &page, &visit.nonce)
}

/// Tells these shifts from the same ones after somebody planned, changed or filled them; not from a team that left.
fn mark_of(shifts: &[&Shift]) -> String {
    let seen = shifts.iter().map(|it| format!("{:?}", (&it.shift_id, &it.plan, &it.assignments, it.cancelled)));
    fingerprint(seen.collect::<String>().as_bytes())
}

/// What was typed at this shift, and not at another.
fn if_here<'a>(is_here: &bool, typed: &'a Fields, name: &str) -> &'a str {
    if *is_here { typed.get(name) } else { "" }
}

/// The Monday of the week of a day.
fn monday(day: Date) -> Date {
    day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days())
}

fn begins(shift: &Shift) -> Option<Date> {
    wire::date_in("on", shift.plan.as_ref()?.on?).ok()
}

fn weekday(t: &Texts, day: Date) -> &'static str {
    let names = [
        t.beheer.monday,
        t.beheer.tuesday,
        t.beheer.wednesday,
        t.beheer.thursday,
        t.beheer.friday,
        t.beheer.saturday,
        t.beheer.sunday,
    ];
    let index = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
    names.get(index).copied().unwrap_or_default()
}

impl Card {
    fn of(t: &'static Texts, region: &Region, shift: &Shift, now: jiff::Timestamp) -> Self {
        let plan = shift.plan.clone().unwrap_or_default();
        let time = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
        let names: Vec<&str> = plan.gemeenten.iter().map(|code| gemeente_name(t, region, code)).collect();
        let missing = [
            (shift.missing_medewerkers, t.beheer.role_team, t.beheer.role_teams),
            (shift.missing_coordinators, t.role_coordinator, t.beheer.role_coordinators),
        ];
        let missing = missing.into_iter().filter(|(many, ..)| *many > 0);
        let missing = missing.map(|(many, one, more)| format!("{many} {}", if many == 1 { one } else { more }));
        let until = shift.period.as_ref().and_then(|it| crate::view::moment(it.until.as_ref()));
        let person = |it: &proto::nachtdienst::v1::Assignment| Person {
            id: it.staff_id.clone(),
            is_coordinator: it.role() == Role::Coordinator,
            reason: it.override_reason.clone(),
            command: command_id(),
        };
        Self {
            id: shift.shift_id.clone(),
            hours: format!("{}–{}", time(plan.from_minute), time(plan.until_minute)),
            from: time(plan.from_minute),
            until: time(plan.until_minute),
            on: begins(shift).map(|day| day.to_string()).unwrap_or_default(),
            gemeenten: names.join(", "),
            codes: plan.gemeenten.clone(),
            medewerkers: plan.medewerkers,
            coordinators: plan.coordinators,
            people: shift.assignments.iter().map(person).collect(),
            missing: missing.collect::<Vec<_>>().join(", "),
            is_cancelled: shift.cancelled,
            is_over: until.is_some_and(|until| until <= now),
            commands: [command_id(), command_id(), command_id()],
            team: plan.team,
        }
    }

    /// Everybody on it, to change places with.
    fn on_it(&self, day: &str) -> Vec<(String, String)> {
        let is_open = !self.is_cancelled && !self.is_over;
        let known = self.people.iter().filter(|it| is_open && !it.id.is_empty());
        known.map(|it| (format!("{}/{}", self.id, it.id), format!("{}: {day}, {}", it.id, self.team))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_its_monday_also_around_new_year() {
        for (day, begins) in [("2026-11-30", "2026-11-30"), ("2026-12-06", "2026-11-30"), ("2027-01-01", "2026-12-28")]
        {
            assert_eq!(monday(day.parse().unwrap()).to_string(), begins);
        }
    }
}
