//! Linked roles: what applications say of somebody decides who has them.

use std::time::Duration;

use guildhall_harness::{Client, Socket, Town, on_both};
use guildhall_wire::Timestamp;
use serde_json::{Value, json};

use crate::oauth2::Third;

const MANAGE_ROLES: u64 = 1 << 28;
const GUILDS_AND_MEMBERS: u64 = 1 << 1 | 1;

/// A town whose chess club wants to know of wins, from an application that says so.
struct Club {
    town: Town,
    third: Third,
    role: String,
}

impl Club {
    async fn new(engine: guildhall_db::Engine) -> Self {
        let town = Town::new(engine).await;
        let third = Third::new(&town).await;
        let field = |kind: u8, key: &str| json!({ "type": kind, "key": key, "name": key, "description": "of chess" });
        let fields = json!([field(2, "wins"), field(5, "since"), field(7, "verified")]);
        third.bot.put(&format!("/applications/{}/role-connections/metadata", third.bot.id), fields).await.ok(200);
        let made = town.owner.post(&format!("/guilds/{}/roles", town.guild), json!({ "name": "Player" })).await.ok(200);
        let role = made["id"].as_str().unwrap().to_owned();
        Self { town, third, role }
    }

    fn rules(&self) -> String {
        format!("/guilds/{}/roles/{}/connections/configuration", self.town.guild, self.role)
    }

    fn rule(&self, key: &str, operator: u8, value: &str) -> Value {
        json!({
            "connection_type": "application", "application_id": self.third.bot.id,
            "connection_metadata_field": key, "operator": operator, "value": value,
        })
    }

    async fn asks(&self, rules: Value) -> Value {
        self.town.owner.put(&self.rules(), rules).await.ok(200)
    }

    /// What lets the application say something of somebody.
    async fn link(&self, who: &Client) -> Link {
        let path = format!("/users/@me/applications/{}/role-connection", self.third.bot.id);
        Link { as_them: self.third.bearer(&self.town, who, "role_connections.write").await, path }
    }

    async fn has(&self, who: &Client) -> bool {
        let path = format!("/guilds/{}/members/{}", self.town.guild, who.id);
        let member = self.town.owner.get(&path).await.ok(200);
        member["roles"].as_array().unwrap().contains(&json!(self.role))
    }

    async fn run(&self) -> usize {
        guildhall_api::run_due(&self.town.server.app).await.unwrap()
    }

    fn day(&self, days: i64) -> String {
        let micros = self.town.server.app.clock().micros() / 1_000_000 * 1_000_000 + days * 86_400_000_000;
        Timestamp::from_micros(micros).unwrap().iso_8601().to_string()
    }
}

struct Link {
    as_them: Client,
    path: String,
}

impl Link {
    async fn says(&self, metadata: Value) {
        self.as_them.put(&self.path, json!({ "platform_name": "Chess", "metadata": metadata })).await.ok(200);
    }
}

async fn told(socket: &mut Socket, who: &Client) -> Value {
    loop {
        let member = socket.event("GUILD_MEMBER_UPDATE").await;
        if member["user"]["id"] == json!(who.id) {
            return member["roles"].clone();
        }
    }
}

#[tokio::test]
async fn the_role_follows_what_the_application_says() {
    on_both(|engine| async move {
        let club = Club::new(engine).await;
        let mut socket = club.third.bot.connect(GUILDS_AND_MEMBERS).await;
        let rules = json!([[club.rule("wins", 2, "10")], [club.rule("verified", 7, "1")]]);
        assert_eq!(club.asks(rules.clone()).await, rules);
        assert_eq!(club.town.owner.get(&club.rules()).await.ok(200), rules);
        let changed = socket.event("GUILD_ROLE_UPDATE").await;
        assert_eq!(changed["role"]["tags"], json!({ "guild_connections": null }));
        let own = format!("/guilds/{}/connections", club.town.guild);
        let listed = club.town.member.own("GET", &own, json!({})).await.ok(200);
        assert_eq!((&listed[0]["id"], &listed[0]["connected"]), (&json!(club.third.bot.id), &Value::Null));
        assert_eq!(listed[0]["fields"][0]["key"], json!("wins"));
        club.town.stranger.own("GET", &own, json!({})).await.refused(403, 50_001);
        let link = club.link(&club.town.member).await;
        link.says(json!({ "wins": 9 })).await;
        let listed = club.town.member.own("GET", &own, json!({})).await.ok(200);
        assert_eq!(listed[0]["connected"]["metadata"], json!({ "wins": "9" }));
        assert_eq!((club.run().await, club.has(&club.town.member).await), (1, false));
        link.says(json!({ "wins": 10 })).await;
        assert_eq!(club.run().await, 1);
        assert_eq!(told(&mut socket, &club.town.member).await, json!([club.role]));
        let checks = format!("/guilds/{}/roles/{}/connections/eligibility", club.town.guild, club.role);
        let checks = club.town.member.get(&checks).await.ok(200);
        assert_eq!((&checks[0][0]["result"], &checks[1][0]["result"]), (&json!(true), &json!(false)));
        assert_eq!((&checks[0][0]["name"], &checks[0][0]["description"]), (&json!("wins"), &json!("of chess")));
        let log = format!("/guilds/{}/audit-logs?limit=1", club.town.guild);
        let entry = club.town.owner.get(&log).await.ok(200)["audit_log_entries"][0].clone();
        assert_eq!((&entry["action_type"], &entry["target_id"]), (&json!(25), &json!(club.town.member.id)));
        assert_eq!((&entry["user_id"], &entry["reason"]), (&Value::Null, &json!("linked role")));
        assert_eq!(entry["changes"][0]["new_value"][0]["id"], json!(club.role));
        // Another way to it.
        link.says(json!({ "wins": 1, "verified": true })).await;
        club.run().await;
        assert!(club.has(&club.town.member).await);
        link.says(json!({ "wins": 1 })).await;
        club.run().await;
        assert_eq!(told(&mut socket, &club.town.member).await, json!([]));
        link.says(json!({ "wins": 99 })).await;
        club.run().await;
        assert!(club.has(&club.town.member).await);
        club.town.member.delete(&link.path).await.ok(204);
        club.run().await;
        assert!(!club.has(&club.town.member).await, "nothing is said any more");
        assert_eq!(told(&mut socket, &club.town.member).await, json!([club.role]));
        assert_eq!(told(&mut socket, &club.town.member).await, json!([]));
    })
    .await;
}

