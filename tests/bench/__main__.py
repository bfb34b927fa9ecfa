"""Runs every figure. `make bench`, or `make bench ARGS=webhooks` for some of them."""

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
os.environ.setdefault("SURFACES", "web,api,webhook")


def main(wanted: list[str]) -> None:
    """Make a database of our own, measure, drop it."""
    import django

    django.setup()
    from django.db import connection

    name = connection.creation.create_test_db(verbosity=0)
    os.environ["DATABASE_URL"] = _with_name(os.environ["DATABASE_URL"], name)
    try:
        _measure(wanted)
        _measure_last(wanted)
    finally:
        connection.creation.destroy_test_db("bench", verbosity=0)


def _with_name(url: str, name: str) -> str:
    head, _, _name = url.rpartition("/")
    return f"{head}/{name}"


def _measure(wanted: list[str]) -> None:
    from django.db import connection, transaction

    from tests.bench import (
        agents,
        files,
        floors,
        inventory,
        listens,
        load,
        many,
        pages,
        reconcile,
        rows,
        sealing,
        starts,
        verifying,
        webhooks,
    )

    with connection.cursor() as cursor:
        cursor.execute(floors.TABLE)
    with transaction.atomic():
        team = rows.team()
        person = rows.reviewer(team)
        recording = rows.recording(team)
    if not wanted or "webhooks" in wanted:
        with load.server() as port:
            webhooks.run(port)
    if not wanted or "listens" in wanted:
        with load.server() as port:
            listens.run(port, person, recording)
        listens.access(person, recording)
    if not wanted or "agents" in wanted:
        with load.server(workers=agents.WORKERS) as port:
            agents.run(port, team)
    alone = {
        "starts": lambda: starts.run(team),
        "reconcile": lambda: reconcile.run(team),
        "sealing": lambda: sealing.run(person),
        "files": files.run,
        "inventory": lambda: inventory.run(team),
        "verifying": verifying.run,
    }
    for name, measure in alone.items():
        if not wanted or name in wanted:
            measure()
    if not wanted or "pages" in wanted:
        with transaction.atomic():
            many.calls(team)
        pages.run(person)


def _measure_last(wanted: list[str]) -> None:
    """What makes its audit entries past the code that writes them, or leaves its rows."""
    from tests.bench import holds, plans, productions, rows, sweep, timeline
    from tests.cast import assemble

    cast = assemble()
    if not wanted or "timeline" in wanted:
        timeline.run()
    if not wanted or "holds" in wanted:
        holds.run(cast)
    if not wanted or "productions" in wanted:
        productions.run(cast)
    if not wanted or "plans" in wanted:
        plans.run(cast)
    if not wanted or "sweep" in wanted:
        sweep.run(rows.team())


main(sys.argv[1:])
