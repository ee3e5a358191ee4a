"""An OpenID Connect provider on loopback, which signs in whomever the test names, and lies as the test wants."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "newsdesk", "client-secret"


@dataclass
class Provider:
    """`user`: the claims of who signs in. `lies`: claims of the ID token in place of true ones, None takes one away."""

    url: str = ""
    user: dict[str, Any] = field(
        default_factory=lambda: {"sub": "1", "preferred_username": "lin", "email": "lin@x.org"}
    )
    lies: dict[str, Any] = field(default_factory=dict)
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    signing_key: rsa.RSAPrivateKey | None = None
    asked: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of newsdesk for this provider."""
        return {
            "NEWSDESK_OIDC_ISSUER": self.url,
            "NEWSDESK_OIDC_AUTHORIZE_URL": f"{self.url}/authorize",
            "NEWSDESK_OIDC_TOKEN_URL": f"{self.url}/token",
            "NEWSDESK_OIDC_USER_URL": f"{self.url}/user",
            "NEWSDESK_OIDC_KEYS_URL": f"{self.url}/keys",
            "NEWSDESK_OIDC_CLIENT_ID": CLIENT_ID,
            "NEWSDESK_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [public | {"kid": "k1", "alg": "RS256", "use": "sig"}]}

    def token(self, posted: dict[str, str]) -> dict[str, Any]:
        verifier = hashlib.sha256(posted["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(verifier).rstrip(b"=").decode() == self.asked["code_challenge"]
        assert posted["client_secret"] == CLIENT_SECRET and posted["code"] == "code-1"
        claims = {"iss": self.url, "aud": CLIENT_ID, "exp": int(time.time()) + 300, "nonce": self.asked["nonce"]}
        claims = {name: value for name, value in (claims | self.user | self.lies).items() if value is not None}
        signed = jwt.encode(claims, self.signing_key or self.key, algorithm="RS256", headers={"kid": "k1"})
        return {"access_token": "access-1", "id_token": signed, "token_type": "Bearer"}


@contextmanager
def identity_provider() -> Iterator[Provider]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                provider.asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                back = urlencode({"state": provider.asked["state"], "code": "code-1"})
                self.send_response(302)
                self.send_header("location", f"{provider.asked['redirect_uri']}?{back}")
                self.end_headers()
                return
            self._send(provider.keys() if parts.path == "/keys" else provider.user)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._send(provider.token({name: values[0] for name, values in parse_qs(body).items()}))

        def _send(self, value: Any) -> None:
            body = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    provider.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
