//! Linked roles: what a role asks of those who are to have it.

use serde::{Deserialize, Serialize};

use crate::error::FormErrors;
use crate::id::{ApplicationMarker, Id};
use crate::loose::{Int, Text};
use crate::role_connection::{RoleConnection, RoleConnectionField};

/// Most ways to a role.
pub const WAYS: usize = 5;
/// Most rules of one way.
pub const RULES: usize = 10;
/// Most days that a rule about a moment counts.
const DAYS: i64 = 100 * 365;

/// Ways to a role: whoever meets all rules of one of them has it.
pub type Ways = Vec<Vec<LinkRule>>;

/// One thing that is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRule {
    /// Always `application`.
    pub connection_type: String,
    /// Whose word counts.
    pub application_id: Id<ApplicationMarker>,
    /// Which of its fields; with none, it is enough that it says anything.
    pub connection_metadata_field: Option<String>,
    /// How the field is compared: its kind.
    pub operator: Option<u8>,
    /// With what: a number, days, or 1 for yes.
    pub value: Option<String>,
}

/// A rule with what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct LinkCheck {
    /// The rule.
    #[serde(flatten)]
    pub rule: LinkRule,
    /// Name of the field.
    pub name: Option<String>,
    /// What the field is.
    pub description: Option<String>,
    /// Whether it is met.
    pub result: bool,
}

/// An application of a guild whose word roles can ask for. Guildhall's own.
#[derive(Clone, Debug, Serialize)]
pub struct GuildConnection {
    /// The application.
    pub id: Id<ApplicationMarker>,
    /// Its name.
    pub name: String,
    /// Image hash.
    pub icon: Option<String>,
    /// What it says about itself.
    pub description: String,
    /// Where people connect with it.
    pub role_connections_verification_url: Option<String>,
    /// What it can say of somebody.
    pub fields: Vec<RoleConnectionField>,
    /// What it says of whoever asks, if anything.
    pub connected: Option<RoleConnection>,
}

/// A rule as it is sent.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "documented at what it becomes")]
pub struct LinkRuleBody {
    pub connection_type: String,
    #[serde(default)]
    pub application_id: Option<Id<ApplicationMarker>>,
    #[serde(default)]
    pub connection_metadata_field: Option<String>,
    #[serde(default)]
    pub operator: Option<Int<u8>>,
    #[serde(default)]
    pub value: Option<Text>,
}

/// The applications that are asked, for as many rules as are read.
pub fn applications(bodies: &[Vec<LinkRuleBody>]) -> Vec<Id<ApplicationMarker>> {
    let rules = bodies.iter().take(WAYS).flat_map(|way| way.iter().take(RULES));
    let mut ids: Vec<_> = rules.filter_map(|rule| rule.application_id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Checks all rules of a role against the fields of the applications that may be asked.
pub fn validate<'a>(
    bodies: Vec<Vec<LinkRuleBody>>,
    fields: impl Fn(Id<ApplicationMarker>) -> Option<&'a [RoleConnectionField]>,
) -> Result<Ways, FormErrors> {
    let mut errors = FormErrors::new();
    if bodies.len() > WAYS {
        errors.push("BASE_TYPE_MAX_LENGTH", format!("Must be {WAYS} or fewer in length."));
        return Err(errors);
    }
    let mut ways = Vec::with_capacity(bodies.len());
    for (index, bodies) in bodies.into_iter().enumerate() {
        let place = errors.at(index);
        if bodies.is_empty() || bodies.len() > RULES {
            place.push("BASE_TYPE_BAD_LENGTH", format!("Must be between 1 and {RULES} in length."));
            continue;
        }
        let rules = bodies.into_iter().enumerate();
        ways.push(rules.filter_map(|(index, body)| rule(body, &fields, place.at(index))).collect());
    }
    errors.finish()?;
    Ok(ways)
}

fn rule<'a>(
    body: LinkRuleBody,
    fields: &impl Fn(Id<ApplicationMarker>) -> Option<&'a [RoleConnectionField]>,
    errors: &mut FormErrors,
) -> Option<LinkRule> {
    if body.connection_type != "application" {
        errors.choice("connection_type", "('application',)");
        return None;
    }
    let Some(application_id) = body.application_id else {
        errors.required("application_id");
        return None;
    };
    let Some(known) = fields(application_id) else {
        errors.at("application_id").push("APPLICATION_NOT_FOUND", "Not an application of the server.");
        return None;
    };
    let Some(key) = body.connection_metadata_field else {
        let (operator, value) = (None, None);
        let connection_type = body.connection_type;
        return Some(LinkRule { connection_type, application_id, connection_metadata_field: None, operator, value });
    };
    let Some(field) = known.iter().find(|field| field.key == key) else {
        errors
            .at("connection_metadata_field")
            .push("APPLICATION_ROLE_CONNECTION_INVALID_KEY", "Not a key of the application.");
        return None;
    };
    if body.operator.is_none_or(|operator| operator.0 != field.kind) {
        errors.choice("operator", &format!("({},)", field.kind));
        return None;
    }
    let number = body.value.as_ref().and_then(|Text(value)| whole(value));
    let good = number.is_some_and(|number| match field.kind {
        5 | 6 => (0..=DAYS).contains(&number),
        7 | 8 => (0..=1).contains(&number),
        _ => true,
    });
    if !good {
        errors.at("value").push("APPLICATION_ROLE_CONNECTION_INVALID_VALUE", "Not a value of that kind.");
        return None;
    }
    Some(LinkRule {
        connection_type: body.connection_type,
        application_id,
        connection_metadata_field: Some(key),
        operator: Some(field.kind),
        value: number.map(|number| number.to_string()),
    })
}

