"""Is the bucket set up as docs/storage.md says? Asked from the bucket itself.

Each question is one request and one finding. A right we lack is named; what the server
does not know at all is no fault of anybody's.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recordings.finding import Finding, fail, ok, warn
from recordings.media_store.errors import StoreError
from recordings.media_store.lifecycle import OURS
from recordings.media_store.s3_errors import translated
from recordings.media_store.s3_lifecycle import (
    UNKNOWN,
    destroys,
    plain,
    touches_recordings,
)
from recordings.media_store.s3_remedies import DENIED, remedy

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NOT_KNOWN = UNKNOWN
COLD = {"GLACIER", "DEEP_ARCHIVE"}
_BLOCKS = (
    "BlockPublicAcls",
    "IgnorePublicAcls",
    "BlockPublicPolicy",
    "RestrictPublicBuckets",
)
_NO_BLOCK = warn(
    "public access to the bucket is not blocked",
    "Apply docs/s3/public-access-block.json.",
)
_NO_ENCRYPTION = warn(
    "the bucket encrypts nothing by default", "Apply docs/s3/encryption.json."
)
_NO_POLICY = warn(
    "the bucket policy lets requests without TLS in",
    "Apply docs/s3/bucket-policy.json.",
)
_NO_LOCK = ok("no object lock: nothing but our own rules keeps a recording")


@dataclass(frozen=True)
class Question:
    """What is asked, the right it takes, and what the answers mean.

    unset: error codes that say "nothing of the kind is set up", and what that means.
    """

    about: str
    action: str
    ask: Callable[["S3Client", str], Mapping[str, Any]]
    read: Callable[[Mapping[str, Any]], Finding]
    unset: Mapping[str, Finding] = field(default_factory=dict)

    def put(self, client: "S3Client", bucket: str) -> Finding:
        """Ask it. Raises StoreError when there is no answer at all."""
        try:
            with translated():
                return self.read(self.ask(client, bucket))
        except StoreError as error:
            if error.code in self.unset:
                return self.unset[error.code]
            if error.code in NOT_KNOWN:
                return ok(f"{self.about}: not known to this server")
            if error.code in DENIED:
                todo = remedy(error, action=self.action, on="the bucket")
                return warn(f"{self.about}: not to be seen", todo)
            raise


def _versioning(answer: Mapping[str, Any]) -> Finding:
    if answer.get("Status") == "Enabled":
        return ok("the bucket keeps versions")
    return warn(
        "the bucket keeps no versions: what is overwritten is gone",
        "Turn versioning on.",
    )


def _lock(answer: Mapping[str, Any]) -> Finding:
    if not has_lock(answer):
        return _NO_LOCK
    kept = default_retention(answer)
    if not kept:
        return ok("the bucket has object lock")
    return warn(
        f"the bucket locks every object for {kept}: shorter policies must wait for it",
        "Remove the default retention, or keep recordings at least that long.",
    )


def lock_of(client: "S3Client", bucket: str) -> Mapping[str, Any]:
    """The bucket's object lock; {} where there is none, or we may not look."""
    try:
        with translated():
            return client.get_object_lock_configuration(Bucket=bucket)
    except StoreError:
        return {}


def has_lock(answer: Mapping[str, Any]) -> bool:
    """Whether objects of the bucket can be locked."""
    lock = answer.get("ObjectLockConfiguration", {})
    return bool(lock.get("ObjectLockEnabled") == "Enabled")


def default_retention(answer: Mapping[str, Any]) -> str:
    """How long the bucket locks everything that is put into it; '' for not at all."""
    rule = answer.get("ObjectLockConfiguration", {}).get("Rule", {})
    retention = rule.get("DefaultRetention", {})
    for unit in ("Days", "Years"):
        if retention.get(unit):
            return f"{retention[unit]} {unit.lower()} ({retention.get('Mode', '')})"
    return ""


def _encryption(answer: Mapping[str, Any]) -> Finding:
    # Ceph 16 answers without any rules
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    defaults = [rule.get("ApplyServerSideEncryptionByDefault", {}) for rule in rules]
    kinds = [one["SSEAlgorithm"] for one in defaults if one.get("SSEAlgorithm")]
    return (
        ok(f"the bucket encrypts by default ({kinds[0]})") if kinds else _NO_ENCRYPTION
    )


