"""Lavalink.py or wavelink against a node, told what to do on its input; Discord's gateway is played here. See lavalink.mjs."""

import asyncio
import json
import os
import sys
from types import SimpleNamespace

GUILD, BOT, CHANNEL = 900000000000000001, 170939974227541168, 77
HOST, PORT, PASSWORD = "127.0.0.1", int(os.environ["NODE_PORT"]), os.environ["PASSWORD"]
events: list[str] = []


def say(step, shown=None, error=None):
    print(json.dumps({"step": step, "saw": shown, "events": events.copy(), "error": error}), flush=True)
    events.clear()


async def until(what, condition):
    for _ in range(600):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise TimeoutError(f"waited in vain until {what}")


STATE = {"guild_id": str(GUILD), "user_id": str(BOT), "channel_id": str(CHANNEL), "session_id": "voice-session"}
SERVER = {"guild_id": str(GUILD), "token": "voice-token", "endpoint": os.environ["VOICE_ENDPOINT"]}


class LavalinkPy:
    async def connect(self):
        import lavalink

        self.client = client = lavalink.Client(BOT)
        self.again = None

        class Listener:
            @lavalink.listener()
            async def on_any(_, event: lavalink.Event):
                events.append(type(event).__name__)

            @lavalink.listener(lavalink.NodeDisconnectedEvent)
            async def on_lost(_, event):
                # A node resumes only the session that it was made with: whoever wants to resume makes it anew.
                if event.node is self.node:
                    await self.node.destroy()
                    client.node_manager.remove(self.node)
                    self.again = client.add_node(HOST, PORT, PASSWORD, "us", name="again", session_id=self.session)

        client.add_event_hooks(Listener())
        self.node = client.add_node(HOST, PORT, PASSWORD, "us", name="n")
        await until("the node is there", lambda: self.node.available and self.node.session_id)
        await self.node.update_session(resuming=True, timeout=60)
        self.session = self.node.session_id
        self.player = client.player_manager.create(GUILD, endpoint="us")
        await client.voice_update_handler({"t": "VOICE_STATE_UPDATE", "d": STATE})
        await client.voice_update_handler({"t": "VOICE_SERVER_UPDATE", "d": SERVER})

    async def load(self, value):
        found = await self.player.node.get_tracks(value)
        self.track = found.tracks[0]
        return found.load_type.value

    async def play(self, _):
        await self.player.play(self.track)

    async def seek(self, value):
        await self.player.seek(int(value))

    async def pause(self, _):
        await self.player.set_pause(True)

    async def resume(self, _):
        await self.player.set_pause(False)

    async def filter(self, _):
        import lavalink

        timescale = lavalink.Timescale()
        timescale.update(pitch=2.0)
        await self.player.set_filter(timescale)

    async def position(self, _):
        return self.player.position

    async def back(self, _):
        await until("the session is resumed", lambda: self.again and self.again.available)
        assert self.again.session_id == self.session
        await until("the player is there", lambda: self.player.node is self.again)
        self.node, self.again = self.again, None

    async def destroy(self, _):
        await self.player.destroy()
        await self.client.close()


class Wavelink:
    async def connect(self):
        import wavelink

        self.resumed = 0

        def dispatch(name, *payload):
            events.append(name)
            if name == "wavelink_node_ready":
                self.resumed += payload[0].resumed

        async def change_voice_state(channel, **_):
            if channel:
                asyncio.get_running_loop().create_task(join())

        async def join():
            await self.player.on_voice_state_update(STATE)
            await self.player.on_voice_server_update(SERVER)

        guild = SimpleNamespace(id=GUILD, change_voice_state=change_voice_state, me=SimpleNamespace(voice=None))
        guild.unavailable = False
        channel = SimpleNamespace(id=CHANNEL, guild=guild)
        client = SimpleNamespace(
            user=SimpleNamespace(id=BOT),
            dispatch=dispatch,
            get_channel=lambda _: channel,
            get_guild=lambda _: guild,
            _connection=SimpleNamespace(_remove_voice_client=lambda *_: None, _get_voice_client=lambda *_: None),
        )
        self.node = wavelink.Node(uri=f"http://{HOST}:{PORT}", password=PASSWORD, resume_timeout=60)
        await wavelink.Pool.connect(nodes=[self.node], client=client)
        await until("the node is there", lambda: self.node.session_id)
        self.player = wavelink.Player(client, channel)
        await self.player.connect(timeout=20, reconnect=True)

    async def load(self, value):
        import wavelink

        found = await wavelink.Pool.fetch_tracks(value)
        self.track = found[0]
        return "track" if len(found) == 1 else "search"

    async def play(self, _):
        await self.player.play(self.track)

    async def seek(self, value):
        await self.player.seek(int(value))

    async def pause(self, _):
        await self.player.pause(True)

    async def resume(self, _):
        await self.player.pause(False)

    async def filter(self, _):
        filters = self.player.filters
        filters.timescale.set(pitch=2)
        await self.player.set_filters(filters)

    async def position(self, _):
        return self.player.position

    async def back(self, _):
        await until("the session is resumed", lambda: self.resumed)
        self.resumed = 0

    async def destroy(self, _):
        await self.player._destroy()
        await self.node.close()


async def main():
    client = {"lavalink": LavalinkPy, "wavelink": Wavelink}[os.environ["LIBRARY"]]()
    try:
        await client.connect()
    except Exception as error:  # noqa: BLE001: the driver is told of anything
        say("connect", error=repr(error))
        return
    say("connect")
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := (await reader.readline()).decode().strip():
        step, _, value = line.partition(" ")
        try:
            say(step, await getattr(client, step)(value))
        except Exception as error:  # noqa: BLE001
            say(step, error=repr(error))
        if step == "destroy":
            return


asyncio.run(main())
