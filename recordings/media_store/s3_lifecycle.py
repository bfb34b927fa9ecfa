"""The lifecycle of a bucket: neutral rules translated, merged with those of others, put.

S3 takes all rules of a bucket at once, so those of others are read and sent along as they
are. Every rule of ours that moves or destroys recordings asks for a tag (s3_tags). In a bucket
with versions an expiration only hides an object; what is hidden goes after as many days again:
had somebody put another object over it, a shorter time could end before its floor.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from compliance.retention.tiers import Shelf, TierRule
from recordings.media_store.errors import LifecycleMoved, StoreError
from recordings.media_store.lifecycle import OURS, SWEEP, TIER, StoreRule, fingerprint
from recordings.media_store.object_keys import PROBE_PREFIX
from recordings.media_store.s3_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RECORDINGS = "recordings/"
MOST_RULES = 1000
CLASSES = {
    Shelf.INFREQUENT: "STANDARD_IA",
    Shelf.INSTANT: "GLACIER_IR",
    Shelf.ARCHIVE: "GLACIER",
    Shelf.DEEP: "DEEP_ARCHIVE",
}
NONE_YET = "NoSuchLifecycleConfiguration"
UNKNOWN = {"NotImplemented", "MethodNotAllowed", "405", "501", "UnsupportedOperation"}
_SIZES = "TransitionDefaultMinimumObjectSize"
"""A setting of the whole lifecycle, which a PUT without it would put back."""

HOUSE: tuple[dict[str, Any], ...] = (
    {
        "ID": f"{OURS}abandoned-uploads",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    },
    {
        "ID": f"{OURS}probes",
        "Status": "Enabled",
        "Filter": {"Prefix": PROBE_PREFIX},
        "Expiration": {"Days": 1},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
    },
    {
        "ID": f"{OURS}old-exports",
        "Status": "Enabled",
        "Filter": {"Prefix": "exports/"},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
    },
    {
        "ID": f"{OURS}lone-markers",
        "Status": "Enabled",
        "Filter": {"Prefix": RECORDINGS},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
    },
)
"""What every bucket of ours does: rubbish of uploads, of the doctor, of files that live a
day, and markers under which nothing lies any more. None of it meets a recording."""


def read(client: "S3Client", bucket: str) -> list[StoreRule] | None:
    """The rules of the bucket; None where the server has no lifecycle."""
    told = _told(client, bucket)
    return None if told is None else [_shown(one) for one in told["Rules"]]


def planned(
    client: "S3Client", bucket: str, rules: Sequence[TierRule]
) -> list[StoreRule] | None:
    """The rules there would be with these of ours; None where there is no lifecycle."""
    told = _told(client, bucket)
    return None if told is None else [_shown(one) for one in _merged(told, rules)]


def put(
    client: "S3Client", bucket: str, rules: Sequence[TierRule], *, seen: str
) -> list[StoreRule]:
    """Put ours in the place of ours, and read back. Raises LifecycleMoved, StoreError."""
    told = _told(client, bucket)
    if told is None:
        raise StoreError("This server has no lifecycle.")
    if fingerprint(map(_shown, told["Rules"])) != seen:
        raise LifecycleMoved("The bucket has other rules than those that were shown.")
    wanted = _merged(told, rules)
    if len(wanted) > MOST_RULES:
        raise StoreError(f"A bucket takes {MOST_RULES} rules, not {len(wanted)}.")
    sizes = {_SIZES: told[_SIZES]} if told.get(_SIZES) else {}
    settings: Any = {"Rules": wanted}
    with translated():
        client.put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration=settings, **sizes
        )
    kept = read(client, bucket) or []
    if fingerprint(kept) != fingerprint(map(_shown, wanted)):
        raise LifecycleMoved("The bucket did not keep the rules as they were sent.")
    return kept


def _told(client: "S3Client", bucket: str) -> dict[str, Any] | None:
    try:
        with translated():
            told = client.get_bucket_lifecycle_configuration(Bucket=bucket)
    except StoreError as error:
        if error.code in UNKNOWN:
            return None
        if error.code != NONE_YET:
            raise
        return {"Rules": []}
    return {**told, "Rules": [plain(one) for one in told.get("Rules", [])]}


def _merged(told: Mapping[str, Any], rules: Sequence[TierRule]) -> list[dict[str, Any]]:
    theirs = [one for one in told["Rules"] if not one["ID"].startswith(OURS)]
    return [*theirs, *HOUSE, *_translated_rules(rules)]


def _translated_rules(rules: Sequence[TierRule]) -> Iterator[dict[str, Any]]:
    for rule in rules:
        tag = TIER if rule.moves else SWEEP
        made = {
            "ID": f"{tag}-{rule.mark}",
            "Status": "Enabled",
            "Filter": {
                "And": {
                    "Prefix": RECORDINGS,
                    "Tags": [{"Key": tag, "Value": rule.mark}],
                }
            },
        }
        if rule.moves:
            moves = [
                {"Days": move.after_days, "StorageClass": CLASSES[move.to]}
                for move in rule.moves
            ]
            yield {**made, "Transitions": moves}
        if rule.gone_after:
            days = rule.gone_after
            gone = {"NoncurrentVersionExpiration": {"NoncurrentDays": days}}
            yield {**made, "Expiration": {"Days": days}, **gone}


def plain(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as AWS writes it today. Ceph tells a prefix and one tag without their `And`,
    and an empty prefix as rules before 2018 had it."""
    told = dict(rule)
    told.setdefault("ID", "")
    if "Prefix" in told:
        told.setdefault("Filter", {"Prefix": told.pop("Prefix")})
    chosen = told.get("Filter", {})
    if "Tag" in chosen and len(chosen) > 1:
        others = {key: value for key, value in chosen.items() if key != "Tag"}
        told["Filter"] = {"And": {**others, "Tags": [chosen["Tag"]]}}
    return told


def _shown(rule: Mapping[str, Any]) -> StoreRule:
    said = {key: value for key, value in rule.items() if key != "ID"}
    text = json.dumps(said, indent=1, sort_keys=True, default=str)
    return StoreRule(rule["ID"], text, destroys=destroys(rule))


def destroys(rule: Mapping[str, Any]) -> bool:
    """Whether a rule may destroy recordings past the portal: it is in force, about objects
    or old versions among the recordings, and not a net of ours."""
    if rule.get("Status") != "Enabled" or _is_net(rule):
        return False
    ends = rule.get("Expiration", {})
    kills = "Days" in ends or "Date" in ends or "NoncurrentVersionExpiration" in rule
    return kills and touches_recordings(rule)


def _is_net(rule: Mapping[str, Any]) -> bool:
    chosen = rule.get("Filter", {})
    tags = chosen.get("And", {}).get("Tags", [])
    named = rule.get("ID", "").startswith(f"{SWEEP}-")
    return named and any(tag["Key"] == SWEEP for tag in tags)


def touches_recordings(rule: Mapping[str, Any]) -> bool:
    """Whether a rule is about something below recordings/ but the doctor's probes."""
    chosen = rule.get("Filter", {})
    prefix = chosen.get("Prefix", chosen.get("And", {}).get("Prefix"))
    prefix = rule.get("Prefix", "") if prefix is None else prefix
    inside = prefix.startswith(RECORDINGS) and not prefix.startswith(PROBE_PREFIX)
    return inside or RECORDINGS.startswith(prefix)
