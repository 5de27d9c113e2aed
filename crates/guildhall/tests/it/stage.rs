//! A server with a guild, people in it and an application, all made through the API.

use std::path::{Path, PathBuf};

use guildhall_harness::{Client, PASSWORD};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::Process;

/// The server and who is there.
pub(crate) struct Stage {
    /// The running program.
    pub(crate) process: Process,
    /// Owner of the instance and of the guild.
    pub(crate) owner: Client,
    /// A member without roles.
    pub(crate) member: Client,
    /// The guild.
    pub(crate) guild: String,
    /// Its text channel.
    pub(crate) channel: String,
    /// Id of the application and its bot.
    pub(crate) bot: String,
    /// Token of the bot.
    pub(crate) token: String,
    data: TempDir,
}

impl Stage {
    /// Starts the program with these settings and brings everybody in.
    pub(crate) async fn new(settings: &[(&str, &str)]) -> Self {
        let data = TempDir::new().expect("a temporary folder can be made");
        let process = Process::start(data.path(), settings).await;
        let (owner, guild) = process.set_up("owner").await;
        let channels = owner.get(&format!("/guilds/{guild}/channels")).await.ok(200);
        let channel = channels.as_array().unwrap().iter().find(|channel| channel["type"] == 0).unwrap();
        let channel = text(&channel["id"]).to_owned();
        let invite = owner.post(&format!("/channels/{channel}/invites"), json!({})).await.ok(200);
        let code = text(&invite["code"]);
        let register = json!({
            "username": "member",
            "email": "member@example.org",
            "password": PASSWORD,
            "invite": code,
        });
        let made = process.client().post("/auth/register", register).await.ok(201);
        let member = process.client().with(text(&made["token"]), text(&made["user_id"]));
        member.post(&format!("/invites/{code}"), json!({})).await.ok(200);
        let application = owner.own("POST", "/applications", json!({ "name": "helper" })).await.ok(201);
        let (bot, token) = (text(&application["id"]).to_owned(), text(&application["bot"]["token"]).to_owned());
        owner.own("PUT", &format!("/guilds/{guild}/bots/{bot}"), json!({ "permissions": "8" })).await.ok(204);
        Self { process, owner, member, guild, channel, bot, token, data }
    }

    /// Kills the program and starts it again over the same data, where everybody finds it.
    pub(crate) async fn killed_and_restarted(mut self, settings: &[(&str, &str)]) -> Self {
        self.process.kill().await;
        self.moved(settings).await
    }

    async fn moved(self, settings: &[(&str, &str)]) -> Self {
        let process = Process::start(self.data.path(), settings).await;
        let (owner, member) = (self.owner.moved(process.address), self.member.moved(process.address));
        Self { process, owner, member, ..self }
    }

    /// The same, while nothing runs.
    pub(crate) async fn stopped(mut self) -> Stopped {
        self.process.terminate();
        self.process.ended().await;
        Stopped(self)
    }

    /// The folder of data.
    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    /// Every file in the folder of files.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let (mut folders, mut files) = (vec![self.data.path().join("files")], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files
    }

    /// Says something in the text channel.
    pub(crate) async fn say(&self, who: &Client, text: &str) -> Value {
        who.post(&format!("/channels/{}/messages", self.channel), json!({ "content": text })).await.ok(200)
    }
}

/// A stage whose program has ended.
pub(crate) struct Stopped(Stage);

impl Stopped {
    /// The folder of data.
    pub(crate) fn data(&self) -> &Path {
        self.0.data()
    }

    /// Starts the program again over the same data, where everybody finds it.
    pub(crate) async fn started(self, settings: &[(&str, &str)]) -> Stage {
        self.0.moved(settings).await
    }
}

/// A text that must be there.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}
