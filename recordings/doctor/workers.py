"""Does the beat beat, and does a worker take what is published?"""

import uuid
from collections.abc import Iterator

import redis
from kombu.exceptions import KombuError

from recordings import pulse, tasks
from recordings.finding import Finding, fail, ok, warn

LATE_SECONDS = 30
DEAD_SECONDS = 120
ANSWER_SECONDS = 8
_NO_REDIS = "Put Redis right first."
_START_BEAT = "Start one `celery -A portal beat` (and a worker, which shows it)."


def beat() -> Iterator[Finding]:
    """When a worker last did what only the beat asks for, every ten seconds."""
    try:
        age = pulse.beat_age()
    except redis.RedisError:
        yield fail("not known: Redis does not answer", _NO_REDIS)
        return
    if age is None:
        yield fail("was not seen for a week, if ever", _START_BEAT)
    elif age > DEAD_SECONDS:
        yield fail(f"was last seen {age:.0f} seconds ago", _START_BEAT)
    elif age > LATE_SECONDS:
        yield warn(f"was last seen {age:.0f} seconds ago", "Are all workers busy?")
    else:
        yield ok(f"was seen {age:.0f} seconds ago")


def worker() -> Iterator[Finding]:
    """Publish a question on each queue and wait for the answer."""
    for queue in tasks.answer.app.amqp.queues:
        yield _asked(queue)


def _asked(queue: str) -> Finding:
    question = uuid.uuid4().hex
    try:
        tasks.answer.apply_async(
            kwargs={"question": question},
            queue=queue,
            retry=False,
            expires=pulse.ANSWER_SECONDS,
        )
        answered = pulse.wait_for_answer(question, seconds=ANSWER_SECONDS)
    except (KombuError, OSError, redis.RedisError) as error:
        return fail(f"could not be asked ({type(error).__name__})", _NO_REDIS)
    if answered:
        return ok(f"takes tasks of the queue {queue} and finishes them")
    return fail(
        f"none took a task of the queue {queue} within {ANSWER_SECONDS} seconds",
        f"Start `celery -A portal worker --queues={queue}`, or more: all may be busy.",
    )
