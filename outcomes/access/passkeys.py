"""Passkeys (WebAuthn level 2) by the package `webauthn`, which is loaded when the first one is used.

User verification is required, so a passkey is something one has and something one is or knows: two factors by itself
(ASVS 5.0, 6.3.3). The site's name is the host of the public address; a passkey answers to no other, which is what
makes it safe from a copied sign-in page.
"""

import json
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

CHALLENGE_BYTES = 32
LARGEST_ANSWER = 20_000
# What reading bytes that anybody may have written can raise.
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, EOFError, ArithmeticError, struct.error)


class PasskeyRefused(ValueError):  # noqa: N818 - what happened
    """What a browser sent for a passkey does not hold."""


@dataclass(frozen=True, slots=True)
class Site:
    """To whom a passkey answers."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What is kept of a passkey."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def site_of(public_url: str) -> Site:
    """Return the site at a public address.

    >>> site_of("https://outcomes.example:8443")
    Site(host='outcomes.example', origin='https://outcomes.example:8443')
    """
    return Site(urlsplit(public_url).hostname or "", public_url)


def new_challenge() -> bytes:
    """Return what a passkey is to sign."""
    return secrets.token_bytes(CHALLENGE_BYTES)


def options_to_register(site: Site, challenge: bytes, user_id: UUID, name: str, known: Sequence[bytes]) -> str:
    """Return, as JSON, what a browser needs to make a passkey for an account; `known` ones are not made twice."""
    import webauthn  # noqa: PLC0415 - a tenth of a second, needed only where a passkey is used
    from webauthn.helpers import structs  # noqa: PLC0415 - the same

    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name="Outcomes",
        user_id=user_id.bytes,
        user_name=name,
        challenge=challenge,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in known],
    )
    return webauthn.options_to_json(options)


def registered(site: Site, challenge: bytes, answer: str) -> NewPasskey:
    """Return the passkey that a browser made.

    Raises:
        PasskeyRefused: when it was made for another site or challenge, or without verifying its user.
    """
    import webauthn  # noqa: PLC0415 - as above
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 - the same

    try:
        made = webauthn.verify_registration_response(
            credential=_readable(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, *UNREADABLE) as error:
        raise PasskeyRefused(type(error).__name__) from error
    return NewPasskey(made.credential_id, made.credential_public_key, made.sign_count)


def options_to_sign_in(site: Site, challenge: bytes) -> str:
    """Return, as JSON, what a browser needs to sign in with any passkey it has for this site."""
    import webauthn  # noqa: PLC0415 - as above
    from webauthn.helpers import structs  # noqa: PLC0415 - the same

    required = structs.UserVerificationRequirement.REQUIRED
    return webauthn.options_to_json(
        webauthn.generate_authentication_options(rp_id=site.host, challenge=challenge, user_verification=required)
    )


def passkey_named_in(answer: str) -> bytes:
    """Return the id of the passkey that a browser says it used.

    Raises:
        PasskeyRefused: when what it sent cannot be read.
    """
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415 - as above

    try:
        return bytes(base64url_to_bytes(str(_readable(answer)["id"])))
    except UNREADABLE as error:
        raise PasskeyRefused(type(error).__name__) from error


def count_after(site: Site, challenge: bytes, answer: str, passkey: NewPasskey) -> int:
    """Return the counter of a passkey that has signed a challenge.

    Raises:
        PasskeyRefused: for another site, challenge or key, without verifying its user, or with a counter that went
            back, as that of a copied passkey does.
    """
    import webauthn  # noqa: PLC0415 - as above
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 - the same

    try:
        verified = webauthn.verify_authentication_response(
            credential=_readable(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, *UNREADABLE) as error:
        raise PasskeyRefused(type(error).__name__) from error
    return verified.new_sign_count


def _readable(answer: str) -> dict[str, object]:
    """Read a browser's answer, which anybody may have written."""
    if len(answer) > LARGEST_ANSWER:
        raise PasskeyRefused("too_large")
    try:
        read = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise PasskeyRefused("unreadable") from error
    if not isinstance(read, dict):
        raise PasskeyRefused("unreadable")
    return read
