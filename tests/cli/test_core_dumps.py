"""A crash of the command line leaves no copy of its memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

SHOWS = """
import ctypes, resource, sys
{entry}
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE) == (0, 0))
"""
ENTRY = """
import importer.cli
sys.argv = ["importer", "--version"]
try:
    importer.cli.main()
except SystemExit:
    pass
"""


def last_line(entry: str) -> str:
    code = SHOWS.format(entry=entry)
    done = subprocess.run(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell whether a process is dumpable")
def test_command_line_leaves_no_core_dump() -> None:
    """The entry of the command line makes its process undumpable and its core limit 0, for good."""
    assert last_line(ENTRY) == "0 True"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell whether a process is dumpable")
def test_library_leaves_the_process_alone() -> None:
    """A program that only imports the importer stays as dumpable as it was."""
    assert last_line("import importer, importer.cli").startswith("1 ")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell whether a process is dumpable")
@pytest.mark.parametrize(
    "begun",
    [
        pytest.param("importer.web.sender_process import main; main()", id="sends-for-the-page"),
        pytest.param("importer.web.check_process import main; main()", id="checks-for-the-page"),
        pytest.param("importer.ingest.check_process import main; main()", id="reads-for-a-drop"),
        pytest.param("importer.tenants.drop_unit import begin_worker; begin_worker({}, (), None)", id="tenants-worker"),
        pytest.param(
            "importer.reading.child.worker import limit_resources, Limits; limit_resources(Limits())", id="opens-files"
        ),
    ],
)
def test_no_process_of_ours_leaves_a_core_dump(begun: str) -> None:
    """Each process that knows rows or the token is undumpable from its beginning: the system forgets it with each start."""
    assert last_line(f"try:\n    from {begun}\nexcept Exception:\n    pass") == "0 True"
