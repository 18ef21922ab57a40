"""Which browser `make test` gets by a package manager: a stand-in for apt-get says what it was asked, and brings it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APT_GET = """#!/bin/sh
echo "$@" >> {folder}/asked
for package; do :; done
case " {has} " in *" $package "*) ;; *) [ "$package" = update ] || exit 100 ;; esac
[ "$package" = update ] || {{ echo '#!/bin/sh' > {folder}/$package; /bin/chmod +x {folder}/$package; }}
"""


@pytest.mark.parametrize(
    ("has", "asked"),
    [
        ("chromium-headless-shell chromium", ["update", "chromium-headless-shell"]),
        ("chromium", ["update", "chromium-headless-shell", "chromium"]),
    ],
)
def test_the_headless_shell_is_asked_for_first(tmp_path: Path, has: str, asked: list[str]) -> None:
    (tmp_path / "apt-get").write_text(APT_GET.format(folder=tmp_path, has=has))
    (tmp_path / "sudo").write_text('#!/bin/sh\nshift\nexec "$@"\n')  # which is asked where this is not root
    (tmp_path / "true").write_text("#!/bin/sh\n")
    for name in ("apt-get", "sudo", "true"):
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.installing"],
        cwd=ROOT,
        env={"PATH": str(tmp_path), "CI": "1", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert [line.split()[-1] for line in (tmp_path / "asked").read_text().splitlines()] == asked
    assert done.stderr == "Installing Chromium by apt-get, for the tests of the demo's page …\n"
