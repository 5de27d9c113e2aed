"""Links of OpenAPI, which Discord's document does not have: what was made is asked for, changed and taken away afterwards."""

import re

METHODS = ("get", "post", "put", "patch", "delete")
# What a list is of, where its name does not say it: the last word of a path, and how its ids are called elsewhere.
CALLED = {
    "threads": "channel_id",
    "{webhook_token}": "message_id",
    "pins": "message_id",
    "search": "message_id",
    "active": "channel_id",
    "private": "channel_id",
    "public": "channel_id",
    "exceptions": "exception_id",
    "soundboard-default-sounds": "sound_id",
}
# Lists in an answer that are of something else than the answer.
BESIDE = {"members", "users", "first_messages"}
# The same id by other names.
ALSO = {"role_id": ["overwrite_id"], "exception_id": ["guild_scheduled_event_exception_id"]}
# How somebody's own things are called.
OWN = {"/users/@me": "user_id", "/applications/@me": "application_id", "/oauth2/applications/@me": "application_id"}


def add(document):
    """Says in every answer that carries an id which operations can be asked with it; gives how many such links there are.

    What else such an operation asks for comes from the question, or is made up.
    """
    names, operations, count = naming(document), list(every(document)), 0
    for path, method, operation in operations:
        found = answer(document, operation)
        if not found:
            continue
        response, schema = found
        made = carried(document, names, path, method, schema)
        if not made:
            continue
        main = next(iter(made))
        # What a list shows was there before, and something else may stand on it.
        lasting = method == "get"
        links = {}
        for target, how, other in operations:
            wanted = parameters(target)
            by = next((name for name in [main, *ALSO.get(main, [])] if name in wanted), None)
            if by is None or (lasting and how in ("delete", "put")) or (target, how) == (path, method):
                continue
            # Invites and templates both have codes, guilds and applications both have emoji and commands.
            if main in ("code", "emoji_id", "command_id") and place(target, by) != last(path):
                continue
            if main in ("emoji_id", "command_id") and ("{guild_id}" in target) != ("{guild_id}" in path):
                continue
            given = {}
            for name in wanted:
                source = main if name == by or name in ALSO.get(main, []) else name
                if source in made:
                    given[f"path.{name}"] = f"$response.body#{made[source]}"
                elif name in parameters(path):
                    given[f"path.{name}"] = f"$request.path.{name}"
            # A list may be empty: then there is nothing to go on with, which is no fault.
            links[f"to_{other['operationId']}"] = {
                "operationId": other["operationId"],
                "parameters": given,
                "x-schemathesis": {"is_inferred": lasting},
            }
        count += len(links)
        response["links"] = links
    return count


def every(document):
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def parameters(path):
    return re.findall(r"\{(\w+)\}", path)


def last(path):
    return path.rsplit("/", 1)[-1]


def place(path, parameter):
    """The word that stands before a parameter."""
    return last(path.split("/{" + parameter + "}")[0])


def naming(document):
    """How the ids of things are called that stand in a list: `roles` has `role_id`."""
    names = {}
    for path in document["paths"]:
        parts = path.split("/")
        for word, name in zip(parts, parts[1:]):
            if name.startswith("{"):
                names.setdefault(word, name.strip("{}"))
    return {**names, **CALLED}


def answer(document, operation):
    """The answer in JSON that carries what was asked for, and its schema."""
    for status, response in operation["responses"].items():
        if status.startswith("2") and "application/json" in response.get("content", {}):
            return response, response["content"]["application/json"]["schema"]
    return None


def carried(document, names, path, method, schema):
    """Ids in an answer: what each is called in paths, and where it stands. The first is of the thing itself."""
    schema, before = resolved(document, schema), ""
    name = (OWN.get(path) if method == "get" else None) or names.get(last(path))
    if path.endswith("/threads/search"):
        name = "channel_id"
    if not name:
        return {}
    if "items" in schema:
        schema, before = resolved(document, schema["items"]), "/*"
    elif method == "get" and path not in OWN:
        # A list with something beside it.
        lists = {
            key: resolved(document, part) for key, part in schema.get("properties", {}).items() if key not in BESIDE
        }
        found = [(key, part) for key, part in lists.items() if "items" in part]
        if len(found) != 1:
            return {}
        schema, before = resolved(document, found[0][1]["items"]), f"/{found[0][0]}/*"
    # A change of one thing makes nothing new.
    elif method != "post" and (method != "get" or path not in OWN):
        return {}
    fields = schema.get("properties", {})
    spots = [
        (name, f"/{name}"),
        ("code", "/code"),
        ("user", "/user/id"),
        ("message", "/message/id"),
        ("event_exception_id", "/event_exception_id"),
        ("id", "/id"),
    ]
    for field, spot in spots:
        if field not in fields or (field == "code" and name != "code") or (field == "user" and name != "user_id"):
            continue
        if field == "message" and name != "message_id":
            continue
        made = {name: before + spot}
        if name == "webhook_id" and not before:
            made["webhook_token"] = "/token"
        return made
    return {}


def resolved(document, schema):
    """What a schema refers to; of alternatives the first that is an object or a list."""
    if "$ref" in schema:
        found = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return resolved(document, found)
    for one in schema.get("anyOf", schema.get("oneOf", [])):
        one = resolved(document, one)
        if "properties" in one or "items" in one:
            return one
    return schema
