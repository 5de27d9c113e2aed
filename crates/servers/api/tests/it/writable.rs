//! Where nothing may be written: a read-only instance, an archived channel, a locked one. One table for every way to write.

use guildhall_harness::{Client, Town, on_both};
use guildhall_wire::{Permissions, Timestamp};
use serde_json::{Value, json};

/// Which of the brakes stop a way to write.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stopped {
    /// All of them: it is a post.
    Post,
    /// What keeps a channel as it is, not a lock: it changes what stands there.
    Change,
    /// A read-only instance alone: it belongs to no channel of a guild.
    Instance,
}
use Stopped::{Change, Instance, Post};

/// One way to write: what it is, which brakes stop it, who asks how, and what is answered where none is on.
type Way<'a> = (&'static str, Stopped, &'a Client, &'static str, String, Value, u16);

fn text(answer: &Value, key: &str) -> String {
    answer[key].as_str().unwrap().to_owned()
}

/// What @everyone may from here on.
async fn allow(town: &Town, permissions: Permissions) {
    let path = format!("/guilds/{}/roles/{}", town.guild, town.guild);
    town.owner.patch(&path, json!({ "permissions": permissions.bits().to_string() })).await.ok(200);
}

/// A channel of the guild.
async fn make(town: &Town, name: &str, kind: u8) -> String {
    let body = json!({ "name": name, "type": kind });
    text(&town.owner.post(&format!("/guilds/{}/channels", town.guild), body).await.ok(201), "id")
}

async fn befriend(one: &Client, other: &Client) {
    one.put(&format!("/users/@me/relationships/{}", other.id), json!({})).await.ok(204);
    other.put(&format!("/users/@me/relationships/{}", one.id), json!({})).await.ok(204);
}

struct Place {
    channels: Vec<String>,
    news: String,
    stage: String,
    voice: String,
    thread: String,
    said: String,
    published: String,
    poll: String,
    hook: String,
    hooked: String,
    group: String,
    event: String,
    nobody: Client,
}

impl Place {
    async fn new(town: &Town) -> Self {
        let (member, channel) = (&town.member, &town.channel);
        let (news, stage) = (make(town, "news", 5).await, make(town, "stage", 13).await);
        let (voice, forum) = (make(town, "voice", 2).await, make(town, "forum", 15).await);
        let say = async |channel: &str, body: Value| {
            text(&member.post(&format!("/channels/{channel}/messages"), body).await.ok(200), "id")
        };
        let said = say(channel, json!({ "content": "before" })).await;
        let published = say(&news, json!({ "content": "news" })).await;
        let answers = json!([{ "poll_media": { "text": "yes" } }, { "poll_media": { "text": "no" } }]);
        let poll = say(channel, json!({ "poll": { "question": { "text": "Well?" }, "answers": answers } })).await;
        let body = json!({ "name": "talk", "type": 11 });
        let thread = text(&member.post(&format!("/channels/{channel}/threads"), body).await.ok(201), "id");
        let made = town.owner.post(&format!("/channels/{channel}/webhooks"), json!({ "name": "hook" })).await.ok(200);
        let hook = format!("/webhooks/{}/{}", text(&made, "id"), text(&made, "token"));
        let nobody = town.server.client();
        let hooked = nobody.post(&format!("{hook}?wait=true"), json!({ "content": "by a hook" })).await.ok(200);
        befriend(member, &town.stranger).await;
        befriend(member, &town.owner).await;
        let both = json!({ "recipients": [town.stranger.id, town.owner.id] });
        let group = text(&member.post("/users/@me/channels", both).await.ok(200), "id");
        let event = text(&member.post(&events(town), event(town, "Fair")).await.ok(200), "id");
        let channels = vec![channel.clone(), news.clone(), stage.clone(), voice.clone(), forum.clone()];
        let hooked = text(&hooked, "id");
        Self { channels, news, stage, voice, thread, said, published, poll, hook, hooked, group, event, nobody }
    }

