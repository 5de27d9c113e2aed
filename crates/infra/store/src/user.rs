//! Accounts of people and bots.

use guildhall_db::{Engine, Json, Records, Result, Run, ToValue, fold, record, values};
use guildhall_wire::admin::{AdminUser, Rank};
use guildhall_wire::id::{Id, UserMarker, created_ms};
use guildhall_wire::settings::UserSettings;
use guildhall_wire::user::{CurrentUser, User};

use crate::{select, timestamp};

record! {
    /// An account.
    #[derive(Clone, Debug)]
    pub struct UserRow {
        /// The account.
        pub id: Id<UserMarker>,
        /// As chosen.
        pub username: String,
        /// Lower case, unique; for bots with their id behind it.
        pub username_key: String,
        /// As given.
        pub email: Option<String>,
        /// Lower case, unique.
        pub email_key: Option<String>,
        /// argon2id, in PHC form; bots have none.
        pub password_hash: Option<String>,
        /// Whether it is an application's.
        pub bot: bool,
        /// 0 member, 1 admin, 2 owner of the instance.
        pub rank: i64,
        /// The name shown.
        pub global_name: Option<String>,
        /// Image hash.
        pub avatar: Option<String>,
        /// Image hash.
        pub banner: Option<String>,
        /// 24-bit RGB.
        pub accent_color: Option<u32>,
        /// About me.
        pub bio: String,
        /// As chosen.
        pub pronouns: String,
        /// BCP 47.
        pub locale: String,
        /// Badges.
        pub public_flags: u32,
        /// Sealed with the instance's key; set when a second factor is on.
        pub totp_secret: Option<String>,
        /// The newest time-step of which a code was used: none works twice.
        pub totp_step: Option<i64>,
        /// Whether a login with a password asks for a passkey or a backup code.
        pub asks_passkey: bool,
        /// Whether staff suspended it.
        pub suspended: bool,
        /// Until when, in microseconds; none for good.
        pub suspended_until: Option<i64>,
        /// Why.
        pub suspended_reason: Option<String>,
        /// Settings that follow the account.
        pub settings: Json<UserSettings>,
        /// When it was deleted; the row stays for what it wrote.
        pub deleted_at: Option<i64>,
    }
}

record! {
    /// What everybody sees of an account. Where many are looked at, the rest is not read.
    #[derive(Clone, Debug)]
    pub struct Face {
        /// The account.
        pub id: Id<UserMarker>,
        /// As chosen.
        pub username: String,
        /// Whether it is an application's.
        pub bot: bool,
        /// The name shown.
        pub global_name: Option<String>,
        /// Image hash.
        pub avatar: Option<String>,
        /// Image hash.
        pub banner: Option<String>,
        /// 24-bit RGB.
        pub accent_color: Option<u32>,
        /// Badges.
        pub public_flags: u32,
    }
}

impl From<Face> for User {
    fn from(face: Face) -> Self {
        Self {
            global_name: face.global_name,
            avatar: face.avatar,
            banner: face.banner,
            accent_color: face.accent_color,
            public_flags: face.public_flags,
            flags: u64::from(face.public_flags),
            ..Self::new(face.id, face.username, face.bot)
        }
    }
}

impl UserRow {
    /// An account with nothing but its name.
    pub fn new(id: Id<UserMarker>, username: &str, bot: bool) -> Self {
        let key = fold(username);
        Self {
            id,
            username: username.to_owned(),
            username_key: if bot { format!("{key}#{id}") } else { key },
            email: None,
            email_key: None,
            password_hash: None,
            bot,
            rank: 0,
            global_name: None,
            avatar: None,
            banner: None,
            accent_color: None,
            bio: String::new(),
            pronouns: String::new(),
            locale: "en-US".into(),
            public_flags: 0,
            totp_secret: None,
            totp_step: None,
            asks_passkey: false,
            suspended: false,
            suspended_until: None,
            suspended_reason: None,
            settings: Json(UserSettings::default()),
            deleted_at: None,
        }
    }

