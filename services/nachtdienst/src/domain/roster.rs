//! What a roster must keep to: the rules of the Arbeidstijdenwet, each with its article and its number from the region
//! file. Rest and length are in real hours, weeks and the night are those of the calendar. It must not know who it is
//! about.
//!
//! The articles were written down from memory of the law and could not be looked up here: 5:3 (daily rest), 5:7 (longest
//! shift and week) and 5:8 (night shifts). Their paragraphs are left out for that reason.

use jiff::civil::{Date, Time, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use model::moment::{self, hours};
use model::night::Period;
use model::region::Region;
use serde::{Deserialize, Serialize};

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "`words` says each in words")]
pub enum RosterRule {
    ShiftLength,
    NightShiftLength,
    DailyRest,
    RestAfterNight,
    RestAfterNights,
    Row,
    NightsIn16Weeks,
    WeekHours,
}

/// A rule that would be broken, by how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Breach {
    /// The rule.
    pub rule: RosterRule,
    /// Its limit: hours, or a number of shifts.
    pub limit: u32,
    /// What it would be.
    pub actual: u32,
}

/// How a rule is named, in machines and in words.
struct Words {
    name: &'static str,
    article: &'static str,
    what: &'static str,
    unit: &'static str,
    least: bool,
}

impl RosterRule {
    /// The table of the rules; their numbers are in [`model::region::Roster`].
    const fn words(self) -> Words {
        let (name, article, what, unit, least) = match self {
            Self::ShiftLength => ("SHIFT_LENGTH", "ATW 5:7", "Een dienst duurt", "uur", false),
            Self::NightShiftLength => ("NIGHT_SHIFT_LENGTH", "ATW 5:8", "Een nachtdienst duurt", "uur", false),
            Self::DailyRest => ("DAILY_REST", "ATW 5:3", "De rust tussen twee diensten is", "uur", true),
            Self::RestAfterNight => {
                ("REST_AFTER_NIGHT", "ATW 5:8", "De rust na een nachtdienst die na 02:00 uur eindigt is", "uur", true)
            }
            Self::RestAfterNights => {
                ("REST_AFTER_NIGHTS", "ATW 5:8", "De rust na drie of meer nachtdiensten achter elkaar is", "uur", true)
            }
            Self::Row => ("ROW", "ATW 5:8", "Met een nachtdienst erbij is een reeks", "diensten lang", false),
            Self::NightsIn16Weeks => ("NIGHTS_IN_16_WEEKS", "ATW 5:8", "In 16 weken zijn er", "nachtdiensten", false),
            Self::WeekHours => ("WEEK_HOURS", "ATW 5:7", "Een week telt", "uur", false),
        };
        Words { name, article, what, unit, least }
    }

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        self.words().name
    }

    /// The article it comes from.
    pub const fn article(self) -> &'static str {
        self.words().article
    }
}

impl Breach {
    /// Whether the same rule is broken by more.
    const fn is_worse_than(&self, other: &Self) -> bool {
        if self.rule.words().least { self.actual < other.actual } else { self.actual > other.actual }
    }

    /// The same in plain Dutch.
    pub fn sentence(&self) -> String {
        let Words { what, unit, least, article, .. } = self.rule.words();
        let bound = if least { "minstens" } else { "hoogstens" };
        format!("{what} {bound} {} {unit} ({article}); dit wordt {}.", self.limit, self.actual)
    }
}

/// Every rule that somebody with these other shifts would break by this one, and by no longer having those that are
/// gone: what they parted may be a row now. What was broken before around what stays is not told again.
pub(super) fn breaches(region: &Region, others: &[Period], gone: &[Period], new: Period) -> Vec<Breach> {
    let (before, after) = ([others, gone].concat(), [others, &[new]].concat());
    let mut breaches = around(region, others, new);
    for beside in gone.iter().flat_map(|gone| neighbours(others, *gone)) {
        let was = around(region, &before, beside);
        let is_worse = |it: &Breach| was.iter().all(|was| was.rule != it.rule || it.is_worse_than(was));
        breaches.extend(around(region, &after, beside).into_iter().filter(is_worse));
    }
    worst_of_each(breaches)
}

