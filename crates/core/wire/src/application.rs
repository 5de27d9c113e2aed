//! Applications: what a bot belongs to.

use std::collections::{BTreeMap, HashSet};

use crate::permissions::Permissions;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use twilight_model::util::Timestamp;

use crate::error::FormErrors;
use crate::form::{Schemes, check_url};
use crate::id::{ApplicationMarker, GuildMarker, Id, UserMarker};
use crate::loose::{Bool, Int};
use crate::oauth2::{REDIRECTS, is_redirect};
use crate::patch::Patch;
use crate::user::User;

/// Bits of [`Application::flags`].
pub mod flags {
    /// May see presences.
    pub const GATEWAY_PRESENCE: u32 = 1 << 12;
    /// The same, of small applications.
    pub const GATEWAY_PRESENCE_LIMITED: u32 = 1 << 13;
    /// May see members.
    pub const GATEWAY_GUILD_MEMBERS: u32 = 1 << 14;
    /// The same, of small applications.
    pub const GATEWAY_GUILD_MEMBERS_LIMITED: u32 = 1 << 15;
    /// May read messages.
    pub const GATEWAY_MESSAGE_CONTENT: u32 = 1 << 18;
    /// The same, of small applications.
    pub const GATEWAY_MESSAGE_CONTENT_LIMITED: u32 = 1 << 19;
    /// Has commands.
    pub const APPLICATION_COMMAND_BADGE: u32 = 1 << 23;
    /// What its owner may switch.
    pub const SETTABLE: u32 =
        GATEWAY_PRESENCE_LIMITED | GATEWAY_GUILD_MEMBERS_LIMITED | GATEWAY_MESSAGE_CONTENT_LIMITED;
}

/// What applications can be told over HTTP.
pub const EVENTS: &[&str] = &[
    "APPLICATION_AUTHORIZED",
    "APPLICATION_DEAUTHORIZED",
    "ENTITLEMENT_CREATE",
    "ENTITLEMENT_DELETE",
    "ENTITLEMENT_UPDATE",
];

/// An application as everybody sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Application {
    /// The application.
    pub id: Id<ApplicationMarker>,
    /// Its name.
    pub name: String,
    /// Image hash.
    pub icon: Option<String>,
    /// Up to 400 characters.
    pub description: String,
    /// Always null: no games.
    #[serde(rename = "type")]
    pub kind: Option<u8>,
    /// Image hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover_image: Option<String>,
    /// Its account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<User>,
    /// A guild that belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<GuildMarker>>,
    /// Always empty.
    #[serde(default)]
    pub rpc_origins: Vec<String>,
    /// Whether others may add it to guilds.
    pub bot_public: bool,
    /// Always false.
    pub bot_require_code_grant: bool,
    /// Where its terms stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms_of_service_url: Option<String>,
    /// Where it says what it does with data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy_policy_url: Option<String>,
    /// Where it is added instead of here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_install_url: Option<String>,
    /// What it asks for when it is added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install_params: Option<InstallParams>,
    /// For whom it can be installed, and what it asks for there.
    #[serde(default)]
    pub integration_types_config: IntegrationTypesConfig,
    /// Public half of its key, hex.
    pub verify_key: String,
    /// See [`flags`].
    pub flags: u32,
    /// The same as text.
    pub flags_new: String,
    /// Up to 5.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Old field, always empty.
    #[serde(default)]
    pub summary: String,
    /// Always false.
    #[serde(default)]
    pub is_monetized: bool,
    /// Always true.
    #[serde(default)]
    pub hook: bool,
}

/// An application as its owner and itself see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrivateApplication {
    /// What everybody sees.
    #[serde(flatten)]
    pub application: Application,
    /// Where logins may return to.
    pub redirect_uris: Vec<String>,
    /// Where interactions are posted instead of the gateway.
    pub interactions_endpoint_url: Option<String>,
    /// Where linked roles are verified.
    pub role_connections_verification_url: Option<String>,
    /// Who made it.
    pub owner: User,
    /// Where it is.
    pub approximate_guild_count: u32,
    /// Always 0: it is installed in guilds only.
    pub approximate_user_install_count: u32,
    /// Always 0.
    pub approximate_user_authorization_count: u32,
    /// Where webhook events go.
    pub event_webhooks_url: Option<String>,
    /// 1 off, 2 on, 3 switched off by the server.
    pub event_webhooks_status: u8,
    /// Which webhook events.
    pub event_webhooks_types: Vec<String>,
    /// Always 0.
    pub explicit_content_filter: u8,
    /// Always null: no teams.
    pub team: Option<Value>,
    /// Always empty.
    pub eligible_oauth2_scopes: Vec<String>,
}

