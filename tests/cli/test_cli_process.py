"""The installed program as a process: exit codes, streams, start-up."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from importer import __version__
from importer.cli.entry import COMMANDS

HEAVY = (
    "pandas",
    "pandera",
    "requests",
    "sqlalchemy",
    "pydantic",
    "openpyxl",
    "numpy",
    "phonenumbers",
    "jinja2",
    "tqdm",
)
Importer = Callable[..., Any]


def test_help_lists_every_command(importer: Importer) -> None:
    """The help names all commands on stdout and says nothing on stderr."""
    ran = importer("--help")

    assert ran.code == 0
    assert ran.err == ""
    assert all(re.search(rf"^  {name} ", ran.out, re.MULTILINE) for name in COMMANDS)


def test_help_imports_nothing_heavy() -> None:
    """--help loads neither pandas nor any other library that a command needs, nor the settings."""
    names = (*HEAVY, "importer.settings", "sqlite3", "tomllib", "orjson")
    code = (
        "import sys\nfrom importer.cli.entry import run\nassert run(['--help']) == 0\n"
        f"print([name for name in {names!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stderr.strip() == "[]"


def test_help_of_a_command_imports_nothing_heavy() -> None:
    """Each command's --help is as quick: heavy libraries are imported when it runs."""
    code = (
        f"import sys\nfrom importer.cli.entry import run\n"
        f"for command in {[*COMMANDS]!r}:\n    assert run([command, '--help']) == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stderr.strip() == "[]"


def test_check_does_without_ledger_and_network(tmp_path: Path) -> None:
    """A check loads neither the ledger's library nor the network's: it opens no ledger and calls nobody."""
    sheet = tmp_path / "week.csv"
    sheet.write_text("Phone,Start\n+14155552671,2027-03-04 14:30\n", encoding="utf-8")
    code = (
        f"import sys\nfrom importer.cli.entry import run\nrun(['check', {str(sheet)!r}])\n"
        "print([name for name in ('sqlalchemy', 'alembic', 'requests') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stderr.splitlines()[-1] == "[]"


def test_only_what_sends_loads_requests() -> None:
    """Checks, plans and reports do without HTTP, and are not kept waiting for it."""
    code = (
        "import sys\nimport importer.commands.check, importer.commands.plan, importer.commands.report, importer.commands.run\n"
        "print([name for name in ('requests', 'urllib3') if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stderr.strip() == "[]"


def test_commands_of_the_tests_load_what_users_have() -> None:
    """A check that a test starts loads no hypothesis, though it is installed for the tests."""
    code = "import sys, importer.commands.check\nprint('hypothesis.strategies' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.strip() == "False"


def cpu_seconds(*command: str | Path) -> float:
    """Return the least processor time of five starts: wall time would tell how busy the machine is."""

    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, capture_output=True, check=True, timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return min(once() for _ in range(5))


def test_help_answers_at_once() -> None:
    """The help takes less than 0.4 s, and at most twelve times what Python needs to do nothing."""
    program = Path(sys.executable).with_name("importer")
    helped = cpu_seconds(program, "--help")

    assert helped < 0.4
    assert helped <= 12 * cpu_seconds(sys.executable, "-c", "pass")


def test_version_is_told(importer: Importer) -> None:
    """--version prints the version of the package."""
    assert importer("--version").out == f"importer {__version__}\n"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param("chek a.csv", 'no command "chek". Did you mean "check"?', id="unknown-command"),
        pytest.param("check", "No sheet is named", id="no-file"),
        pytest.param("check a.csv --frobnicate", "No such option", id="unknown-option"),
        pytest.param("check a.csv --rate fast", "--rate:", id="wrong-value"),
        pytest.param("config show --profile nobody", 'no profile "nobody"', id="unknown-profile"),
        pytest.param("config show --config absent.toml", "cannot be read", id="no-settings-file"),
        pytest.param("run", "Name the sheets", id="run-nothing"),
        pytest.param("run a.csv --plan p", "Name the sheets", id="run-both"),
        pytest.param("run a.csv --base-url http://example.com", "https://", id="plain-http"),
        pytest.param("resolve 2027 5", "Say what happened to these rows", id="resolve-nothing"),
        pytest.param("resolve 2027 5 --sent --not-sent", "Say what happened to these rows", id="resolve-both"),
        pytest.param("resolve 2027 5 6 --sent abc", "One uuid cannot be", id="resolve-one-uuid-for-two"),
        pytest.param("sandbox --faults absent.json", "sandbox cannot start", id="sandbox-faults"),
    ],
)
def test_wrong_line_exits_2_with_a_sentence(within: Importer, line: str, says: str) -> None:
    """Usage and settings that are wrong end with 2 and a sentence on stderr, nothing on stdout."""
    ran = within(*line.split())

    assert ran.code == 2
    assert ran.out == ""
    assert says in ran.err
    assert "Traceback" not in ran.err


def test_wrong_line_of_a_process_exits_2(importer: Importer) -> None:
    """The program itself ends so, too."""
    ran = importer("check", "a.csv", "--frobnicate")

    assert (ran.code, ran.out) == (2, "")
    assert "No such option" in ran.err


def test_wrong_line_speaks_json_when_asked(importer: Importer) -> None:
    """With --json the error is also a document on stdout."""
    ran = importer("check", "a.csv", "--rate", "fast", "--json")

    assert ran.code == 2
    assert ran.document.keys() == {"schema", "command", "exit_code", "error"}
    assert ran.document["error"].keys() == {"code", "message", "fix"}
    assert ran.document["error"]["code"] == "settings_error"
    assert "--rate" in ran.err


def test_no_arguments_show_help(importer: Importer) -> None:
    """The bare command shows its help and exits 2, as usage does."""
    ran = importer()

    assert ran.code == 2
    assert "Usage: importer" in ran.err


def test_misspelt_variable_is_remarked_upon(importer: Importer) -> None:
    """A variable that is nearly one of ours is told on stderr; the result stays clean."""
    ran = importer("config", "show", "--json", environ={"IMPORTER_LEDGRE": "x"})

    assert ran.code == 0
    assert "IMPORTER_LEDGER" in ran.err
    assert ran.document["schema"] == 1


def test_summaries_of_the_table_are_those_of_the_commands() -> None:
    """What importer --help says of a command does not contradict the command's own help."""
    from importer.cli.reference import helps

    paths = {path for path, _ in helps()}

    assert {f"importer {name}" for name in COMMANDS} <= paths
