"""A third party that people log in to with their account here: stock Authlib, which finds everything by itself.

Takes client id, secret and the address to which people come back. Prints a line of JSON for each step.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

def tell(step, saw):
    print(json.dumps({"step": step, "saw": saw}), flush=True)


class Callback(HTTPServer):
    """The address to which people come back, once."""

    def __init__(self, redirect):
        super().__init__(("127.0.0.1", urlsplit(redirect).port), Page)
        self.came_back = None

    def waits(self):
        self.handle_request()
        return f"http://127.0.0.1{self.came_back}"


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.came_back = self.path
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def main(client_id, secret, redirect):
    root = os.environ["API_URL"].removesuffix("/api")
    server = Callback(redirect)
    session = OAuth2Session(
        client_id, secret, redirect_uri=redirect, scope="openid identify email", code_challenge_method="S256"
    )
    found = session.request("GET", f"{root}/.well-known/openid-configuration", withhold_token=True).json()
    verifier, nonce = generate_token(48), generate_token()
    url, state = session.create_authorization_url(found["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
    tell("asks", url)
    token = session.fetch_token(
        found["token_endpoint"], authorization_response=server.waits(), state=state, code_verifier=verifier
    )
    keys = KeySet.import_key_set(session.request("GET", found["jwks_uri"], withhold_token=True).json())
    claims = jwt.decode(token["id_token"], keys, algorithms=found["id_token_signing_alg_values_supported"]).claims
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": found["issuer"]},
        aud={"essential": True, "value": client_id},
        nonce={"essential": True, "value": nonce},
        exp={"essential": True},
    ).validate(claims)
    tell("knows", {key: claims[key] for key in ("sub", "email", "preferred_username")})
    tell("asked", session.get(found["userinfo_endpoint"]).json())
    old = token["access_token"]
    token = session.refresh_token(found["token_endpoint"], refresh_token=token["refresh_token"])
    tell("renewed", {"other": token["access_token"] != old, "sub": session.get(found["userinfo_endpoint"]).json()["sub"]})
    ended = session.revoke_token(found["revocation_endpoint"], token["access_token"], token_type_hint="access_token")
    tell("ended", {"status": ended.status_code, "after": session.get(found["userinfo_endpoint"]).status_code})


if __name__ == "__main__":
    main(*sys.argv[1:])
