//! Going over components and what is nested in them.

use serde_json::{Map, Value};

use crate::component::Component;
use crate::form::whole;

/// What a component holds others in.
const NESTS: [&str; 3] = ["components", "accessory", "component"];

/// The component with that custom id, wherever it stands.
pub fn find(components: &[Value], custom_id: &str) -> Option<Component> {
    let mut found = None;
    each(components, &mut |map| {
        if found.is_none() && map.get("custom_id").and_then(Value::as_str) == Some(custom_id) {
            found = Component::read(&Value::Object(map.clone()));
        }
    });
    found
}

/// All text that people read in it, for searching and for mentions.
pub fn text(components: &[Value]) -> String {
    let mut text = String::new();
    each(components, &mut |map| {
        if map.get("type").and_then(whole) == Some(10)
            && let Some(content) = map.get("content").and_then(Value::as_str)
        {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(content);
        }
    });
    text
}

/// Calls for every component, outer ones first.
pub(super) fn each(components: &[Value], visit: &mut dyn FnMut(&Map<String, Value>)) {
    for component in components {
        if let Value::Object(map) = component {
            visit(map);
            for key in NESTS {
                match map.get(key) {
                    Some(Value::Array(list)) => each(list, visit),
                    Some(one @ Value::Object(_)) => each(std::slice::from_ref(one), visit),
                    _ => {}
                }
            }
        }
    }
}

/// Calls for every component, outer ones first, to change it.
pub(super) fn each_mut(components: &mut [Value], visit: &mut dyn FnMut(&mut Map<String, Value>)) {
    for component in components {
        if let Value::Object(map) = component {
            visit(map);
            for key in NESTS {
                match map.get_mut(key) {
                    Some(Value::Array(list)) => each_mut(list, visit),
                    Some(one @ Value::Object(_)) => each_mut(std::slice::from_mut(one), visit),
                    _ => {}
                }
            }
        }
    }
}

/// Gives every component without an `id` the next free one, in reading order.
pub(super) fn number(components: &mut [Value]) {
    let mut taken = std::collections::HashSet::new();
    each(components, &mut |map| {
        if let Some(id) = map.get("id").and_then(Value::as_u64) {
            taken.insert(id);
        }
    });
    let mut next: u64 = 1;
    each_mut(components, &mut |map| {
        if !map.contains_key("id") {
            while taken.contains(&next) {
                next += 1;
            }
            map.insert("id".into(), next.into());
            next += 1;
        }
    });
}
