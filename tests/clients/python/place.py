"""A guild with one of everything in it, made through the API.

`Place.grow` makes a few more of each noun: what strange requests delete is there again a little later. `Place.ids` gives real
ids for the parameters of a path, those that belong together from one place.
"""

import asyncio
import json
import queue
import threading
import urllib.parse

import aiohttp
import bodies
import requests

THUMB = "%F0%9F%91%8D"
REDIRECT = "https://example.org/callback"
PASSWORD = "correct horse battery staple"
SCOPES = "identify email guilds guilds.members.read connections openid role_connections.write applications.commands.permissions.update"
# So many of each are known; the first stays for good.
KEPT = 9


class Person:
    """Somebody with a token."""

    def __init__(self, url, token, id=None):
        self.url, self.token, self.id = url, token, id
        self.http = requests.Session()

    def ask(self, method, path, body=None, own=False, **more):
        root = f"{self.url}/api/guildhall/v1" if own else f"{self.url}/api/v10"
        headers = {"authorization": self.token} if self.token else {}
        answer = self.http.request(method, root + path, json=body, headers=headers, timeout=60, **more)
        try:
            said = answer.json()
        except ValueError:
            said = None
        return answer.status_code, said

    def make(self, path, body=None, method="POST", **more):
        """What was made, or nothing: the place may be full, or what it stands on gone."""
        status, said = self.ask(method, path, body, **more)
        return said if status < 300 else None


