//! Polls: `/channels/{channel_id}/polls`. They are asked by messages and end by themselves.

use std::str::FromStr;

use guildhall_store as store;
use guildhall_store::message::MessageRow;
use guildhall_store::user::UserRow;
use guildhall_wire::embed::{Embed, EmbedField};
use guildhall_wire::message::{Message, MessageKind, MessageReference};
use guildhall_wire::poll::{Poll, PollBody, PollVote, VoteBody, Voters};
use serde::Deserialize;

use crate::kernel::access::channel_by_secret;
use crate::prelude::*;
use crate::schedule::{self, Kind};
use crate::{App, message};

pub(crate) fn routes() -> Routes {
    let read = Permissions::READ_MESSAGE_HISTORY;
    Routes::new()
        .get("/channels/{channel_id}/polls/{message_id}/answers/{answer_id}", get_answer_voters, read)
        .put("/channels/{channel_id}/polls/{message_id}/answers/@me", set_my_poll_votes, read)
        .limit(80, 60)
        .post("/channels/{channel_id}/polls/{message_id}/expire", poll_expire, Need::Member)
}

/// Lets a message ask what its body asks.
pub(crate) fn fill(app: &App, channel: &Channel, row: &mut MessageRow, body: Option<&PollBody>) -> Result<()> {
    let Some(body) = body else { return Ok(()) };
    channel.require(Permissions::SEND_POLLS)?;
    if !channel.kind().has_messages() {
        return Err(Code::PollChannelType.into());
    }
    let poll = body.read(app.clock().micros(), crate::reaction::is_standard).map_err(|errors| {
        let mut all = FormErrors::new();
        all.nest("poll", errors);
        all
    })?;
    row.extras.0.poll = Some(poll);
    Ok(())
}

/// What a message says, its question and answers too.
pub(crate) fn spoken(row: &MessageRow) -> String {
    let text = message::spoken(row);
    match &row.extras.0.poll {
        Some(poll) => format!("{text}\n{}", poll.text()),
        None => text,
    }
}

/// Makes a poll ready that is about to be written: names its emoji, and sees to it that it ends.
pub(crate) async fn open(app: &App, work: &mut Work, channel: &Channel, row: &mut MessageRow) -> Result<()> {
    let (id, author, alone, ended) = (row.id, row.author_id, row.visible_to.is_some(), row.extras.0.poll_ended);
    let Some(poll) = row.extras.0.poll.as_mut().filter(|_| !ended) else { return Ok(()) };
    if alone {
        return Err(Error::form("poll", "POLL_EPHEMERAL", "Nobody else could answer."));
    }
    for emoji in poll.answers.iter_mut().filter_map(|answer| answer.poll_media.emoji.as_mut()) {
        let Some(custom) = emoji.id.filter(|_| emoji.name.is_none()) else { continue };
        let known = match row.webhook_id.filter(|_| row.application_id.is_none()) {
            Some(_) => store::emoji::get(work, custom).await?,
            None => crate::emoji::find_usable(app, work, channel, author, custom).await?,
        };
        let known = known.ok_or(Code::PollEmoji)?;
        (emoji.name, emoji.animated) = (Some(known.name), known.animated);
    }
    schedule::at_place(work, Kind::PollEnd, channel.id, Subject { channel: channel.id, message: id }, poll.ends_at())
        .await
}

/// Which poll a timer is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    channel: Id<ChannelMarker>,
    message: Id<MessageMarker>,
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.channel, self.message)
    }
}

impl FromStr for Subject {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (channel, message) = text.split_once('/').ok_or(())?;
        Ok(Self { channel: channel.parse().map_err(|_| ())?, message: message.parse().map_err(|_| ())? })
    }
}

/// Ends a poll whose time is up.
pub(crate) async fn end_on_time(app: &App, work: &mut Work, subject: Subject) -> Result<()> {
    let Some(row) = store::message::get(work, subject.channel, subject.message).await? else { return Ok(()) };
    let Some(poll) = row.extras.0.poll.as_ref().filter(|_| !row.extras.0.poll_ended) else { return Ok(()) };
    if poll.ends_at() > app.clock().micros() {
        let due = poll.ends_at();
        return schedule::at(work, Kind::PollEnd, subject, due).await;
    }
    let all = Permissions::all();
    let Ok(channel) = channel_by_secret(app, subject.channel, all).await else { return Ok(()) };
    end(app, work, &channel, row).await?;
    Ok(())
}

/// Closes a poll, tells of it and says how it ended.
async fn end(app: &App, work: &mut Work, channel: &Channel, mut row: MessageRow) -> Result<Message> {
    row.extras.0.poll_ended = true;
    let ended = message::repost(app, work, channel, row.clone()).await?;
    let closed = channel.channel.thread_metadata.as_ref().is_some_and(|metadata| metadata.archived);
    let archived = closed || crate::channel::is_archived(channel);
    if let (Some(poll), false) = (&ended.poll, archived) {
        let mut result = MessageRow::new(app.next_id(), channel.id, row.author_id, String::new());
        result.kind = MessageKind::PollResult.number();
        result.webhook_id = row.webhook_id;
        result.application_id = row.application_id;
        result.extras.0.author.clone_from(&row.extras.0.author);
        result.extras.0.reference = Some(MessageReference::to(0, channel.id, channel.guild_id(), row.id));
        result.extras.0.embeds.push(outcome(poll));
        if channel.kind().is_thread() {
            result.position = store::channel::get(work, channel.id).await?.map(|thread| thread.total_message_sent);
        }
        message::post(app, work, channel, result, None).await?;
    }
    Ok(ended)
}

