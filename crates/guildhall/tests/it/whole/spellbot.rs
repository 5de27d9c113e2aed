//! SpellBot: a bot of slash commands, buttons and embeds, with a database of its own, on discord.py.

use guildhall_db::Engine;
use guildhall_db::testing::Scratch;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Talk, Whole, comes};
use crate::stage::{Stage, text};

#[tokio::test]
async fn spellbot() {
    let stage = Stage::new(&[]).await;
    let database = Scratch::new(Engine::Postgres);
    let settings = [
        ("BOT_TOKEN", stage.token.as_str()),
        ("BOT_APPLICATION_ID", &stage.bot),
        ("DATABASE_URL", &database.config.url),
        ("DD_TRACE_ENABLED", "false"),
    ];
    // Games get made-up addresses instead of those of a service elsewhere.
    let arguments = ["--mock-games"];
    let home = TempDir::new().unwrap();
    let mut bot = Whole::start(&stage, "spellbot/bin/spellbot", &arguments, &settings, home);
    // Its owner tells it, privately, to make its commands known.
    let direct = stage.owner.post("/users/@me/channels", json!({ "recipient_id": stage.bot })).await.ok(200);
    let mut privately = Talk::new(&stage, &stage.owner, text(&direct["id"])).await;
    assert_eq!(comes(&mut privately, "!sync", &mut bot).await["content"], "Commands synced!");
    let mut owner = Talk::new(&stage, &stage.owner, &stage.channel).await;
    let mut person = Talk::new(&stage, &stage.member, &stage.channel).await;
    Box::pin(brings_players_together(&stage, &mut owner, &mut person)).await;
    Box::pin(is_set_up(&mut owner)).await;
    Box::pin(makes_a_room(&stage, &mut owner)).await;
    Box::pin(keeps_lists(&stage, &mut owner, &mut person)).await;
    drop(bot);
}

impl Talk<'_> {
    async fn acts(&self, kind: u8, about: Value) {
        let mut body = json!({
            "type": kind,
            "application_id": self.stage.bot,
            "guild_id": self.stage.guild,
            "channel_id": self.channel,
            "session_id": self.socket.ready["session_id"],
            "nonce": "1",
        });
        body.as_object_mut().unwrap().extend(about.as_object().unwrap().clone());
        self.who.post("/interactions", body).await.ok(204);
    }

    /// Uses a slash command; of a group, the name has two words.
    async fn uses(&self, name: &str, options: &[(u8, &str, Value)]) {
        let index = format!("/channels/{}/application-command-index", self.channel);
        let index = self.who.get(&index).await.ok(200);
        let (first, second) = name.split_once(' ').map_or((name, None), |(first, second)| (first, Some(second)));
        let commands = index["application_commands"].as_array().unwrap();
        let command = commands.iter().find(|command| command["name"] == first).expect("it made the command known");
        let options = options.iter().map(|(kind, name, value)| json!({ "type": kind, "name": name, "value": value }));
        let mut options = json!(options.collect::<Vec<_>>());
        if let Some(second) = second {
            options = json!([{ "type": 1, "name": second, "options": options }]);
        }
        let data = json!({
            "id": command["id"], "name": first, "type": 1, "version": command["version"], "options": options,
        });
        self.acts(2, json!({ "data": data })).await;
    }

    async fn presses(&self, message: &Value, custom_id: &str) {
        let data = json!({ "component_type": 2, "custom_id": custom_id });
        self.acts(3, json!({ "message_id": message["id"], "message_flags": 0, "data": data })).await;
    }

    /// The bot's next message, new or changed, that says that.
    async fn hears_of(&mut self, what: &str) -> Value {
        loop {
            let mut frame = self.socket.frame().await;
            let told = ["MESSAGE_CREATE", "MESSAGE_UPDATE"].contains(&frame["t"].as_str().unwrap_or_default());
            if told && frame["d"]["author"]["id"] == self.stage.bot && frame["d"].to_string().contains(what) {
                return frame["d"].take();
            }
        }
    }
}