def _public_access(answer: Mapping[str, Any]) -> Finding:
    block = answer["PublicAccessBlockConfiguration"]
    off = [name for name in _BLOCKS if not block.get(name)]
    if not off:
        return ok("public access to the bucket is blocked")
    if len(off) == len(_BLOCKS):
        return _NO_BLOCK
    return warn(
        f"public access is not wholly blocked: {', '.join(off)}", _NO_BLOCK.remedy
    )


def _policy_status(answer: Mapping[str, Any]) -> Finding:
    if answer["PolicyStatus"].get("IsPublic"):
        return fail(
            "the bucket policy is public: anybody may read recordings",
            "Replace it by docs/s3/bucket-policy.json.",
        )
    return ok("the bucket policy is not public")


def _policy(answer: Mapping[str, Any]) -> Finding:
    statements = json.loads(answer["Policy"]).get("Statement", [])
    wants_tls = any(
        statement.get("Effect") == "Deny"
        and "aws:SecureTransport" in json.dumps(statement.get("Condition", {}))
        for statement in statements
    )
    return ok("the bucket policy wants TLS") if wants_tls else _NO_POLICY


def _lifecycle(answer: Mapping[str, Any]) -> Finding:
    rules = [
        rule
        for rule in map(plain, answer.get("Rules", []))
        if rule.get("Status") == "Enabled" and touches_recordings(rule)
    ]
    if any(map(destroys, rules)):
        return fail(
            "the bucket's lifecycle deletes recordings without entry or receipt",
            "Replace it by docs/s3/lifecycle.json; retention is ours to carry out.",
        )
    classes = {
        move.get("StorageClass")
        for rule in rules
        if not rule["ID"].startswith(OURS)
        for move in rule.get("Transitions", [])
    }
    if classes & COLD:
        return warn(
            "the bucket's lifecycle moves recordings where they cannot be played",
            "Take the transition to an archive class out of the lifecycle.",
        )
    return ok("the bucket's lifecycle leaves recordings alone")


QUESTIONS = (
    Question(
        "versions",
        "s3:GetBucketVersioning",
        lambda client, bucket: client.get_bucket_versioning(Bucket=bucket),
        _versioning,
    ),
    Question(
        "object lock",
        "s3:GetBucketObjectLockConfiguration",
        lambda client, bucket: client.get_object_lock_configuration(Bucket=bucket),
        _lock,
        {"ObjectLockConfigurationNotFoundError": _NO_LOCK},
    ),
    Question(
        "default encryption",
        "s3:GetEncryptionConfiguration",
        lambda client, bucket: client.get_bucket_encryption(Bucket=bucket),
        _encryption,
        {"ServerSideEncryptionConfigurationNotFoundError": _NO_ENCRYPTION},
    ),
    Question(
        "public access",
        "s3:GetBucketPublicAccessBlock",
        lambda client, bucket: client.get_public_access_block(Bucket=bucket),
        _public_access,
        {"NoSuchPublicAccessBlockConfiguration": _NO_BLOCK},
    ),
    Question(
        "whether the policy is public",
        "s3:GetBucketPolicyStatus",
        lambda client, bucket: client.get_bucket_policy_status(Bucket=bucket),
        _policy_status,
        {"NoSuchBucketPolicy": ok("the bucket policy is not public")},
    ),
    Question(
        "bucket policy",
        "s3:GetBucketPolicy",
        lambda client, bucket: client.get_bucket_policy(Bucket=bucket),
        _policy,
        {"NoSuchBucketPolicy": _NO_POLICY},
    ),
    Question(
        "lifecycle",
        "s3:GetLifecycleConfiguration",
        lambda client, bucket: client.get_bucket_lifecycle_configuration(Bucket=bucket),
        _lifecycle,
        {
            "NoSuchLifecycleConfiguration": warn(
                "the bucket has no lifecycle: unfinished uploads stay for ever",
                "Apply docs/s3/lifecycle.json.",
            )
        },
    ),
)


def findings(client: "S3Client", bucket: str) -> Iterator[Finding]:
    """Put every question; what no answer came to is a finding too."""
    for question in QUESTIONS:
        try:
            yield question.put(client, bucket)
        except StoreError as error:
            todo = remedy(error, action=question.action, on="the bucket")
            yield warn(f"{question.about}: {error}", todo)
