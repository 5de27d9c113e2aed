"""A bot on stock discord.py, unmodified but for the base URL: plain, or in two shards with `sharded`.

It does what a person tells it in chat and prints, one JSON line a step, what the library showed it. The person is
crates/guildhall/tests/it/stock.rs.
"""

import asyncio
import base64
import datetime
import io
import json
import os
import sys
import traceback

import discord
import yarl

API_URL, GATEWAY_URL, BOT_TOKEN = (os.environ[name] for name in ("API_URL", "GATEWAY_URL", "BOT_TOKEN"))
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SHARDED = sys.argv[1:] == ["sharded"]

# The base URLs: the library has no option for them.
discord.http.Route.BASE = f"{API_URL}/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(GATEWAY_URL)


def say(step, **saw):
    print(json.dumps({"step": step, "saw": saw}), flush=True)


def fail(step):
    print(json.dumps({"step": step, "error": traceback.format_exc()}), flush=True)
    os._exit(1)


def person(user):
    return {"id": str(user.id), "username": user.name, "bot": user.bot}


def named(member):
    return [role.name for role in member.roles if not role.is_default()]


class Form(discord.ui.Modal, title="A form"):
    why = discord.ui.TextInput(label="Why?", custom_id="why")

    def __init__(self):
        super().__init__(custom_id="form")

    async def on_submit(self, interaction):
        await interaction.response.send_message(f"because {self.why.value}")
        answer = await interaction.original_response()
        await interaction.edit_original_response(content=f"truly because {self.why.value}")
        second = await interaction.followup.send("and more", wait=True)
        await interaction.delete_original_response()
        say(
            "modal",
            **seen(interaction),
            custom_id="form",
            value=self.why.value,
            answer=str(answer.id),
            follow_up=str(second.id),
        )

    async def on_error(self, interaction, error):
        fail("modal")


def options(kind, *values):
    return [kind(label=value, value=value) for value in values]


class Survey(discord.ui.Modal, title="Your order"):
    """A form with one field of each kind."""

    dish = discord.ui.Label(
        text="Dish",
        component=discord.ui.Select(custom_id="dish", options=options(discord.SelectOption, "soup", "bread")),
    )
    size = discord.ui.Label(
        text="Size",
        component=discord.ui.RadioGroup(custom_id="size", options=options(discord.RadioGroupOption, "small", "large")),
    )
    extras = discord.ui.Label(
        text="Extras",
        component=discord.ui.CheckboxGroup(
            custom_id="extras",
            max_values=2,
            options=options(discord.CheckboxGroupOption, "salt", "pepper", "oil"),
        ),
    )
    away = discord.ui.Label(text="To go", component=discord.ui.Checkbox(custom_id="away"))
    voucher = discord.ui.Label(text="Voucher", component=discord.ui.FileUpload(custom_id="voucher"))

    def __init__(self):
        super().__init__(custom_id="survey")

    async def on_submit(self, interaction):
        file = self.voucher.component.values[0]
        saw = {
            "dish": self.dish.component.values,
            "size": self.size.component.value,
            "extras": self.extras.component.values,
            "away": self.away.component.value,
            "voucher": {"name": file.filename, "text": (await file.read()).decode()},
        }
        await interaction.response.send_message(f"a {saw['size']} {saw['dish'][0]}", ephemeral=True)
        say("survey", **saw)

    async def on_error(self, interaction, error):
        fail("survey")


class Order(discord.ui.Button):
    def __init__(self):
        super().__init__(label="Order", custom_id="order", style=discord.ButtonStyle.primary)

    async def callback(self, interaction):
        await interaction.response.send_modal(Survey())
        say("order", message=str(interaction.message.id))


class Menu(discord.ui.LayoutView):
    """A message of components alone."""

    def __init__(self):
        super().__init__()
        gallery = discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://soup.png", description="soup"))
        self.add_item(
            discord.ui.Container(
                discord.ui.TextDisplay("# Menu"),
                discord.ui.Section(discord.ui.TextDisplay("Soup of the day"), accessory=Order()),
                discord.ui.Separator(visible=True, spacing=discord.SeparatorSpacing.large),
                gallery,
                discord.ui.File("attachment://card.txt"),
                accent_colour=0x336699,
            )
        )

    async def on_error(self, interaction, error, item):
        fail("order")


