"""Why somebody did not come in through the identity provider."""

from enum import StrEnum

from compliance.models import Person


class Code(StrEnum):
    """The reason, for the log; `web.sso_words` says it to people."""

    STATE = "state"
    DENIED = "denied"
    SIGNED_OUT = "signed_out"
    PROVIDER = "provider"
    UNREACHABLE = "unreachable"
    DISCOVERY = "discovery"
    REUSED = "code"
    CLIENT = "client"
    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    KEY = "key"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    NONCE = "nonce"
    EXPIRED = "expired"
    CLOCK = "clock"
    STALE = "stale"
    SUBJECT = "subject"
    ELSEWHERE = "elsewhere"
    OVERAGE = "overage"
    NO_EMAIL = "no_email"
    EMAIL_UNVERIFIED = "email_unverified"
    EMAIL_TAKEN = "email_taken"
    UNKNOWN = "unknown"
    APART = "kept_apart"
    INACTIVE = "inactive"


class Rejected(Exception):
    """Nobody is signed in, and nothing else happened. person: whose account it is."""

    def __init__(self, code: Code, person: Person | None = None) -> None:
        super().__init__(code.value)
        self.code = code
        self.person = person
