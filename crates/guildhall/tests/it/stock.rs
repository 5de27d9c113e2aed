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
    let mut bot = Bot::script(&stage, "node", &["bot.mjs"], "tests/clients/node");
    Box::pin(converse(&stage, &mut bot)).await;
    Box::pin(arranges(&stage, &mut bot, true)).await;
}

#[tokio::test]
async fn discord_py() {
    let stage = Stage::new(&[]).await;
    let mut bot = python(&stage, &["bot.py"]);
    Box::pin(converse(&stage, &mut bot)).await;
    Box::pin(arranges(&stage, &mut bot, true)).await;
}

/// A script in the Python environment.
fn python(stage: &Stage, arguments: &[&str]) -> Bot {
    let python = repository("target/python/bin/python");
    Bot::script(stage, &python.to_string_lossy(), arguments, "tests/clients/python")
}

#[tokio::test]
async fn discord_py_in_shards() {
    let stage = Stage::new(&[]).await;
    let ready = Box::pin(converse(&stage, &mut python(&stage, &["bot.py", "sharded"]))).await;
    let guild: u64 = stage.guild.parse().unwrap();
    assert_eq!((&ready["shards"], &ready["shard"]), (&json!(2), &json!((guild >> 22) % 2)));
}

#[tokio::test]
async fn twilight() {
    let stage = Stage::new(&[]).await;
    let mut bot = twilight::start(stage.process.address, &stage.token);
    Box::pin(converse(&stage, &mut bot)).await;
    Box::pin(arranges(&stage, &mut bot, false)).await;
}

/// A third party on an unmodified library, that knows its secret.
async fn third_party(stage: &Stage, script: &str) -> (Bot, String) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let redirect = format!("http://127.0.0.1:{port}/callback");
    let path = format!("/applications/{}", stage.bot);
    stage.owner.patch(&path, json!({ "redirect_uris": [redirect] })).await.ok(200);
    let reset = stage.owner.own("POST", &format!("{path}/secret/reset"), json!({})).await.ok(200);
    (python(stage, &[script, &stage.bot, text(&reset["client_secret"]), &redirect]), redirect)
}

/// Somebody logs in to a third party with their account here.
#[tokio::test]
async fn authlib() {
    let stage = Stage::new(&[]).await;
    let (mut third, _) = third_party(&stage, "login.py").await;
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
    assert_eq!((&asked["sub"], &asked["email_verified"]), (&json!(stage.member.id), &json!(false)));
    assert_eq!(third.saw("renewed").await, json!({ "other": true, "sub": stage.member.id }));
    assert_eq!(third.saw("ended").await, json!({ "status": 200, "after": 401 }));
}

/// An application that hears of interactions over HTTP, with the stock library that looks at signatures.
#[tokio::test]
async fn discord_interactions() {
    let stage = Stage::new(&[("GUILDHALL_PRIVATE_FETCHES", "true")]).await;
    let path = format!("/applications/{}", stage.bot);
    let key = stage.owner.get(&path).await.ok(200)["verify_key"].clone();
    let mut app = Bot::script(&stage, "node", &["endpoint.mjs", text(&key)], "tests/clients/node");
    let url = app.saw("listens").await;
    let option = json!({ "type": 3, "name": "name", "description": "To whom", "required": true });
    let command = json!({ "name": "greet", "description": "Says hello", "options": [option] });
    let bot = stage.process.client().with(&format!("Bot {}", stage.token), &stage.bot);
    bot.post(&format!("{path}/guilds/{}/commands", stage.guild), command).await.ok(201);
    stage.owner.patch(&path, json!({ "interactions_endpoint_url": url })).await.ok(200);
    let mut person = Person { stage: &stage, socket: stage.member.connect(0).await };
    person.greets().await;
    let told = json!({
        "greeted": 1, "refused": 1, "name": "greet", "option": "Ada", "guild": stage.guild, "user": "member",
    });
    assert_eq!(app.saw("told").await, told);
    let answer = person.hears().await;
    assert_eq!((&answer["content"], &answer["type"]), (&json!("hello Ada"), &json!(20)));
}

