"""A small OpenID Connect provider on this machine: who signs in there is whoever the test says (`person`).

It speaks the real protocol over HTTP (discovery, authorization code with PKCE, RS256 tokens) and is strict about what a
client must prove: its secret, its return address, the verifier of its challenge, each code once.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "portale", "segreto-della-prova"


class Gateway(ThreadingHTTPServer):
    """Listens from the moment it is made; `url` is its issuer."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.person, self.codes, self.tokens = {}, {}, {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()

    def identity(self, nonce):
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, **self.person}
        claims |= {"nonce": nonce} if nonce else {}
        return jwt.encode(claims, self.key, "RS256", headers={"kid": "prova"})


class Answer(BaseHTTPRequestHandler):
    def log_message(self, *args):
        """Nothing: the test says what matters."""

    def do_GET(self):
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        pages = {
            "/.well-known/openid-configuration": self.configuration,
            "/jwks": self.keys,
            "/authorize": self.authorize,
            "/userinfo": self.userinfo,
        }
        pages[parts.path](asked)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.token({name: values[0] for name, values in parse_qs(body).items()})

    def configuration(self, asked):
        url = self.server.url
        names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        found = {f"{name}_endpoint": f"{url}/{page}" for name, page in names.items()}
        self.say(
            {"issuer": url, "jwks_uri": f"{url}/jwks", "id_token_signing_alg_values_supported": ["RS256"], **found}
        )

    def keys(self, asked):
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.server.key.public_key()))
        self.say({"keys": [{**key, "kid": "prova", "use": "sig", "alg": "RS256"}]})

    def authorize(self, asked):
        assert asked["client_id"] == CLIENT and asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.server.codes[code] = asked
        self.send_response(302)
        back = urlencode({"code": code, "state": asked["state"]})
        self.send_header("Location", f"{asked['redirect_uri']}?{back}")
        self.end_headers()

    def token(self, said):
        asked = self.server.codes.pop(said["code"])
        digest = hashlib.sha256(said["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        assert said["redirect_uri"] == asked["redirect_uri"]
        assert self.client_of(said) == (CLIENT, SECRET)
        token = secrets.token_urlsafe(8)
        self.server.tokens[token] = dict(self.server.person)
        identity = self.server.identity(asked.get("nonce"))
        self.say({"access_token": token, "token_type": "Bearer", "expires_in": 300, "id_token": identity})

    def client_of(self, said):
        """By HTTP Basic or in the form: both are in the standard."""
        basic = self.headers.get("Authorization", "").partition("Basic ")[2]
        if basic:
            return tuple(base64.b64decode(basic).decode().split(":", 1))
        return said.get("client_id"), said.get("client_secret")

    def userinfo(self, asked):
        self.say(self.server.tokens[self.headers["Authorization"].partition("Bearer ")[2]])

    def say(self, values):
        body = json.dumps(values).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
