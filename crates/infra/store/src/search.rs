//! Looking for messages. The one place where the engines' SQL differs: FTS5 here, `tsvector` there.

pub mod build;
mod words;

use guildhall_db::{Engine, Records, Result, Run, ToValue, Value, values};
use guildhall_wire::id::{ChannelMarker, GuildMarker, Id, MessageMarker, UserMarker};
use guildhall_wire::message::flags;
use guildhall_wire::search::{AuthorType, COUNTED, Has, Search};

use crate::message::MessageRow;
use crate::select;

/// Kinds of [`links`].
mod kind {
    /// A user is mentioned.
    pub(super) const USER: i64 = 0;
    /// A role is mentioned.
    pub(super) const ROLE: i64 = 1;
    /// A message is answered.
    pub(super) const ANSWER: i64 = 2;
    /// A published message is repeated.
    pub(super) const COPY: i64 = 4;
    /// There is something: the target is the number of a [`super::Has`].
    pub(super) const HAS: i64 = 3;
}

/// Where somebody may look.
#[derive(Clone, Debug)]
pub enum Reach {
    /// In one channel or thread.
    Channel(Id<ChannelMarker>),
    /// In a guild.
    Guild {
        /// Which.
        guild: Id<GuildMarker>,
        /// Who looks: private threads are found by those who take part in them.
        user: Id<UserMarker>,
        /// Channels whose history they may read, with all threads that are not private.
        readable: Vec<Id<ChannelMarker>>,
        /// Those of them where they see every private thread.
        moderated: Vec<Id<ChannelMarker>>,
    },
}

/// A page of hits.
#[derive(Debug, Default)]
pub struct Found {
    /// The page.
    pub rows: Vec<MessageRow>,
    /// Hits in all, counted up to [`COUNTED`].
    pub total: u32,
}

/// A statement in the making.
struct Sql {
    engine: Engine,
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// Adds a parameter; gives its place.
    fn bind(&mut self, value: impl ToValue) -> String {
        self.values.push(value.to_value());
        format!("${}", self.values.len())
    }

    /// Adds parameters; gives a list that is never empty.
    fn list<T: ToValue>(&mut self, values: &[T]) -> String {
        if values.is_empty() {
            return "NULL".into();
        }
        values.iter().map(|value| self.bind(value)).collect::<Vec<_>>().join(", ")
    }

    fn and(&mut self, condition: &str) {
        self.text.push_str(" AND ");
        self.text.push_str(condition);
    }

    /// Messages with a link of a kind to one of these.
    fn linked<T: ToValue>(&mut self, kind: i64, targets: &[T]) {
        if !targets.is_empty() {
            let list = self.list(targets);
            self.and(&format!(
                "m.id IN (SELECT message_id FROM message_links WHERE kind = {kind} AND target_id IN ({list}))"
            ));
        }
    }

    fn has(&mut self, what: Has) {
        self.linked(kind::HAS, &[what.number()]);
    }

    /// Messages with an entry in a list of their extras, whose text at a path is like one of these.
    fn entry(&mut self, list: &str, path: &[&str], patterns: &[String]) {
        if patterns.is_empty() {
            return;
        }
        let (from, text) = match self.engine {
            Engine::Sqlite => {
                (format!("json_each(m.extras, '$.{list}') e"), format!("json_extract(e.value, '$.{}')", path.join(".")))
            }
            Engine::Postgres => (
                format!("json_array_elements(m.extras::json -> '{list}') AS e (value)"),
                format!("e.value #>> '{{{}}}'", path.join(",")),
            ),
        };
        let text = format!("fold({text})");
        let any = self.like(&text, patterns);
        self.and(&format!("EXISTS (SELECT 1 FROM {from} WHERE {any})"));
    }

    fn like(&mut self, text: &str, patterns: &[String]) -> String {
        let any: Vec<_> =
            patterns.iter().map(|pattern| format!("{text} LIKE {} ESCAPE '\\'", self.bind(pattern))).collect();
        any.join(" OR ")
    }

    /// Channels and threads that somebody may read in a guild.
    fn reachable(&mut self, reach: &Reach) -> String {
        match reach {
            Reach::Channel(id) => self.bind(id),
            Reach::Guild { guild, user, readable, moderated } => {
                let (guild, user) = (self.bind(guild), self.bind(user));
                let (readable, moderated) = (self.list(readable), self.list(moderated));
                format!(
                    "SELECT c.id FROM channels c WHERE c.guild_id = {guild} AND (c.id IN ({readable}) \
                     OR (c.kind IN (10, 11) AND c.parent_id IN ({readable})) \
                     OR (c.kind = 12 AND c.parent_id IN ({moderated})) \
                     OR (c.kind = 12 AND c.parent_id IN ({readable}) \
                         AND c.id IN (SELECT t.channel_id FROM thread_members t WHERE t.user_id = {user})))"
                )
            }
        }
    }