/// A role that goes by what a service says of people, who linked their account there; a bot of it sees who has it.
#[tokio::test]
async fn linked_role() {
    let stage = Stage::new(&[]).await;
    let mut bot = Bot::script(&stage, "node", &["bot.mjs"], "tests/clients/node");
    bot.saw("ready").await;
    stage.say(&stage.member, "!fields").await;
    assert_eq!(bot.saw("fields").await, json!({ "key": "wins", "type": 2 }));
    let roles = format!("/guilds/{}/roles", stage.guild);
    let role = stage.owner.post(&roles, json!({ "name": "Player" })).await.ok(200)["id"].clone();
    let rule = json!({
        "connection_type": "application", "application_id": stage.bot,
        "connection_metadata_field": "wins", "operator": 2, "value": "10",
    });
    let rules = format!("{roles}/{}/connections/configuration", text(&role));
    stage.owner.put(&rules, json!([[rule]])).await.ok(200);
    let (mut third, redirect) = third_party(&stage, "linked.py").await;
    let asked = third.saw("asks").await;
    let question = format!("/oauth2/authorize?{}", text(&asked).split_once('?').unwrap().1);
    let answer = stage.member.post(&question, json!({ "authorize": true })).await.ok(200);
    assert_eq!(stage.member.fetch(text(&answer["location"])).await.0, 200);
    let member = format!("/guilds/{}/members/{}", stage.guild, stage.member.id);
    for (wins, has) in [("12", true), ("3", false)] {
        let said = third.saw("said").await;
        assert_eq!((&said["status"], &said["metadata"]["wins"]), (&json!(200), &json!(wins)));
        assert_eq!(bot.saw("linked").await, json!({ "user": stage.member.id, "has": has }));
        let held = stage.owner.get(&member).await.ok(200)["roles"].clone();
        assert_eq!(held.as_array().unwrap().contains(&role), has);
        assert_eq!(stage.member.fetch(&redirect).await.0, 200);
    }
}

/// What newer libraries can do as well: scheduled events, messages of components alone, forms with every kind of field.
/// Not all know radio groups.
async fn arranges(stage: &Stage, bot: &mut Bot, radio: bool) {
    let mut person = Person { stage, socket: stage.member.connect(0).await };
    person.goes_to_an_event(bot).await;
    let menu = person.reads_a_menu(bot).await;
    person.orders(bot, &menu, radio).await;
}

