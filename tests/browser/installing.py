"""`python -m tests.browser.installing`: makes sure that there is a browser for the tests of the demo's page.

It uses the machine's own, else the package manager's if that needs no password, else Playwright's. If there is none,
one line says so and those tests are skipped; with CI set it exits with 1 instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.browser.stage import CHROMIUM_MISSING, chromium_path

WITHIN_S = 900
# By package manager: what is run, one after the other until there is a browser, with letters for Chinese.
APT_INSTALL = ("apt-get", "-qq", "install", "-y", "--no-install-recommends", "fonts-noto-cjk")
INSTALLS: dict[str, tuple[tuple[str, ...], ...]] = {
    "apt-get": (
        ("apt-get", "-qq", "update"),
        (*APT_INSTALL, "chromium-headless-shell"),  # has no windows, and is cheaper to drive; not in each release
        (*APT_INSTALL, "chromium"),
    ),
    "dnf": (("dnf", "-q", "-y", "install", "chromium", "google-noto-sans-cjk-fonts"),),
    "pacman": (("pacman", "-Sy", "--noconfirm", "chromium", "noto-fonts-cjk"),),
    "apk": (("apk", "add", "-q", "chromium", "font-noto-cjk"),),
}
PLAYWRIGHTS = (sys.executable, "-m", "playwright", "install", "chromium")


def main() -> int:
    """0 where there is a browser, or where nobody insists on one."""
    if chromium_path() is None:
        by_package_manager() or _run(PLAYWRIGHTS)
    if chromium_path() is not None:
        return 0
    sys.stderr.write(f"\n*** The browser tests are skipped: {CHROMIUM_MISSING} ***\n\n")
    return 1 if os.environ.get("CI") else 0


def by_package_manager() -> bool:
    """Whether the machine's package manager brought a browser. It is asked only as root, or where sudo needs no
    password: nobody is to be asked for one in the middle of `make test`."""
    manager = next((name for name in INSTALLS if shutil.which(name)), None)
    as_root = _as_root()
    if manager is None or as_root is None:
        return False
    sys.stderr.write(f"Installing Chromium by {manager}, for the tests of the demo's page …\n")
    return any(_run((*as_root, *command)) and chromium_path() is not None for command in INSTALLS[manager])


def _as_root() -> tuple[str, ...] | None:
    if os.geteuid() == 0:
        return ()
    return ("sudo", "-n") if shutil.which("sudo") and _run(("sudo", "-n", "true")) else None


def _run(command: tuple[str, ...]) -> bool:
    surroundings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(  # noqa: S603
            command, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=WITHIN_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
