"""disnake in a voice channel, over Discord's own libdave: it joins, and hands out what it hears of one member, decrypted.

disnake agrees on keys and sends; it does not hear. What hears is here: it opens packets by libsodium and frames by libdave, with the
keys that disnake has agreed on. The gateway of Discord is played here. It does what it is told on its input, a line a step, and
prints what was seen.
"""

import asyncio
import base64
import json
import os
import sys
import traceback
from types import SimpleNamespace

import aiohttp
import dave
import disnake
from disnake.http import HTTPClient
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as decrypt

ENDPOINT, GUILD, CHANNEL, SELF, SPEAKER = (
    os.environ[name] for name in ("VOICE_ENDPOINT", "GUILD", "CHANNEL", "SELF", "SPEAKER")
)


class Hearing(disnake.voice_client.DaveState):
    """Takes a sender's new key when a transition is prepared, as libdave wants receivers to."""

    def __init__(self, client):
        super().__init__(client)
        self.decryptor = dave.Decryptor()

    async def prepare_transition(self, transition_id, version):
        if version and self._session.has_established_group():
            ratchet = self._session.get_key_ratchet(SPEAKER)
            if ratchet is not None:
                self.decryptor.transition_to_key_ratchet(ratchet)
        self.decryptor.transition_to_passthrough_mode(version == 0)
        await super().prepare_transition(transition_id, version)


class Guild:
    id = int(GUILD)
    client = None

    async def change_voice_state(self, *, channel):
        if channel is None:
            return
        state = {"session_id": f"session-{SELF}", "channel_id": CHANNEL, "user_id": SELF}
        server = {"token": "voice-token", "guild_id": GUILD, "endpoint": ENDPOINT}
        await self.client.on_voice_state_update(state)
        await self.client.on_voice_server_update(server)


async def hear(client, ssrcs, packets, failed):
    """Opens what comes, as long as the client is there."""
    loop = asyncio.get_running_loop()
    while True:
        packet = await loop.sock_recv(client.socket, 2048)
        if len(packet) < 32 or packet[1] & 0x7F != 120 or int.from_bytes(packet[8:12], "big") not in ssrcs:
            continue
        header, body, nonce = packet[:12], packet[12:-4], packet[-4:] + bytes(20)
        frame = decrypt(body, header, nonce, bytes(client.secret_key))
        opus = frame if frame == b"\xf8\xff\xfe" else client.dave.decryptor.decrypt(dave.MediaType.audio, frame)
        if opus is None:
            failed.append(f"frame of {len(frame)} bytes")
        else:
            packets.append(opus)


async def main():
    loop = asyncio.get_running_loop()
    http = HTTPClient(loop=loop)
    setattr(http, "_HTTPClient__session", aiohttp.ClientSession())
    guild = Guild()
    channel = SimpleNamespace(id=int(CHANNEL), guild=guild, _get_voice_client_key=lambda: (int(GUILD), "guild_id"))
    user = SimpleNamespace(id=int(SELF))
    state = SimpleNamespace(loop=loop, user=user, http=http, _remove_voice_client=lambda _: None)
    packets, failed, ssrcs, client, hearing = [], [], set(), None, None

    async def hook(_, __, message):
        if message["op"] == 5 and str(message["d"]["user_id"]) == SPEAKER:
            ssrcs.add(message["d"]["ssrc"])

    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := (await lines.readline()).decode().strip():
        saw, error = None, None
        try:
            if line == "join":
                client = disnake.VoiceClient(SimpleNamespace(_connection=state), channel)
                client.dave = Hearing(client)
                guild.client = client
                disnake.gateway.DiscordVoiceWebSocket._hook = hook
                await client.connect(reconnect=True, timeout=20)
                hearing = asyncio.create_task(hear(client, ssrcs, packets, failed))
            elif line == "heard":
                saw = [base64.b64encode(packet).decode() for packet in packets]
                packets.clear()
            elif line == "code":
                saw = client.dave.voice_privacy_code
            elif line == "leave":
                # Before the socket is closed: the next one may get its number.
                hearing.cancel()
                await client.disconnect()
        except Exception:
            error = traceback.format_exc()
        print(json.dumps({"step": line, "saw": saw, "events": failed[:], "error": error}), flush=True)
        failed.clear()


asyncio.run(main())
