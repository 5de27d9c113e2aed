//! A bot on stock twilight, unmodified but for the base URL. It does what the scripts under tests/clients do.

mod arrange;

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use twilight_gateway::{ConfigBuilder, Event, EventTypeFlags, Intents, Shard, ShardId, StreamExt as _};
use twilight_http::Client;
use twilight_http::request::AuditLogReason as _;
use twilight_http::request::channel::reaction::RequestReactionType;
use twilight_model::application::command::Command;
use twilight_model::application::interaction::application_command::CommandOptionValue;
use twilight_model::application::interaction::{Interaction, InteractionData};
use twilight_model::channel::ChannelType;
use twilight_model::channel::forum::ForumTag;
use twilight_model::channel::message::component::Component;
use twilight_model::channel::thread::AutoArchiveDuration;
use twilight_model::gateway::payload::incoming::{MessageCreate, Ready};
use twilight_model::guild::auto_moderation::AutoModerationEventType;
use twilight_model::http::attachment::Attachment;
use twilight_model::http::interaction::{InteractionResponse, InteractionResponseData, InteractionResponseType};
use twilight_model::id::Id;
use twilight_model::id::marker::{GuildMarker, UserMarker};
use twilight_model::poll::Poll;
use twilight_model::user::User;

use crate::bot::Bot;

use self::arrange::Statuses;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Logs it in.
pub(crate) fn start(address: SocketAddr, token: &str) -> Bot {
    let (lines, bot) = Bot::new();
    // The base URLs.
    let http = Client::builder().token(format!("Bot {token}")).proxy(address.to_string(), true).build();
    let intents = Intents::GUILDS
        | Intents::GUILD_MEMBERS
        | Intents::GUILD_MESSAGES
        | Intents::GUILD_MESSAGE_REACTIONS
        | Intents::MESSAGE_CONTENT
        | Intents::AUTO_MODERATION_EXECUTION
        | Intents::GUILD_MESSAGE_POLLS
        | Intents::GUILD_SCHEDULED_EVENTS;
    let config = ConfigBuilder::new(token.to_owned(), intents).proxy_url(format!("ws://{address}")).build();
    let shard = Shard::with_config(ShardId::ONE, config);
    let helper = Helper { http: Arc::new(http), lines };
    tokio::spawn(async move {
        if let Err(error) = Box::pin(helper.run(shard)).await {
            helper.line(json!({ "step": "twilight", "error": format!("{error:?}") }));
        }
    });
    bot
}

struct Helper {
    http: Arc<Client>,
    lines: UnboundedSender<Value>,
}

impl Helper {
    fn line(&self, line: Value) {
        // Whoever listened has gone: the test is over.
        let _ = self.lines.send(line);
    }

    fn say(&self, step: &str, saw: Value) {
        self.line(json!({ "step": step, "saw": saw }));
    }