/// `/lfg`, its buttons, `/leave`.
async fn brings_players_together<'a>(stage: &Stage, owner: &mut Talk<'a>, person: &mut Talk<'a>) {
    person.uses("lfg", &[(4, "seats", json!(2))]).await;
    let post = person.hears_of("Waiting for 1 more player ").await;
    assert_eq!(post["interaction_metadata"]["user"]["id"], stage.member.id);
    let buttons = post["components"][0]["components"].as_array().unwrap();
    assert_eq!(buttons.iter().map(|button| &button["custom_id"]).collect::<Vec<_>>(), ["join", "leave"]);
    person.presses(&post, "leave").await;
    assert_eq!(person.hears_of("Waiting for 2 more players").await["id"], post["id"]);
    person.presses(&post, "join").await;
    assert_eq!(person.hears_of("Waiting for 1 more player ").await["id"], post["id"]);
    person.uses("leave", &[]).await;
    let left = person.hears_of("You have been removed from any games").await;
    assert_eq!(left["flags"], 64, "for them alone");
    person.uses("lfg", &[(4, "seats", json!(2))]).await;
    let found = person.hears_of("I found a game for you!").await;
    assert!(text(&found["embeds"][0]["description"]).contains(text(&post["id"])), "the same again: {found}");
    owner.presses(&post, "join").await;
    let ready = owner.hears_of("Your game is ready!").await;
    assert_eq!((&ready["id"], &ready["components"]), (&post["id"], &json!([])), "nobody joins any more");
    for talk in [owner, person] {
        let direct = talk.sees("MESSAGE_CREATE", |message| message["guild_id"].is_null()).await;
        assert_eq!(direct["embeds"][0]["title"], "**Your game is ready!**");
        let players = text(&direct["embeds"][0]["fields"][0]["value"]);
        assert!(players.contains(&stage.owner.id) && players.contains(&stage.member.id), "{players}");
    }
}

/// `/set motd`, `/setup` and its buttons.
async fn is_set_up(owner: &mut Talk<'_>) {
    owner.uses("set motd", &[(3, "message", json!("Play fair."))]).await;
    owner.hears_of("Message of the day updated.").await;
    owner.uses("setup", &[]).await;
    let card = owner.hears_of("SpellBot Setup for Town").await;
    assert_eq!(card["embeds"][0]["fields"][0]["value"], "Play fair.");
    assert_eq!(card["embeds"][0]["fields"][2]["value"], "❌ Off");
    owner.presses(&card, "toggle_voice_create").await;
    let changed = owner.hears_of("✅ On").await;
    assert_eq!((&changed["id"], &changed["embeds"][0]["fields"][2]["value"]), (&card["id"], &json!("✅ On")));
}

/// `/game` with a voice channel for the players, and `/info` of it.
async fn makes_a_room(stage: &Stage, owner: &mut Talk<'_>) {
    let players = format!("<@{}> <@{}>", stage.owner.id, stage.member.id);
    owner.uses("game", &[(3, "players", json!(players))]).await;
    let category = owner.sees("CHANNEL_CREATE", |made| made["type"] == 4).await;
    let room = owner.sees("CHANNEL_CREATE", |made| made["type"] == 2).await;
    assert_eq!(room["parent_id"], category["id"]);
    assert!(text(&room["name"]).starts_with("Game-SB"), "{room}");
    let post = owner.hears_of("Your game is ready!").await;
    let number = text(&room["name"]).trim_start_matches("Game-").to_owned();
    assert!(post["embeds"][0]["footer"]["text"].as_str().unwrap().contains(&number), "{post}");
    owner.uses("info", &[(3, "game_id", json!(number))]).await;
    let told = owner.sees("MESSAGE_CREATE", |message| message["flags"] == 64).await;
    assert_eq!(told["embeds"][0]["title"], "**Your game is ready!**");
}

/// `/block` and `/unblock`, `/award add` and `/awards`, `/set default_seats` and `/channels`.
async fn keeps_lists(stage: &Stage, owner: &mut Talk<'_>, person: &mut Talk<'_>) {
    person.uses("block", &[(6, "target", json!(stage.owner.id))]).await;
    person.hears_of(&format!("<@{}> has been blocked.", stage.owner.id)).await;
    person.uses("unblock", &[(6, "target", json!(stage.owner.id))]).await;
    person.hears_of(&format!("<@{}> has been unblocked.", stage.owner.id)).await;
    let role = stage.owner.post(&format!("/guilds/{}/roles", stage.guild), json!({ "name": "Regular" })).await.ok(200);
    let award = [(4, "count", json!(5)), (8, "role", role["id"].clone()), (3, "message", json!("Well played!"))];
    owner.uses("award add", &award).await;
    owner.hears_of("Award added!").await;
    owner.uses("awards", &[]).await;
    let awards = owner.hears_of("SpellBot Player Awards for Town").await;
    assert!(text(&awards["embeds"][0]["description"]).contains("give `@Regular`"), "{awards}");
    owner.uses("set default_seats", &[(4, "seats", json!(2))]).await;
    owner.hears_of("Default seats set to 2").await;
    owner.uses("channels", &[]).await;
    let channels = owner.hears_of("Configuration for channels in Town").await;
    assert!(text(&channels["embeds"][0]["description"]).contains("default_seats=2"), "{channels}");
    owner.uses("about", &[]).await;
    owner.hears_of("The Discord bot for").await;
}