/// The card that says how a poll ended. Where two answers have the most votes, none of them has won.
fn outcome(poll: &Poll) -> Embed {
    let counts = poll.results.as_ref().map(|results| results.answer_counts.as_slice()).unwrap_or_default();
    let most = counts.iter().map(|count| count.count).max().unwrap_or_default();
    let mut first = counts.iter().filter(|count| count.count == most && most > 0);
    let victor = first.next().filter(|_| first.next().is_none());
    let victor = victor.and_then(|count| poll.answers.iter().find(|answer| answer.answer_id == count.id));
    let total: u32 = counts.iter().map(|count| count.count).sum();
    let mut fields = vec![
        ("poll_question_text", poll.question.text.clone().unwrap_or_default()),
        ("victor_answer_votes", most.to_string()),
        ("total_votes", total.to_string()),
    ];
    if let Some(answer) = victor {
        fields.push(("victor_answer_id", answer.answer_id.to_string()));
        fields.push(("victor_answer_text", answer.poll_media.text.clone().unwrap_or_default()));
        if let Some(emoji) = &answer.poll_media.emoji {
            fields.extend(emoji.id.map(|id| ("victor_answer_emoji_id", id.to_string())));
            fields.extend(emoji.name.clone().map(|name| ("victor_answer_emoji_name", name)));
            fields.push(("victor_answer_emoji_animated", emoji.animated.to_string()));
        }
    }
    let field = |(name, value): (&str, String)| EmbedField { name: name.to_owned(), value, inline: false };
    Embed { kind: "poll_result".into(), fields: fields.into_iter().map(field).collect(), ..Embed::default() }
}

async fn find(run: &mut dyn Run, channel: &Channel, id: Id<MessageMarker>) -> Result<(MessageRow, Poll)> {
    let row = store::message::get(run, channel.id, id).await?.ok_or(Code::UnknownMessage)?;
    let poll = row.extras.0.poll.clone().ok_or(Code::NotAPoll)?;
    Ok((row, poll))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct VoterPage {
    after: Option<u64>,
    limit: Option<u32>,
}

async fn get_answer_voters(
    cx: Cx,
    channel: Channel,
    Path((_, id, answer)): Path<(Id<ChannelMarker>, Id<MessageMarker>, u8)>,
    Query(page): Query<VoterPage>,
) -> Result<Json<Voters>> {
    let limit = page.limit.unwrap_or(25);
    if !(1..=100).contains(&limit) {
        return Err(Error::form("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100."));
    }
    let (_, poll) = find(&mut cx.db(), &channel, id).await?;
    if !poll.has(answer) {
        return Err(Code::NotFound.into());
    }
    let ids = store::poll::voters(&mut cx.db(), id, answer, page.after.unwrap_or(0), limit).await?;
    let mut users = store::user::get_many(&mut cx.db(), &ids).await?;
    users.sort_by_key(|user| user.id);
    Ok(Json(Voters { users: users.iter().map(UserRow::user).collect() }))
}

/// Makes one's answers those that were sent; applications have none.
async fn set_my_poll_votes(
    cx: Cx,
    channel: Channel,
    Path((_, id)): Path<(Id<ChannelMarker>, Id<MessageMarker>)>,
    Json(body): Json<VoteBody>,
) -> Result<NoContent> {
    let me = cx.user()?;
    if cx.account()?.is_bot() {
        return Err(Code::UsersOnly.into());
    }
    crate::channel::require_writable(&cx, &channel).await?;
    if !channel.takes_part(me, cx.now()) {
        return Err(Code::PollVotingBlocked.into());
    }
    let mut wanted: Vec<u8> = body.answer_ids.into_iter().map(|id| id.0).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut work = cx.begin().await?.at(channel.id);
    let (row, poll) = find(&mut work, &channel, id).await?;
    if row.extras.0.poll_ended || poll.ends_at() <= cx.now() {
        return Err(Code::PollExpired.into());
    }
    if wanted.iter().any(|answer| !poll.has(*answer)) {
        return Err(Error::form("answer_ids", "POLL_INVALID_ANSWER", "Not an answer of this poll."));
    }
    if wanted.len() > 1 && !poll.allow_multiselect {
        return Err(Error::form("answer_ids", "BASE_TYPE_MAX_LENGTH", "Must be 1 or fewer in length."));
    }
    let vote = |answer_id| PollVote {
        user_id: me,
        channel_id: channel.id,
        message_id: id,
        guild_id: channel.guild_id(),
        answer_id,
    };
    let known = store::poll::of_user(&mut work, id, me).await?;
    for answer in known.iter().copied().filter(|answer| !wanted.contains(answer)) {
        store::poll::delete(&mut work, id, answer, me).await?;
        work.emit(Event::MessagePollVoteRemove(vote(answer)));
    }
    for answer in wanted.into_iter().filter(|answer| !known.contains(answer)) {
        store::poll::insert(&mut work, id, answer, me, cx.now()).await?;
        work.emit(Event::MessagePollVoteAdd(vote(answer)));
    }
    work.commit().await?;
    Ok(NoContent)
}

/// Ends one's own poll before its time.
async fn poll_expire(
    cx: Cx,
    channel: Channel,
    Path((_, id)): Path<(Id<ChannelMarker>, Id<MessageMarker>)>,
) -> Result<Json<Message>> {
    crate::channel::require_writable(&cx, &channel).await?;
    let mut work = cx.begin().await?.at(channel.id);
    let (row, _) = find(&mut work, &channel, id).await?;
    if row.author_id != cx.user()? {
        return Err(Code::NotAuthor.into());
    }
    if row.extras.0.poll_ended {
        return Err(Code::PollExpired.into());
    }
    schedule::cancel(&mut work, Kind::PollEnd, Subject { channel: channel.id, message: id }).await?;
    let message = end(&cx.app, &mut work, &channel, row).await?;
    work.commit().await?;
    Ok(Json(message))
}