/// The person's side of it, the same for every library. Gives what the bot saw when it was ready.
async fn converse(stage: &Stage, bot: &mut Bot) -> Value {
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
    person.gets_answers(bot).await;
    person.gets_files(bot).await;
    person.gets_reactions(bot).await;
    person.gets_a_thread(bot).await;
    person.gets_a_role(bot).await;
    person.uses_a_command(bot).await;
    person.sees_edits(bot).await;
    person.is_moderated(bot).await;
    person.votes(bot).await;
    person.sees_a_post(bot).await;
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

    fn body(&self, kind: u8, about: &Value) -> Value {
        let mut body = json!({
            "type": kind,
            "application_id": self.stage.bot,
            "guild_id": self.stage.guild,
            "channel_id": self.stage.channel,
            "session_id": self.socket.ready["session_id"],
            "nonce": "1",
        });
        body.as_object_mut().unwrap().extend(about.as_object().unwrap().clone());
        body
    }

    async fn acts(&self, kind: u8, about: Value) {
        self.stage.member.post("/interactions", self.body(kind, &about)).await.ok(204);
    }

    /// Uses the slash command.
    async fn greets(&self) {
        let index = format!("/channels/{}/application-command-index", self.stage.channel);
        let index = self.stage.member.get(&index).await.ok(200);
        let command = &index["application_commands"][0];
        let option = json!({ "type": 3, "name": "name", "value": "Ada" });
        let data = json!({
            "id": command["id"], "name": "greet", "type": 1, "version": command["version"], "options": [option],
        });
        self.acts(2, json!({ "data": data })).await;
    }

    /// A slash command, its button, the button's modal, and what the bot does with its answers.
    async fn uses_a_command(&mut self, bot: &mut Bot) {
        self.greets().await;
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

    /// An event that the bot announces: somebody is interested, and it begins.
    async fn goes_to_an_event(&mut self, bot: &mut Bot) {
        self.says("!event").await;
        let saw = bot.saw("event").await;
        let made = self.socket.event("GUILD_SCHEDULED_EVENT_CREATE").await;
        let expected = json!({
            "id": made["id"], "name": "Picnic", "status": 1, "place": "by the river", "creator": self.stage.bot,
        });
        assert_eq!(saw, expected);
        let path = format!("/guilds/{}/scheduled-events/{}", self.stage.guild, text(&made["id"]));
        self.stage.member.put(&format!("{path}/users/@me"), json!({})).await.ok(200);
        let interested = json!({ "event": made["id"], "user": self.stage.member.id });
        assert_eq!(bot.saw("interested").await, interested);
        self.stage.owner.patch(&path, json!({ "status": 2 })).await.ok(200);
        assert_eq!(bot.saw("begun").await, json!({ "event": made["id"], "from": 1, "to": 2 }));
        assert_eq!(self.socket.event("GUILD_SCHEDULED_EVENT_UPDATE").await["status"], 2);
    }

    /// A message of components alone, as the bot and the person read it.
    async fn reads_a_menu(&mut self, bot: &mut Bot) -> Value {
        self.says("!layout").await;
        let saw = bot.saw("layout").await;
        let heard = self.hears().await;
        let expected = json!({
            "id": heard["id"], "kinds": [10, 9, 14, 12, 13], "color": 0x0033_6699, "texts": ["# Menu", "Soup of the day"],
            "picture": 200, "description": "soup", "file": "soup 3.50",
        });
        assert_eq!(saw, expected);
        assert_eq!((&heard["flags"], &heard["content"]), (&json!(1 << 15), &json!("")));
        let parts = heard["components"][0]["components"].as_array().unwrap();
        assert_eq!((&parts[1]["accessory"]["custom_id"], &parts[2]["spacing"]), (&json!("order"), &json!(2)));
        assert_eq!((&parts[4]["name"], &parts[4]["size"]), (&json!("card.txt"), &json!(9)));
        let url = text(&parts[3]["items"][0]["media"]["url"]).to_owned();
        assert_eq!(self.stage.member.fetch(&url).await.0, 200);
        heard
    }

    /// A form with a field of each kind, and a file in it.
    async fn orders(&mut self, bot: &mut Bot, menu: &Value, radio: bool) {
        let data = json!({ "component_type": 2, "custom_id": "order" });
        self.acts(3, json!({ "message_id": menu["id"], "message_flags": 1 << 15, "data": data })).await;
        assert_eq!(bot.saw("order").await, json!({ "message": menu["id"] }));
        let form = self.socket.event("INTERACTION_MODAL_CREATE").await;
        let kinds: Vec<_> =
            form["components"].as_array().unwrap().iter().map(|label| &label["component"]["type"]).collect();
        let size = if radio { 21 } else { 3 };
        assert_eq!(kinds, [3, size, 22, 23, 19]);
        let field = |kind: u8, custom_id: &str, key: &str, value: Value| json!({ "type": 18, "component": { "type": kind, "custom_id": custom_id, key: value } });
        let fields = json!([
            field(3, "dish", "values", json!(["soup"])),
            if radio {
                field(21, "size", "value", json!("large"))
            } else {
                field(3, "size", "values", json!(["large"]))
            },
            field(22, "extras", "values", json!(["salt", "oil"])),
            field(23, "away", "value", json!(true)),
            field(19, "voucher", "values", json!(["0"])),
        ]);
        let data = json!({ "id": form["id"], "custom_id": "survey", "components": fields });
        let mut body = self.body(5, &json!({ "data": data }));
        body["attachments"] = json!([{ "id": 0, "filename": "voucher.txt" }]);
        let file: [(&str, &str, &[u8]); 1] = [("files[0]", "voucher.txt", b"half off")];
        self.stage.member.upload("/interactions", &file, &body, false).await.ok(204);
        let expected = json!({
            "dish": ["soup"], "size": "large", "extras": ["salt", "oil"], "away": true,
            "voucher": { "name": "voucher.txt", "text": "half off" },
        });
        assert_eq!(bot.saw("survey").await, expected);
        let answer = self.hears().await;
        assert!(text(&answer["content"]).contains("large"), "{answer}");
        assert_eq!(answer["flags"], 64);
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