    /// In an order in which each of them can be done once none of the brakes is on.
    fn ways<'a>(&'a self, town: &'a Town) -> Vec<Way<'a>> {
        let (member, channel, hook) = (&town.member, format!("/channels/{}", town.channel), &self.hook);
        let message = format!("{channel}/messages/{}", self.said);
        let words = json!({ "content": "after" });
        let thread = json!({ "name": "begun", "type": 11 });
        let post = json!({ "name": "post", "message": { "content": "after" } });
        let forum = self.channels.last().unwrap();
        let (polls, stage) =
            (format!("{channel}/polls/{}", self.poll), json!({ "channel_id": self.stage, "topic": "Talk" }));
        let events = events(town);
        let nothing = || json!({});
        vec![
            ("a message", Post, member, "POST", format!("{channel}/messages"), words.clone(), 200),
            ("in a thread", Post, member, "POST", format!("/channels/{}/messages", self.thread), words.clone(), 200),
            ("a thread", Post, member, "POST", format!("{channel}/threads"), thread.clone(), 201),
            (
                "a thread of a message",
                Post,
                member,
                "POST",
                format!("{message}/threads"),
                json!({ "name": "on it" }),
                201,
            ),
            ("a post", Post, member, "POST", format!("/channels/{forum}/threads"), post, 201),
            ("a webhook", Post, &self.nobody, "POST", hook.clone(), words.clone(), 204),
            (
                "a webhook as of Slack",
                Post,
                &self.nobody,
                "POST",
                format!("{hook}/slack"),
                json!({ "text": "after" }),
                200,
            ),
            (
                "following",
                Post,
                member,
                "POST",
                format!("/channels/{}/followers", self.news),
                json!({ "webhook_channel_id": town.channel }),
                200,
            ),
            ("an edit", Change, member, "PATCH", message.clone(), words.clone(), 200),
            (
                "an edit by a webhook",
                Change,
                &self.nobody,
                "PATCH",
                format!("{hook}/messages/{}", self.hooked),
                words,
                200,
            ),
            ("a reaction", Change, member, "PUT", format!("{message}/reactions/%F0%9F%91%8D/@me"), nothing(), 204),
            ("a pin", Change, member, "PUT", format!("{channel}/messages/pins/{}", self.said), nothing(), 204),
            ("unpinning", Change, member, "DELETE", format!("{channel}/messages/pins/{}", self.said), nothing(), 204),
            (
                "a pin at its old address",
                Change,
                member,
                "PUT",
                format!("{channel}/pins/{}", self.said),
                nothing(),
                204,
            ),
            (
                "unpinning at its old address",
                Change,
                member,
                "DELETE",
                format!("{channel}/pins/{}", self.said),
                nothing(),
                204,
            ),
            (
                "publishing",
                Change,
                member,
                "POST",
                format!("/channels/{}/messages/{}/crosspost", self.news, self.published),
                nothing(),
                200,
            ),
            ("a vote", Change, member, "PUT", format!("{polls}/answers/@me"), json!({ "answer_ids": [1] }), 204),
            ("the end of a poll", Change, member, "POST", format!("{polls}/expire"), nothing(), 200),
            (
                "a thread's name",
                Change,
                member,
                "PATCH",
                format!("/channels/{}", self.thread),
                json!({ "name": "new" }),
                200,
            ),
            ("a stage", Change, member, "POST", "/stage-instances".into(), stage, 200),
            (
                "a stage's topic",
                Change,
                member,
                "PATCH",
                format!("/stage-instances/{}", self.stage),
                json!({ "topic": "New" }),
                200,
            ),
            (
                "what goes on in voice",
                Change,
                member,
                "PUT",
                format!("/channels/{}/voice-status", self.voice),
                json!({ "status": "Chess" }),
                204,
            ),
            (
                "a group's name",
                Instance,
                member,
                "PATCH",
                format!("/channels/{}", self.group),
                json!({ "name": "Picnic" }),
                200,
            ),
            ("an event", Instance, member, "POST", events.clone(), event(town, "Feast"), 200),
            (
                "an event's name",
                Instance,
                member,
                "PATCH",
                format!("{events}/{}", self.event),
                json!({ "name": "Great fair" }),
                200,
            ),
            (
                "interest in an event",
                Instance,
                member,
                "PUT",
                format!("{events}/{}/users/@me", self.event),
                nothing(),
                200,
            ),
        ]
    }
}

fn events(town: &Town) -> String {
    format!("/guilds/{}/scheduled-events", town.guild)
}

