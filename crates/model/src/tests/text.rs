//! Texts people type and ids that may be seen: what is too long, what cannot be seen, and what could be a BSN.

use proptest::prelude::*;

use crate::id::{ClientRef, Gemeente, LocationId, PlaceId, Pool};
use crate::text::{self, FreeText, holds_bsn};

const HOLDS_BSN: &str = "bevat een nummer dat een BSN kan zijn";
const UNSEEN: &str = "bevat onzichtbare tekens";
const TOO_LONG: &str = "is te lang";

#[track_caller]
fn accepted(raw: &str) {
    assert_eq!(FreeText::parse(raw).map(|text| text.as_str().to_owned()), Ok(raw.to_owned()));
}

#[track_caller]
fn refused(raw: &str, why: &str) {
    assert_eq!(FreeText::parse(raw).map_err(str::to_owned), Err(why.to_owned()), "{raw:?}");
}

#[test]
fn a_number_that_passes_the_eleven_test_is_refused() {
    for bsn in ["111222333", "999990342", "211551557"] {
        refused(bsn, HOLDS_BSN);
    }
}

#[test]
fn a_number_is_one_whatever_people_put_between_its_digits() {
    for mark in [",", ";", "*", "+", "=", "|", "#", "~", ".", "\\"] {
        refused(&["111", "222", "333"].join(mark), HOLDS_BSN);
    }
    accepted("open 09:00 tot 17:00");
}

#[test]
fn a_digit_is_one_in_whatever_shape() {
    for bsn in ["𝟏𝟏𝟏𝟐𝟐𝟐𝟑𝟑𝟑", "𝟙𝟙𝟙𝟚𝟚𝟚𝟛𝟛𝟛", "①①①②②②③③③", "¹¹¹²²²³³³", "₁₁₁₂₂₂₃₃₃", "⁹⁹⁹⁹⁹⁰³⁴²", "⑨⑨⑨⑨⑨⓪③④②"]
    {
        refused(bsn, HOLDS_BSN);
    }
}

#[test]
fn a_number_that_fails_the_eleven_test_is_not() {
    for number in ["123456789", "000000000", "111222334"] {
        accepted(number);
    }
}

#[test]
fn a_leading_zero_may_be_written_or_left_out() {
    refused("012345672", HOLDS_BSN);
    refused("12345672", HOLDS_BSN);
    accepted("12345678");
    accepted("00000000");
}

#[test]
fn a_few_separators_between_digits_hide_nothing() {
    for bsn in [
        "111.222.333",
        "111 222 333",
        "111-222-333",
        "1112.22.333",
        "1 1 1 2 2 2 3 3 3",
        "1234.56.72",
        "111  222  333",
        "111 - 222 - 333",
        "111·222−333",
    ] {
        refused(bsn, HOLDS_BSN);
    }
}

#[test]
fn what_stands_apart_is_not_one_number() {
    accepted("kamer 111, kamer 222, kamer 333");
    accepted("111, 222, 333");
    accepted("111    222    333");
}

#[test]
fn a_bsn_inside_words_is_found() {
    for text in ["cliënt111222333belt", "bsn:111222333.", "(111222333)", "zie 111222333, kamer 4", "a111222333"] {
        refused(text, HOLDS_BSN);
    }
}

#[test]
fn a_bsn_in_other_digits_or_with_other_marks_between_them_is_found() {
    for text in
        ["111/222/333", "111_222_333", "(111)222333", "111\u{2013}222\u{2013}333", "１１１２２２３３３", "١١١٢٢٢٣٣٣"]
    {
        refused(text, HOLDS_BSN);
    }
}

#[test]
fn a_bsn_next_to_another_number_is_found() {
    for text in [
        "kamer 12 111222333",
        "111222333 12",
        "12 111.222.333 4",
        "1-111222333",
        "kamer 12, 111222333",
        "9 9 111 222 333",
    ] {
        refused(text, HOLDS_BSN);
    }
}

