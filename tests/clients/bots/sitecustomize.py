"""Points discord.py at another server: Python runs this by itself where it is on the path, so that the bots stay as they are.

`DISCORD_API` is the base of REST with its version, `DISCORD_GATEWAY` the address of the gateway.
"""

import os

if "DISCORD_API" in os.environ:
    import discord
    import yarl

    discord.http.Route.BASE = os.environ["DISCORD_API"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY"])