impl Application {
    /// An application with nothing but its names. Its flags are those given, in both forms.
    pub fn new(id: Id<ApplicationMarker>, name: impl Into<String>, verify_key: impl Into<String>, flags: u32) -> Self {
        Self {
            id,
            name: name.into(),
            icon: None,
            description: String::new(),
            kind: None,
            cover_image: None,
            bot: None,
            guild_id: None,
            rpc_origins: Vec::new(),
            bot_public: true,
            bot_require_code_grant: false,
            terms_of_service_url: None,
            privacy_policy_url: None,
            custom_install_url: None,
            install_params: None,
            integration_types_config: IntegrationTypesConfig::guilds(),
            verify_key: verify_key.into(),
            flags,
            flags_new: flags.to_string(),
            tags: Vec::new(),
            summary: String::new(),
            is_monetized: false,
            hook: true,
        }
    }
}

impl PrivateApplication {
    /// An application with nothing set but its owner.
    pub fn new(application: Application, owner: User) -> Self {
        Self {
            application,
            redirect_uris: Vec::new(),
            interactions_endpoint_url: None,
            role_connections_verification_url: None,
            owner,
            approximate_guild_count: 0,
            approximate_user_install_count: 0,
            approximate_user_authorization_count: 0,
            event_webhooks_url: None,
            event_webhooks_status: 1,
            event_webhooks_types: Vec::new(),
            explicit_content_filter: 0,
            team: None,
            eligible_oauth2_scopes: Vec::new(),
        }
    }
}

/// What an application asks for when it is added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallParams {
    /// `bot`, `applications.commands`.
    pub scopes: Vec<String>,
    /// What its bot shall be allowed.
    pub permissions: Permissions,
}

/// For whom an application can be installed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IntegrationTypesConfig {
    /// In guilds.
    #[serde(rename = "0", skip_serializing_if = "Option::is_none")]
    pub guild: Option<IntegrationTypeConfig>,
    /// For users.
    #[serde(rename = "1", skip_serializing_if = "Option::is_none")]
    pub user: Option<IntegrationTypeConfig>,
}

impl IntegrationTypesConfig {
    /// In guilds only, asking for nothing.
    pub fn guilds() -> Self {
        Self { guild: Some(IntegrationTypeConfig::default()), user: None }
    }
}

/// What an application asks for where it is installed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IntegrationTypeConfig {
    /// The default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oauth2_install_params: Option<InstallParams>,
}

/// Body of changing an application.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ApplicationPatch {
    /// See [`Application::description`]; Discord's own site sends a `{"default": text}`.
    pub description: Patch<Value>,
    /// Data URL.
    pub icon: Patch<String>,
    /// Data URL.
    pub cover_image: Patch<String>,
    /// See [`PrivateApplication::interactions_endpoint_url`].
    pub interactions_endpoint_url: Patch<String>,
    /// See [`PrivateApplication::role_connections_verification_url`].
    pub role_connections_verification_url: Patch<String>,
    /// See [`PrivateApplication::event_webhooks_url`].
    pub event_webhooks_url: Patch<String>,
    /// 1 off, 2 on.
    pub event_webhooks_status: Patch<Int<u8>>,
    /// See [`PrivateApplication::event_webhooks_types`].
    pub event_webhooks_types: Patch<Vec<String>>,
    /// See [`Application::custom_install_url`].
    pub custom_install_url: Patch<String>,
    /// See [`Application::install_params`].
    pub install_params: Patch<InstallParamsBody>,
    /// See [`Application::integration_types_config`].
    pub integration_types_config: Patch<BTreeMap<String, Option<IntegrationTypeBody>>>,
    /// See [`PrivateApplication::redirect_uris`].
    pub redirect_uris: Patch<Vec<String>>,
    /// Guildhall's: whether it has no secret, because it runs on people's own machines.
    pub public_client: Patch<Bool>,
    /// See [`flags::SETTABLE`].
    pub flags: Patch<Int<u32>>,
    /// Up to 5, each up to 20 characters.
    pub tags: Patch<Vec<String>>,
    /// Guildhall's: see [`Application::bot_public`].
    pub bot_public: Patch<Bool>,
}