fn event(town: &Town, name: &str) -> Value {
    let hour = 60 * 60_000_000;
    let at = |hours: i64| {
        let micros = town.server.app.clock().micros() + hours * hour;
        Timestamp::from_micros(micros).unwrap().iso_8601().to_string()
    };
    json!({
        "name": name, "privacy_level": 2, "entity_type": 3, "entity_metadata": { "location": "Square" },
        "scheduled_start_time": at(1), "scheduled_end_time": at(2),
    })
}

/// Asks for all of them; each that is stopped is refused with this code.
async fn stopped(ways: &[Way<'_>], kinds: &[Stopped], code: u64) {
    for (name, stopped, who, method, path, body, _) in ways.iter().filter(|way| kinds.contains(&way.1)) {
        let body = (*method != "DELETE").then(|| body.clone());
        let answer = who.ask(method, path, body).await;
        assert_eq!((answer.status, &answer.body["code"]), (403, &json!(code)), "{name}: {}", answer.body);
        assert!(kinds.contains(stopped));
    }
}

async fn done(ways: &[Way<'_>], kinds: &[Stopped]) {
    for (name, _, who, method, path, body, status) in ways.iter().filter(|way| kinds.contains(&way.1)) {
        let body = (*method != "DELETE").then(|| body.clone());
        let answer = who.ask(method, path, body).await;
        assert_eq!(answer.status, *status, "{name}: {}", answer.body);
    }
}

#[tokio::test]
async fn every_way_to_write_knows_the_brakes() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let all = Permissions::all() - Permissions::ADMINISTRATOR;
        allow(&town, all).await;
        let place = Place::new(&town).await;
        let ways = place.ways(&town);
        let count = || async { guildhall_store::stats::counts(&mut town.server.app.db(), 0).await.unwrap().messages };
        let set = |read_only: bool| {
            let owner = town.owner.clone();
            async move { owner.own("PATCH", "/admin/settings", json!({ "read_only": read_only })).await.ok(200) }
        };
        let state = async |body: Value| {
            for channel in &place.channels {
                town.owner.own("PATCH", &format!("/channels/{channel}/state"), body.clone()).await.ok(200);
            }
        };
        let before = count().await;
        set(true).await;
        stopped(&ways, &[Post, Change, Instance], 7_000_003).await;
        assert_eq!(count().await, before, "nothing was written, by the server neither");
        set(false).await;
        // Who manages channels opens them again; they write no more than others.
        state(json!({ "archived": true })).await;
        stopped(&ways, &[Post, Change], 7_000_006).await;
        assert_eq!(count().await, before);
        state(json!({ "archived": false, "locked": true })).await;
        allow(&town, all - Permissions::MANAGE_CHANNELS).await;
        stopped(&ways, &[Post], 7_000_006).await;
        assert_eq!(count().await, before);
        allow(&town, all).await;
        // A webhook holds no role: a lock stops it whoever made it.
        let hooks: Vec<_> = ways.iter().filter(|way| way.2.token.is_none()).cloned().collect();
        stopped(&hooks, &[Post], 7_000_006).await;
        done(&hooks, &[Change]).await;
        state(json!({ "locked": false })).await;
        done(&ways, &[Post, Change, Instance]).await;
    })
    .await;
}

#[tokio::test]
async fn what_goes_may_go_and_says_nothing() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        allow(&town, Permissions::all() - Permissions::ADMINISTRATOR).await;
        let place = Place::new(&town).await;
        let message = format!("/channels/{}/messages/{}", town.channel, place.said);
        let reaction = format!("{message}/reactions/%F0%9F%91%8D/@me");
        town.member.put(&reaction, json!({})).await.ok(204);
        let stage = json!({ "channel_id": place.stage, "topic": "Talk" });
        town.owner.post("/stage-instances", stage).await.ok(200);
        let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        let count = || async { guildhall_store::stats::counts(&mut town.server.app.db(), 0).await.unwrap().messages };
        let before = count().await;
        town.owner.own("PATCH", "/admin/settings", json!({ "read_only": true })).await.ok(200);
        town.member.delete(&reaction).await.ok(204);
        town.member.delete(&format!("/stage-instances/{}", place.stage)).await.ok(204);
        town.member.delete(&format!("/channels/{}/recipients/{}", place.group, town.owner.id)).await.ok(204);
        town.stranger.delete(&format!("/channels/{}", place.group)).await.ok(200);
        town.stranger.post(&format!("/invites/{}", text(&invite, "code")), json!({})).await.ok(200);
        assert_eq!(count().await, before, "who comes, leaves or closes something is not told of");
        town.member.delete(&message).await.ok(204);
        assert_eq!(count().await, before - 1);
        // Staff writes on.
        town.owner.patch(&format!("/channels/{}", town.channel), json!({ "topic": "closed" })).await.ok(200);
        town.say(&town.owner, "back soon").await;
    })
    .await;
}

