"""A security key in software: says what a stolen one would say, too."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from helpdesk.customers.models import User

ORIGIN = "http://testserver"
HOST = hashlib.sha256(b"testserver").digest()
FLAG = AuthenticatorData.FLAG


class Passkey:
    """A key of a person, added to the account."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.identity = b"key-of-" + str(user.pk).encode()
        public = ES256.from_cryptography_key(self.key.public_key())
        data = AttestedCredentialData.create(Aaguid.NONE, self.identity, public)
        made = AuthenticatorData.create(HOST, FLAG.UP | FLAG.AT, 0, data)
        client = CollectedClientData.create("webauthn.create", b"0" * 32, ORIGIN)
        response = {
            "clientDataJSON": websafe_encode(client),
            "attestationObject": websafe_encode(AttestationObject.create("none", made, {})),
        }
        credential = self._named(response) | {"clientExtensionResults": {}}
        self.row = Authenticator.objects.create(
            user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Klíč", "credential": credential}
        )

    def answer(self, challenge: str, *, verified: bool) -> str:
        """What the browser posts for a challenge.

        verified  whether the key has seen its owner's finger or PIN
        """
        client = CollectedClientData.create("webauthn.get", websafe_decode(challenge), ORIGIN)
        data = AuthenticatorData.create(HOST, FLAG.UP | FLAG.UV if verified else FLAG.UP, 1)
        response = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(self.key.sign(data + client.hash, ec.ECDSA(SHA256()))),
            "userHandle": websafe_encode(user_pk_to_url_str(self.user).encode()),
        }
        return json.dumps(self._named(response))

    def _named(self, response: dict[str, Any]) -> dict[str, Any]:
        identity = websafe_encode(self.identity)
        return {"id": identity, "rawId": identity, "type": "public-key", "response": response}