class Place:
    """Everything that there is to ask about."""

    def __init__(self, stage):
        url = stage["url"]
        self.stage, self.guild, self.bot_id = stage, stage["guild"], stage["bot"]
        self.owner = Person(url, stage["owner"]["token"], stage["owner"]["id"])
        self.member = Person(url, stage["member"]["token"], stage["member"]["id"])
        self.bot = Person(url, "Bot " + stage["token"], self.bot_id)
        self.lock = threading.Lock()
        # Parameters that belong together, by what they are of.
        self.pools = {}
        self.once()
        self.heard = queue.Queue()
        self.asking = threading.Lock()
        Listener(self).start()
        self.grow()

    def add(self, kind, **ids):
        if all(ids.values()):
            with self.lock:
                pool = self.pools.setdefault(kind, [])
                pool.append(ids)
                # The first is what everything else stands on, the oldest others were deleted long ago.
                del pool[1:-KEPT]

    def ids(self, kinds, names, number, spare):
        """Parameters of a path with these names: of each kind one, chosen by a number; spared is the first of each."""
        found = {}
        for kind in kinds:
            with self.lock:
                pool = list(self.pools.get(kind, []))
            if spare:
                pool = pool[1:] or pool
            if pool:
                one = pool[number % len(pool)]
                found.update((name, value) for name, value in one.items() if name in names and name not in found)
        return found

    def newcomer(self, number):
        """An account that is in no guild."""
        invite = self.owner.make(f"/channels/{self.stage['channel']}/invites", {"unique": True})
        name = f"guest_{number}"
        body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD, "invite": invite["code"]}
        made = Person(self.owner.url, None).make("/auth/register", body)
        return Person(self.owner.url, made["token"], made["user_id"]), invite["code"]

    def leave(self, person, secret, scope):
        """A token that a third party has from somebody."""
        query = {"client_id": self.bot_id, "response_type": "code", "redirect_uri": REDIRECT, "scope": scope}
        said = person.make("/oauth2/authorize?" + urllib.parse.urlencode(query), {"authorize": True})
        code = said["location"].split("code=")[1].split("&")[0]
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
        url = f"{person.url}/api/v10/oauth2/token"
        return requests.post(url, data=fields, auth=(self.bot_id, secret), timeout=60).json()["access_token"]

    def once(self):
        """What there is one of."""
        guild, owner, bot = f"/guilds/{self.guild}", self.owner, self.bot
        self.add("guild", guild_id=self.guild)
        self.add("application", application_id=self.bot_id)
        self.add("text", channel_id=self.stage["channel"])
        self.add("role", role_id=self.guild, overwrite_id=self.guild)
        self.add("user", user_id=self.member.id)
        guests = [self.newcomer(number) for number in range(10)]
        for guest, code in guests[:5]:
            guest.make(f"/invites/{code}", {})
            self.add("user", user_id=guest.id)
        for guest, _ in guests[5:7]:
            owner.ask("PUT", f"{guild}/bans/{guest.id}", {})
            self.add("banned", user_id=guest.id)
        # Two who wait to be let in.
        question = {"field_type": "TEXT_INPUT", "label": "Who sent you?", "required": True}
        form = owner.make(
            f"{guild}/member-verification", {"enabled": True, "form_fields": [question], "description": "x"}, "PATCH"
        )
        for number in (10, 11, 12):
            guest, code = self.newcomer(number)
            guest.make(f"/invites/{code}", {})
            answers = {"version": form["version"], "form_fields": [{**question, "response": "a friend"}]}
            asked = guest.make(f"{guild}/requests/@me", answers, "PUT") or {}
            self.add("request", request_id=asked.get("id"))
        for other in (self.member, guests[0][0]):
            owner.ask("PUT", f"/users/@me/relationships/{other.id}", {})
            other.ask("PUT", f"/users/@me/relationships/{owner.id}", {})
        group = owner.make("/users/@me/channels", {"recipients": [self.member.id, guests[0][0].id]}) or {}
        self.add("group", channel_id=group.get("id"), user_id=guests[0][0].id)
        self.add("group", channel_id=group.get("id"), user_id=self.member.id)
        direct = bot.make("/users/@me/channels", {"recipient_id": self.member.id}) or {}
        self.add("direct", channel_id=direct.get("id"))
        for kind, name in ((2, "voice"), (13, "stage"), (5, "news"), (15, "forum")):
            made = owner.make(f"{guild}/channels", {"name": name, "type": kind})
            self.add(name, channel_id=made["id"])
        # A third party that people have let in, and what it sells.
        application = f"/applications/{self.bot_id}"
        owner.make(application, {"redirect_uris": [REDIRECT]}, "PATCH")
        secret = owner.make(f"{application}/secret/reset", {}, own=True)["client_secret"]
        self.bearer = "Bearer " + self.leave(owner, secret, SCOPES)
        # Who lets it bring them here.
        self.joining = {}
        for guest, _ in guests[7:]:
            self.joining[guest.id] = self.leave(guest, secret, "identify guilds.join")
            self.add("joining", user_id=guest.id)
        # Of a third party itself: its commands.
        fields = {"grant_type": "client_credentials", "scope": "identify applications.commands.update"}
        answer = requests.post(f"{owner.url}/api/v10/oauth2/token", data=fields, auth=(self.bot_id, secret), timeout=60)
        self.credentials = "Bearer " + answer.json()["access_token"]
        self.skus = []
        for kind in (2, 3, 5):
            made = owner.make(f"{application}/skus", {"name": "Potion", "type": kind}, own=True) or {}
            self.skus.append(made.get("id"))
        subscription = (
            owner.make(
                f"{application}/subscriptions",
                {"sku_id": self.skus[2], "user_id": self.member.id, "days": 30},
                own=True,
            )
            or {}
        )
        self.add("subscription", sku_id=self.skus[2], subscription_id=subscription.get("id"))
        bot.make(
            f"{application}/role-connections/metadata",
            self.bodies("update_application_role_connections_metadata")[0],
            "PUT",
        )
        owner.make(f"{guild}/vanity-url", {"code": "hunt"}, "PATCH")
        owner.make(f"{guild}/widget", {"enabled": True, "channel_id": self.stage["channel"]}, "PATCH")
        packs = (bot.make("/sticker-packs", method="GET") or {}).get("sticker_packs", [])
        for pack in packs:
            self.add("pack", pack_id=pack["id"])
        for body in self.bodies("update_guild_welcome_screen"):
            owner.make(f"{guild}/welcome-screen", body, "PATCH")

    def grow(self):
        """A few more of each: somebody takes them away all the time."""
        guild, owner, bot = f"/guilds/{self.guild}", self.owner, self.bot
        first = self.stage["channel"]
        for kind, name in (
            (0, "text"),
            (0, "text"),
            (4, "category"),
            (2, "voice"),
            (5, "news"),
            (13, "stage"),
            (15, "forum"),
            (16, "forum"),
        ):
            made = owner.make(f"{guild}/channels", {"name": name, "type": kind}) or {}
            self.add(name, channel_id=made.get("id"))
        with self.lock:
            texts = [one["channel_id"] for one in self.pools["text"]][-2:] + [first]
            news = self.pools["news"][-1]["channel_id"]
            forums = [one["channel_id"] for one in self.pools["forum"]][-2:]
        for channel in texts:
            # Somebody may have made them all anew: what is somebody else's is only deleted, never changed.
            for person in (owner, bot):
                made = person.make(f"/channels/{channel}/messages", {"content": "hello"}) or {}
                message = made.get("id")
                self.add("message", channel_id=channel, message_id=message, emoji_name="👍", user_id=self.member.id)
                person.ask("PUT", f"/channels/{channel}/messages/{message}/reactions/{THUMB}/@me")
                self.member.ask("PUT", f"/channels/{channel}/messages/{message}/reactions/{THUMB}/@me")
                poll = person.make(f"/channels/{channel}/messages", self.bodies("create_message")[1]) or {}
                self.add("poll", channel_id=channel, message_id=poll.get("id"), answer_id=1)
            owner.ask("PUT", f"/channels/{channel}/messages/pins/{message}")
            invite = owner.make(f"/channels/{channel}/invites", {"unique": True}) or {}
            self.add("invite", code=invite.get("code"))
            targeted = (
                owner.make(
                    f"/channels/{channel}/invites",
                    method="POST",
                    files={
                        "payload_json": (None, '{"unique": true}', "application/json"),
                        "target_users_file": ("users.csv", f"user_id\n{self.member.id}\n"),
                    },
                )
                or {}
            )
            self.add("targeted", code=targeted.get("code"))
            hook = owner.make(f"/channels/{channel}/webhooks", {"name": "hook"}) or {}
            key = {"webhook_id": hook.get("id"), "webhook_token": hook.get("token")}
            self.add("webhook", **key)
            said = (
                owner.make(f"/webhooks/{hook.get('id')}/{hook.get('token')}?wait=true", {"content": "from afar"}) or {}
            )
            self.add("webhook_message", **key, message_id=said.get("id"))
            for kind in (11, 12):
                thread = owner.make(f"/channels/{channel}/threads", {"name": "aside", "type": kind}) or {}
                self.add("thread", channel_id=thread.get("id"), user_id=self.member.id)
                owner.ask("PUT", f"/channels/{thread.get('id')}/thread-members/{self.member.id}")
                bot.ask("PUT", f"/channels/{thread.get('id')}/thread-members/@me")
                old = owner.make(f"/channels/{channel}/threads", {"name": "old", "type": kind}) or {}
                owner.ask("PATCH", f"/channels/{old.get('id')}", {"archived": True})
        for person in (owner, bot):
            made = person.make(f"/channels/{news}/messages", {"content": "news"}) or {}
            self.add("announced", channel_id=news, message_id=made.get("id"))
        for forum in forums:
            owner.make(f"/channels/{forum}/threads", {"name": "post", "message": {"content": "first"}})
        role = owner.make(f"{guild}/roles", {"name": "trade"}) or {}
        self.add("role", role_id=role.get("id"), overwrite_id=role.get("id"))
        for person in (owner, bot):
            emoji = person.make(f"{guild}/emojis", {"name": bodies.fresh(), "image": bodies.PICTURE}) or {}
            self.add("emoji", emoji_id=emoji.get("id"))
            sound = person.make(f"{guild}/soundboard-sounds", {"name": "boing", "sound": bodies.SOUND}) or {}
            self.add("sound", sound_id=sound.get("sound_id"))
            event = person.make(f"{guild}/scheduled-events", self.bodies("create_guild_scheduled_event")[0]) or {}
            self.add("event", guild_scheduled_event_id=event.get("id"))
            skipped = (
                person.make(
                    f"{guild}/scheduled-events/{event.get('id')}/exceptions",
                    {
                        "original_scheduled_start_time": bodies.day(1),
                        "is_canceled": True,
                    },
                )
                or {}
            )
            exception = skipped.get("event_exception_id")
            self.add(
                "exception",
                guild_scheduled_event_id=event.get("id"),
                exception_id=exception,
                guild_scheduled_event_exception_id=exception,
            )
            sticker = (
                person.make(
                    f"{guild}/stickers",
                    files={
                        "name": (None, "wave"),
                        "tags": (None, "hello"),
                        "description": (None, "Somebody waves."),
                        "file": ("a.png", bodies.PNG, "image/png"),
                    },
                )
                or {}
            )
            self.add("sticker", sticker_id=sticker.get("id"))
        mine = bot.make(f"/applications/{self.bot_id}/emojis", {"name": bodies.fresh(), "image": bodies.PICTURE}) or {}
        self.add("own_emoji", emoji_id=mine.get("id"))
        rule = owner.make(f"{guild}/auto-moderation/rules", self.bodies("create_auto_moderation_rule")[0]) or {}
        self.add("rule", rule_id=rule.get("id"))
        template = owner.make(f"{guild}/templates", {"name": "Plan"}) or {}
        self.add("template", code=template.get("code"))
        command = bot.make(f"/applications/{self.bot_id}/commands", self.bodies("create_application_command")[0]) or {}
        self.add("command", command_id=command.get("id"))
        self.command = (
            bot.make(f"/applications/{self.bot_id}/guilds/{self.guild}/commands", {"name": "here", "description": "d"})
            or {}
        )
        self.add("guild_command", command_id=self.command.get("id"))
        for person, sku in ((self.member, self.skus[0]), (self.owner, self.skus[1]), (self.member, self.skus[1])):
            body = {"sku_id": sku, "owner_id": person.id, "owner_type": 2}
            had = bot.make(f"/applications/{self.bot_id}/entitlements", body) or {}
            self.add("entitlement", entitlement_id=had.get("id"))
        instance = self.owner.make(f"{guild}/integrations", method="GET") or []
        spare = [one["id"] for one in instance if (one.get("application") or {}).get("id") != self.bot_id]
        if not spare:
            other = owner.make("/applications", {"name": "extra"}, own=True) or {}
            owner.make(f"{guild}/bots/{other.get('id')}", {"permissions": "0"}, "PUT", own=True)
            instance = self.owner.make(f"{guild}/integrations", method="GET") or []
            spare = [one["id"] for one in instance if (one.get("application") or {}).get("id") != self.bot_id]
        for one in spare:
            self.add("integration", integration_id=one)
        with self.lock:
            stage = self.pools["stage"][0]["channel_id"]
        owner.make("/stage-instances", {"channel_id": stage, "topic": "Talk"})
        self.converse()

    def without_template(self):
        """A guild has one template: the next one can be made."""
        path = f"/guilds/{self.guild}/templates"
        for one in self.owner.make(path, method="GET") or []:
            self.owner.ask("DELETE", f"{path}/{one['code']}")

    def interaction(self):
        """An interaction that nobody answered yet: the member uses a command, and the bot hears it."""
        with self.lock:
            command = self.command
        with self.asking:
            while not self.heard.empty():
                self.heard.get()
            status, _ = self.member.ask(
                "POST",
                "/interactions",
                {
                    "type": 2,
                    "application_id": self.bot_id,
                    "guild_id": self.guild,
                    "channel_id": self.stage["channel"],
                    "session_id": "s",
                    "nonce": "1",
                    "data": {"id": command.get("id"), "name": "here", "type": 1},
                },
            )
            if status != 204:
                return None
            try:
                event = self.heard.get(timeout=5)
            except queue.Empty:
                return None
            return {"interaction_id": event["id"], "interaction_token": event["token"]}

    def converse(self):
        """An interaction that was answered: its message is changed by its token."""
        asked = self.interaction() or {}
        path = f"/interactions/{asked.get('interaction_id')}/{asked.get('interaction_token')}/callback"
        if self.bot.ask("POST", path, {"type": 4, "data": {"content": "done"}})[0] < 300:
            self.add("answered", webhook_id=self.bot_id, webhook_token=asked["interaction_token"])

    def bodies(self, operation):
        """Bodies that an operation takes."""
        return bodies.bodies(self).get(operation, [])


