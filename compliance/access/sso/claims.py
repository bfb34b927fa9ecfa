"""Whom the claims speak of, and which groups he is in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from compliance.access.sso import provider
from compliance.access.sso.rejections import Code, Rejected


@dataclass(frozen=True)
class Identity:
    """Somebody, as the provider knows him. `email` is never what he is found by."""

    issuer: str
    subject: str
    name: str
    email: str
    email_is_verified: bool
    groups: frozenset[str]


def identity(claims: Mapping[str, Any]) -> Identity:
    """Who it is. Raises Rejected when the claims do not say so, or not all of it."""
    ours = provider.client()
    for name, wanted in ours.required:
        if claims.get(name) != wanted:
            raise Rejected(Code.ELSEWHERE)
    subject = claims.get(ours.subject_claim)
    if not isinstance(subject, str) or not subject:
        raise Rejected(Code.SUBJECT)
    return Identity(
        issuer=ours.issuer,
        subject=subject,
        name=_text(claims, "name"),
        email=_email(claims),
        email_is_verified=claims.get("email_verified", True) in (True, "true"),
        groups=groups(claims),
    )


def is_whole(claims: Mapping[str, Any]) -> bool:
    """Whether nothing is left to ask of the userinfo endpoint."""
    wanted = {"email", "name", provider.client().groups_claim} - {""}
    return wanted <= claims.keys()


def groups(claims: Mapping[str, Any]) -> frozenset[str]:
    """The groups or app roles; none when the claim is absent.

    Entra ID leaves the claim out of a token when somebody is in more than 200 groups
    and says where to ask instead: that is not the same as being in none. Raises Rejected.
    https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
    """
    name = provider.client().groups_claim
    if not name:
        return frozenset()
    elsewhere = claims.get("_claim_names")
    if isinstance(elsewhere, Mapping) and name in elsewhere:
        raise Rejected(Code.OVERAGE)
    if claims.get("hasgroups") in (True, "true") and name not in claims:
        raise Rejected(Code.OVERAGE)
    listed = claims.get(name) or []
    if isinstance(listed, str):
        listed = [listed]
    if not isinstance(listed, list) or not all(isinstance(g, str) for g in listed):
        raise Rejected(Code.MALFORMED)
    return frozenset(listed)


def _email(claims: Mapping[str, Any]) -> str:
    for name in ("email", "preferred_username"):
        text = _text(claims, name)
        if "@" in text:
            return text.lower()
    return ""


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value.strip() if isinstance(value, str) else ""
