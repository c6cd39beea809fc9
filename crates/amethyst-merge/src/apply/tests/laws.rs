//! Laws.

use amethyst_object::json;
use proptest::prelude::*;

use super::story::Story;

fn configurations() -> impl Strategy<Value = String> {
    let text = || "[ab]{1}".prop_map(|text| format!("\"{text}\""));
    let map = || {
        prop::collection::btree_map("[klm]", text(), 0..3).prop_map(|map| {
            let pairs: Vec<String> = map.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            format!("{{{}}}", pairs.join(","))
        })
    };
    let list = prop::collection::btree_map("[xyz]", 0_i32..3, 0..3).prop_map(|items| {
        let items: Vec<String> =
            items.iter().map(|(name, value)| format!("{{\"name\":\"{name}\",\"value\":{value}}}")).collect();
        format!("[{}]", items.join(","))
    });
    let set = prop::collection::btree_set(text(), 0..3)
        .prop_map(|items| format!("[{}]", items.into_iter().collect::<Vec<_>>().join(",")));
    let fields = (
        prop::option::of((0_i32..3).prop_map(|number| number.to_string())),
        prop::option::of(map()),
        prop::option::of(map()),
        prop::option::of(list),
        prop::option::of(set),
        prop::option::of(prop_oneof![map(), text()]),
    );
    fields.prop_map(|(numeric, map, atomic, list, set, any)| {
        let fields = [
            ("numeric", numeric),
            ("map", map),
            ("atomicMap", atomic),
            ("list", list),
            ("set", set),
            ("any", any),
        ];
        let pairs: Vec<String> = fields
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| format!("\"{name}\":{value}")))
            .collect();
        format!("{{{}}}", pairs.join(","))
    })
}

proptest! {
    #[test]
    fn applying_again_changes_nothing(
        before in configurations(), other in configurations(), config in configurations(), deduced in any::<bool>(),
    ) {
        let story = if deduced { Story::deduced() } else { Story::new() };
        let mut story = story.update("u", &before).force("b", &other).force("a", &config);
        let (live, managed) = (story.live.clone(), story.managed.clone());
        let changed = story.try_apply("a", &config, false).unwrap();
        prop_assert!(!changed, "{:?}", story.live.as_ref().map(json::to_string));
        prop_assert_eq!(story.live, live);
        prop_assert_eq!(story.managed, managed);
    }

    #[test]
    fn one_applier_gets_what_it_applies(one in configurations(), two in configurations()) {
        let alone = Story::new().apply("a", &two);
        let after = Story::new().apply("a", &one).apply("a", &two);
        let fields = |story: &Story| format!("{:?}", story.managed.entries().first().map(|entry| &entry.fields));
        prop_assert_eq!(fields(&alone), fields(&after));
    }
}
