//! Every word the pages themselves say, in one place per language. A language that lacks one does not compile. What a
//! service says, a refusal or why a place fits, is its own and in Dutch; English has a table of it. Names of kinds and
//! stages are terms of the field.

mod en;
pub(crate) mod kinds;
mod nl;

use tokio::task::futures::TaskLocalFuture;

pub(crate) use self::en::EN;
pub(crate) use self::nl::NL;

/// The words of a language as somebody chose it; without a choice Dutch.
pub(crate) fn of(language: Option<&str>) -> &'static Texts {
    if language == Some(EN.lang) { &EN } else { &NL }
}

tokio::task_local! {
    /// The language of whoever asks, for what is said without knowing who that is.
    static CHOSEN: &'static Texts;
}

/// The words of whoever asks; without anybody Dutch.
pub(crate) fn current() -> &'static Texts {
    CHOSEN.try_with(|texts| *texts).unwrap_or(&NL)
}

/// What a service says, in the language of whoever asks.
pub(crate) fn said(words: &str) -> String {
    if current().lang == EN.lang { en::in_english(words) } else { words.to_owned() }
}

/// Does something for somebody with these words.
pub(crate) fn speaking<F: Future>(texts: &'static Texts, doing: F) -> TaskLocalFuture<&'static Texts, F> {
    CHOSEN.scope(texts, doing)
}

/// Declares the words once, so that every language has the same ones.
macro_rules! words {
    ($(#[$doc:meta])* $words:ident { $($name:ident),* $(,)? } $($(#[$of:meta])* $more:ident: $kind:ty),*) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $words {
            $($(#[$of])* pub(crate) $more: $kind,)*
            $(pub(crate) $name: &'static str,)*
        }

        impl $words {
            /// Every word with its name, for who checks them.
            #[cfg(test)]
            fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name)),*]
            }
        }
    };
}