    fn filters(&mut self, search: &Search) {
        if !search.author_id.is_empty() {
            let list = self.list(&search.author_id);
            self.and(&format!("m.author_id IN ({list})"));
        }
        if !search.author_type.is_empty() {
            let any: Vec<_> = search.author_type.iter().map(|kind| author(*kind)).collect();
            self.and(&format!("({})", any.join(" OR ")));
        }
        for kind in &search.not_author_type {
            self.and(&format!("NOT {}", author(*kind)));
        }
        self.linked(kind::USER, &search.mentions);
        self.linked(kind::ROLE, &search.mentions_role_id);
        self.linked(kind::ANSWER, &search.replied_to_message_id);
        if !search.replied_to_user_id.is_empty() {
            let list = self.list(&search.replied_to_user_id);
            self.and(&format!(
                "m.id IN (SELECT l.message_id FROM message_links l JOIN messages a ON a.id = l.target_id \
                 WHERE l.kind = {} AND a.author_id IN ({list}))",
                kind::ANSWER
            ));
        }
        if let Some(everyone) = search.mention_everyone {
            let everyone = self.bind(everyone);
            self.and(&format!("m.mention_everyone = {everyone}"));
        }
        if let Some(id) = search.min_id {
            let id = self.bind(id);
            self.and(&format!("m.id > {id}"));
        }
        if let Some(id) = search.max_id {
            let id = self.bind(id);
            self.and(&format!("m.id < {id}"));
        }
        if let Some(pinned) = search.pinned {
            self.and(if pinned { "m.pinned_at IS NOT NULL" } else { "m.pinned_at IS NULL" });
        }
        self.contents(search);
    }

    /// What beside the text is asked for.
    fn contents(&mut self, search: &Search) {
        for what in &search.has {
            self.has(*what);
        }
        for what in &search.has_not {
            let number = self.bind(what.number());
            self.and(&format!(
                "NOT EXISTS (SELECT 1 FROM message_links l WHERE l.kind = {} AND l.target_id = {number} AND l.message_id = m.id)",
                kind::HAS
            ));
        }
        if !search.attachment_extension.is_empty() || !search.attachment_filename.is_empty() {
            self.has(Has::File);
        }
        let extensions: Vec<_> = search.attachment_extension.iter().map(|end| format!("%.{}", escaped(end))).collect();
        self.entry("attachments", &["filename"], &extensions);
        let names: Vec<_> = search.attachment_filename.iter().map(|name| format!("%{}%", escaped(name))).collect();
        self.entry("attachments", &["filename"], &names);
        if !search.embed_type.is_empty() || !search.embed_provider.is_empty() {
            self.has(Has::Embed);
        }
        let types: Vec<_> = search.embed_type.iter().map(|name| escaped(name)).collect();
        self.entry("embeds", &["type"], &types);
        let providers: Vec<_> = search.embed_provider.iter().map(|name| escaped(name)).collect();
        self.entry("embeds", &["provider", "name"], &providers);
        if !search.link_hostname.is_empty() {
            self.has(Has::Link);
            let ends = ["", "/%", " %", "\n%", "?%", "#%", ":%", ">%", ")%"];
            let hosts = search.link_hostname.iter().map(|host| escaped(host));
            let patterns: Vec<_> = hosts.flat_map(|host| ends.map(|end| format!("%://{host}{end}"))).collect();
            let any = self.like("fold(m.content)", &patterns);
            self.and(&format!("({any})"));
        }
    }
}

fn author(kind: AuthorType) -> &'static str {
    match kind {
        AuthorType::Bot => "(m.author_id IN (SELECT u.id FROM users u WHERE u.bot = 1))",
        AuthorType::Webhook => {
            "(m.webhook_id IS NOT NULL AND m.author_id NOT IN (SELECT u.id FROM users u WHERE u.bot = 1))"
        }
        AuthorType::User => "(m.webhook_id IS NULL AND m.author_id NOT IN (SELECT u.id FROM users u WHERE u.bot = 1))",
    }
}

/// A text as a part of a `LIKE` pattern, folded.
fn escaped(text: &str) -> String {
    let mut pattern = crate::like_prefix(text);
    pattern.pop();
    pattern
}

/// As many channels are looked up one by one; more are looked for as a set.
const FEW: usize = 64;