#[test]
fn a_longer_number_is_not_searched_for_a_bsn() {
    accepted("1112223334");
    accepted("NL91 ABNA 0417 1643 00");
    accepted("06 12345678");
}

#[test]
fn ordinary_texts_with_numbers_are_accepted() {
    for text in ["kamer 4 lekt sinds 21:30", "bel 0320-123456", "tot 12-3", "2e verdieping, 14 m²", "⚠\u{fe0f} nat"]
    {
        accepted(text);
    }
}

#[test]
fn an_empty_text_is_refused_and_spaces_around_a_text_are_dropped() {
    refused("", "mag niet leeg zijn");
    refused(" \t\n", "mag niet leeg zijn");
    assert_eq!(FreeText::parse("  lekkage \n").unwrap().as_str(), "lekkage");
}

#[test]
fn the_limit_of_280_counts_characters_and_not_bytes() {
    for letter in ["e", "é", "€", "🛏"] {
        accepted(&letter.repeat(280));
        refused(&letter.repeat(281), TOO_LONG);
    }
}

#[test]
fn control_characters_are_refused() {
    for mark in ['\0', '\u{7}', '\n', '\t', '\u{1b}', '\u{7f}', '\u{85}'] {
        refused(&format!("kamer{mark}vier"), UNSEEN);
    }
}

#[test]
fn marks_that_turn_the_direction_around_are_refused() {
    for mark in ['\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}'] {
        refused(&format!("kamer{mark}vier"), UNSEEN);
    }
}

#[test]
fn the_arabic_letter_mark_turns_the_direction_around_too() {
    refused("kamer\u{61c}vier", UNSEEN);
}

#[test]
fn marks_without_a_width_are_refused() {
    for mark in ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{2028}', '\u{2029}'] {
        refused(&format!("kamer{mark}vier"), UNSEEN);
    }
}

#[test]
fn no_mark_that_cannot_be_seen_hides_a_bsn() {
    for mark in ['\u{200b}', '\u{ad}', '\u{34f}', '\u{180e}', '\u{fe0f}', '\u{e0020}'] {
        assert!(FreeText::parse(&format!("111{mark}222{mark}333")).is_err(), "hidden by {mark:?}");
    }
}

#[test]
fn a_space_that_does_not_break_separates_like_a_space() {
    for space in ['\u{a0}', '\u{202f}', '\u{2009}'] {
        refused(&format!("111{space}222{space}333"), HOLDS_BSN);
    }
}

#[test]
fn a_name_has_at_most_eighty_characters_and_no_bsn() {
    assert!(text::name(&"ë".repeat(80)).is_ok());
    assert_eq!(text::name(&"ë".repeat(81)), Err(TOO_LONG));
    assert_eq!(text::name("Huis 111222333"), Err(HOLDS_BSN));
    assert_eq!(text::name("  "), Err("mag niet leeg zijn"));
}

#[test]
fn a_telephone_number_may_be_empty_and_holds_nothing_else() {
    for number in ["", "112", "036 123 45 67", "+31 36-1234567"] {
        assert_eq!(text::phone(number).as_deref(), Ok(number));
    }
    for number in ["0800 1232", "0900-0009", "0912 3456", "036 111 22 33", "12345"] {
        assert_eq!(text::phone(number).as_deref(), Ok(number));
    }
    for bsn in ["111222333", "111-222-333", "+111222333", "12 34 56 72", "012345672"] {
        assert_eq!(text::phone(bsn), Err(HOLDS_BSN), "{bsn}");
    }
    assert_eq!(text::phone("bel Jan"), Err("mag alleen cijfers, spaties, + en - bevatten"));
    assert_eq!(text::phone(&"1".repeat(21)), Err(TOO_LONG));
}

#[test]
fn a_client_reference_cannot_be_a_bsn() {
    for raw in ["111222333", "c-111222333", "111-222-333", "c111222333x"] {
        assert_eq!(ClientRef::parse(raw), Err(HOLDS_BSN), "{raw}");
    }
    assert!(ClientRef::parse("c-4f7a-9b").is_ok());
}