words! {
    /// The words of one language.
    Texts {
        // The frame.
        skip, menu, sign_in, sign_out, other_language, other_language_code, signed_in_as, demo_notice, footer,
        area_locatie, area_zoek, area_regio, area_beheer, role_medewerker, role_dispatcher, role_coordinator,
        role_beheerder, role_beleid,
        // Problems.
        refused_title, the_service, the_opvang, the_logeerplek, the_housing_first, the_nachtdienst, the_regio,
        service_away, service_failed, broken_title, not_for_you_title, not_for_you, elsewhere_title,
        elsewhere, not_found_title, not_found, back_home, wrong_number, wrong_age, wrong_nights, wrong_children, wrong_moment,
        wrong_field, field_text, future_moment,
        // What is shown everywhere.
        age_current, age_older, age_stale, age_unknown, door_closed, door_no_cover, door_unknown, whole_region,
        confidential, fictief, call, never, free, held, occupied, out_of_service, decimal, no_board_yet,
        // The first page.
        home_title, home_lead, home_what, home_locations, home_places, home_small, home_start, not_told, few,
        none_now, not_known,
        // Signing in.
        sign_in_title, sign_in_lead, sign_in_house, not_signed_in_title, provider_away, signed_out_title, signed_out,
        again_title, again_lead, again_sign_in, again_send, what_medewerker, what_dispatcher, what_coordinator,
        what_beheerder, what_beleid,
        // The board.
        regio_title, live_now, stale_since, past_at, back_to_live, filter_gemeente, filter_kind, filter_all,
        filter_at, show, sums_title, col_kind, col_free, col_held, col_occupied, col_unavailable, col_surge, col_over,
        col_locations, col_unknown, col_oldest, col_location, col_stand, col_phone, locations_title, nothing_here,
        nights_title, night_covered, night_gap, night_unknown, confirmed_at, connection_lost, changed_announce,
        as_file, printed_at,
        // Finding.
        zoek_title, field_from, field_residence, residence_same, residence_elsewhere, field_kind, kind_any, field_age,
        field_sex, sex_any, sex_female, sex_male, sex_other, field_nights, field_children, children_hint,
        field_groups, field_wheelchair, field_pet, field_client, client_hint, find, found_title, found_none,
        found_none_hint, found_elsewhere, claim_moved, alike, claim_this, claim_best, near_title, counts_title, count_free, count_unknown,
        count_at_least, tonight, claims_title, claims_none, extend, give_back, extended, given_back, held_until,
        claim_done, claim_pending, too_late, status_pending, status_escalated, status_held, left_minutes, over_time,
        ended_refused, ended_lapsed, ended_no_show, ended_arrived, ended_left, ended_cancelled, criteria_title,
        no_client,
        // One location.
        locaties_title, locaties_lead, confirm, confirmed_now, places_title, incoming_title, client_word, until,
        accept, refuse, arrived, take_out, take_back, set_occupied, set_free, left, reservation_gone, came_in,
        went_away, accepted, refused_claim, counted, undo, say_why, say_where, say_how_many, too_many_people,
        field_people, field_reason, field_why, field_where, prevented, yes, no, unknown_word, location_closed,
        set_number, one_more, one_less, of_place, of_places, no_places, to_home, to_network, to_opvang, to_beschermd_wonen,
        to_ggz, to_housing_first, to_unknown, because_full, because_misfit, because_staff, because_safety,
        because_closed, because_other,
        // What waits for a connection.
        overtaken, overtaken_count, overtaken_typed, overtaken_confirm, waits_sign_out, waits, waits_one, waits_more, waits_sign_in, waits_other, waits_withdraw, needs_connection, typed_gone,
        close,
        // The night, waiting lists and plans.
        area_nacht, nacht_title, melding_new, melding_write, field_urgency, urgency_high, urgency_normal, urgency_low,
        field_matter, no_names, teams_title, teams_none, team_available, team_under_way, team_busy, team_break,
        team_take_break, meldingen_title, meldingen_none, melding_received, melding_assigned, melding_under_way,
        melding_arrived, melding_result, melding_closed, melding_close, melding_assign, melding_set_result,
        field_team, field_result, no_claim, melding_changed, one_result, since, result_stable, result_logeerplek, result_crisis, result_112,
        result_no_answer, result_no_action, say_result, did_receive, did_receive_uncovered, did_assign, did_move,
        did_result, did_close, did_team, did_remark, did_hand_over, did_accept, did_withdraw, handover_title,
        last_accepted, field_remark, write_remark, field_coordinator, hand_over, accept_handover, withdraw_handover,
        waits_since, waiting_title, waiting_none, offered, takes_offer, declines_offer, leaves_list, joins_list,
        offer_taken, offer_declined, off_the_list, on_the_list, plans_title, plan_added, plan_becomes, plan_gone,
        // The map, the slots of Housing First, and how it went over time.
        map_title, map_note, map_free, map_full, map_shut, map_call, map_keys, map_plain, map_in, map_out, map_close,
        slots_cap, col_allocated, col_used, col_stages, verloop_title, verloop_lead, verloop_kinds, verloop_hidden,
        field_period, days, col_day, today_so_far, col_usable, col_not_known, col_came, col_left, col_moved_on,
        col_refused, col_unmet, chart_places, chart_places_note, chart_places_by_day, chart_flow, chart_flow_note,
        chart_demand, chart_demand_note, as_table, back_to_board,
    }
    /// Its code, as HTML knows it.
    lang: &'static str,
    /// Its number, for what is kept per language.
    index: usize,
    /// What the pages of setting up say.
    beheer: Beheer
}