class More(discord.ui.View):
    @discord.ui.button(label="More", custom_id="more", style=discord.ButtonStyle.primary)
    async def more(self, interaction, button):
        await interaction.response.send_modal(Form())
        say("button", **seen(interaction), custom_id="more", message=interaction.message.content)

    async def on_error(self, interaction, error, item):
        fail("button")


def seen(interaction):
    return {
        "user": person(interaction.user),
        "guild": interaction.guild.name,
        "channel": interaction.channel.name,
        "roles": named(interaction.user),
    }


class Steps:
    async def reply(self, message):
        files = [
            {"name": file.filename, "size": file.size, "text": (await file.read()).decode()}
            for file in message.attachments
        ]
        answer = await message.reply(f"you said {message.content}")
        return {
            "author": person(message.author),
            "member": {
                "roles": named(message.author),
                "joined": message.author.joined_at is not None,
            },
            "guild": message.guild.name,
            "channel": message.channel.name,
            "files": files,
            "answer": {
                "id": str(answer.id),
                "to": str(answer.reference.message_id),
                "mine": answer.author.id == client.user.id,
            },
        }

    async def file(self, message):
        note = discord.File(io.BytesIO(b"written by a bot"), "note.txt", description="a note")
        answer = await message.channel.send("a file", file=note)
        file = answer.attachments[0]
        text = (await file.read()).decode()
        return {"name": file.filename, "size": file.size, "description": file.description, "text": text}

    async def react(self, message):
        await message.add_reaction("👍")
        again = await message.channel.fetch_message(message.id)
        return {"emoji": again.reactions[0].emoji, "me": again.reactions[0].me}

    async def thread(self, message):
        thread = await message.create_thread(name="aside", auto_archive_duration=60)
        inside = await thread.send("in the thread")
        return {
            "name": thread.name,
            "parent": str(thread.parent_id),
            "channel": str(inside.channel.id),
            "thread": str(thread.id),
            "owner": str(thread.owner_id),
        }

    async def role(self, message):
        role = await message.guild.create_role(name="Smith", reason="for größe")
        await message.author.add_roles(role, reason="welcome ü")
        member = await message.guild.fetch_member(message.author.id)
        return {"id": str(role.id), "roles": named(member)}

    async def automod(self, message):
        rule = await message.guild.create_automod_rule(
            name="words",
            event_type=discord.AutoModRuleEventType.message_send,
            trigger=discord.AutoModTrigger(keyword_filter=["forbidden*"]),
            actions=[discord.AutoModRuleAction(custom_message="Not here")],
            enabled=True,
        )
        words = rule.trigger.keyword_filter
        return {"id": str(rule.id), "name": rule.name, "words": words, "creator": str(rule.creator_id)}

    async def poll(self, message):
        poll = discord.Poll("What for dinner?", duration=datetime.timedelta(hours=24))
        poll.add_answer(text="Soup", emoji="🍲")
        poll.add_answer(text="Bread")
        asked = await message.channel.send(poll=poll)
        answers = [answer.text for answer in asked.poll.answers]
        return {"id": str(asked.id), "question": asked.poll.question, "answers": answers}

    async def forum(self, message):
        forum = await message.guild.create_forum("help", available_tags=[discord.ForumTag(name="question")])
        tag = forum.available_tags[0]
        post, first = await forum.create_thread(name="Why?", content="a post", applied_tags=[tag])
        return {
            "forum": str(forum.id),
            "parent": str(post.parent_id),
            "name": post.name,
            "tag": tag.name,
            "tagged": len(post.applied_tags),
            "first": first.content,
        }

    async def event(self, message):
        start = discord.utils.utcnow() + datetime.timedelta(hours=1)
        event = await message.guild.create_scheduled_event(
            name="Picnic",
            privacy_level=discord.PrivacyLevel.guild_only,
            entity_type=discord.EntityType.external,
            start_time=start,
            end_time=start + datetime.timedelta(hours=1),
            location="by the river",
        )
        status, creator = event.status.value, str(event.creator_id)
        return {"id": str(event.id), "name": event.name, "status": status, "place": event.location, "creator": creator}

    async def layout(self, message):
        files = [
            discord.File(io.BytesIO(PICTURE), "soup.png"),
            discord.File(io.BytesIO(b"soup 3.50"), "card.txt"),
        ]
        sent = await message.channel.send(view=Menu(), files=files)
        again = await message.channel.fetch_message(sent.id)
        box = again.components[0]
        text, section, _, gallery, file = box.children
        picture, card = [await client.http.get_from_cdn(media.url) for media in (gallery.items[0].media, file.media)]
        return {
            "id": str(sent.id),
            "kinds": [component.type.value for component in box.children],
            "color": box.accent_colour.value,
            "texts": [text.content, section.children[0].content],
            "picture": 200 if picture.startswith(b"\x89PNG") else 0,
            "description": gallery.items[0].description,
            "file": card.decode(),
        }

    async def edit(self, message):
        sent = await message.channel.send("first")
        edited = await sent.edit(content="second")
        return {"id": str(sent.id), "content": edited.content, "edited": edited.edited_at is not None}

    async def delete(self, message):
        sent = await message.channel.send("short-lived")
        await sent.delete()
        try:
            await message.channel.fetch_message(sent.id)
            there = True
        except discord.NotFound as error:
            there = error.code
        return {"id": str(sent.id), "there": there}