    async fn run(&self, mut shard: Shard) -> Outcome<()> {
        let mut me: Option<Ready> = None;
        let mut guild_name = String::new();
        let mut statuses = Statuses::default();
        while let Some(event) = shard.next_event(EventTypeFlags::all()).await {
            match event? {
                Event::Ready(ready) => me = Some(ready),
                Event::GuildCreate(guild) => {
                    let twilight_model::gateway::payload::incoming::GuildCreate::Available(guild) = *guild else {
                        return Err("the guild is not available".into());
                    };
                    guild_name.clone_from(&guild.name);
                    let ready = me.as_ref().ok_or("GUILD_CREATE before READY")?;
                    let mut channels: Vec<_> =
                        guild.channels.iter().filter_map(|channel| channel.name.clone()).collect();
                    channels.sort();
                    let commands = self.register(ready, guild.id).await?;
                    let listed = self.http.guild_members(guild.id).limit(10).await?.models().await?;
                    let mut members: Vec<_> = listed.iter().map(|member| member.user.name.clone()).collect();
                    members.sort();
                    let saw = json!({
                        "id": ready.user.id,
                        "guilds": [guild.name],
                        "channels": channels,
                        "members": members,
                        "owner": guild.owner_id,
                        "commands": commands,
                    });
                    self.say("ready", saw);
                }
                Event::MessageCreate(message) => {
                    let step = message.content.strip_prefix('!').and_then(|rest| rest.split(' ').next());
                    if let Some(step) = step.filter(|_| !message.author.bot) {
                        let me = me.as_ref().ok_or("a message before READY")?.user.id;
                        let saw = Box::pin(self.act(step, &message, me, &guild_name)).await?;
                        self.say(step, saw);
                    }
                }
                Event::ReactionAdd(reaction) if me.as_ref().is_some_and(|ready| ready.user.id != reaction.user_id) => {
                    let twilight_model::channel::message::EmojiReactionType::Unicode { name } = &reaction.emoji else {
                        return Err("not the emoji".into());
                    };
                    self.say(
                        "reaction",
                        json!({ "emoji": name, "user": reaction.user_id, "message": reaction.message_id }),
                    );
                }
                Event::AutoModerationActionExecution(execution) => {
                    let saw = json!({
                        "user": execution.user_id,
                        "rule": execution.rule_id,
                        "action": u8::from(execution.action.kind),
                        "content": execution.content,
                        "keyword": execution.matched_keyword,
                        "matched": execution.matched_content,
                    });
                    self.say("blocked", saw);
                }
                Event::GuildScheduledEventCreate(event) => statuses.note(&event),
                Event::GuildScheduledEventUpdate(event) => self.say("begun", statuses.changed(&event)),
                Event::GuildScheduledEventUserAdd(one) => {
                    self.say("interested", json!({ "event": one.guild_scheduled_event_id, "user": one.user_id }));
                }
                Event::MessagePollVoteAdd(vote) => {
                    self.say("vote", json!({ "answer": vote.answer_id, "user": vote.user_id }));
                }
                Event::InteractionCreate(interaction) => {
                    let (step, saw) = self.answer(&interaction, &guild_name).await?;
                    self.say(step, saw);
                }
                _ => {}
            }
        }
        Err("the gateway ended".into())
    }

    async fn register(&self, ready: &Ready, guild: Id<GuildMarker>) -> Outcome<Vec<String>> {
        let option = json!({ "type": 3, "name": "name", "description": "To whom", "required": true });
        let greet = json!({
            "type": 1, "name": "greet", "description": "Says hello", "options": [option], "version": "1",
        });
        let greet: Command = serde_json::from_value(greet)?;
        let interactions = self.http.interaction(ready.application.id);
        let commands = interactions.set_guild_commands(guild, &[greet]).await?.models().await?;
        Ok(commands.into_iter().map(|command| command.name).collect())
    }