#[tokio::test]
async fn rules_are_kept_by_those_who_keep_roles_and_by_people() {
    on_both(|engine| async move {
        let club = Club::new(engine).await;
        let (town, rules) = (&club.town, club.rules());
        let wins = json!([[club.rule("wins", 2, "10")]]);
        town.member.put(&rules, wins.clone()).await.refused(403, 50_013);
        town.member.get(&rules).await.refused(403, 50_013);
        let bot = town.bot(MANAGE_ROLES).await;
        bot.put(&rules, wins.clone()).await.refused(403, 20_001);
        bot.get(&rules).await.refused(403, 20_001);
        let unknown = rules.replace(&club.role, "1");
        town.owner.put(&unknown, wins.clone()).await.refused(404, 10_011);
        let everyone = rules.replace(&club.role, &town.guild);
        town.owner.put(&everyone, wins.clone()).await.refused(400, 50_028);
        // Somebody who keeps roles, but stands below this one.
        let keeper = json!({ "name": "Keeper", "permissions": MANAGE_ROLES.to_string() });
        let keeper = town.owner.post(&format!("/guilds/{}/roles", town.guild), keeper).await.ok(200);
        let give = format!("/guilds/{}/members/{}/roles", town.guild, town.member.id);
        town.owner.put(&format!("{give}/{}", keeper["id"].as_str().unwrap()), json!({})).await.ok(204);
        town.member.put(&rules, wins.clone()).await.refused(403, 50_013);
        for (rules_sent, path) in [
            (json!([[club.rule("losses", 2, "10")]]), "/0/0/connection_metadata_field"),
            (json!([[club.rule("wins", 7, "1")]]), "/0/0/operator"),
            (json!([[{ "connection_type": "application", "application_id": "1" }]]), "/0/0/application_id"),
        ] {
            let answer = town.owner.put(&rules, rules_sent).await;
            assert!(answer.body["errors"].pointer(path).is_some(), "{path}: {}", answer.body);
            answer.refused(400, 50_035);
        }
        club.asks(wins.clone()).await;
        // By hand it neither comes nor goes.
        let hand = format!("{give}/{}", club.role);
        town.owner.put(&hand, json!({})).await.refused(400, 50_028);
        let member = format!("/guilds/{}/members/{}", town.guild, town.member.id);
        town.owner.patch(&member, json!({ "roles": [club.role] })).await.refused(400, 50_028);
        let log = town.owner.get(&format!("/guilds/{}/audit-logs?action_type=31&limit=1", town.guild)).await.ok(200);
        let change = &log["audit_log_entries"][0]["changes"][0];
        assert_eq!((&change["key"], &change["new_value"]), (&json!("connections"), &wins));
    })
    .await;
}

#[tokio::test]
async fn new_rules_time_and_joining_count_too() {
    on_both(|engine| async move {
        let club = Club::new(engine).await;
        let town = &club.town;
        // Somebody has the role by hand, somebody else has what it is about to ask.
        let hand = format!("/guilds/{}/members/{}/roles/{}", town.guild, town.owner.id, club.role);
        town.owner.put(&hand, json!({})).await.ok(204);
        let link = club.link(&town.member).await;
        link.says(json!({ "wins": 10, "since": club.day(-3) })).await;
        club.asks(json!([[club.rule("wins", 2, "10")]])).await;
        assert_eq!((club.has(&town.owner).await, club.has(&town.member).await), (false, true));
        // At least five days of membership: two days later that is so, and nobody says anything.
        club.asks(json!([[club.rule("since", 5, "5")]])).await;
        assert!(!club.has(&town.member).await);
        assert_eq!(club.run().await, 0);
        town.server.app.clock().advance(Duration::from_secs(2 * 86_400 + 1));
        assert_eq!((club.run().await, club.has(&town.member).await), (1, true));
        // Who comes later has it by what was said before; an invite does not give it.
        let late = club.link(&town.stranger).await;
        late.says(json!({ "since": club.day(-9) })).await;
        assert_eq!(club.run().await, 0);
        let invite = town.owner.post(&format!("/channels/{}/invites", town.channel), json!({})).await.ok(200);
        town.stranger.post(&format!("/invites/{}", invite["code"].as_str().unwrap()), json!({})).await.ok(200);
        assert_eq!((club.run().await, club.has(&town.stranger).await), (1, true));
        // Without rules it is a role like others, and stays with those who have it.
        club.asks(json!([])).await;
        assert!(club.has(&town.stranger).await);
        let hand = format!("/guilds/{}/members/{}/roles/{}", town.guild, town.stranger.id, club.role);
        town.owner.delete(&hand).await.ok(204);
        assert!(!club.has(&town.stranger).await);
        // With the application goes its word.
        club.asks(json!([[club.rule("wins", 2, "1")]])).await;
        assert!(club.has(&town.member).await);
        town.owner.own("DELETE", &format!("/applications/{}", club.third.bot.id), json!({})).await.ok(204);
        club.run().await;
        assert!(!club.has(&town.member).await);
    })
    .await;
}
