#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::*;

fn rule(id: u64, trigger: u8, metadata: &Value) -> Rule {
    serde_json::from_value(json!({
        "id": id.to_string(), "guild_id": "1", "name": "rule", "creator_id": "2", "event_type": 1,
        "trigger_type": trigger, "trigger_metadata": metadata, "actions": [{ "type": 1, "metadata": {} }],
        "enabled": true, "exempt_roles": ["7"], "exempt_channels": ["8"],
    }))
    .unwrap()
}

fn subject(text: &str) -> Subject<'_> {
    Subject { event: Event::Message, text, roles: &[], places: &[], recent: Recent::default() }
}

#[test]
fn every_rule_is_asked() {
    let words = |word: &str| json!({ "keyword_filter": [word], "regex_patterns": [], "allow_list": [] });
    let mut rules = Rules::new([
        rule(3, 1, &words("dog")),
        rule(2, 1, &words("cat*")),
        rule(4, 4, &json!({ "presets": [1], "allow_list": ["shitty"] })),
        rule(5, 5, &json!({ "mention_total_limit": 2, "mention_raid_protection_enabled": true })),
        rule(6, 6, &words("cat")),
    ]);
    let broken = |rules: &Rules, subject: Subject<'_>| -> Vec<u64> {
        rules.judge(&subject).iter().map(|hit| hit.rule.rule.id.get()).collect()
    };
    assert_eq!(broken(&rules, subject("a Cattle dog")), [2, 3]);
    assert_eq!(broken(&rules, subject("what a shitty day")), [0_u64; 0]);
    assert_eq!(broken(&rules, subject("Shit, a shitty day")), [4]);
    assert_eq!(broken(&rules, subject("<@1> <@!1> <@&1>")), [0_u64; 0]);
    assert_eq!(broken(&rules, subject("<@1> <@2> <@&1>")), [5]);
    let recent = Recent { newcomer: true, raiders: 5, raid_mentions: 30, ..Recent::default() };
    assert_eq!(broken(&rules, Subject { recent, ..subject("<@1>") }), [5]);
    assert_eq!(broken(&rules, Subject { recent, ..subject("hi") }), [0_u64; 0]);
    assert_eq!(broken(&rules, Subject { event: Event::Profile, ..subject("Cat") }), [6]);
    assert_eq!(broken(&rules, Subject { roles: &[Id::new(7)], ..subject("dog") }), [0_u64; 0]);
    assert_eq!(broken(&rules, Subject { places: &[Id::new(5), Id::new(8)], ..subject("dog") }), [0_u64; 0]);
    let hit = rules.judge(&subject("a Cattle")).remove(0);
    assert_eq!((hit.keyword.as_deref(), hit.content.as_deref()), (Some("cat*"), Some("Cat")));
    assert!(hit.block().is_some());
    rules.put(Rule { enabled: false, ..rule(2, 1, &words("cat*")) });
    assert_eq!(broken(&rules, subject("a Cattle dog")), [3]);
    rules.remove(Id::new(3));
    assert_eq!(broken(&rules, subject("a Cattle dog")), [0_u64; 0]);
    assert!(rules.remember());
}

#[test]
fn a_thousand_words_are_one_pass() {
    let words: Vec<_> = (0..1000).map(|number| format!("*forbidden{number}*")).collect();
    let rules = Rules::new([rule(1, 1, &json!({ "keyword_filter": words }))]);
    assert_eq!(rules.judge(&subject(&"clean ".repeat(300))).len(), 0);
    let hit = rules.judge(&subject("so forbidden999x")).remove(0);
    assert_eq!(hit.content.as_deref(), Some("forbidden9"));
}
