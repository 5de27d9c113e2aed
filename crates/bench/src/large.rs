//! A guild of very many, and what it costs: to come in, to look somebody up, to change who sees what.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use guildhall_bus::{Bus, Delivery, GuildState, MemberState, Subscriber};
use guildhall_db::{Config, Db, Json};
use guildhall_store::member::MemberRow;
use guildhall_store::user::UserRow;
use guildhall_wire::channel::{Channel, ChannelKind, Overwrite};
use guildhall_wire::event::GuildRole;
use guildhall_wire::id::{GuildMarker, Id, RoleMarker, UserMarker};
use guildhall_wire::{Event, Permissions};
use serde_json::{Value, json};

use crate::hall::{self, Hall, Prepared, Rest, field, text};
use crate::micro;
use crate::process::copy;
use crate::traffic::Times;

/// How large.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) members: u64,
    pub(crate) channels: usize,
    /// Members who are connected while a role changes.
    pub(crate) connected: u64,
}

/// Roles that are given to members.
const ROLES: usize = 50;
/// Of so many channels one is for a role alone.
const HIDDEN: usize = 5;

/// The guild, and the same with nobody but its owner in it.
pub(crate) struct Large {
    pub(crate) full: Prepared,
    pub(crate) empty: Prepared,
    guild: String,
}

/// How the members' names begin.
const NAMES: &[&str] =
    &["ada", "bo", "chris", "dana", "eli", "fay", "gus", "hana", "ivo", "june", "kim", "lou", "max", "noa"];

impl Large {
    /// Makes roles and channels through the API, and the members in the database, while the server is stopped.
    pub(crate) async fn new(program: &Path, folder: &Path, size: Size) -> Result<Self> {
        let folder = folder.join("large");
        let (server, address, setup) = hall::start(program, &folder)?;
        let mut rest = Rest::open(address, None).await?;
        let body = json!({
            "setup_token": setup.context("the server was set up before")?, "username": "owner", "email": "owner@example.org",
            "password": "correct horse battery", "guild_name": "Bench",
        });
        let made = rest.own("POST", "/setup", &body).await?;
        let (owner, guild) = (text(field(&made, "token"))?, text(field(&made, "guild_id"))?);
        rest.token = Some(owner.clone());
        let mut roles = Vec::new();
        for number in 0..ROLES {
            let role = json!({ "name": format!("role {number}"), "permissions": "0" });
            roles.push(text(field(&rest.ask("POST", &format!("/guilds/{guild}/roles"), &role).await?, "id"))?);
        }
        let path = format!("/guilds/{guild}/channels");
        let there = rest.ask("GET", &path, &Value::Null).await?.as_array().map_or(0, Vec::len);
        for number in there..size.channels {
            let mut channel = json!({ "name": format!("channel-{number}"), "topic": "what is talked about here" });
            if let (Some(role), Some(channel), true) =
                (roles.get(number % ROLES), channel.as_object_mut(), number % HIDDEN == 0)
            {
                let hidden = json!([
                    { "id": guild, "type": 0, "deny": "1024", "allow": "0" },
                    { "id": role, "type": 0, "allow": "1024", "deny": "0" },
                ]);
                channel.insert("permission_overwrites".to_owned(), hidden);
            }
            rest.ask("POST", &path, &channel).await?;
        }
        server.stop()?;
        let empty = folder.with_extension("empty");
        copy(&folder, &empty)?;
        let roles = roles.iter().map(|role| role.parse()).collect::<Result<Vec<_>, _>>()?;
        fill(&folder, guild.parse()?, &roles, size.members).await?;
        let prepared = |folder| Prepared {
            program: program.to_owned(),
            folder,
            channel: String::new(),
            people: vec![owner.clone()],
        };
        Ok(Self { full: prepared(folder), empty: prepared(empty), guild })
    }

    /// Milliseconds from identifying to the end of `GUILD_CREATE`, for the owner, who sees every channel.
    pub(crate) async fn arrivals(&self, hall: &Hall, count: usize) -> Result<Times> {
        let owner = self.full.people.first().context("there is an owner")?;
        let mut times = Vec::new();
        for _ in 0..count {
            times.push(hall::until_guild(hall.address, owner).await?.as_secs_f64() * 1000.0);
        }
        Ok(Times::new(times))
    }

    /// Milliseconds of a search for members by the beginnings of names, long and short ones.
    pub(crate) async fn searches(&self, hall: &Hall, count: usize) -> Result<Times> {
        let mut rest = Rest::open(hall.address, self.full.people.first().cloned()).await?;
        let mut times = Vec::new();
        for number in 0..count {
            let name = NAMES.get(number % NAMES.len()).copied().unwrap_or_default();
            let query = match number % 3 {
                0 => name.chars().take(1).collect(),
                1 => name.to_owned(),
                _ => format!("{name}{}", number * 37 % 1000),
            };
            let path = format!("/guilds/{}/members/search?limit=100&query={query}", self.guild);
            let since = Instant::now();
            let found = rest.ask("GET", &path, &Value::Null).await?;
            times.push(since.elapsed().as_secs_f64() * 1000.0);
            let somebody = found.as_array().is_some_and(|found| !found.is_empty());
            anyhow::ensure!(somebody || number % 3 == 2, "{query} finds nobody");
        }
        Ok(Times::new(times))
    }
}

