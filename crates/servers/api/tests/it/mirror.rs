//! The law of the mirror: a client that hears every event knows what a client knows that comes anew, and what REST tells.

use guildhall_db::Engine;
use guildhall_harness::{Client, Socket, Town, compare, on_both, picture};
use serde_json::{Value, json};

/// Every intent of a bot.
const INTENTS: u64 = 53_608_447;

/// A generator that every run repeats.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // Knuth's, as MMIX has it; the high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick(&mut self, list: &Value, fits: impl Fn(&Value) -> bool) -> Option<Value> {
        let fitting: Vec<_> = list.as_array().unwrap().iter().filter(|item| fits(item)).collect();
        if fitting.is_empty() { None } else { Some(fitting[self.roll(fitting.len())].clone()) }
    }
}

struct Stand {
    town: Town,
    bot: Client,
    ears: Socket,
    dice: Dice,
    said: usize,
}

/// A thread that is over, without what is counted.
fn archived(mut thread: Value) -> Value {
    let counted = ["last_message_id", "message_count", "member_count", "total_message_sent", "member", "newly_created"];
    if let Some(fields) = thread.as_object_mut() {
        fields.retain(|field, _| !counted.contains(&field.as_str()));
    }
    thread
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

#[tokio::test]
async fn who_listens_knows_what_newcomers_see() {
    // One seed with a bot that sees everything, one with a bot from which channels are hidden.
    on_both(|engine| async move {
        for (seed, permissions) in [(1, 8), (2, 0)] {
            Box::pin(run(engine, seed, permissions)).await;
        }
    })
    .await;
}

async fn run(engine: Engine, seed: u64, permissions: u64) {
    let town = Town::new(engine).await;
    let bot = town.bot(permissions).await;
    let ears = bot.connect(INTENTS).await;
    let mut stand = Stand { town, bot, ears, dice: Dice(seed), said: 0 };
    for step in 0..120 {
        let did = Box::pin(stand.act()).await;
        stand.compare(&format!("seed {seed}, step {step}: {did}")).await;
    }
}

impl Stand {
    /// Does something at random; says what.
    async fn act(&mut self) -> String {
        let guild = format!("/guilds/{}", self.town.guild);
        let owner = self.town.owner.clone();
        let channels = owner.get(&format!("{guild}/channels")).await.ok(200);
        let roles = owner.get(&format!("{guild}/roles")).await.ok(200);
        let main = self.town.channel.clone();
        let channel = self.dice.pick(&channels, |channel| id(channel) != main);
        // What applications bring with them is theirs.
        let role = self.dice.pick(&roles, |role| id(role) != self.town.guild && role["managed"] == false);
        let number = self.dice.roll(1000);
        let member = self.town.member.id.clone();
        let (method, path, body) = match (self.dice.roll(21), &channel, &role) {
            (0 | 1, ..) => {
                let kind = [0, 2, 4, 5][self.dice.roll(4)];
                ("POST", format!("{guild}/channels"), json!({ "name": format!("place-{number}"), "type": kind }))
            }
            (2 | 3, Some(channel), _) => {
                let parent = self.dice.pick(&channels, |channel| channel["type"] == 4);
                let parent = parent.filter(|_| channel["type"] != 4).map(|parent| id(&parent).to_owned());
                let mut body = json!({ "name": format!("room-{number}"), "parent_id": parent });
                if channel["type"] == 0 {
                    body["topic"] = json!(format!("about {number}"));
                    body["nsfw"] = json!(number.is_multiple_of(2));
                    body["rate_limit_per_user"] = json!(number % 60);
                }
                ("PATCH", format!("/channels/{}", id(channel)), body)
            }
            (4, Some(channel), _) => ("DELETE", format!("/channels/{}", id(channel)), Value::Null),
            (5, Some(channel), _) => {
                let body = json!([{ "id": id(channel), "position": number % 5 }]);
                ("PATCH", format!("{guild}/channels"), body)
            }
            (6 | 7, Some(channel), _) => {
                // Seen or hidden, by everybody.
                let deny = if number.is_multiple_of(2) { "1024" } else { "0" };
                let path = format!("/channels/{}/permissions/{}", id(channel), self.town.guild);
                ("PUT", path, json!({ "type": 0, "allow": "0", "deny": deny }))
            }
            (8, Some(channel), _) => {
                ("DELETE", format!("/channels/{}/permissions/{}", id(channel), self.town.guild), Value::Null)
            }
            (9, ..) => {
                let body =
                    json!({ "name": format!("role {number}"), "color": number, "hoist": number.is_multiple_of(2) });
                ("POST", format!("{guild}/roles"), body)
            }
            (10, _, Some(role)) => {
                let body = json!({ "name": format!("trade {number}"), "mentionable": true, "permissions": "2048" });
                ("PATCH", format!("{guild}/roles/{}", id(role)), body)
            }
            (11, _, Some(role)) => ("DELETE", format!("{guild}/roles/{}", id(role)), Value::Null),
            (12, _, Some(role)) => {
                ("PATCH", format!("{guild}/roles"), json!([{ "id": id(role), "position": 1 + number % 3 }]))
            }
            (13, _, Some(role)) => ("PUT", format!("{guild}/members/{member}/roles/{}", id(role)), json!({})),
            (14, _, Some(role)) => ("DELETE", format!("{guild}/members/{member}/roles/{}", id(role)), Value::Null),
            (15, ..) => ("PATCH", format!("{guild}/members/{member}"), json!({ "nick": format!("nick {number}") })),
            (16, ..) => return Box::pin(self.leave_and_return(number)).await,
            (17, ..) => return self.thread(number).await,
            (18, ..) => {
                let body = json!({
                    "name": format!("Town {number}"), "afk_timeout": 300, "default_message_notifications": number % 2,
                });
                ("PATCH", guild, body)
            }
            (19, ..) => {
                // One pixel.
                let image = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
                (
                    "POST",
                    format!("{guild}/emojis"),
                    json!({ "name": format!("dot{number}"), "image": image, "roles": [] }),
                )
            }
            _ => {
                let said = self.town.say(&owner, "hello").await;
                ("PUT", format!("/channels/{main}/messages/pins/{}", id(&said)), json!({}))
            }
        };
        let body = (!body.is_null()).then_some(body);
        let answer = owner.ask(method, &path, body.clone()).await;
        // What is not there cannot be taken away.
        let nothing = method == "DELETE" && path.contains("/permissions/") && answer.body["code"] == 10009;
        assert!(nothing || [200, 201, 204].contains(&answer.status), "{method} {path} {body:?}: {answer:?}");
        format!("{method} {path} {body:?}")
    }

    async fn leave_and_return(&mut self, number: usize) -> String {
        let (owner, member) = (self.town.owner.clone(), self.town.member.clone());
        let place = format!("/guilds/{}", self.town.guild);
        if number.is_multiple_of(2) {
            owner.delete(&format!("{place}/members/{}", member.id)).await.ok(204);
        } else {
            owner.put(&format!("{place}/bans/{}", member.id), json!({})).await.ok(204);
            self.compare("the member is banned").await;
            owner.delete(&format!("{place}/bans/{}", member.id)).await.ok(204);
        }
        let invite = owner.post(&format!("/channels/{}/invites", self.town.channel), json!({})).await.ok(200);
        self.compare("the member is away").await;
        member.post(&format!("/invites/{}", invite["code"].as_str().unwrap()), json!({})).await.ok(200);
        "the member came back".into()
    }

    async fn thread(&mut self, number: usize) -> String {
        let owner = self.town.owner.clone();
        let said = self.town.say(&owner, "a beginning").await;
        let path = format!("/channels/{}/messages/{}/threads", self.town.channel, id(&said));
        let thread = owner.post(&path, json!({ "name": format!("aside {number}") })).await.ok(201);
        let path = format!("/channels/{}", id(&thread));
        let inside = format!("{path}/messages");
        let said = owner.post(&inside, json!({ "content": "one" })).await.ok(200);
        owner.post(&inside, json!({ "content": "two" })).await.ok(200);
        if number.is_multiple_of(3) {
            owner.delete(&format!("{inside}/{}", id(&said))).await.ok(204);
        }
        match number % 4 {
            0 => owner.patch(&path, json!({ "archived": true })).await.ok(200),
            1 => owner.patch(&path, json!({ "name": "renamed", "rate_limit_per_user": 5 })).await.ok(200),
            2 => owner.delete(&path).await.ok(200),
            _ => owner.put(&format!("{path}/thread-members/{}", self.town.member.id), json!({})).await.ok(204),
        };
        format!("a thread, way {}", number % 4)
    }

    /// What was heard so far against what somebody new is told, and against REST.
    async fn compare(&mut self, after: &str) {
        self.said += 1;
        let end = format!("so far {}", self.said);
        self.town.say(&self.town.owner, &end).await;
        while self.ears.event("MESSAGE_CREATE").await["content"] != end {}
        let guild = self.town.guild.clone();
        let known = picture(&self.ears.cache, &guild);
        let fresh = self.bot.connect(INTENTS).await;
        let seen = picture(&fresh.cache, &guild);
        let mut problems = Vec::new();
        compare(&known, &seen, "", &mut problems);
        compare(&seen, &known, "", &mut problems);
        // REST tells the same of channels and roles, more of some of them.
        for (kind, path) in [("channels", "channels"), ("roles", "roles"), ("emojis", "emojis")] {
            let listed = self.bot.get(&format!("/guilds/{guild}/{path}")).await.ok(200);
            for item in listed.as_array().unwrap() {
                match known[kind].get(id(item)) {
                    Some(known) => compare(known, item, &format!("REST {kind}"), &mut problems),
                    None => problems.push(format!("REST has {kind} {item}, which nobody told")),
                }
            }
        }
        // Counters are not told anew with each message: who counts along is right.
        for (thread, counted) in &fresh.counters {
            if self.ears.counters.get(thread) != Some(counted) {
                problems.push(format!("thread {thread}: {counted:?}, counted {:?}", self.ears.counters.get(thread)));
            }
        }
        // Threads that are over are only listed: as they were told when they ended.
        let path = format!("/channels/{}/threads/archived/public", self.town.channel);
        let over = self.bot.get(&path).await;
        for thread in over.body["threads"].as_array().into_iter().flatten() {
            let told = twilight_model::id::Id::new(id(thread).parse().unwrap());
            match self.ears.cache.channel(told) {
                Some(told) => {
                    let told = serde_json::to_value(told.value()).unwrap();
                    compare(&archived(told), &archived(thread.clone()), "archived", &mut problems);
                }
                None => problems.push(format!("{thread} ended, and nobody told")),
            }
        }
        assert!(problems.is_empty(), "after {after}:\n{}", problems.join("\n"));
    }
}
