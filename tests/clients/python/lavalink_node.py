"""Lavalink.py against a node, told what to do on its input; Discord's gateway is played here. See lavalink.mjs."""

import asyncio
import json
import os
import sys

import lavalink

GUILD, BOT, CHANNEL = 900000000000000001, 170939974227541168, "77"
events: list[str] = []


def say(step, shown=None, error=None):
    print(json.dumps({"step": step, "saw": shown, "events": events.copy(), "error": error}), flush=True)
    events.clear()


class Listener:
    @lavalink.listener()
    async def on_any(self, event: lavalink.Event):
        events.append(type(event).__name__)


async def until(what, condition):
    for _ in range(300):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise TimeoutError(f"waited in vain until {what}")


async def main():
    client = lavalink.Client(BOT)
    client.add_event_hooks(Listener())
    port = int(os.environ["NODE_PORT"])
    node = client.add_node("127.0.0.1", port, os.environ["PASSWORD"], "us", name="n")
    await until("the node is there", lambda: node.available)
    await node.update_session(resuming=True, timeout=60)
    session = node.session_id
    player = client.player_manager.create(GUILD, endpoint="us")
    state = {"guild_id": str(GUILD), "user_id": str(BOT), "channel_id": CHANNEL, "session_id": "voice-session"}
    await client.voice_update_handler({"t": "VOICE_STATE_UPDATE", "d": state})
    server = {"guild_id": str(GUILD), "token": "voice-token", "endpoint": os.environ["VOICE_ENDPOINT"]}
    await client.voice_update_handler({"t": "VOICE_SERVER_UPDATE", "d": server})
    say("connect")
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    track = None
    while line := (await reader.readline()).decode().strip():
        step, _, value = line.partition(" ")
        shown = None
        try:
            if step == "load":
                found = await player.node.get_tracks(value)
                track, shown = found.tracks[0], found.load_type.value
            elif step == "play":
                await player.play(track)
            elif step == "seek":
                await player.seek(int(value))
            elif step in ("pause", "resume"):
                await player.set_pause(step == "pause")
            elif step == "filter":
                equalizer = lavalink.Equalizer()
                equalizer.update(bands=[(0, 0.1)])
                await player.set_filter(equalizer)
            elif step == "position":
                shown = player.position
            elif step == "back":
                # A node resumes only the session that it was made with.
                again = client.add_node("127.0.0.1", port, os.environ["PASSWORD"], "us", name="again", session_id=session)
                await until("the session is resumed", lambda: again.available and again.session_id == session)
            elif step == "destroy":
                await player.destroy()
                await client.close()
            say(step, shown)
        except Exception as error:  # noqa: BLE001: the driver is told of anything
            say(step, error=repr(error))
        if step == "destroy":
            return


asyncio.run(main())