/// What an application asks for, as its owner sends it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct InstallParamsBody {
    /// See [`InstallParams::scopes`].
    #[serde(deserialize_with = "crate::loose::nullable")]
    pub scopes: Vec<String>,
    /// See [`InstallParams::permissions`].
    pub permissions: Option<Permissions>,
}

/// See [`IntegrationTypeConfig`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IntegrationTypeBody {
    /// The default.
    pub oauth2_install_params: Option<InstallParamsBody>,
}

impl InstallParamsBody {
    /// In the form in which it is kept.
    pub fn params(self) -> InstallParams {
        InstallParams { scopes: self.scopes, permissions: self.permissions.unwrap_or(Permissions::empty()) }
    }

    fn check(&self, errors: &mut FormErrors) {
        for (index, scope) in self.scopes.iter().enumerate().take(8) {
            if !["bot", "applications.commands"].contains(&scope.as_str()) {
                errors.at("scopes").choice(&index.to_string(), "('applications.commands', 'bot')");
            }
        }
        errors.count("scopes", self.scopes.len(), 0, 2);
    }
}

impl ApplicationPatch {
    /// The description as text, in either form.
    pub fn description(&self) -> Patch<String> {
        match &self.description {
            Patch::Absent => Patch::Absent,
            Patch::Null => Patch::Null,
            Patch::Value(value) => {
                let text = value.as_str().or_else(|| value.get("default").and_then(Value::as_str));
                text.map_or(Patch::Absent, |text| Patch::Value(text.to_owned()))
            }
        }
    }

    /// The new [`IntegrationTypesConfig`], where one was sent.
    pub fn integration_types(&self) -> Option<IntegrationTypesConfig> {
        let Patch::Value(map) = &self.integration_types_config else { return None };
        let one = |key: &str| {
            map.get(key).map(|config| IntegrationTypeConfig {
                oauth2_install_params: config
                    .clone()
                    .and_then(|config| config.oauth2_install_params)
                    .map(InstallParamsBody::params),
            })
        };
        Some(IntegrationTypesConfig { guild: one("0"), user: one("1") })
    }

    /// Checks lengths, addresses, tags and scopes.
    pub fn validate(&self) -> Result<(), FormErrors> {
        let mut errors = FormErrors::new();
        if let Patch::Value(text) = self.description() {
            errors.length("description", &text, 0, 400);
        }
        for (field, url) in [
            ("interactions_endpoint_url", &self.interactions_endpoint_url),
            ("role_connections_verification_url", &self.role_connections_verification_url),
            ("event_webhooks_url", &self.event_webhooks_url),
            ("custom_install_url", &self.custom_install_url),
        ] {
            if let Patch::Value(url) = url.as_ref()
                && !url.is_empty()
            {
                errors.length(field, url, 0, 2048);
                if let Err((code, message)) = check_url(url, Schemes::Web, None) {
                    errors.at(field).push(code, message);
                }
            }
        }
        if let Patch::Value(tags) = &self.tags {
            let mut seen = HashSet::new();
            errors.count("tags", tags.len(), 0, 5);
            for (index, tag) in tags.iter().enumerate().take(5) {
                errors.at("tags").length(&index.to_string(), tag, 1, 20);
                if !seen.insert(tag) {
                    errors.at("tags").at(index).push("SET_TYPE_DUPLICATE", "This value is already in the list");
                }
            }
        }
        if let Patch::Value(uris) = &self.redirect_uris {
            errors.count("redirect_uris", uris.len(), 0, REDIRECTS);
            for (index, uri) in uris.iter().enumerate().take(REDIRECTS) {
                if !is_redirect(uri) {
                    let message = "Not a well formed URL.";
                    errors.at("redirect_uris").at(index).push("URL_TYPE_INVALID_URL", message);
                }
            }
        }
        if let Patch::Value(status) = &self.event_webhooks_status
            && !(1..=2).contains(&status.0)
        {
            errors.choice("event_webhooks_status", "(1, 2)");
        }
        if let Patch::Value(types) = &self.event_webhooks_types {
            errors.count("event_webhooks_types", types.len(), 0, EVENTS.len());
            for (index, kind) in types.iter().enumerate().take(EVENTS.len()) {
                if !EVENTS.contains(&kind.as_str()) {
                    errors.at("event_webhooks_types").choice(&index.to_string(), &format!("({})", EVENTS.join(", ")));
                }
            }
        }
        if let Patch::Value(params) = &self.install_params {
            params.check(errors.at("install_params"));
        }
        if let Patch::Value(configs) = &self.integration_types_config {
            let place = errors.at("integration_types_config");
            if configs.keys().any(|key| key != "0" && key != "1") {
                place.push("ENUM_TYPE_COERCE", "Value is not a valid enum value.");
            }
            for (key, config) in configs.iter().filter(|(key, _)| key.len() == 1) {
                if let Some(params) = config.as_ref().and_then(|config| config.oauth2_install_params.as_ref()) {
                    params.check(place.at(key).at("oauth2_install_params"));
                }
            }
        }
        errors.finish()
    }
}

