//! The law of stock clients: a person and a bot on an unmodified library go through everything that a bot does.

use guildhall_harness::Socket;
use serde_json::{Value, json};

use crate::bot::Bot;
use crate::process::repository;
use crate::stage::{Stage, text};
use crate::twilight;

#[tokio::test]
async fn discord_js() {
    let stage = Stage::new(&[]).await;
    let bot = Bot::script(&stage, "node", &["bot.mjs"], "tests/clients/node");
    Box::pin(converse(&stage, bot)).await;
}

#[tokio::test]
async fn discord_py() {
    let stage = Stage::new(&[]).await;
    let python = repository("target/python/bin/python");
    let bot = Bot::script(&stage, &python.to_string_lossy(), &["bot.py"], "tests/clients/python");
    Box::pin(converse(&stage, bot)).await;
}

#[tokio::test]
async fn discord_py_in_shards() {
    let stage = Stage::new(&[]).await;
    let python = repository("target/python/bin/python");
    let bot = Bot::script(&stage, &python.to_string_lossy(), &["bot.py", "sharded"], "tests/clients/python");
    let ready = Box::pin(converse(&stage, bot)).await;
    let guild: u64 = stage.guild.parse().unwrap();
    assert_eq!((&ready["shards"], &ready["shard"]), (&json!(2), &json!((guild >> 22) % 2)));
}

#[tokio::test]
async fn twilight() {
    let stage = Stage::new(&[]).await;
    let bot = twilight::start(stage.process.address, &stage.token);
    Box::pin(converse(&stage, bot)).await;
}

/// A third party on an unmodified library: somebody logs in to it with their account here.
#[tokio::test]
async fn authlib() {
    let stage = Stage::new(&[]).await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let redirect = format!("http://127.0.0.1:{port}/callback");
    let path = format!("/applications/{}", stage.bot);
    stage.owner.patch(&path, json!({ "redirect_uris": [redirect] })).await.ok(200);
    let reset = stage.owner.own("POST", &format!("{path}/secret/reset"), json!({})).await.ok(200);
    let python = repository("target/python/bin/python");
    let arguments = ["login.py", &stage.bot, text(&reset["client_secret"]), &redirect];
    let mut third = Bot::script(&stage, &python.to_string_lossy(), &arguments, "tests/clients/python");
    let asked = third.saw("asks").await;
    // What the page of the web client does with the address that it was opened under.
    let (page, question) = text(&asked).split_once('?').unwrap();
    assert!(page.ends_with("/oauth2/authorize"), "{page}");
    let question = format!("/oauth2/authorize?{question}");
    let shown = stage.member.get(&question).await.ok(200);
    assert_eq!(shown["scopes"], json!(["email", "identify", "openid"]));
    let answer = stage.member.post(&question, json!({ "authorize": true })).await.ok(200);
    assert_eq!(stage.member.fetch(text(&answer["location"])).await.0, 200);
    let known = third.saw("knows").await;
    let member = json!({ "sub": stage.member.id, "email": "member@example.org", "preferred_username": "member" });
    assert_eq!(known, member);
    let asked = third.saw("asked").await;
    assert_eq!((&asked["sub"], &asked["email_verified"]), (&json!(stage.member.id), &json!(true)));
    assert_eq!(third.saw("renewed").await, json!({ "other": true, "sub": stage.member.id }));
    assert_eq!(third.saw("ended").await, json!({ "status": 200, "after": 401 }));
}

/// The person's side of it, the same for every library. Gives what the bot saw when it was ready.
async fn converse(stage: &Stage, mut bot: Bot) -> Value {
    let mut person = Person { stage, socket: stage.member.connect(0).await };
    let ready = bot.saw("ready").await;
    assert_eq!(ready["id"], stage.bot);
    assert_eq!(ready["guilds"], json!(["Town"]));
    let channels = stage.owner.get(&format!("/guilds/{}/channels", stage.guild)).await.ok(200);
    let mut names: Vec<_> = channels.as_array().unwrap().iter().map(|channel| text(&channel["name"])).collect();
    names.sort_unstable();
    assert_eq!(ready["channels"], json!(names));
    assert_eq!(ready["members"], json!(["helper", "member", "owner"]));
    assert_eq!(ready["owner"], stage.owner.id);
    assert_eq!(ready["commands"], json!(["greet"]));
    person.gets_answers(&mut bot).await;
    person.gets_files(&mut bot).await;
    person.gets_reactions(&mut bot).await;
    person.gets_a_thread(&mut bot).await;
    person.gets_a_role(&mut bot).await;
    person.uses_a_command(&mut bot).await;
    person.sees_edits(&mut bot).await;
    person.is_moderated(&mut bot).await;
    person.votes(&mut bot).await;
    person.sees_a_post(&mut bot).await;
    ready
}