class Bot(discord.AutoShardedClient if SHARDED else discord.Client):
    def __init__(self):
        intents = discord.Intents.default()
        intents.members = intents.message_content = True
        super().__init__(intents=intents, **({"shard_count": 2} if SHARDED else {}))
        self.tree = discord.app_commands.CommandTree(self)
        self.steps = Steps()

    async def on_ready(self):
        try:
            guild = self.guilds[0]
            commands = await self.tree.sync(guild=guild)
            members = [member.name async for member in guild.fetch_members()]
            chunk = await guild.query_members("own", limit=5)
            assert [member.name for member in chunk] == ["owner"], chunk
            say(
                "ready",
                id=str(self.user.id),
                guilds=[known.name for known in self.guilds],
                channels=sorted(channel.name for channel in guild.channels),
                members=sorted(members),
                owner=str(guild.owner_id),
                commands=[command.name for command in commands],
                shards=self.shard_count or 1,
                shard=guild.shard_id,
            )
        except Exception:
            fail("ready")

    async def on_message(self, message):
        if message.author.bot or not message.content.startswith("!"):
            return
        step = message.content[1:].split(" ")[0]
        try:
            say(step, **await getattr(self.steps, step)(message))
        except Exception:
            fail(step)

    async def on_raw_reaction_add(self, payload):
        if payload.user_id != self.user.id:
            say("reaction", emoji=payload.emoji.name, user=str(payload.user_id), message=str(payload.message_id))

    async def on_automod_action(self, execution):
        say(
            "blocked",
            user=str(execution.user_id),
            rule=str(execution.rule_id),
            action=execution.action.type.value,
            content=execution.content,
            keyword=execution.matched_keyword,
            matched=execution.matched_content,
        )

    async def on_scheduled_event_user_add(self, event, user):
        say("interested", event=str(event.id), user=str(user.id))

    async def on_scheduled_event_update(self, before, after):
        say("begun", **{"event": str(after.id), "from": before.status.value, "to": after.status.value})

    async def on_raw_poll_vote_add(self, payload):
        say("vote", answer=payload.answer_id, user=str(payload.user_id))

    async def on_error(self, event, *arguments, **keywords):
        fail(event)


client = Bot()


@client.tree.command(name="greet", description="Says hello", guild=discord.Object(int(os.environ["GUILD_ID"])))
@discord.app_commands.describe(name="To whom")
async def greet(interaction, name: str):
    await interaction.response.send_message(f"hello {name}", view=More())
    say("command", **seen(interaction), name=interaction.command.name, option=name)


@client.tree.error
async def broken(interaction, error):
    fail("command")


async def main():
    async with client:
        await client.start(BOT_TOKEN)


try:
    asyncio.run(main())
except Exception:
    fail("login")
