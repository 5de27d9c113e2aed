"""Hooks of schemathesis: ids in paths are mostly real ones, bodies often such that do something, tokens those that fit.

STAGE is a JSON object that says where the server is and who is there; WHO of them asks: `bot` or `owner`. How often each operation
was asked, and how often with success, is written to the file that COUNTS names.
"""

import atexit
import collections
import json
import os
import threading
import time
import zlib

import requests
import schemathesis
from hypothesis import strategies

import links
from place import Place
from schemathesis.specs.openapi import stateful

PLACE = Place(json.loads(os.environ["STAGE"]))
TOKEN = getattr(PLACE, os.environ["WHO"]).token
ASKED, DONE = collections.Counter(), collections.Counter()
# Every operation may begin a chain, for the ids in its path are real.
stateful.is_likely_root_transition = lambda operation, node, produced: True

# Places whose ids an operation is asked with, by the beginning of its path: the first that fits.
KINDS = [
    ("/guilds/templates", "template"),
    ("/guilds/{guild_id}/auto-moderation", "guild rule"),
    ("/guilds/{guild_id}/bans", "guild banned"),
    ("/guilds/{guild_id}/emojis", "guild emoji"),
    ("/guilds/{guild_id}/integrations", "guild integration"),
    ("/guilds/{guild_id}/members", "guild user role"),
    ("/guilds/{guild_id}/requests", "guild request"),
    ("/guilds/{guild_id}/roles", "guild role"),
    ("/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/exceptions/", "guild exception"),
    ("/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/{", "guild exception"),
    ("/guilds/{guild_id}/scheduled-events", "guild event"),
    ("/guilds/{guild_id}/soundboard-sounds", "guild sound"),
    ("/guilds/{guild_id}/stickers", "guild sticker"),
    ("/guilds/{guild_id}/templates", "guild template"),
    ("/guilds/{guild_id}", "guild user"),
    ("/applications/{application_id}/emojis", "application own_emoji"),
    ("/applications/{application_id}/entitlements", "application entitlement"),
    ("/applications/{application_id}/guilds", "application guild guild_command"),
    ("/applications", "application command"),
    ("/channels/{channel_id}/followers", "news"),
    ("/channels/{channel_id}/messages/{message_id}/crosspost", "announced"),
    ("/channels/{channel_id}/polls", "poll"),
    ("/channels/{channel_id}/recipients", "group"),
    ("/channels/{channel_id}/send-soundboard-sound", "voice"),
    ("/channels/{channel_id}/voice-status", "voice"),
    ("/channels/{channel_id}/thread-members", "thread"),
    ("/channels/{channel_id}/threads/search", "forum"),
    ("/channels/{channel_id}/permissions", "text role"),
    ("/channels/{channel_id}/messages/{message_id}", "message"),
    ("/channels/{channel_id}/pins/{message_id}", "message"),
    ("/channels/{channel_id}/messages/pins/{message_id}", "message"),
    ("/channels/{channel_id}/threads", "text|forum"),
    ("/channels/{channel_id}/messages", "text|text|thread|direct|voice"),
    ("/channels/{channel_id}", "text|text|news|voice|stage|forum|thread|category|direct|group"),
    ("/invites/{code}/target-users", "targeted"),
    ("/invites", "invite"),
    ("/stage-instances", "stage"),
    ("/webhooks/{webhook_id}/{webhook_token}/messages/@original", "answered"),
    ("/webhooks/{webhook_id}/{webhook_token}/messages", "webhook_message"),
    ("/webhooks", "webhook"),
    ("/skus", "subscription"),
    ("/stickers", "sticker"),
    ("/sticker-packs", "pack"),
    ("/users/@me/applications", "application"),
    ("/users/@me/guilds", "guild"),
    ("/users", "user"),
]
# What only somebody's leave to a third party reaches, and what a third party is for.
LEAVE = {
    "get_my_guild_member",
    "get_application_user_role_connection",
    "update_application_user_role_connection",
    "get_current_user_application_entitlements",
    "set_guild_application_command_permissions",
    "get_openid_connect_userinfo",
    "get_my_oauth2_authorization",
    "list_my_connections",
}


