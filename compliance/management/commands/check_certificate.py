"""Is a certificate of destruction genuine, and does it tell of this recording?"""

import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance import certificate_file
from compliance.audit.checkpoint import fingerprint
from compliance.certificate_file import NotACertificate, Signed
from compliance.commitments import Facts
from compliance.models.phone_number import normalise
from compliance.requests.erasure_journal import facts_of


class Command(BaseCommand):
    """`manage.py check_certificate FILE --fact ID:SHA256 --number +14155550123`."""

    help = (
        "Says whether a certificate is genuine: by our own keys, or by --key (a"
        " fingerprint, or a PEM file) alone. With --fact also whether it tells of that"
        " recording, with --number whether the request was about that number; both take"
        " our keys. Ends with 1 where the answer is no."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which file, by which key, and which facts."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--key", help="Fingerprint (hex), or a PEM file.")
        parser.add_argument(
            "--fact",
            action="append",
            default=[],
            metavar="ID:SHA256",
            help="Of a recording; SHA256 is empty for one that never had a file.",
        )

        parser.add_argument(
            "--number",
            action="append",
            default=[],
            metavar="E164",
            help="Of a person; '-' reads one from the standard input, unseen by others.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Answer yes or no, a line for each question."""
        facts = [_fact(text) for text in options["fact"]]
        try:
            found = certificate_file.read(options["file"].read_bytes())
        except OSError as error:
            raise CommandError("The file cannot be read.") from error
        except NotACertificate as error:
            raise CommandError(
                "no: it is no certificate, or was changed after it was signed."
            ) from error
        self._say_whose(found, options["key"])
        missing = 0
        for fact in facts:
            missing += not self._say(
                tells=found.tells_of(fact), what=f"destroyed, {fact.id}"
            )
        for place, number in enumerate(options["number"], start=1):
            tells = _is_about(found, number)
            missing += not self._say(tells=tells, what=f"erased, number {place}")
        if missing:
            raise CommandError(f"no: it does not tell of {missing} of these.")

    def _say(self, *, tells: bool, what: str) -> bool:
        self.stdout.write(f"{'yes' if tells else 'no'}: {what}")
        return tells

    def _say_whose(self, found: Signed, key: str | None) -> None:
        known = _fingerprint(key) == found.fingerprint if key else found.is_ours
        if not known:
            raise CommandError(f"no: signed by an unknown key, {found.fingerprint}")
        totals = found.said["totals"]
        self.stdout.write(
            f"yes: certificate {found.said['number']} of {found.said['issued_at']}"
            f" is genuine, {totals['items']} items; key {found.fingerprint}"
        )


def _is_about(found: Signed, number: str) -> bool:
    """Whether the request it tells of was about this number."""
    told = found.said.get("request")
    text = sys.stdin.readline() if number == "-" else number
    e164, _country = normalise(text.strip())
    return told is not None and found.tells_of(facts_of(UUID(told["id"]), e164))


def _fingerprint(key: str) -> str:
    """Of the key that somebody trusts."""
    path = Path(key)
    if not path.is_file():
        return key.lower().replace(":", "")
    try:
        loaded = load_pem_public_key(path.read_bytes())
    except ValueError as error:
        raise CommandError("--key is no public key.") from error
    if not isinstance(loaded, Ed25519PublicKey):
        raise CommandError("--key is no Ed25519 key.")
    return fingerprint(loaded.public_bytes_raw())


def _fact(text: str) -> Facts:
    found, _colon, sha256 = text.partition(":")
    try:
        return Facts("recording", UUID(found), sha256.lower())
    except ValueError as error:
        raise CommandError("--fact wants ID:SHA256.") from error