/// Adds members to the guild in a folder of data where no server runs.
async fn fill(folder: &Path, guild: Id<GuildMarker>, roles: &[Id<RoleMarker>], count: u64) -> Result<()> {
    let db = Db::open(&Config::sqlite(&folder.join("guildhall.db"))).await?;
    let mut tx = db.begin().await?;
    for number in 0..count {
        let place = usize::try_from(number)?;
        let name = NAMES.get(place % NAMES.len()).copied().unwrap_or_default();
        let id = Id::new((number + 1) << 22);
        let mut user = UserRow::new(id, &format!("{name}{number}"), false);
        user.global_name = (number % 2 == 0).then(|| format!("{name} the {number}th"));
        guildhall_store::user::insert(&mut tx, &user).await?;
        let mut member = MemberRow::new(guild, id, 1_700_000_000_000_000);
        member.nick = (number % 5 == 0).then(|| format!("Nick {name} {number}"));
        let held = (0..place % 4).filter_map(|turn| roles.get((place + turn * 7) % roles.len().max(1)));
        member.roles = Json(held.copied().collect());
        guildhall_store::member::insert(&mut tx, &member).await?;
    }
    tx.commit().await?;
    db.close().await?;
    Ok(())
}

/// Milliseconds until everybody who is connected knows what a role shows them, or hides from them.
///
/// One in ten of those who are connected holds the role; nobody sees channels without it. So it shows them all at once, and hides
/// them again.
pub(crate) async fn role_changes(size: Size, count: usize) -> Result<Times> {
    let bus = Bus::new();
    bus.load_guild(guild(size)?);
    let mut sessions = HashMap::new();
    for user in 1..=size.connected {
        let user: Id<UserMarker> = Id::new(user);
        let subscriber =
            Subscriber { user, bot: false, intents: u64::MAX, shard: (0, 1), message_content: true, login: user.get() };
        sessions.insert(user, bus.connect(subscriber).1);
    }
    let last: Id<UserMarker> = Id::new(size.connected);
    let mut times = Vec::new();
    for number in 0..count {
        let permissions = if number % 2 == 0 { Permissions::VIEW_CHANNEL } else { Permissions::empty() };
        let role = serde_json::from_value(micro::role(micro::role_id(1), permissions))?;
        let since = Instant::now();
        bus.publish([Event::GuildRoleUpdate(GuildRole { guild_id: Id::new(micro::GUILD), role }).into()]);
        // What is told after it is heard after it.
        bus.publish([guildhall_bus::audience::gone(Id::new(1)).to(last)]);
        let ear = sessions.get_mut(&last).context("somebody listens")?;
        let heard = async {
            while let Some(told) = ear.recv().await {
                if matches!(&told, Delivery::Event(event) if event.name == "GUILD_DELETE") {
                    break;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), heard).await.context("nothing was told")?;
        times.push(since.elapsed().as_secs_f64() * 1000.0);
        let mut told = 0_u64;
        for ear in sessions.values_mut() {
            while ear.try_recv().is_ok() {
                told += 1;
            }
        }
        anyhow::ensure!(told > size.connected, "the channels were not told of");
    }
    Ok(Times::new(times))
}

fn guild(size: Size) -> Result<GuildState> {
    let mut roles = vec![serde_json::from_value(micro::role(micro::GUILD, Permissions::SEND_MESSAGES))?];
    for number in 1..=ROLES as u64 {
        roles.push(serde_json::from_value(micro::role(micro::role_id(number), Permissions::empty()))?);
    }
    let mut channels = Vec::new();
    for number in 0..size.channels as u64 {
        let mut channel = Channel::new(Id::new(micro::channel_id(number)), ChannelKind::Text);
        channel.guild_id = Some(Id::new(micro::GUILD));
        // Every place has its own rules: what is the same for many is not what is measured.
        let own =
            json!([{ "id": micro::role_id(2 + number % 40).to_string(), "type": 0, "allow": "2048", "deny": "32768" }]);
        let overwrites: Vec<Overwrite> = serde_json::from_value(own)?;
        channel.permission_overwrites = Some(overwrites);
        channels.push(channel);
    }
    let members = (1..=size.members).map(|user| {
        let first = if user % 10 == 0 { vec![1] } else { Vec::new() };
        let others = (0..user % 4).map(|turn| 2 + (user + turn * 7) % (ROLES as u64 - 1));
        let roles = first.into_iter().chain(others).map(|role| Id::new(micro::role_id(role))).collect();
        (Id::new(user), MemberState { roles, timeout_until: None, joined_at: 0, limited: false })
    });
    Ok(GuildState::new(micro::bare()?, roles, channels, members))
}
