"""``importer config check --online`` tries drops with a file of its own, and leaves none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from told import told

from importer.ingest.trying import try_drop, try_notices
from importer.model.drops import Notify

if TYPE_CHECKING:
    from drop_servers import SftpServer
    from drop_yard import Yard


def test_drop_in_a_folder(yard: Yard) -> None:
    """A folder is written to, and nothing of it stays but the folder done; a real file is not touched."""
    yard.put("a.csv", text="x")

    try_drop(yard.drop, yard.desk.job().settings)

    assert (yard.files(), yard.shelf.names("done")) == (["a.csv"], [])


def test_drop_on_a_server(remote_yard: Yard) -> None:
    """The same on a server."""
    remote_yard.put("a.csv", text="x")

    try_drop(remote_yard.drop, remote_yard.desk.job().settings)

    assert (remote_yard.files(), remote_yard.shelf.names("done")) == (["a.csv"], [])


def test_no_right_to_move(sftp_yard: Yard, sftp: SftpServer) -> None:
    """What may not be done is said."""
    sftp.refuse("mkdir")

    with pytest.raises(OSError, match="cannot be moved there: the server does not allow it"):
        try_drop(sftp_yard.drop, sftp_yard.desk.job().settings)
    assert sftp_yard.files() == []


def test_notices_and_heartbeat(yard: Yard) -> None:
    """Each target gets a trial, the heartbeat is asked for, and what fails is said."""
    with told() as desk:
        desk.deaf.add("/deaf")
        notify = Notify((desk.url(), desk.url("deaf")), heartbeat=desk.heartbeat, private=True)

        found = dict(try_notices(notify, yard.desk.job().settings))

    assert found == {
        "notices to target 1 (json)": "", "notices to target 2 (json)": "it did not take the notice", "heartbeat": "",
    }  # fmt: skip
    assert desk.titles() == ["a trial"]