words! {
    /// What the pages of setting up say, in one language.
    Beheer {
        part_locations, part_locations_what, part_capacity, part_capacity_what, part_roster, part_roster_night,
        part_roster_what, part_log, part_log_what, part_people, part_people_what, people_elsewhere, save, today,
        erased, by_itself, wrong_day, wrong_time, wrong_days, wrong_hours, wrong_where_is, wrong_nobody, wrong_fresh,
        wrong_order, lies_far, lies_far_of, field_name, field_label, field_code, code_hint, field_provider,
        field_where_is, where_is_hint, field_fresh, field_max_stay, field_hours, hours_hint, field_needs_cover,
        field_cover_opens, field_confirms, field_counting, field_counts_people, field_groups_only,
        field_residents_only, field_min_age, field_max_age, field_max_nights, field_min_household,
        field_max_household, field_welcome, field_wheelchair_fits, field_pets, field_children_welcome, field_pool,
        pool_hint, pool_hint_logeerplek, field_also_pools, field_financing, financing_wmo, financing_wlz,
        field_places, field_unavailable, field_on, field_step, step_add, step_change, step_remove, new_location,
        new_place, new_plan, capacity_title, profile_title, plans_none, plan_in_the_way, plan_too_many, plan_waiting,
        withdraw_plan, close_location, close_location_hint, close_location_sure, closed_count, remove_place,
        remove_place_sure, did_change, did_close_location, did_add_place, did_change_place, did_capacity, did_plan,
        did_withdraw_plan, winter_title, winter_none, winter_open, winter_closed, winter_places, winter_do_open,
        winter_do_close, winter_change, winter_hint, did_open_winter, did_close_winter, winter_given_back,
        slots_title, slots_given_of, slots_used, slots_free, slots_allocated, slots_move, slots_from, slots_to,
        did_allocate, did_move_slots, roster_week, roster_weeks, roster_none, week_before, week_this, week_after,
        monday, tuesday, wednesday, thursday, friday, saturday, sunday, role_team, shift_missing, shift_cancelled,
        shift_hint, field_staff, field_role, field_override, field_gemeenten, field_from_time, field_until_time,
        field_times, field_days, field_medewerkers, field_coordinators, field_why_cancelled, put_on, take_off,
        change_shift, cancel_shift, new_shift, swap, swap_one, swap_other, sick_title, sick_from, sick_until,
        sick_report, better_report, did_plan_shift, did_change_shift, did_cancel_shift, did_assign_staff,
        did_unassign, did_swap, did_sick, did_better, staff_new, unknown_staff, unknown_staff_hint, roster_changed,
        roster_days, sick_hint, role_teams, role_coordinators, log_lead, log_from, log_until, log_what, log_where,
        log_where_hint, log_who, log_at, log_type, log_event, log_also, log_by_itself, log_lines, log_none, log_older,
        log_newest, log_not_yours, detail_shift, field_service, detail_place, detail_to, people_lead, people_title, put_person,
        person_code_hint, field_locations, every_location, other_locations, say_locations, remove_person,
        did_put_person, did_remove_person, detail_state, detail_overridden, changed_meanwhile, override_hint, to_form,


    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_language_lacks_a_word_and_each_says_it_in_its_own() {
        for texts in [&NL, &EN] {
            for (name, words) in texts.all().into_iter().chain(texts.beheer.all()) {
                assert!(!words.trim().is_empty(), "{}: {name}", texts.lang);
            }
        }
        let all = |texts: &Texts| [texts.all(), texts.beheer.all()].concat();
        let same = all(&NL).into_iter().zip(all(&EN)).filter(|(nl, en)| nl.1 == en.1).count();
        assert!(same < 16, "{same} words are the same in both languages");
        assert_ne!(NL.index, EN.index);
    }

    #[test]
    fn whoever_chooses_nothing_or_something_unknown_reads_dutch() {
        assert_eq!(of(None).lang, "nl");
        assert_eq!(of(Some("fr")).lang, "nl");
        assert_eq!(of(Some("en")).lang, "en");
    }

    #[tokio::test]
    async fn what_is_said_without_knowing_to_whom_is_in_their_language_too() {
        assert_eq!(current().lang, "nl");
        assert_eq!(speaking(&EN, async { current().lang }).await, "en");
    }

    #[test]
    fn nobody_is_called_what_they_are_not() {
        for (name, words) in NL.all().into_iter().chain(NL.beheer.all()) {
            assert!(!words.to_lowercase().contains("zwerver"), "{name}");
        }
    }
}
