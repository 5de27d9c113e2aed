//! OAuth2: what third parties ask people for, and what they get.

use crate::permissions::Permissions;
use serde::{Deserialize, Serialize};

use crate::error::FormErrors;
use crate::id::{ApplicationMarker, ChannelMarker, GuildMarker, Id};
use crate::loose::{Bool, Int};

/// What can be asked for here.
pub const SCOPES: &[&str] = &[
    "applications.commands",
    "applications.commands.permissions.update",
    "applications.commands.update",
    "applications.entitlements",
    "bot",
    "connections",
    "email",
    "guilds",
    "guilds.join",
    "guilds.members.read",
    "identify",
    "messages.read",
    "openid",
    "role_connections.write",
    "webhook.incoming",
];

/// How long a token is good for.
pub const TOKEN_SECONDS: u64 = 7 * 24 * 60 * 60;
/// How long a code waits to be exchanged.
pub const CODE_SECONDS: u64 = 5 * 60;
/// Most addresses that logins may return to.
pub const REDIRECTS: usize = 10;

/// Scopes out of a text with spaces, each once, in order; none where one is unknown.
pub fn scopes(text: &str) -> Option<Vec<String>> {
    let mut list: Vec<String> = text.split_ascii_whitespace().map(str::to_owned).collect();
    list.sort_unstable();
    list.dedup();
    list.iter().all(|scope| SCOPES.contains(&scope.as_str())).then_some(list)
}

/// Whether logins may return to an address: absolute, without a fragment, and of no scheme that a browser runs.
pub fn is_redirect(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let named = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let scheme = scheme.to_ascii_lowercase();
    let runs = ["javascript", "data", "vbscript", "file", "blob", "about"].contains(&scheme.as_str());
    let web = !["http", "https"].contains(&scheme.as_str())
        || rest
            .strip_prefix("//")
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_alphanumeric() || first == '['));
    named
        && !runs
        && web
        && !rest.is_empty()
        && uri.len() <= 512
        && !uri.contains(['#', '\\'])
        && uri.chars().all(|c| c.is_ascii_graphic())
}

/// The query of asking somebody: `GET` and `POST /oauth2/authorize`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "RFC 6749's, RFC 7636's and Discord's names")]
pub struct AuthorizeQuery {
    pub client_id: Option<Id<ApplicationMarker>>,
    pub redirect_uri: Option<String>,
    pub response_type: Option<String>,
    pub scope: String,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub code_challenge: Option<String>,
    pub code_challenge_method: Option<String>,
    pub integration_type: Option<u8>,
}

/// What is asked for in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseKind {
    /// Nothing: a bot is added.
    None,
    /// A code that is exchanged.
    Code,
    /// A token at once.
    Token,
}

impl AuthorizeQuery {
    /// Checks what can be checked without the application. Gives scopes and what is to be answered.
    pub fn validate(&self) -> Result<(Vec<String>, ResponseKind), FormErrors> {
        let mut errors = FormErrors::new();
        let scopes = scopes(&self.scope).filter(|scopes| !scopes.is_empty());
        if scopes.is_none() {
            errors.at("scope").push("OAUTH2_INVALID_SCOPE", "The requested scope is invalid, unknown, or malformed.");
        }
        let scopes = scopes.unwrap_or_default();
        let kind = match self.response_type.as_deref() {
            Some("code") => ResponseKind::Code,
            Some("token") => ResponseKind::Token,
            None if scopes.iter().all(|scope| is_install(scope)) => ResponseKind::None,
            _ => {
                errors.choice("response_type", "('code', 'token')");
                ResponseKind::None
            }
        };
        for (field, text, most) in [("state", &self.state, 2048), ("nonce", &self.nonce, 512)] {
            if let Some(text) = text {
                errors.length(field, text, 0, most);
            }
        }
        if kind == ResponseKind::Token
            && scopes.iter().any(|scope| ["role_connections.write", "webhook.incoming"].contains(&scope.as_str()))
        {
            errors.at("scope").push("OAUTH2_INVALID_SCOPE", "The requested scope cannot be granted without a code.");
        }
        match (&self.code_challenge, self.code_challenge_method.as_deref()) {
            (None, None) => {}
            (Some(challenge), Some("S256")) if kind == ResponseKind::Code => {
                let good = challenge.len() == 43
                    && challenge.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
                if !good {
                    errors
                        .at("code_challenge")
                        .push("STRING_TYPE_REGEX", "String value did not match validation regex.");
                }
            }
            // What is plain proves nothing.
            _ => errors.choice("code_challenge_method", "('S256')"),
        }
        if self.integration_type.is_some_and(|kind| kind > 1) {
            errors.choice("integration_type", "(0, 1)");
        }
        errors.finish()?;
        Ok((scopes, kind))
    }
}