@schemathesis.hook
def before_load_schema(context, raw_schema):
    files(raw_schema)
    if os.environ.get("LINKED"):
        links.add(raw_schema)


def files(part):
    """Files are what the document calls contents in binary, and need a name of their own to be files."""
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        files(inner)
    if isinstance(part, dict) and part.get("contentEncoding") == "binary":
        part["format"] = "binary"


def number(value, context):
    """Chosen by what was generated, so that a case can be told again."""
    return zlib.crc32(repr((value, context.operation.label)).encode())


@schemathesis.hook
def map_path_parameters(context, parameters):
    if not parameters:
        return parameters
    path, method = context.operation.path, context.operation.method.upper()
    kinds = next((kinds for start, kinds in KINDS if path.startswith(start)), "").split()
    chosen = number(parameters, context)
    kinds = [kind.split("|")[chosen % len(kind.split("|"))] for kind in kinds]
    # What everything else stands on is not for taking away.
    spare = method == "DELETE" or path.endswith("prune") or (method == "PUT" and "/bans/" in path)
    if method == "PUT" and "/bans/" in path:
        kinds = ["guild", "user"]
    elif method == "PUT" and path.endswith("/members/{user_id}"):
        kinds = ["guild", "joining"]
    known = PLACE.ids(kinds, parameters, chosen // 64, spare) if chosen % 8 else {}
    return {**{name: short(value) for name, value in parameters.items()}, **known}


@schemathesis.hook
def map_query(context, query):
    return {name: short(value) for name, value in query.items()} if query else query


def short(value):
    """Heads that are too long are refused by whoever reads HTTP, in no form of the document's."""
    if isinstance(value, list):
        return [part[:100] if isinstance(part, str) else part for part in value[:20]]
    return value[:1000] if isinstance(value, str) else value


@schemathesis.hook
def before_generate_body(context, strategy):
    known = PLACE.bodies(context.operation.definition.raw.get("operationId"))
    if not known:
        return strategy
    # What is drawn first decides: to make up a body and throw it away would take most of the time.
    fresh = strategies.integers(0, len(known) - 1).map(
        lambda index: PLACE.bodies(context.operation.definition.raw["operationId"])[index]
    )
    return strategies.booleans().flatmap(lambda strange: strategy if strange else fresh)


@schemathesis.hook
def before_call(context, case, **kwargs):
    operation = case.operation.definition.raw.get("operationId")
    chosen = number((case.path_parameters, case.query, ASKED[operation]), context)
    token = TOKEN
    if operation in LEAVE:
        token = PLACE.bearer if chosen % 4 else TOKEN
    elif "OAuth2" in str(case.operation.definition.raw.get("security")):
        token = [TOKEN, TOKEN, PLACE.bearer, PLACE.credentials][chosen % 4]
    elif {} in case.operation.definition.raw.get("security", []) and not chosen % 4:
        token = None
    case.headers = {**(case.headers or {}), **({"Authorization": token} if token else {})}
    if operation == "execute_github_compatible_webhook":
        case.headers["X-GitHub-Event"] = "issues"
    elif operation == "add_guild_member" and case.path_parameters.get("user_id") in PLACE.joining:
        case.body = {"access_token": PLACE.joining[case.path_parameters["user_id"]]}
    elif operation == "execute_webhook" and chosen % 2:
        # Who waits is shown the message.
        case.query = {**(case.query or {}), "wait": "true"}
    elif operation == "create_guild_template" and chosen % 8:
        PLACE.without_template()
    elif operation == "create_interaction_response" and chosen % 8:
        case.path_parameters = PLACE.interaction() or case.path_parameters


@schemathesis.hook
def after_call(context, case, response):
    operation = case.operation.definition.raw.get("operationId")
    ASKED[operation] += 1
    if response.status_code < 300:
        DONE[operation] += 1


def grow():
    """What was taken away is there again after a while."""
    while True:
        time.sleep(30)
        try:
            PLACE.grow()
        except requests.RequestException:
            # A busy server is looked at by the checks, not here.
            pass


@atexit.register
def tell():
    with open(os.environ["COUNTS"], "w") as file:
        json.dump({"asked": ASKED, "done": DONE}, file)


threading.Thread(target=grow, daemon=True, name="gardener").start()