#[tokio::test]
async fn answers_of_applications_and_copies_stay_out_too() {
    on_both(|engine| async move {
        let town = Town::new(engine).await;
        let news = make(&town, "news", 5).await;
        let follow = json!({ "webhook_channel_id": town.channel });
        town.owner.post(&format!("/channels/{news}/followers"), follow).await.ok(200);
        let publish = async |words: &str| {
            let path = format!("/channels/{news}/messages");
            let id = text(&town.owner.post(&path, json!({ "content": words })).await.ok(200), "id");
            town.owner.post(&format!("{path}/{id}/crosspost"), json!({})).await.ok(200);
            format!("{path}/{id}")
        };
        let newest = async || {
            let path = format!("/channels/{}/messages?limit=1", town.channel);
            town.owner.get(&path).await.ok(200)[0]["content"].clone()
        };
        let first = publish("first").await;
        assert_eq!(newest().await, "first");
        let bot = town.bot(8).await;
        let made = json!({ "name": "greet", "description": "Greets" });
        let path = format!("/applications/{}/guilds/{}/commands", bot.id, town.guild);
        let made = bot.post(&path, made).await.ok(201);
        let mut ears = bot.connect(1).await;
        let data = json!({ "id": made["id"], "name": "greet", "version": made["version"] });
        let body = json!({
            "type": 2, "application_id": bot.id, "guild_id": town.guild, "channel_id": town.channel,
            "session_id": "s", "nonce": "n1", "data": data,
        });
        let (state, anybody) = (format!("/channels/{}/state", town.channel), town.server.client());
        let mut answers = Vec::new();
        for _ in 0..2 {
            town.member.post("/interactions", body.clone()).await.ok(204);
            let event = ears.event("INTERACTION_CREATE").await;
            answers.push((text(&event, "id"), text(&event, "token")));
        }
        let answer = json!({ "type": 4, "data": { "content": "hello" } });
        let callback = |(id, token): &(String, String)| format!("/interactions/{id}/{token}/callback");
        anybody.post(&callback(&answers[0]), answer.clone()).await.ok(204);
        for body in [json!({ "locked": true }), json!({ "locked": false, "archived": true })] {
            town.owner.own("PATCH", &state, body).await.ok(200);
            publish("kept out").await;
            assert_eq!(newest().await, "hello");
        }
        town.owner.patch(&first, json!({ "content": "edited" })).await.ok(200);
        let hook = format!("/webhooks/{}/{}", bot.id, answers[0].1);
        anybody.post(&callback(&answers[1]), answer).await.refused(403, 7_000_006);
        anybody.post(&hook, json!({ "content": "more" })).await.refused(403, 7_000_006);
        anybody.patch(&format!("{hook}/messages/@original"), json!({ "content": "no" })).await.refused(403, 7_000_006);
        let all = town.owner.get(&format!("/channels/{}/messages", town.channel)).await.ok(200);
        let words: Vec<_> = all.as_array().unwrap().iter().map(|one| one["content"].as_str().unwrap()).collect();
        assert!(words.contains(&"first") && !words.contains(&"edited"), "{words:?}");
        // What was taken back goes there too.
        town.owner.delete(&first).await.ok(204);
        let all = town.owner.get(&format!("/channels/{}/messages", town.channel)).await.ok(200);
        assert!(!all.as_array().unwrap().iter().any(|one| one["content"] == "first"), "{all}");
        anybody.delete(&format!("{hook}/messages/@original")).await.ok(204);
        town.owner.own("PATCH", &state, json!({ "archived": false })).await.ok(200);
        publish("again").await;
        assert_eq!(newest().await, "again");
    })
    .await;
}
