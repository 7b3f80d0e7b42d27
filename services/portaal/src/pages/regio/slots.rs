//! The slots of Housing First by gemeente: how many there are, how many are used, and in which stage the trajecten are. It
//! must not add anything up: the sums of the region are those of regio.

use askama::Template;
use model::freshness::Age;
use model::kind::Kind;
use model::region::Region;
use model::wire;
use proto::availability::v1::availability_reported::Detail;
use proto::availability::v1::{Slots, StageCount, TrajectStage};

use super::Filter;
use crate::picture::{Overview, Row};
use crate::text::Texts;
use crate::view::gemeente_name;

/// The slots of every gemeente, and of the region.
#[derive(Template)]
#[template(path = "regio/slots.html")]
pub(super) struct SlotRows {
    t: &'static Texts,
    /// How many the whole region may use.
    cap: Option<u32>,
    rows: Vec<SlotRow>,
}

/// Of one gemeente, or of the region.
struct SlotRow {
    gemeente: String,
    allocated: String,
    used: String,
    free: String,
    stages: String,
    is_total: bool,
}

/// What is shown of them; nothing where the filter leaves them out.
pub(super) fn of<'a>(
    t: &'static Texts,
    region: &Region,
    rows: impl Iterator<Item = &'a Row>,
    overview: &Overview,
    filter: &Filter,
) -> SlotRows {
    let told = rows.filter(|row| filter.shows(row)).filter_map(|row| Some((row, slots(row)?)));
    let told: Vec<(&Row, &Slots)> = told.collect();
    let mut rows: Vec<SlotRow> = told.iter().map(|(row, slots)| of_gemeente(t, region, row, slots)).collect();
    let total = overview.totals.iter().find(|row| wire::kind_in(row.kind()) == Some(Kind::HousingFirst));
    if let Some(total) = total.filter(|_| rows.len() > 1) {
        let is_known = total.unknown < total.locations;
        let figure = |of: u32| if is_known { of.to_string() } else { "?".to_owned() };
        rows.push(SlotRow {
            gemeente: t.whole_region.to_owned(),
            allocated: figure(total.funded),
            used: figure(total.occupied),
            free: if total.unknown + total.stale < total.locations { total.free.to_string() } else { "?".to_owned() },
            stages: stages(&total.stages),
            is_total: true,
        });
    }
    SlotRows { t, cap: told.first().map(|(_, slots)| slots.region_cap), rows }
}

fn of_gemeente(t: &'static Texts, region: &Region, row: &Row, slots: &Slots) -> SlotRow {
    let figures = row.report.figures.as_ref().map(wire::figures_in).filter(|_| row.age != Age::Unknown);
    let known = |figure: Option<u32>| figure.map_or_else(|| "?".to_owned(), |it| it.to_string());
    SlotRow {
        gemeente: gemeente_name(t, region, &row.report.gemeente).to_owned(),
        allocated: known(figures.map(|it| it.funded)),
        used: known(figures.map(|it| it.occupied)),
        free: known(figures.filter(|_| !row.age.must_call()).map(|it| it.free())),
        stages: stages(&slots.stages),
        is_total: false,
    }
}

/// The trajecten of a location by stage, in words; empty where it has none.
pub(super) fn stages_of(row: &Row) -> String {
    slots(row).map(|slots| stages(&slots.stages)).unwrap_or_default()
}

fn slots(row: &Row) -> Option<&Slots> {
    match &row.report.detail {
        Some(Detail::Slots(slots)) => Some(slots),
        _ => None,
    }
}

fn stages(counts: &[StageCount]) -> String {
    let word = |it: &StageCount| format!("{} {}", stage_name(it.stage()), it.trajecten);
    counts.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// What people call a stage: a term of the field, in every language.
const fn stage_name(stage: TrajectStage) -> &'static str {
    match stage {
        TrajectStage::Unspecified => "?",
        TrajectStage::Aangemeld => "aangemeld",
        TrajectStage::Gescreend => "gescreend",
        TrajectStage::Wachtlijst => "wachtlijst",
        TrajectStage::WoningGezocht => "woning gezocht",
        TrajectStage::WoningToegewezen => "woning toegewezen",
        TrajectStage::Gestart => "gestart",
        TrajectStage::Afgeschaald => "afgeschaald",
        TrajectStage::Waakvlam => "waakvlam",
        TrajectStage::Afgerond => "afgerond",
        TrajectStage::Gestopt => "gestopt",
    }
}