/// The last shift before another, and the first after it.
fn neighbours(shifts: &[Period], it: Period) -> impl Iterator<Item = Period> {
    let before = shifts.iter().filter(|shift| shift.until <= it.from).max();
    let after = shifts.iter().filter(|shift| shift.from >= it.until).min();
    before.into_iter().chain(after).copied()
}

/// Every rule that is broken around one shift of somebody.
fn around(region: &Region, others: &[Period], new: Period) -> Vec<Breach> {
    let mut shifts: Vec<Period> = others.iter().copied().filter(|other| *other != new).chain([new]).collect();
    shifts.sort_unstable();
    let Some(at) = shifts.iter().position(|shift| *shift == new) else { return Vec::new() };
    let it = Checking { region, shifts: &shifts, at };
    let mut breaches: Vec<Breach> = Vec::new();
    it.length(&mut breaches);
    it.rest(&mut breaches);
    it.row(&mut breaches);
    it.nights(&mut breaches);
    it.weeks(&mut breaches);
    worst_of_each(breaches)
}

/// Of each rule the worst is told: two weeks may both be too full.
fn worst_of_each(mut breaches: Vec<Breach>) -> Vec<Breach> {
    breaches.sort_unstable_by_key(|it| (it.rule, if it.rule.words().least { it.actual } else { u32::MAX - it.actual }));
    breaches.dedup_by_key(|breach| breach.rule);
    breaches
}

/// The shifts of somebody in order, and which of them is new.
struct Checking<'a> {
    region: &'a Region,
    shifts: &'a [Period],
    at: usize,
}