    async fn answer(&self, interaction: &Interaction, guild_name: &str) -> Outcome<(&'static str, Value)> {
        match interaction.data.as_ref() {
            Some(InteractionData::MessageComponent(used)) if used.custom_id == "order" => {
                return Ok(("order", arrange::order(&self.http, interaction).await?));
            }
            Some(InteractionData::ModalSubmit(filled)) if filled.custom_id == "survey" => {
                return Ok(("survey", arrange::survey(&self.http, interaction, filled).await?));
            }
            _ => {}
        }
        let user = interaction.author().ok_or("nobody did it")?;
        let held = interaction.member.as_ref().ok_or("no member")?.roles.clone();
        let roles = self.http.roles(interaction.guild_id.ok_or("no guild")?).await?.models().await?;
        let names: Vec<_> = roles.into_iter().filter(|role| held.contains(&role.id)).map(|role| role.name).collect();
        let mut saw = json!({
            "user": person(user),
            "guild": guild_name,
            "channel": interaction.channel.as_ref().and_then(|channel| channel.name.clone()),
            "roles": names,
        });
        let client = &self.http.interaction(interaction.application_id);
        let respond = |kind, data| {
            let response = InteractionResponse { kind, data: Some(data) };
            async move { client.create_response(interaction.id, &interaction.token, &response).await }
        };
        let shown = InteractionResponseType::ChannelMessageWithSource;
        let (step, more) = match interaction.data.as_ref().ok_or("no data")? {
            InteractionData::ApplicationCommand(command) => {
                let option = command.options.first().ok_or("no option")?;
                let CommandOptionValue::String(name) = &option.value else { return Err("no text".into()) };
                let button = json!({ "type": 2, "style": 1, "label": "More", "custom_id": "more" });
                let row: Component = serde_json::from_value(json!({ "type": 1, "components": [button] }))?;
                let content = Some(format!("hello {name}"));
                respond(shown, InteractionResponseData { content, components: Some(vec![row]), ..Default::default() })
                    .await?;
                ("command", json!({ "name": command.name, "option": name }))
            }
            InteractionData::MessageComponent(used) => {
                let input = json!({ "type": 4, "style": 1, "label": "Why?", "custom_id": "why" });
                let row: Component = serde_json::from_value(json!({ "type": 1, "components": [input] }))?;
                let data = InteractionResponseData {
                    custom_id: Some("form".into()),
                    title: Some("A form".into()),
                    components: Some(vec![row]),
                    ..Default::default()
                };
                respond(InteractionResponseType::Modal, data).await?;
                let message = interaction.message.as_ref().ok_or("no message")?;
                ("button", json!({ "custom_id": used.custom_id, "message": message.content }))
            }
            InteractionData::ModalSubmit(filled) => {
                let fields = serde_json::to_value(&filled.components)?;
                let value = fields[0]["components"][0]["value"].as_str().ok_or("no value")?;
                let content = Some(format!("because {value}"));
                respond(shown, InteractionResponseData { content, ..Default::default() }).await?;
                let token = &interaction.token;
                let answer = client.response(token).await?.model().await?;
                let changed = format!("truly because {value}");
                client.update_response(token).content(Some(&changed)).await?;
                let second = client.create_followup(token).content("and more").await?.model().await?;
                client.delete_response(token).await?;
                let known = json!({
                    "custom_id": filled.custom_id,
                    "value": value,
                    "answer": answer.id,
                    "follow_up": second.id,
                });
                ("modal", known)
            }
            data => return Err(format!("unknown data {data:?}").into()),
        };
        for (key, value) in more.as_object().into_iter().flatten() {
            saw[key] = value.clone();
        }
        Ok((step, saw))
    }

