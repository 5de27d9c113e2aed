"""Hooks of schemathesis: the ids in paths are mostly real ones, so that more than 404 is seen.

KNOWN is a JSON object with lists of ids by the name of the path's parameter. The first of a list is what everything else
stands on: nothing that deletes gets it. BODIES is one with lists of bodies by the operation's id: half of its requests have
one of them, so that something is made with which others can go on.
"""

import json
import os
import zlib

import schemathesis

KNOWN = json.loads(os.environ["KNOWN"])
BODIES = json.loads(os.environ["BODIES"])


@schemathesis.hook
def map_path_parameters(context, parameters):
    """Chosen by what was generated, so that a case can be told again."""
    if not parameters:
        return parameters
    deletes = context.operation.method.upper() in ("DELETE", "PUT") or "prune" in context.operation.path
    chosen = dict(parameters)
    for name, value in parameters.items():
        known = KNOWN.get(name, [])
        if deletes:
            known = known[1:] or known
        number = zlib.crc32(repr((value, context.operation.label)).encode())
        # One in eight stays as strange as it is.
        if known and number % 8:
            chosen[name] = known[number // 8 % len(known)]
        elif isinstance(value, str):
            # Heads that are too long are refused by whoever reads HTTP, in no form of the document's.
            chosen[name] = value[:1000]
    return chosen


@schemathesis.hook
def map_body(context, body):
    known = BODIES.get(context.operation.definition.raw.get("operationId"), [])
    number = zlib.crc32(repr(body).encode())
    return known[number // 2 % len(known)] if known and number % 2 else body
