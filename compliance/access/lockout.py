"""Counts attempts to sign in, so that passwords cannot be guessed.

One atomic Redis counter per account and one per address, each counted before the
password is looked at: guesses in parallel do not slip through. Neither key holds the
e-mail typed: it is hashed under the session secret.
"""

import logging

from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

from compliance.access import rates

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 15 * 60
PER_ACCOUNT = 5
PER_ADDRESS = 50


def attempt(*, email: str, address: str) -> int:
    """Count an attempt; return how far over its limit it is (0: go on, 1: just now).

    While Redis cannot be reached nobody is locked out: the password still decides.
    """
    try:
        account = rates.count(_account(email), seconds=WINDOW_SECONDS)
        from_address = rates.count(_address(address), seconds=WINDOW_SECONDS)
    except RedisError:
        logger.warning("lockout.unreachable")
        return 0
    return max(0, account - PER_ACCOUNT, from_address - PER_ADDRESS)


def forgive(*, email: str, address: str) -> None:
    """Forget the attempts on an account, and this one from the address.

    Somebody knew the password: a whole office may sign in from behind one address.
    """
    try:
        rates.forget(_account(email))
        rates.uncount(_address(address))
    except RedisError:
        logger.warning("lockout.unreachable")


def _address(address: str) -> str:
    return f"sign-in:address:{address}"


def _account(email: str) -> str:
    digest = salted_hmac("sign-in", email.strip().lower(), algorithm="sha256")
    return f"sign-in:account:{digest.hexdigest()}"
