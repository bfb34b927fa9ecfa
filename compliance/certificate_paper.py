"""A certificate of destruction in words, to be printed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from compliance import certificates
from compliance.models import Certificate, DestructionReceipt, PlanItem
from compliance.paper.sheet import Sheet

MOST_PRINTED = 1_000


def sheet(certificate: Certificate) -> Sheet:
    """What is printed: all that was signed, of the first items each, and the signature."""
    said = certificates.said(certificate)
    return Sheet(
        title=_("Certificate of destruction no. %(n)s") % {"n": certificate.number},
        foot=_("Certificate %(id)s") % {"id": certificate.id},
        language=get_language() or "en",
        sentences=list(_sentences(said)),
        facts=list(_facts(certificate, said)),
        header=[_("Commitment"), _("Begun"), _("Destroyed"), _("Versions"), _("Log")],
        widths=(0.46, 0.17, 0.17, 0.1, 0.1),
        rows=[_row(item) for item in said["items"][:MOST_PRINTED]],
        notes=list(_notes(certificate, said)),
    )


def originals(said: dict[str, Any]) -> int:
    """How many of the items are files that gave way to one without a person."""
    return sum(item["kind"] == DestructionReceipt.ORIGINAL for item in said["items"])


def _sentences(said: dict[str, Any]) -> Iterator[str]:
    if "request" in said:
        yield _(
            "A person asked that what is kept about them be deleted. The rows about them"
            " were erased, except those of recordings that are kept on a ground of law,"
            " which are counted below."
        )
    yield _(
        "We certify that the recordings named below by keyed commitments were destroyed:"
        " every version in the store, and every file made of them. Their absence was proved"
        " by listing the store afterwards."
    )
    if originals(said):
        yield _(
            "Of some it was the original file that was destroyed: one person was silenced"
            " in it for ever, and the recording goes on without them."
        )
    if any(item["again"] for item in said["items"]):
        yield _(
            "Some receipts were written anew after the database was restored, from the"
            " journal that was kept outside of it."
        )


def _facts(certificate: Certificate, said: dict[str, Any]) -> Iterator[tuple[str, str]]:
    totals = said["totals"]
    yield _("Number"), str(certificate.number)
    yield _("Issued"), _moment(said["issued_at"])
    yield _("About"), str(certificate.get_about_display())
    silenced = originals(said)
    yield _("Recordings"), str(totals["items"] - silenced)
    if silenced:
        yield _("Files of before one person was silenced"), str(silenced)
    yield _("Removed"), f"{totals['versions']}, {filesizeformat(totals['bytes'])}"
    yield _("Installation"), said["installation"]
    yield from _of_request(said.get("request"))
    for policy in said["policies"]:
        periods = (policy["keep_at_least"], policy["delete_after"])
        told = " / ".join(period or "-" for period in periods)
        name = _("Policy (keep at least / delete after)")
        yield name, f"{policy['id']} v{policy['version']}: {told}"
    yield _("Key"), said["key"]
    yield _("Signature"), certificate.signature
    note = said["log"]["checkpoint"]
    if note:
        yield _("Checkpoint of the audit log"), " | ".join(note.split("\n")[:3])


def _of_request(told: dict[str, Any] | None) -> Iterator[tuple[str, str]]:
    if told is None:
        return
    yield _("Law of the request"), told["law"]
    yield _("Received"), _moment(told["received_at"])
    yield _("Carried out"), _moment(told["done_at"])
    yield _("SHA-256 of the plan"), told["plan"]
    for one in told["numbers"]:
        yield _("Commitment to a number"), one["commitment"]
    yield _("Rows erased"), str(sum(one["erased"] for one in told["rows"]))
    yield _("Redacted: this person alone silenced"), str(told["redacted"])
    for one in told["kept"]:
        yield str(PlanItem.Ground(one["ground"]).label), str(one["items"])


def _row(item: dict[str, Any]) -> list[str]:
    position = item["log_position"]
    return [
        item["commitment"],
        _moment(item["begun_at"]) if item["begun_at"] else "-",
        _moment(item["destroyed_at"]),
        str(item["versions"]),
        "-" if position is None else str(position),
    ]


def _notes(certificate: Certificate, said: dict[str, Any]) -> Iterator[str]:
    beyond = len(said["items"]) - MOST_PRINTED
    if beyond > 0:
        yield _("%(n)s more items stand in the JSON file.") % {"n": beyond}
    yield _(
        "What counts is the JSON file of this certificate: it carries the signature over"
        " every word, and can be checked with OpenSSL alone. Compare the key with the"
        " fingerprint you were given."
    )


def _moment(text: str) -> str:
    return date_format(datetime.fromisoformat(text), "Y-m-d H:i") + " UTC"