    /// Whether it is suspended at that moment.
    pub fn is_suspended(&self, now_micros: i64) -> bool {
        self.suspended && self.suspended_until.is_none_or(|until| until > now_micros)
    }

    /// Whether a password alone does not log in.
    pub fn has_second_factor(&self) -> bool {
        self.totp_secret.is_some() || self.asks_passkey
    }

    /// As staff sees it.
    pub fn admin_user(&self, now_micros: i64) -> AdminUser {
        let suspended = self.is_suspended(now_micros);
        let created = i64::try_from(created_ms(self.id)).unwrap_or_default().saturating_mul(1000);
        AdminUser {
            id: self.id,
            username: self.username.clone(),
            global_name: self.global_name.clone(),
            avatar: self.avatar.clone(),
            email: self.email.clone(),
            rank: Rank::from_number(self.rank),
            bot: self.bot,
            suspended,
            suspended_until: self.suspended_until.filter(|_| suspended).map(timestamp),
            suspended_reason: self.suspended_reason.clone().filter(|_| suspended),
            mfa_enabled: self.has_second_factor(),
            created_at: timestamp(created),
            stored_bytes: None,
        }
    }

    /// Takes everything away that tells who it was: what it wrote stays, under nobody's name.
    pub fn erase(&mut self, now_micros: i64) {
        *self =
            Self { deleted_at: Some(now_micros), ..Self::new(self.id, &format!("deleted_user_{}", self.id), self.bot) };
    }

    /// As everybody sees it.
    pub fn user(&self) -> User {
        let (id, bot, username) = (self.id, self.bot, self.username.clone());
        let (global_name, avatar, banner) = (self.global_name.clone(), self.avatar.clone(), self.banner.clone());
        let (accent_color, public_flags) = (self.accent_color, self.public_flags);
        Face { id, username, bot, global_name, avatar, banner, accent_color, public_flags }.into()
    }

    /// As it sees itself.
    pub fn current(&self) -> CurrentUser {
        CurrentUser {
            user: self.user(),
            mfa_enabled: self.has_second_factor(),
            locale: self.locale.clone(),
            premium_type: 0,
            email: self.email.clone(),
            verified: true,
            bio: self.bio.clone(),
            pronouns: self.pronouns.clone(),
            staff: self.rank > 0,
        }
    }
}

/// The account with that id, deleted ones too.
pub async fn get(run: &mut dyn Run, id: Id<UserMarker>) -> Result<Option<UserRow>> {
    run.maybe(&select::<UserRow>("users", "WHERE id = $1"), values![id]).await
}

/// The same for changing it: whoever else wants to change it waits until this transaction ends.
pub async fn get_for_update(run: &mut dyn Run, id: Id<UserMarker>) -> Result<Option<UserRow>> {
    // SQLite has one writer anyway.
    let rest = if run.engine() == Engine::Postgres { "WHERE id = $1 FOR UPDATE" } else { "WHERE id = $1" };
    run.maybe(&select::<UserRow>("users", rest), values![id]).await
}

/// The accounts with those ids, in no order.
pub async fn get_many(run: &mut dyn Run, ids: &[Id<UserMarker>]) -> Result<Vec<UserRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rest = format!("WHERE id IN ({})", crate::placeholders(1, ids.len()));
    run.all(&select::<UserRow>("users", &rest), crate::ids(ids)).await
}

/// What everybody sees of the accounts with those ids, in no order.
pub async fn faces(run: &mut dyn Run, ids: &[Id<UserMarker>]) -> Result<Vec<Face>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rest = format!("WHERE id IN ({})", crate::placeholders(1, ids.len()));
    run.all(&select::<Face>("users", &rest), crate::ids(ids)).await
}