class Listener(threading.Thread):
    """The bot and the owner at the gateway: they sit in voice, and the bot hears of interactions."""

    def __init__(self, place):
        super().__init__(daemon=True, name="listener")
        self.place = place

    def run(self):
        asyncio.run(self.all())

    async def all(self):
        place = self.place
        stage, voice = place.pools["stage"][0]["channel_id"], place.pools["voice"][0]["channel_id"]
        seats = [(place.bot, stage), (place.owner, voice), (place.member, stage)]
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(self.listen(session, person, channel) for person, channel in seats))

    async def listen(self, session, person, channel):
        """Connects again and again: strange requests may end a session."""
        while True:
            try:
                await self.connection(session, person, channel)
            except (aiohttp.ClientError, OSError, ValueError):
                pass
            await asyncio.sleep(1)

    async def connection(self, session, person, channel):
        url = person.url.replace("http", "ws", 1) + "/gateway?v=10&encoding=json"
        async with session.ws_connect(url, max_msg_size=0) as socket:
            hello = await socket.receive_json()
            token = person.token.removeprefix("Bot ")
            properties = {"os": "linux", "browser": "hunt", "device": "hunt"}
            await socket.send_json({"op": 2, "d": {"token": token, "intents": 1, "properties": properties}})
            seat = {"guild_id": self.place.guild, "channel_id": channel, "self_mute": False, "self_deaf": False}
            await socket.send_json({"op": 4, "d": seat})
            beat = asyncio.create_task(self.beat(socket, hello["d"]["heartbeat_interval"] / 1000, seat))
            try:
                async for frame in socket:
                    event = json.loads(frame.data)
                    if event.get("t") == "INTERACTION_CREATE":
                        self.place.heard.put(event["d"])
            finally:
                beat.cancel()

    @staticmethod
    async def beat(socket, interval, seat):
        """Heartbeats, and back to the seat: somebody may have been sent away."""
        beats = 0
        while True:
            await asyncio.sleep(5)
            beats += 5
            await socket.send_json({"op": 4, "d": seat})
            if beats >= interval - 10:
                beats = 0
                await socket.send_json({"op": 1, "d": None})