/// A number out of its text; yes and no are 1 and 0.
pub fn whole(text: &str) -> Option<i64> {
    match text {
        "true" => Some(1),
        "false" => Some(0),
        text => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn rules_are_about_the_fields_of_applications_that_are_there() {
        let field = |kind: u8, key: &str| RoleConnectionField {
            kind,
            key: key.into(),
            name: key.into(),
            name_localizations: None,
            description: "x".into(),
            description_localizations: None,
        };
        let known = [field(2, "wins"), field(5, "since"), field(7, "verified")];
        let check = |body: Value, problem: Option<&str>| {
            let bodies: Vec<Vec<LinkRuleBody>> = serde_json::from_value(body.clone()).unwrap();
            let read = validate(bodies, |id| (id.get() == 1).then_some(&known[..]));
            let path = read.err().map(|errors| serde_json::to_value(errors).unwrap());
            match problem {
                None => assert_eq!(path, None, "{body}"),
                Some(problem) => {
                    let prefix =
                        if problem.is_empty() { String::new() } else { format!("/{}", problem.replace('.', "/")) };
                    let pointer = format!("{prefix}/_errors/0");
                    assert!(path.as_ref().is_some_and(|tree| tree.pointer(&pointer).is_some()), "{body}: {path:?}");
                }
            }
        };
        let rule = |key: Value, operator: Value, value: Value| {
            json!({
                "connection_type": "application", "application_id": "1",
                "connection_metadata_field": key, "operator": operator, "value": value,
            })
        };
        check(json!([]), None);
        check(json!([[rule(json!("wins"), json!(2), json!("10"))]]), None);
        check(json!([[rule(Value::Null, Value::Null, Value::Null)]]), None);
        check(json!([[rule(json!("verified"), json!(7), json!(true))]]), None);
        check(json!([[rule(json!("wins"), json!(3), json!("10"))]]), Some("0.0.operator"));
        check(json!([[rule(json!("wins"), json!(2), json!("ten"))]]), Some("0.0.value"));
        check(json!([[rule(json!("since"), json!(5), json!("-1"))]]), Some("0.0.value"));
        check(json!([[rule(json!("verified"), json!(7), json!("2"))]]), Some("0.0.value"));
        check(json!([[rule(json!("losses"), json!(2), json!("1"))]]), Some("0.0.connection_metadata_field"));
        check(json!([[]]), Some("0"));
        check(json!([[{ "connection_type": "steam" }]]), Some("0.0.connection_type"));
        check(json!([[{ "connection_type": "application" }]]), Some("0.0.application_id"));
        check(json!([[{ "connection_type": "application", "application_id": "2" }]]), Some("0.0.application_id"));
        check(json!(vec![json!([rule(Value::Null, Value::Null, Value::Null)]); 6]), Some(""));
    }
}