impl Checking<'_> {
    fn added(&self) -> Period {
        self.shifts[self.at]
    }

    fn length(&self, breaches: &mut Vec<Breach>) {
        let (rules, new) = (&self.region.roster, self.added());
        at_most(RosterRule::ShiftLength, rules.shift_hours, hours_up(length(new)), breaches);
        if self.is_night(new) {
            at_most(RosterRule::NightShiftLength, rules.night_shift_hours, hours_up(length(new)), breaches);
        }
    }

    /// The rest before the new shift, and the rest after it.
    fn rest(&self, breaches: &mut Vec<Breach>) {
        let pairs = [self.at.checked_sub(1), Some(self.at)].into_iter().flatten();
        for first in pairs.filter(|first| first + 1 < self.shifts.len()) {
            let (before, after) = (self.shifts[first], self.shifts[first + 1]);
            let (rules, rest) = (&self.region.roster, after.from.duration_since(before.until));
            let (rule, limit) = if self.ends_late(before) {
                (RosterRule::RestAfterNight, rules.rest_after_night_hours)
            } else {
                (RosterRule::DailyRest, rules.rest_hours)
            };
            at_least(rule, limit, rest, breaches);
            let goes_on = self.is_night(after) && self.in_a_row(before, after);
            if self.nights_up_to(first) >= 3 && !goes_on {
                at_least(RosterRule::RestAfterNights, rules.rest_after_nights_hours, rest, breaches);
            }
        }
        self.rest_after_row(breaches);
    }

    /// The rest after the row of nights that the new night makes longer, where it is not the last of them.
    fn rest_after_row(&self, breaches: &mut Vec<Breach>) {
        let goes_on = |index: &usize| {
            let (before, after) = (self.shifts[index - 1], self.shifts[*index]);
            self.is_night(before) && self.is_night(after) && self.in_a_row(before, after)
        };
        let last = self.at + (self.at + 1..self.shifts.len()).take_while(goes_on).count();
        if last > self.at && last + 1 < self.shifts.len() && self.nights_up_to(last) >= 3 {
            let rest = self.shifts[last + 1].from.duration_since(self.shifts[last].until);
            at_least(RosterRule::RestAfterNights, self.region.roster.rest_after_nights_hours, rest, breaches);
        }
    }

    /// The row of shifts with the new one in it.
    fn row(&self, breaches: &mut Vec<Breach>) {
        let joined = |index: &usize| self.in_a_row(self.shifts[*index], self.shifts[index + 1]);
        let before = (0..self.at).rev().take_while(joined).count();
        let after = (self.at..self.shifts.len() - 1).take_while(joined).count();
        let row = &self.shifts[self.at - before..=self.at + after];
        if row.iter().any(|shift| self.is_night(*shift)) {
            let length = u32::try_from(row.len()).unwrap_or(u32::MAX);
            at_most(RosterRule::Row, self.region.roster.row_shifts, length, breaches);
        }
    }

    /// The fullest 16 weeks with the new shift in them.
    fn nights(&self, breaches: &mut Vec<Breach>) {
        if !self.ends_late(self.added()) {
            return;
        }
        let days: Vec<Date> =
            self.shifts.iter().filter(|shift| self.ends_late(**shift)).map(|shift| self.day(shift.from)).collect();
        let new = self.day(self.added().from);
        let holds = |from: Date, day: Date| from <= day && day < from.saturating_add(112.days());
        let in_weeks = |from: Date| days.iter().filter(|day| holds(from, **day)).count();
        let fullest = days.iter().filter(|from| holds(**from, new)).map(|from| in_weeks(*from)).max().unwrap_or(0);
        let limit = self.region.roster.nights_in_16_weeks;
        at_most(RosterRule::NightsIn16Weeks, limit, u32::try_from(fullest).unwrap_or(u32::MAX), breaches);
    }

    /// The weeks the new shift has a part in.
    fn weeks(&self, breaches: &mut Vec<Breach>) {
        let monday = |at: Timestamp| {
            let day = self.day(at);
            day.saturating_sub(i64::from(day.weekday().since(Weekday::Monday)).days())
        };
        let mut week = monday(self.added().from);
        while moment::on(self.region, week, Time::midnight()) < self.added().until {
            let next = week.saturating_add(7.days());
            let whole = Period {
                from: moment::on(self.region, week, Time::midnight()),
                until: moment::on(self.region, next, Time::midnight()),
            };
            let worked = self.shifts.iter().map(|shift| overlap(*shift, whole)).sum::<SignedDuration>();
            at_most(RosterRule::WeekHours, self.region.roster.week_hours, hours_up(worked), breaches);
            week = next;
        }
    }

    /// How many night shifts in a row end with this one.
    fn nights_up_to(&self, last: usize) -> usize {
        let mut count = 0;
        for index in (0..=last).rev() {
            let follows = index == last || self.in_a_row(self.shifts[index], self.shifts[index + 1]);
            if !follows || !self.is_night(self.shifts[index]) {
                break;
            }
            count += 1;
        }
        count
    }

    fn in_a_row(&self, before: Period, after: Period) -> bool {
        after.from.duration_since(before.until) < hours(self.region.roster.row_ends_hours)
    }

    /// More than one hour of it is between 00:00 and 06:00.
    fn is_night(&self, shift: Period) -> bool {
        let days = [self.day(shift.from), self.day(shift.from).saturating_add(1.day())];
        let nights = days.map(|day| Period {
            from: moment::on(self.region, day, Time::midnight()),
            until: moment::on(self.region, day, Time::constant(6, 0, 0, 0)),
        });
        nights.into_iter().any(|night| overlap(shift, night) > SignedDuration::from_hours(1))
    }

    /// A night shift that ends after 02:00 on the wall.
    fn ends_late(&self, shift: Period) -> bool {
        let end = shift.until.to_zoned(self.region.time_zone.clone()).time();
        self.is_night(shift) && end > Time::constant(2, 0, 0, 0)
    }

    fn day(&self, at: Timestamp) -> Date {
        moment::day(self.region, at)
    }
}

fn length(shift: Period) -> SignedDuration {
    shift.until.duration_since(shift.from)
}

fn overlap(one: Period, other: Period) -> SignedDuration {
    one.until.min(other.until).duration_since(one.from.max(other.from)).max(SignedDuration::ZERO)
}

/// Whole hours, a part counted as one: what is over a limit must look so.
fn hours_up(time: SignedDuration) -> u32 {
    let whole = time.as_hours() + i64::from(time > SignedDuration::from_hours(time.as_hours()));
    u32::try_from(whole).unwrap_or(0)
}

fn at_most(rule: RosterRule, limit: u32, actual: u32, breaches: &mut Vec<Breach>) {
    if actual > limit {
        breaches.push(Breach { rule, limit, actual });
    }
}

fn at_least(rule: RosterRule, limit: u32, rest: SignedDuration, breaches: &mut Vec<Breach>) {
    if rest < hours(limit) {
        // Whole hours, a part left out: what is under a limit must look so.
        breaches.push(Breach { rule, limit, actual: u32::try_from(rest.as_hours()).unwrap_or(0) });
    }
}