/// The channels that a search goes over; nothing when they are many.
async fn channels(run: &mut dyn Run, reach: &Reach, search: &Search) -> Result<Option<Vec<Id<ChannelMarker>>>> {
    let wanted = |id: &Id<ChannelMarker>| search.channel_id.is_empty() || search.channel_id.contains(id);
    if let Reach::Channel(id) = reach {
        return Ok(Some(Some(*id).filter(wanted).into_iter().collect()));
    }
    let mut sql = Sql { engine: run.engine(), text: String::new(), values: Vec::new() };
    let mut text = sql.reachable(reach);
    if !search.channel_id.is_empty() {
        let list = sql.list(&search.channel_id);
        text = format!("{text} AND c.id IN ({list})");
    }
    let found: Vec<_> = run.column(&format!("{text} LIMIT {}", FEW + 1), sql.values).await?;
    Ok((found.len() <= FEW).then_some(found))
}

/// Messages that somebody may read and looks for. Deleted and ephemeral ones are never found, nor what the server wrote itself.
pub async fn find(run: &mut dyn Run, reach: &Reach, search: &Search) -> Result<Found> {
    let engine = run.engine();
    let few = channels(run, reach, search).await?;
    if few.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Found::default());
    }
    let mut sql = Sql { engine, text: String::new(), values: Vec::new() };
    let (mut from, mut matches, mut newest, mut best) = ("messages m", "", "m.id", "0");
    if let Some(content) = &search.content {
        let Some(expression) = words::expression(engine, content, search.slop) else { return Ok(Found::default()) };
        match engine {
            // From the index to the messages, never the other way: it gives hits in the order of their ids.
            Engine::Sqlite => {
                sql.bind(words::within(&expression, few.as_deref().unwrap_or_default(), &search.author_id));
                from = "message_texts CROSS JOIN messages m ON m.id = message_texts.rowid";
                matches = "message_texts MATCH $1 AND ";
                (newest, best) = ("message_texts.rowid", "bm25(message_texts, 1.0, 0.0, 0.0)");
            }
            Engine::Postgres => {
                sql.bind(expression);
                matches = "m.text_index @@ to_tsquery('simple', $1) AND ";
                best = "-ts_rank(m.text_index, to_tsquery('simple', $1))";
            }
        }
    }
    sql.text = format!(
        "FROM {from} WHERE {matches}m.deleted_at IS NULL AND m.visible_to IS NULL AND m.kind IN (0, 19, 20, 23)"
    );
    let place = match &few {
        Some(channels) => sql.list(channels),
        None => sql.reachable(reach),
    };
    sql.and(&format!("m.channel_id IN ({place})"));
    if few.is_none() && !search.channel_id.is_empty() {
        let list = sql.list(&search.channel_id);
        sql.and(&format!("m.channel_id IN ({list})"));
    }
    sql.filters(search);
    let count = format!("SELECT COUNT(*) FROM (SELECT 1 {} LIMIT {COUNTED}) AS hits", sql.text);
    let total = run.scalar(&count, sql.values.clone()).await?.unwrap_or(0);
    if total <= search.offset {
        return Ok(Found { rows: Vec::new(), total });
    }
    let page = if search.by_relevance {
        // The best of the newest: as many as are counted.
        let newest = format!("SELECT m.id AS id, {best} AS rank {} ORDER BY {newest} DESC LIMIT {COUNTED}", sql.text);
        format!("SELECT id FROM ({newest}) AS hits ORDER BY rank, id DESC")
    } else {
        format!("SELECT m.id {} ORDER BY {newest} {}", sql.text, if search.ascending { "ASC" } else { "DESC" })
    };
    let page = format!("{page} LIMIT {} OFFSET {}", sql.bind(search.limit), sql.bind(search.offset));
    let ids: Vec<Value> = run.column::<i64>(&page, sql.values).await?.into_iter().map(Value::Int).collect();
    if ids.is_empty() {
        return Ok(Found { rows: Vec::new(), total });
    }
    let order = ids.clone();
    let rest = format!("WHERE id IN ({}) AND deleted_at IS NULL", crate::placeholders(1, ids.len()));
    let mut rows: Vec<MessageRow> = run.all(&select::<MessageRow>("messages", &rest), ids).await?;
    rows.sort_by_key(|row| order.iter().position(|id| *id == row.id.to_value()));
    Ok(Found { rows, total })
}