/// The person (not bot) with that name, in any case.
pub async fn by_username(run: &mut dyn Run, username: &str) -> Result<Option<UserRow>> {
    let sql = select::<UserRow>("users", "WHERE username_key = $1 AND deleted_at IS NULL");
    run.maybe(&sql, values![fold(username)]).await
}

/// The person with that e-mail address, in any case.
pub async fn by_email(run: &mut dyn Run, email: &str) -> Result<Option<UserRow>> {
    let sql = select::<UserRow>("users", "WHERE email_key = $1 AND deleted_at IS NULL");
    run.maybe(&sql, values![email.to_lowercase()]).await
}

/// What the shown name is found by.
fn shown(row: &UserRow) -> crate::Derived {
    ("global_name_key", row.global_name.as_deref().map(fold).to_value())
}

/// Adds an account. A name or address that is taken gives [`guildhall_db::Error::Unique`].
pub async fn insert(run: &mut dyn Run, row: &UserRow) -> Result<()> {
    crate::insert_with(run, "users", row, Some(shown(row))).await
}

/// Writes the whole row.
pub async fn update(run: &mut dyn Run, row: &UserRow) -> Result<()> {
    crate::update_with(run, "users", "id = $1", row, Some(shown(row))).await
}

/// How many people have accounts.
pub async fn count(run: &mut dyn Run) -> Result<i64> {
    Ok(run.scalar("SELECT COUNT(*) FROM users WHERE bot = 0 AND deleted_at IS NULL", vec![]).await?.unwrap_or(0))
}

/// People (not bots) with ids above one, in order of the ids.
pub async fn page(run: &mut dyn Run, after: u64, limit: u32) -> Result<Vec<UserRow>> {
    let rest = "WHERE id > $1 AND bot = 0 AND deleted_at IS NULL ORDER BY id LIMIT $2";
    run.all(&select::<UserRow>("users", rest), values![after, limit]).await
}

/// A pattern for names and addresses that hold a text, in any case.
fn holding(text: &str) -> String {
    format!("%{}", crate::like_prefix(text))
}

/// Accounts, bots too, with ids above one, whose name or address holds a text.
pub async fn search(run: &mut dyn Run, text: &str, after: u64, limit: u32) -> Result<Vec<UserRow>> {
    let rest = "WHERE id > $1 AND deleted_at IS NULL \
                AND (username_key LIKE $2 ESCAPE '\\' OR email_key LIKE $2 ESCAPE '\\') ORDER BY id LIMIT $3";
    run.all(&select::<UserRow>("users", rest), values![after, holding(text), limit]).await
}

/// How many [`search`] finds on all pages.
pub async fn count_found(run: &mut dyn Run, text: &str) -> Result<u64> {
    let sql = "SELECT COUNT(*) FROM users WHERE deleted_at IS NULL \
               AND (username_key LIKE $1 ESCAPE '\\' OR email_key LIKE $1 ESCAPE '\\')";
    Ok(run.scalar::<i64>(sql, values![holding(text)]).await?.unwrap_or(0).unsigned_abs())
}

/// How many own the instance.
pub async fn owners(run: &mut dyn Run) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM users WHERE rank >= 2 AND deleted_at IS NULL";
    Ok(run.scalar(sql, values![]).await?.unwrap_or(0))
}

/// Forgets every way into an account.
pub async fn lock_out(run: &mut dyn Run, id: Id<UserMarker>) -> Result<()> {
    for table in ["sessions", "passkeys", "backup_codes", "tickets"] {
        run.execute(&format!("DELETE FROM {table} WHERE user_id = $1"), values![id]).await?;
    }
    Ok(())
}

/// Accounts that are suspended at that moment.
pub async fn suspended(run: &mut dyn Run, now_micros: i64) -> Result<Vec<Id<UserMarker>>> {
    let sql = "SELECT id FROM users WHERE suspended = 1 AND (suspended_until IS NULL OR suspended_until > $1)";
    run.column(sql, values![now_micros]).await
}