/// Whether a scope adds something somewhere, instead of letting a third party see or do something.
pub fn is_install(scope: &str) -> bool {
    ["bot", "applications.commands"].contains(&scope)
}

/// Body of answering the question.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AuthorizeBody {
    /// Yes or no.
    pub authorize: Bool,
    /// What a bot's role gives.
    pub permissions: Option<Permissions>,
    /// Where a bot is added.
    pub guild_id: Option<Id<GuildMarker>>,
    /// 0 in a guild, 1 for oneself.
    pub integration_type: Option<Int<u8>>,
    /// Where a webhook is made.
    pub webhook_channel_id: Option<Id<ChannelMarker>>,
}

/// A form of `POST /oauth2/token` and `POST /oauth2/token/revoke`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "RFC 6749's, RFC 7009's and RFC 7636's names")]
pub struct TokenForm {
    pub grant_type: Option<String>,
    pub code: Option<String>,
    pub redirect_uri: Option<String>,
    pub code_verifier: Option<String>,
    pub refresh_token: Option<String>,
    pub scope: Option<String>,
    pub client_id: Option<String>,
    pub client_secret: Option<String>,
    pub token: Option<String>,
    pub token_type_hint: Option<String>,
}

/// Why no token is given: RFC 6749, section 5.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "RFC 6749's names")]
pub enum TokenError {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
}

impl TokenError {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
        }
    }
}

/// Whether a text is a verifier of RFC 7636.
pub fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_return_to_addresses_only() {
        for (uri, good) in [
            ("https://example.org/callback?x=1", true),
            ("http://localhost:3000/", true),
            ("http://[::1]:3000/", true),
            ("com.example.app:/callback", true),
            ("https://example.org/#fragment", false),
            ("javascript:alert(1)", false),
            ("JavaScript:alert(1)", false),
            ("data:text/html,x", false),
            ("//example.org", false),
            ("/callback", false),
            ("https:example.org", false),
            ("https:///x", false),
            ("https://example.org/ x", false),
            ("https://example.org\\@other.example", false),
            ("", false),
        ] {
            assert_eq!(is_redirect(uri), good, "{uri}");
        }
    }

    #[test]
    fn what_is_asked_for_is_checked() {
        let query = |scope: &str, kind: Option<&str>| AuthorizeQuery {
            scope: scope.into(),
            response_type: kind.map(Into::into),
            ..AuthorizeQuery::default()
        };
        let challenge = |method: Option<&str>, text: &str| AuthorizeQuery {
            code_challenge: Some(text.into()),
            code_challenge_method: method.map(Into::into),
            ..query("identify", Some("code"))
        };
        let good = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        for (query, path) in [
            (query("identify email identify", Some("code")), ""),
            (query("bot applications.commands", None), ""),
            (challenge(Some("S256"), good), ""),
            (query("", Some("code")), "scope"),
            (query("identify everything", Some("code")), "scope"),
            (query("identify", None), "response_type"),
            (query("identify", Some("id_token")), "response_type"),
            (query("role_connections.write", Some("token")), "scope"),
            (challenge(Some("plain"), good), "code_challenge_method"),
            (challenge(None, good), "code_challenge_method"),
            (challenge(Some("S256"), "short"), "code_challenge"),
        ] {
            match query.validate() {
                Ok((scopes, _)) => assert!(path.is_empty() && !scopes.is_empty(), "{query:?}"),
                Err(mut errors) => assert!(!path.is_empty() && !errors.path(path).is_empty(), "{query:?}: {errors:?}"),
            }
        }
        assert_eq!(scopes("guilds  identify guilds"), Some(vec!["guilds".to_owned(), "identify".to_owned()]));
    }
}
