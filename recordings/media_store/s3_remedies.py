"""What to do when S3 says no: the right that is missing, or the setting that is wrong."""

from recordings.media_store.errors import (
    StoreError,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
)

DENIED = {"AccessDenied", "AllAccessDisabled", "403", "401"}

SETTINGS = {
    "NoSuchBucket": "Make the bucket, or correct EARWITNESS_S3_BUCKET.",
    "InvalidAccessKeyId": "EARWITNESS_S3_ACCESS_KEY: the store does not know this key.",
    "SignatureDoesNotMatch": "EARWITNESS_S3_SECRET_KEY does not belong to the key.",
    "InvalidToken": "EARWITNESS_S3_SESSION_TOKEN is not one of this store's.",
    "ExpiredToken": "EARWITNESS_S3_SESSION_TOKEN has ended: use a role.",
    "PermanentRedirect": "EARWITNESS_S3_REGION: the bucket lies elsewhere.",
    "AuthorizationHeaderMalformed": "EARWITNESS_S3_REGION is not the bucket's.",
    "RequestTimeTooSkewed": "Set this machine's clock (NTP).",
    "MissingContentLength": "EARWITNESS_S3_CHECKSUMS=when_required",
    "XAmzContentSHA256Mismatch": "EARWITNESS_S3_CHECKSUMS=when_required",
}
"""By S3's error code."""


def remedy(error: StoreError, *, action: str, on: str) -> str:
    """One sentence; `action` is the right that this request needs, `on` its resource.

    Where the store names another right (often one of KMS), that one is named.
    """
    if error.code in SETTINGS:
        return SETTINGS[error.code]
    if error.code in DENIED:
        return f"Allow {error.action or action} on {on}."
    if isinstance(error, StoreFull):
        return "Make room in the store, or raise its quota."
    if isinstance(error, StoreUnavailable) and not error.code:
        return "EARWITNESS_S3_ENDPOINT: is it right, and reachable from here?"
    if isinstance(error, StoreRefused) and not error.code:
        return "EARWITNESS_S3_ACCESS_KEY and _SECRET_KEY, or a role of this machine."
    return f"Ask whoever runs the store; its answer was {error.code or 'none'}."