struct Person<'a> {
    stage: &'a Stage,
    socket: Socket,
}

impl Person<'_> {
    async fn says(&self, what: &str) -> Value {
        self.stage.say(&self.stage.member, what).await
    }

    /// The bot's next message, as the person's own session gets it.
    async fn hears(&mut self) -> Value {
        loop {
            let message = self.socket.event("MESSAGE_CREATE").await;
            if message["author"]["id"] == self.stage.bot {
                return message;
            }
        }
    }

    async fn gets_answers(&mut self, bot: &mut Bot) {
        let path = format!("/channels/{}/messages", self.stage.channel);
        let payload = json!({ "content": "!reply hi", "attachments": [{ "id": 0, "filename": "a.txt" }] });
        let said =
            self.stage.member.upload(&path, &[("files[0]", "a.txt", b"some text")], &payload, false).await.ok(200);
        let saw = bot.saw("reply").await;
        assert_eq!(saw["author"], json!({ "id": self.stage.member.id, "username": "member", "bot": false }));
        assert_eq!(saw["member"], json!({ "roles": [], "joined": true }));
        assert_eq!((&saw["guild"], &saw["channel"]), (&json!("Town"), &json!("general")));
        assert_eq!(saw["files"], json!([{ "name": "a.txt", "size": 9, "text": "some text" }]));
        let heard = self.hears().await;
        assert_eq!(saw["answer"], json!({ "id": heard["id"], "to": said["id"], "mine": true }));
        assert_eq!((&heard["content"], &heard["type"]), (&json!("you said !reply hi"), &json!(19)));
        assert_eq!(heard["referenced_message"]["id"], said["id"]);
        assert_eq!(heard["author"]["bot"], true);
        assert_eq!(heard["mentions"][0]["id"], self.stage.member.id);
        let kept = self.stage.member.get(&format!("{path}/{}", text(&heard["id"]))).await.ok(200);
        assert_eq!((&kept["content"], &kept["message_reference"]), (&heard["content"], &heard["message_reference"]));
    }

    async fn gets_files(&mut self, bot: &mut Bot) {
        self.says("!file").await;
        let saw = bot.saw("file").await;
        let note = json!({ "name": "note.txt", "size": 16, "description": "a note", "text": "written by a bot" });
        assert_eq!(saw, note);
        let heard = self.hears().await;
        let file = &heard["attachments"][0];
        assert_eq!((&file["filename"], &file["description"]), (&json!("note.txt"), &json!("a note")));
        assert_eq!(self.stage.member.fetch(text(&file["url"])).await, (200, b"written by a bot".to_vec()));
    }

    async fn gets_reactions(&mut self, bot: &mut Bot) {
        let said = self.says("!react").await;
        let saw = bot.saw("react").await;
        assert_eq!(saw, json!({ "emoji": "👍", "me": true }));
        let heard = self.socket.event("MESSAGE_REACTION_ADD").await;
        assert_eq!((&heard["message_id"], &heard["user_id"]), (&said["id"], &json!(self.stage.bot)));
        assert_eq!((&heard["emoji"]["name"], &heard["member"]["user"]["id"]), (&json!("👍"), &heard["user_id"]));
        let path = format!("/channels/{}/messages/{}/reactions", self.stage.channel, text(&said["id"]));
        self.stage.member.put(&format!("{path}/%F0%9F%8E%89/@me"), json!({})).await.ok(204);
        let saw = bot.saw("reaction").await;
        assert_eq!(saw, json!({ "emoji": "🎉", "user": self.stage.member.id, "message": said["id"] }));
    }

    async fn gets_a_thread(&mut self, bot: &mut Bot) {
        let said = self.says("!thread").await;
        let saw = bot.saw("thread").await;
        let made = self.socket.event("THREAD_CREATE").await;
        assert_eq!((&made["id"], &made["name"], &made["type"]), (&said["id"], &json!("aside"), &json!(11)));
        let expected = json!({
            "name": "aside",
            "parent": self.stage.channel,
            "channel": made["id"],
            "thread": made["id"],
            "owner": self.stage.bot,
        });
        assert_eq!(saw, expected);
        let inside = loop {
            let heard = self.hears().await;
            if heard["channel_id"] == made["id"] {
                break heard;
            }
        };
        assert_eq!(inside["content"], "in the thread");
    }

    async fn gets_a_role(&mut self, bot: &mut Bot) {
        self.says("!role").await;
        let saw = bot.saw("role").await;
        assert_eq!(saw["roles"], json!(["Smith"]));
        let made = self.socket.event("GUILD_ROLE_CREATE").await;
        assert_eq!((&made["role"]["name"], &made["role"]["id"]), (&json!("Smith"), &saw["id"]));
        let changed = self.socket.event("GUILD_MEMBER_UPDATE").await;
        assert_eq!((&changed["user"]["id"], &changed["roles"]), (&json!(self.stage.member.id), &json!([saw["id"]])));
        let member = format!("/guilds/{}/members/{}", self.stage.guild, self.stage.member.id);
        assert_eq!(self.stage.owner.get(&member).await.ok(200)["roles"], changed["roles"]);
        let log = self.stage.owner.get(&format!("/guilds/{}/audit-logs?limit=2", self.stage.guild)).await.ok(200);
        let reasons: Vec<_> =
            log["audit_log_entries"].as_array().unwrap().iter().map(|entry| &entry["reason"]).collect();
        assert_eq!(reasons, ["welcome ü", "for größe"]);
    }

    async fn acts(&self, kind: u8, about: Value) {
        let mut body = json!({
            "type": kind,
            "application_id": self.stage.bot,
            "guild_id": self.stage.guild,
            "channel_id": self.stage.channel,
            "session_id": self.socket.ready["session_id"],
            "nonce": "1",
        });
        let body = body.as_object_mut().unwrap();
        body.extend(about.as_object().unwrap().clone());
        self.stage.member.post("/interactions", json!(body)).await.ok(204);
    }

    /// A slash command, its button, the button's modal, and what the bot does with its answers.
    async fn uses_a_command(&mut self, bot: &mut Bot) {
        let index = format!("/channels/{}/application-command-index", self.stage.channel);
        let index = self.stage.member.get(&index).await.ok(200);
        let command = &index["application_commands"][0];
        let option = json!({ "type": 3, "name": "name", "value": "Ada" });
        let data = json!({
            "id": command["id"], "name": "greet", "type": 1, "version": command["version"], "options": [option],
        });
        self.acts(2, json!({ "data": data })).await;
        let seen = json!({
            "user": { "id": self.stage.member.id, "username": "member", "bot": false },
            "guild": "Town",
            "channel": "general",
            "roles": ["Smith"],
        });
        let sees = |saw: &Value, more: Value| {
            let mut expected = seen.clone();
            expected.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            assert_eq!(saw, &expected);
        };
        sees(&bot.saw("command").await, json!({ "name": "greet", "option": "Ada" }));
        let answer = self.hears().await;
        assert_eq!((&answer["content"], &answer["type"]), (&json!("hello Ada"), &json!(20)));
        assert_eq!(answer["interaction_metadata"]["user"]["id"], self.stage.member.id);
        let button = &answer["components"][0]["components"][0];
        assert_eq!((&button["type"], &button["custom_id"]), (&json!(2), &json!("more")));

        let data = json!({ "component_type": 2, "custom_id": "more" });
        self.acts(3, json!({ "message_id": answer["id"], "message_flags": 0, "data": data })).await;
        sees(&bot.saw("button").await, json!({ "custom_id": "more", "message": "hello Ada" }));
        let modal = self.socket.event("INTERACTION_MODAL_CREATE").await;
        assert_eq!((&modal["custom_id"], &modal["title"]), (&json!("form"), &json!("A form")));

        let field = json!({ "type": 4, "custom_id": "why", "value": "of you" });
        let rows = json!([{ "type": 1, "components": [field] }]);
        self.acts(5, json!({ "data": { "id": modal["id"], "custom_id": "form", "components": rows } })).await;
        let saw = bot.saw("modal").await;
        let answer = self.hears().await;
        assert_eq!(answer["content"], "because of you");
        let changed = self.socket.event("MESSAGE_UPDATE").await;
        assert_eq!((&changed["id"], &changed["content"]), (&answer["id"], &json!("truly because of you")));
        let more = self.hears().await;
        assert_eq!(more["content"], "and more");
        let known = json!({ "custom_id": "form", "value": "of you", "answer": answer["id"], "follow_up": more["id"] });
        sees(&saw, known);
        assert_eq!(self.socket.event("MESSAGE_DELETE").await["id"], answer["id"]);
    }

    /// A rule that the bot made blocks a message, and the bot hears of it.
    async fn is_moderated(&mut self, bot: &mut Bot) {
        self.says("!automod").await;
        let rule = bot.saw("automod").await;
        let expected = json!({ "id": rule["id"], "name": "words", "words": ["forbidden*"], "creator": self.stage.bot });
        assert_eq!(rule, expected);
        let path = format!("/channels/{}/messages", self.stage.channel);
        let blocked = self.stage.member.post(&path, json!({ "content": "a Forbiddenfruit" })).await;
        assert_eq!(blocked.body["message"], "Not here");
        blocked.refused(400, 200_000);
        let seen = json!({
            "user": self.stage.member.id,
            "rule": rule["id"],
            "action": 1,
            "content": "a Forbiddenfruit",
            "keyword": "forbidden*",
            "matched": "Forbidden",
        });
        assert_eq!(bot.saw("blocked").await, seen);
    }

    /// Answers a poll of the bot's.
    async fn votes(&mut self, bot: &mut Bot) {
        self.says("!poll").await;
        let asked = bot.saw("poll").await;
        let heard = self.hears().await;
        let expected = json!({ "id": heard["id"], "question": "What for dinner?", "answers": ["Soup", "Bread"] });
        assert_eq!(asked, expected);
        assert_eq!(heard["poll"]["answers"][0]["poll_media"]["emoji"]["name"], "🍲");
        let path = format!("/channels/{}/polls/{}/answers/@me", self.stage.channel, text(&heard["id"]));
        self.stage.member.put(&path, json!({ "answer_ids": ["2"] })).await.ok(204);
        assert_eq!(bot.saw("vote").await, json!({ "answer": 2, "user": self.stage.member.id }));
    }

    /// A forum that the bot makes, with a post in it.
    async fn sees_a_post(&mut self, bot: &mut Bot) {
        self.says("!forum").await;
        let saw = bot.saw("forum").await;
        let made = self.socket.event("THREAD_CREATE").await;
        let expected = json!({
            "forum": made["parent_id"], "parent": made["parent_id"], "name": "Why?", "tag": "question", "tagged": 1,
            "first": "a post",
        });
        assert_eq!(saw, expected);
        let first = self.hears().await;
        assert_eq!((&first["id"], &first["content"]), (&made["id"], &json!("a post")));
    }

    async fn sees_edits(&mut self, bot: &mut Bot) {
        self.says("!edit").await;
        let saw = bot.saw("edit").await;
        assert_eq!((&saw["content"], &saw["edited"]), (&json!("second"), &json!(true)));
        assert_eq!(self.hears().await["content"], "first");
        let changed = self.socket.event("MESSAGE_UPDATE").await;
        assert_eq!((&changed["id"], &changed["content"]), (&saw["id"], &json!("second")));
        assert!(changed["edited_timestamp"].is_string());
        self.says("!delete").await;
        let saw = bot.saw("delete").await;
        assert_eq!(saw["there"], 10_008);
        assert_eq!(self.hears().await["id"], saw["id"]);
        let gone = self.socket.event("MESSAGE_DELETE").await;
        assert_eq!((&gone["id"], &gone["channel_id"]), (&saw["id"], &json!(self.stage.channel)));
    }
}
