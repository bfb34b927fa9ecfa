"""Whom the private servers run as: PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from portal.embedded.errors import EmbeddedError
from portal.embedded.processes import US, Account

REACHES = 'cd "$2" && "$1" --version'


def for_servers(binary: Path, folder: Path) -> Account:
    """Us, or `nobody` when we are root.

    A checkout below a closed folder (/root, `mktemp -d`) cannot be entered by
    `nobody`; there util-linux' setpriv leaves the server the one capability to pass.
    Raises EmbeddedError when that is not allowed either.
    """
    if os.geteuid() != 0:
        return US
    nobody = pwd.getpwnam("nobody")
    plain = Account(nobody.pw_uid, nobody.pw_gid)
    candidates = [plain]
    if setpriv := shutil.which("setpriv"):
        prefix = _passing(setpriv, nobody)
        candidates.append(Account(nobody.pw_uid, nobody.pw_gid, prefix))
    for account in candidates:
        if _reaches(account, binary, folder):
            return account
    message = (
        f"As root the servers run as `nobody`, who cannot enter {folder}: "
        "use an ordinary user, or a checkout in an open folder."
    )
    raise EmbeddedError(message)


def _passing(setpriv: str, user: pwd.struct_passwd) -> tuple[str, ...]:
    capability = "+dac_override"
    return (
        setpriv,
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
        f"--inh-caps={capability}",
        f"--ambient-caps={capability}",
        # a change of user clears the signal that processes.spawn asks for
        "--pdeathsig=INT",
    )


def _reaches(account: Account, binary: Path, folder: Path) -> bool:
    probe = subprocess.run(  # noqa: S603 - our own command
        [*account.prefix, "/bin/sh", "-c", REACHES, "sh", binary, folder],
        capture_output=True,
        check=False,
        **account.options(),
    )
    return probe.returncode == 0
