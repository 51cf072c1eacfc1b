//! Names, keys and searches: always well formed, never a panic.

use domain::{
    FieldError, Page, PageInfo, email,
    key::{KeyKind, Mode, check_key, check_token, format_key, format_token},
    meta,
    search::{Wildcard, parse},
    settings,
    slug::{is_slug, slugify, with_suffix},
    text,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn a_key() -> impl Strategy<Value = (KeyKind, Mode, String)> {
    let kind = prop::sample::select(vec![KeyKind::App, KeyKind::Widget]);
    let mode = prop::sample::select(vec![Mode::Live, Mode::Test]);
    (kind, mode, any::<[u8; 32]>())
        .prop_map(|(kind, mode, random)| (kind, mode, format_key(kind, mode, random)))
}

fn a_json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn an_object(keys: &'static str) -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map(keys, a_json_value(), 0..8)
        .prop_map(|map| map.into_iter().collect())
}

proptest! {
    #[test]
    fn keys_are_recognized((kind, mode, key) in a_key()) {
        prop_assert_eq!(check_key(&key), Some((kind, mode)));
    }

    #[test]
    fn a_changed_character_is_noticed((_, _, key) in a_key(), place in any::<prop::sample::Index>(), other in any::<char>()) {
        let mut letters: Vec<char> = key.chars().collect();
        let place = place.index(letters.len());
        prop_assume!(letters[place] != other);
        letters[place] = other;

        let changed: String = letters.into_iter().collect();

        prop_assert_eq!(check_key(&changed), None);
    }

    #[test]
    fn two_swapped_characters_are_noticed((_, _, key) in a_key(), place in 0..40_usize) {
        let mut letters = key.clone().into_bytes();
        let place = place % (letters.len() - 1);
        letters.swap(place, place + 1);
        let swapped = String::from_utf8(letters).expect("ASCII");
        prop_assume!(swapped != key);

        prop_assert_eq!(check_key(&swapped), None);
    }

    #[test]
    fn tokens_are_recognized(random in any::<[u8; 32]>()) {
        let token = format_token(random);

        prop_assert!(check_token(&token));
        prop_assert_eq!(token.len(), 32);
        prop_assert_eq!(check_key(&token), None);
    }

    #[test]
    fn any_name_becomes_a_slug(name in ".{0,300}", number in any::<u32>()) {
        let slug = slugify(&name);

        prop_assert!(is_slug(&slug), "{}", slug);
        prop_assert_eq!(slugify(&slug), slug.clone());
        let other = with_suffix(&slug, number);
        prop_assert!(is_slug(&other), "{}", other);
        prop_assert_ne!(other, slug);
    }

    #[test]
    fn a_search_reads_back(text in "([a-z._]{0,6}[:;,?* ]?.{0,6}){0,12}") {
        let criteria = parse(&text);

        let written: Vec<String> = criteria.iter().map(ToString::to_string).collect();
        prop_assert_eq!(parse(&written.join(";")), criteria.clone(), "{:?}", written);
        for criterion in &criteria {
            let _ = Wildcard::parse(&criterion.value);
        }
    }

    #[test]
    fn accepted_addresses_are_safe_in_a_header(text in "[a-z@. \r\n\u{0}-\u{20}<>,;:é\u{2028}]{0,30}|.{0,30}|[a-zé.]{1,9}@[a-z.-]{1,9}") {
        if email::check(&text).is_ok() {
            prop_assert_eq!(text.matches('@').count(), 1);
            let is_unsafe = |letter: char| {
                letter.is_control() || letter.is_whitespace() || "<>,;:\"()[]\\".contains(letter)
            };
            prop_assert!(!text.contains(is_unsafe));
            prop_assert!(email::check(&email::fold(&text)).is_ok());
        }
    }

    #[test]
    fn pages_cover_a_list_without_gap_or_overlap(total in 0..500_u64, limit in 1..60_u32) {
        let limit = limit.to_string();
        let mut next = Some(1);
        let mut seen = 0;
        while let Some(number) = next {
            let page = Page::read(Some(&number.to_string()), Some(&limit), 50);
            let info = PageInfo::new(page, total);
            if let (Some(from), Some(to)) = (info.from, info.to) {
                prop_assert_eq!(from, seen + 1);
                prop_assert_eq!(i64::try_from(seen).expect("small"), page.offset());
                seen = to;
            }
            next = info.next_page();
        }
        prop_assert_eq!(seen, total);
    }

    #[test]
    fn no_page_panics(page in ".{0,30}|[0-9]{0,25}", limit in ".{0,30}|[0-9]{0,25}", total in any::<u64>()) {
        let page = Page::read(Some(&page), Some(&limit), 50);
        let info = PageInfo::new(page, total);

        prop_assert!(page.offset() >= 0);
        prop_assert!((1..=1000).contains(&info.per_page));
        prop_assert!(info.last_page >= 1);
    }

    #[test]
    fn accepted_meta_can_be_stored_and_searched(object in an_object("[a-z]{1,3}|.{0,8}")) {
        if meta::check(&object).is_ok() {
            let text = serde_json::to_string(&object).expect("JSON");
            prop_assert!(text.len() <= 16 * 1024);
            prop_assert!(!text.contains("\\u0000"));
            for field in meta::fields("meta", &object) {
                prop_assert!(field.name.starts_with("meta."));
                prop_assert!(field.value.chars().count() <= 255);
            }
        }
    }

    #[test]
    fn merging_twice_changes_nothing_more(stored in an_object("[a-c]"), given in an_object("[a-c]")) {
        let mut once = stored;
        meta::merge(&mut once, given.clone());
        let mut twice = once.clone();
        meta::merge(&mut twice, given.clone());

        prop_assert_eq!(&once, &twice);
        for (key, value) in given {
            prop_assert_eq!(once.get(&key), Some(&value).filter(|value| !value.is_null()));
        }
    }

    #[test]
    fn settings_keep_their_types(given in an_object(
        "name|callback|from_email|contact_email|disableEmail|resource_rate_limits|customer_rate_limits|[a-z]{1,3}"
    )) {
        let stored = json!({"name": "North Dental"});
        let stored = stored.as_object().expect("an object");

        match settings::merge(stored, given) {
            Ok(merged) => {
                prop_assert!(merged.get("name").is_some_and(Value::is_string));
                prop_assert!(merged.get("disableEmail").is_none_or(Value::is_boolean));
                prop_assert!(merged.get("resource_rate_limits").is_none_or(Value::is_object));
            }
            Err(errors) => prop_assert!(!errors.is_empty()),
        }
    }

    #[test]
    fn accepted_texts_can_be_stored(field in "[a-z_]{1,10}", value in ".{0,300}|[\u{0}-\u{a0}]{0,40}") {
        let results: [Result<(), FieldError>; 5] = [
            text::name(&field, &value),
            text::line(&field, &value),
            text::text(&field, &value),
            text::email(&field, &value),
            text::url(&field, &value),
        ];
        if results.iter().any(Result::is_ok) {
            prop_assert!(!value.contains('\0'));
        }
        prop_assert!(value.starts_with(text::cap(&value)));
    }
}