/// Body of making an application.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ApplicationBody {
    /// 2–32 characters.
    pub name: String,
}

impl ApplicationBody {
    /// Checks the name.
    pub fn validate(&self) -> Result<(), FormErrors> {
        let mut errors = FormErrors::new();
        errors.length("name", self.name.trim(), 2, 32);
        errors.finish()
    }
}

/// A fresh token of a bot, told once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotToken {
    /// The secret.
    pub token: String,
}

/// Body of adding a bot to a guild.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AddBotBody {
    /// What its own role gives.
    pub permissions: Option<Permissions>,
}

/// Answer of `GET /oauth2/@me`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Authorization {
    /// Whose token it is.
    pub application: Application,
    /// What it is good for.
    pub scopes: Vec<String>,
    /// How long.
    pub expires: Timestamp,
    /// For whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
}

/// An application by its id and flags, as READY has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartialApplication {
    /// The application.
    pub id: Id<ApplicationMarker>,
    /// See [`flags`].
    pub flags: u32,
}

/// The user of an application's bot: ids are the same.
pub fn bot_of(application: Id<ApplicationMarker>) -> Id<UserMarker> {
    application.cast()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn patches() {
        for (body, expect) in [
            (json!({}), Ok(())),
            (
                json!({ "description": "x", "flags": 8192.0, "tags": ["a"], "custom_install_url": null, "extra": 1 }),
                Ok(()),
            ),
            (json!({ "description": { "default": "x" } }), Ok(())),
            (json!({ "install_params": { "scopes": ["bot"], "permissions": 8 } }), Ok(())),
            (json!({ "integration_types_config": { "0": null, "1": { "oauth2_install_params": null } } }), Ok(())),
            (json!({ "description": "x".repeat(401) }), Err("description")),
            (json!({ "tags": ["a", "a"] }), Err("tags.1")),
            (json!({ "tags": ["a", "b", "c", "d", "e", "f"] }), Err("tags")),
            (json!({ "custom_install_url": "discord://x" }), Err("custom_install_url")),
            (json!({ "install_params": { "scopes": ["email"] } }), Err("install_params.scopes.0")),
            (json!({ "integration_types_config": { "2": {} } }), Err("integration_types_config")),
        ] {
            let patch: ApplicationPatch = serde_json::from_value(body.clone()).unwrap();
            match (patch.validate(), expect) {
                (Ok(()), Ok(())) => {}
                (Err(mut errors), Err(path)) => assert!(!errors.path(path).is_empty(), "{body}: {errors:?}"),
                (got, _) => unreachable!("{body}: {got:?}"),
            }
        }
    }

    proptest! {
        /// Nothing that can be sent makes a check panic.
        #[test]
        fn random_input(value in crate::form::arbitrary::json()) {
            for key in ["tags", "install_params", "integration_types_config", "description", "custom_install_url"] {
                if let Ok(patch) = serde_json::from_value::<ApplicationPatch>(json!({ key: value })) {
                    let _ = (patch.validate(), patch.integration_types());
                }
            }
        }
    }
}