/// What a message is found by beside its words.
fn links(row: &MessageRow) -> Vec<(i64, i64)> {
    if row.deleted_at.is_some() || row.visible_to.is_some() {
        return Vec::new();
    }
    let extras = &row.extras.0;
    let mut links: Vec<(i64, i64)> = Vec::new();
    links.extend(row.mentions.0.iter().map(|id| (kind::USER, id.get().cast_signed())));
    links.extend(row.mention_roles.0.iter().map(|id| (kind::ROLE, id.get().cast_signed())));
    if let Some(reference) = extras.reference.as_ref().filter(|_| row.kind == 19) {
        links.extend(reference.message_id.map(|id| (kind::ANSWER, id.get().cast_signed())));
    }
    if let Some(reference) = extras.reference.as_ref().filter(|_| row.flags & flags::IS_CROSSPOST != 0) {
        links.extend(reference.message_id.map(|id| (kind::COPY, id.get().cast_signed())));
    }
    let file = |of: &str| {
        let kinds = extras.attachments.iter().filter_map(|attachment| attachment.content_type.as_deref());
        kinds.into_iter().any(|kind| kind.starts_with(of))
    };
    let has = [
        (Has::Link, row.content.contains("http://") || row.content.contains("https://")),
        (Has::Embed, !extras.embeds.is_empty()),
        (Has::File, !extras.attachments.is_empty()),
        (Has::Image, file("image/")),
        (Has::Video, file("video/")),
        (Has::Sound, file("audio/")),
        (Has::Sticker, !extras.stickers.is_empty()),
        (Has::Poll, extras.poll.is_some()),
        (Has::Snapshot, !extras.snapshots.is_empty()),
    ];
    links.extend(has.iter().filter(|(_, there)| *there).map(|(what, _)| (kind::HAS, i64::from(what.number()))));
    links.sort_unstable();
    links.dedup();
    links
}

/// Notes what a new message is found by.
pub(crate) async fn index(run: &mut dyn Run, row: &MessageRow) -> Result<()> {
    let links = links(row);
    if links.is_empty() {
        return Ok(());
    }
    let (mut values, mut list) = (vec![row.id.to_value()], Vec::new());
    for (kind, target) in links {
        let at = values.len();
        values.extend([Value::Int(kind), Value::Int(target)]);
        list.push(format!("(${}, ${}, $1)", at + 1, at + 2));
    }
    let sql = format!("INSERT INTO message_links (kind, target_id, message_id) VALUES {}", list.join(", "));
    run.execute(&sql, values).await?;
    Ok(())
}

/// Whether there are messages whose words are not in the index yet.
pub async fn is_behind(run: &mut dyn Run) -> Result<bool> {
    Ok(!waiting(run, 1).await?.is_empty())
}

/// Puts the words of so many further messages into the index; says whether there may be more.
pub async fn catch_up(run: &mut dyn Run, limit: u32) -> Result<bool> {
    let ids = waiting(run, limit).await?;
    let Some(last) = ids.last() else { return Ok(false) };
    run.execute("UPDATE message_texts_state SET last_id = $1 WHERE id = 1", values![last]).await?;
    Ok(u32::try_from(ids.len()).is_ok_and(|count| count == limit))
}

/// Merges so many pages of what further messages left in the index, which SQLite does not do by itself: it would do much at once,
/// while everybody who writes waits.
pub async fn merge(run: &mut dyn Run, pages: u32) -> Result<()> {
    if run.engine() == Engine::Sqlite {
        run.execute("INSERT INTO message_texts (message_texts, rank) VALUES ('merge', $1)", values![pages]).await?;
    }
    Ok(())
}

/// The next messages whose words are not in the index. PostgreSQL keeps its index itself.
async fn waiting(run: &mut dyn Run, limit: u32) -> Result<Vec<Id<MessageMarker>>> {
    if run.engine() == Engine::Postgres {
        return Ok(Vec::new());
    }
    let sql = "SELECT id FROM messages WHERE id > (SELECT last_id FROM message_texts_state WHERE id = 1) ORDER BY id LIMIT $1";
    run.column(sql, values![limit]).await
}

/// Notes anew what a message is found by.
pub(crate) async fn reindex(run: &mut dyn Run, row: &MessageRow) -> Result<()> {
    forget(run, row.id).await?;
    index(run, row).await
}

/// The messages that repeat a published one in the channels that follow.
pub async fn copies(run: &mut dyn Run, source: Id<MessageMarker>) -> Result<Vec<MessageRow>> {
    let rest = format!(
        "WHERE id IN (SELECT message_id FROM message_links WHERE kind = {} AND target_id = $1) AND deleted_at IS NULL ORDER BY id",
        kind::COPY
    );
    run.all(&select::<MessageRow>("messages", &rest), vec![source.to_value()]).await
}

/// Nothing leads to a message any more.
pub(crate) async fn forget(run: &mut dyn Run, id: Id<MessageMarker>) -> Result<()> {
    run.execute("DELETE FROM message_links WHERE message_id = $1", vec![id.to_value()]).await?;
    Ok(())
}