    async fn act(&self, step: &str, message: &MessageCreate, me: Id<UserMarker>, guild_name: &str) -> Outcome<Value> {
        let http = &self.http;
        let (channel, guild) = (message.channel_id, message.guild_id.ok_or("no guild")?);
        Ok(match step {
            "reply" => {
                let member = message.member.as_ref().ok_or("no member")?;
                let mut files = Vec::new();
                for file in &message.attachments {
                    let text = reqwest::get(&file.url).await?.text().await?;
                    files.push(json!({ "name": file.filename, "size": file.size, "text": text }));
                }
                let place = http.channel(channel).await?.model().await?;
                let said = format!("you said {}", message.content);
                let answer = http.create_message(channel).content(&said).reply(message.id).await?.model().await?;
                let to = answer.reference.and_then(|reference| reference.message_id);
                json!({
                    "author": person(&message.author),
                    "member": { "roles": member.roles, "joined": member.joined_at.is_some() },
                    "guild": guild_name,
                    "channel": place.name,
                    "files": files,
                    "answer": { "id": answer.id, "to": to, "mine": answer.author.id == me },
                })
            }
            "file" => {
                let mut note = Attachment::from_bytes("note.txt".into(), b"written by a bot".to_vec(), 0);
                note.description("a note".into());
                let notes = [note];
                let answer = http.create_message(channel).content("a file").attachments(&notes).await?.model().await?;
                let file = answer.attachments.first().ok_or("no file")?;
                let text = reqwest::get(&file.url).await?.text().await?;
                json!({ "name": file.filename, "size": file.size, "description": file.description, "text": text })
            }
            "react" => {
                http.create_reaction(channel, message.id, &RequestReactionType::Unicode { name: "👍" }).await?;
                let again = http.message(channel, message.id).await?.model().await?;
                let reaction = again.reactions.first().ok_or("no reaction")?;
                let emoji = serde_json::to_value(&reaction.emoji)?["name"].take();
                json!({ "emoji": emoji, "me": reaction.me })
            }
            "thread" => {
                let thread = http
                    .create_thread_from_message(channel, message.id, "aside")
                    .auto_archive_duration(AutoArchiveDuration::Hour)
                    .await?
                    .model()
                    .await?;
                let inside = http.create_message(thread.id).content("in the thread").await?.model().await?;
                json!({
                    "name": thread.name,
                    "parent": thread.parent_id,
                    "channel": inside.channel_id,
                    "thread": thread.id,
                    "owner": thread.owner_id,
                })
            }
            "role" => {
                let role = http.create_role(guild).name("Smith").reason("for größe").await?.model().await?;
                http.add_guild_member_role(guild, message.author.id, role.id).reason("welcome ü").await?;
                let member = http.guild_member(guild, message.author.id).await?.model().await?;
                let roles = http.roles(guild).await?.models().await?;
                let held = roles.into_iter().filter(|role| member.roles.contains(&role.id)).map(|role| role.name);
                json!({ "id": role.id, "roles": held.collect::<Vec<_>>() })
            }
            "automod" => {
                let rule = http
                    .create_auto_moderation_rule(guild, "words", AutoModerationEventType::MessageSend)
                    .action_block_message_with_explanation("Not here")
                    .enabled(true)
                    .with_keyword(&["forbidden*"], &[], &[])
                    .await?
                    .model()
                    .await?;
                let words = rule.trigger_metadata.keyword_filter;
                json!({ "id": rule.id, "name": rule.name, "words": words, "creator": rule.creator_id })
            }
            "poll" => {
                let poll: Poll = serde_json::from_value(json!({
                    "question": { "text": "What for dinner?" },
                    "answers": [
                        { "answer_id": 1, "poll_media": { "text": "Soup", "emoji": { "name": "🍲" } } },
                        { "answer_id": 2, "poll_media": { "text": "Bread" } },
                    ],
                    "allow_multiselect": false, "expiry": null, "layout_type": 1,
                }))?;
                let asked = http.create_message(channel).poll(&poll).await?.model().await?;
                let poll = asked.poll.ok_or("no poll")?;
                let answers: Vec<_> = poll.answers.into_iter().map(|answer| answer.poll_media.text).collect();
                json!({ "id": asked.id, "question": poll.question.text, "answers": answers })
            }
            "forum" => {
                let tag: ForumTag = serde_json::from_value(json!({
                    "id": "1", "name": "question", "moderated": false, "emoji_id": null, "emoji_name": null,
                }))?;
                let tags = [tag];
                let forum = http.create_guild_channel(guild, "help").kind(ChannelType::GuildForum);
                let forum = forum.available_tags(&tags).await?.model().await?;
                let tag = forum.available_tags.unwrap_or_default().pop().ok_or("no tag")?;
                let applied = [tag.id];
                let post = http.create_forum_thread(forum.id, "Why?").applied_tags(&applied).message();
                let post = post.content("a post").await?.model().await?;
                let tagged = post.channel.applied_tags.unwrap_or_default().len();
                json!({
                    "forum": forum.id,
                    "parent": post.channel.parent_id,
                    "name": post.channel.name,
                    "tag": tag.name,
                    "tagged": tagged,
                    "first": post.message.content,
                })
            }
            "event" => arrange::event(http, guild, message).await?,
            "layout" => arrange::layout(http, message).await?,
            "edit" => {
                let sent = http.create_message(channel).content("first").await?.model().await?;
                let edited = http.update_message(channel, sent.id).content(Some("second")).await?.model().await?;
                json!({ "id": sent.id, "content": edited.content, "edited": edited.edited_timestamp.is_some() })
            }
            "delete" => {
                let sent = http.create_message(channel).content("short-lived").await?.model().await?;
                http.delete_message(channel, sent.id).await?;
                let there = match http.message(channel, sent.id).await {
                    Ok(_) => json!(true),
                    Err(error) => match error.kind() {
                        twilight_http::error::ErrorType::Response {
                            error: twilight_http::api_error::ApiError::General(refusal),
                            ..
                        } => json!(refusal.code),
                        _ => return Err(error.into()),
                    },
                };
                json!({ "id": sent.id, "there": there })
            }
            step => return Err(format!("there is no step {step}").into()),
        })
    }
}

fn person(user: &User) -> Value {
    json!({ "id": user.id, "username": user.name, "bot": user.bot })
}
