"""A service that says what it knows of people who linked their account here: stock Authlib.

Takes client id, secret and the address to which people come back. Prints a line of JSON for each step.
"""

import os
import sys

from authlib.integrations.requests_client import OAuth2Session

from login import Callback, tell

client_id, secret, redirect = sys.argv[1:]
api = os.environ["API_URL"]


def main():
    server = Callback(redirect)
    session = OAuth2Session(client_id, secret, redirect_uri=redirect, scope="identify role_connections.write")
    url, state = session.create_authorization_url(f"{api}/v10/oauth2/authorize")
    tell("asks", url)
    session.fetch_token(f"{api}/v10/oauth2/token", authorization_response=server.waits(), state=state)
    path = f"{api}/v10/users/@me/applications/{client_id}/role-connection"
    for wins in (12, 3):
        body = {"platform_name": "Chess", "platform_username": "ada", "metadata": {"wins": wins}}
        answer = session.put(path, json=body)
        tell("said", {"status": answer.status_code, **answer.json()})
        server.waits()


main()