#[test]
fn an_id_is_a_token_that_may_stand_in_a_subject() {
    for raw in ["a", "0", "huis-4", &"a".repeat(48)] {
        assert_eq!(LocationId::parse(raw).map(|id| id.as_str().to_owned()), Ok(raw.to_owned()));
    }
    for raw in ["", "-a", "a-", "Huis", "huis 4", "huis.4", "huis*", "huis>", "hüis", &"a".repeat(49)] {
        assert!(LocationId::parse(raw).is_err(), "{raw:?}");
    }
}

#[test]
fn an_id_from_the_log_is_checked_again() {
    assert!(serde_json::from_str::<LocationId>("\"huis-4\"").is_ok());
    assert!(serde_json::from_str::<LocationId>("\"huis 4\"").is_err());
}

#[test]
fn a_gemeente_is_a_cbs_code() {
    assert!(Gemeente::parse("gm0034").is_ok());
    for raw in ["", "0034", "gm034", "gm00345", "GM0034", "gm00a4", "regio"] {
        assert!(Gemeente::parse(raw).is_err(), "{raw:?}");
    }
}

/// The eleven test as the law writes it, over a number of nine digits.
fn passes(number: u32) -> bool {
    let digit = |power: u32| i64::from(number / 10_u32.pow(power) % 10);
    let sum: i64 = (1..=8).map(|power| i64::from(power + 1) * digit(power)).sum::<i64>() - digit(0);
    sum > 0 && sum % 11 == 0
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_nine_digits_exactly_those_that_pass_the_test_are_a_bsn(number in 0..1_000_000_000_u32) {
        prop_assert_eq!(holds_bsn(&format!("{number:09}")), passes(number));
    }

    #[test]
    fn a_bsn_is_found_wherever_it_stands_and_however_it_is_parted(
        (number, marks) in ((0..1_000_000_000_u32).prop_filter("a bsn", |number| passes(*number)), any::<[u8; 9]>()),
        before in "[a-zë:, ]{0,9}", after in "[a-zë:, ]{0,9}",
    ) {
        let mut text = before;
        for (digit, mark) in format!("{number:09}").chars().zip(marks) {
            text.push(digit);
            text.extend([' ', '.', '-'].get(usize::from(mark % 6)));
        }
        text.push_str(&after);
        prop_assert!(holds_bsn(&text), "{}", text);
    }

    #[test]
    fn any_text_is_accepted_or_refused_without_a_panic(raw in any::<String>()) {
        if let Ok(text) = FreeText::parse(&raw) {
            prop_assert_eq!(text.as_str(), raw.trim());
            prop_assert!(text.as_str().chars().count() <= FreeText::LONGEST);
        }
        let (_, _) = (text::name(&raw), text::phone(&raw));
        let (_, _) = (ClientRef::parse(&raw), Gemeente::parse(&raw));
    }
}

#[test]
fn an_id_that_is_given_out_is_no_bsn_and_one_that_was_still_reads() {
    for raw in ["111222333", "huis-111222333", "111-222-333"] {
        assert!(LocationId::new(raw).is_err() && PlaceId::new(raw).is_err() && Pool::new(raw).is_err(), "{raw}");
        assert!(LocationId::parse(raw).is_ok(), "{raw}");
    }
    assert!(LocationId::new("62-1011").is_ok() && Pool::new("crisisplek").is_ok());
}

#[test]
fn an_id_that_is_given_back_is_one_that_a_service_made() {
    let made = crate::id::made(uuid::Uuid::from_u128(7));
    assert_eq!(crate::id::given_back(made.as_str()), Ok(made.clone()));
    for typed in ["", "jan-jansen", "C1", "111222333", &made.as_str()[1..], &"A".repeat(32), &"-".repeat(32)] {
        assert!(crate::id::given_back(typed).is_err(), "{typed}");
    }
}
