"""The program where it may open few files, as `ulimit -n` would have it: it finds that out when it starts."""

from __future__ import annotations

import resource

from bot.cli import main

FILES = 64

if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    main()
