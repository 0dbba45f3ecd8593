"""What may be wrong with an SFTP server, its key, its rights and the names it tells, and what a pass makes of it."""

from __future__ import annotations

import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh
import pytest
from desk import appointments
from drop_servers import PASSWORD, sftp_server
from drop_yard import one, states

from importer.errors import Exit
from importer.ingest.passes import ingest
from importer.ingest.places.place_at import place_at
from importer.model.drops import Claim, ClaimState, Drop, SftpFolder, Whereabouts
from importer.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from drop_servers import SftpServer
    from drop_yard import Yard


def with_a_folder(yard: Yard) -> Any:
    """Go over the yard's drop and over a folder in which a file waits; return the pass."""
    (yard.desk.folder / "south").mkdir()
    yard.desk.sheet(*appointments(1, externalEventId="8001"), name="south/a.csv")
    south = Drop("south", yard.desk.folder / "south", settle_s=0.0)
    return ingest(yard.desk.job(), [yard.drop, south], checks=yard.checks)


def _none(server: SftpServer) -> SftpFolder:
    (server.home / "known_hosts").write_text("", encoding="ascii")
    return server.place


def _another(server: SftpServer) -> SftpFolder:
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode()
    (server.home / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {key}", encoding="ascii")
    return server.place


def _another_kind(server: SftpServer) -> SftpFolder:
    key = asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_public_key("openssh").decode()
    (server.home / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {key}", encoding="ascii")
    return server.place


def _no_file(server: SftpServer) -> SftpFolder:
    return replace(server.place, known_hosts=server.home / "nowhere")


def _usual_file(server: SftpServer) -> SftpFolder:
    return replace(server.place, known_hosts=None)


def _open_file(server: SftpServer) -> SftpFolder:
    (server.home / "known_hosts").chmod(0o666)
    return server.place


def _open_key(server: SftpServer) -> SftpFolder:
    (server.home / "id_ed25519").chmod(0o644)
    return server.place


def _locked_key(server: SftpServer) -> SftpFolder:
    key = asyncssh.generate_private_key("ssh-ed25519")
    (server.home / "id_ed25519").write_bytes(key.export_private_key("pkcs8-pem", passphrase="words"))
    return server.place


def _no_key(server: SftpServer) -> SftpFolder:
    (server.home / "id_ed25519").write_text("nothing", encoding="ascii")
    return server.place


def _strange_key(server: SftpServer) -> SftpFolder:
    (server.home / "id_ed25519").write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    return server.place


def _no_folder(server: SftpServer) -> SftpFolder:
    return replace(server.place, path="/in")


def _no_server(server: SftpServer) -> SftpFolder:
    return replace(server.place, port=9)


@pytest.mark.parametrize(
    ("make", "exit_code", "told"),
    [
        (_none, Exit.USAGE, "the key of the server 127.0.0.1 is not the one in known_hosts"),
        (_another, Exit.USAGE, "the key of the server 127.0.0.1 is not the one in known_hosts"),
        (_another_kind, Exit.USAGE, "another kind than known_hosts has"),
        (_no_file, Exit.USAGE, "is not there"),
        (_usual_file, Exit.USAGE, "the key of the server 127.0.0.1 is not the one in known_hosts"),
        (_open_file, Exit.USAGE, "can be changed by others"),
        (_open_key, Exit.USAGE, "can be read or changed by others"),
        (_locked_key, Exit.USAGE, "wants a passphrase"),
        (_no_key, Exit.USAGE, "holds no private key"),
        (_strange_key, Exit.USAGE, "refuses the user, key or password"),
        (_no_folder, Exit.USAGE, "it is not there"),
        (_no_server, Exit.STOPPED, "the server cannot be reached"),
    ],
)
def test_what_is_wrong_costs_its_drop_only(
    sftp_yard: Yard, sftp: SftpServer, monkeypatch: pytest.MonkeyPatch, make: Callable[[SftpServer], SftpFolder], *,
    exit_code: Exit, told: str,
) -> None:  # fmt: skip
    """Each has its sentence and its code, and nothing is taken there; another drop's file is sent."""
    monkeypatch.setenv("HOME", str(sftp_yard.desk.folder))
    sftp_yard.put("a.csv", *appointments(1))
    sftp_yard.how["path"] = make(sftp)
    others = make in {_another, _no_server}  # that other drops go on is told by one of each code

    result = with_a_folder(sftp_yard) if others else sftp_yard.ingest()

    assert [drop.exit_code for drop in result.drops] == [exit_code, Exit.DONE][: 1 + others]
    assert told in result.news[0]
    assert sftp_yard.creates() == ["8001"] * others
    assert sftp_yard.files() == ["a.csv"]


def test_known_hosts_of_the_user(sftp_yard: Yard, sftp: SftpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the drop names no files those of ~/.ssh are used; a host's settings in ~/.ssh/config are not."""
    home = sftp_yard.desk.folder
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (home / ".ssh").mkdir()
    for name in ("known_hosts", "id_ed25519"):
        (sftp.home / name).rename(home / ".ssh" / name)
    (home / ".ssh" / "config").write_text(
        "Host *\n  Port 9\n  User nobody\n  UserKnownHostsFile none\n", encoding="ascii"
    )
    sftp_yard.how["path"] = replace(sftp.place, known_hosts=None, key_file=None)
    sftp_yard.put("a.csv", *appointments(1))

    assert one(sftp_yard.ingest()).state == "done"


@pytest.mark.parametrize(("mode", "exit_code"), [(0o600, Exit.DONE), (0o640, Exit.USAGE)])
def test_password_in_a_file(sftp_yard: Yard, sftp: SftpServer, mode: int, exit_code: Exit) -> None:
    """A password comes from a file that only its owner can read, and is shown nowhere."""
    place = sftp.home / "password"
    place.write_text(PASSWORD + "\n", encoding="ascii")
    place.chmod(mode)
    sftp_yard.how["path"] = replace(sftp.place, key_file=None, password_file=place)
    sftp_yard.put("a.csv", *appointments(1))

    result = sftp_yard.ingest()

    assert result.exit_code is exit_code
    assert PASSWORD not in str(result)


@pytest.mark.parametrize(
    "algorithms",
    [
        {"kex_algs": ["diffie-hellman-group14-sha1"]},
        {"encryption_algs": ["aes128-cbc"]},
        {"encryption_algs": ["3des-cbc"]},
        {"encryption_algs": ["aes128-ctr"], "mac_algs": ["hmac-sha1"]},
        {"encryption_algs": ["aes128-ctr"], "mac_algs": ["hmac-md5"]},
        {"host_key": "ssh-rsa", "signature_algs": ["ssh-rsa"]},
    ],
    ids=["key-exchange", "cipher", "old-cipher", "sum", "old-sum", "host-key"],
)
def test_weak_algorithms_are_refused(sftp_yard: Yard, tmp_path: Path, algorithms: dict[str, Any]) -> None:
    """A server that knows weak algorithms only is exit 2; nothing is read there."""
    if "host_key" in algorithms:
        key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
        key.sig_algorithms = (b"ssh-rsa",)
        algorithms = {"host_key": key}
    with sftp_server(tmp_path / "weak", **algorithms) as server:
        sftp_yard.how["path"] = server.place

        result = sftp_yard.ingest()

    assert result.exit_code is Exit.USAGE
    assert "too weak" in result.news[0]


@pytest.mark.parametrize("right", ["rename", "mkdir"])
def test_no_right_to_move(sftp_yard: Yard, sftp: SftpServer, right: str) -> None:
    """Seen, not moved: told once, never sent again, exit 0; moved by the first pass that may."""
    sftp_yard.put("a.csv", *appointments(1))
    sftp.refuse(right)

    first, second = sftp_yard.ingest(), sftp_yard.ingest()

    assert (
        "a.csv is done with, but cannot be moved: the server does not allow it. It is not sent again." in first.news[0]
    )
    assert (first.exit_code, second.exit_code, second.news) == (Exit.DONE, Exit.DONE, [])
    assert sftp_yard.files() == ["a.csv"]
    sftp.refuse()
    assert one(sftp_yard.ingest()).moved_to is not None
    assert (sftp_yard.files(), sftp_yard.put_away()) == ([], ["a.csv"])
    assert len(sftp_yard.creates()) == 1


def test_what_is_no_file_is_left(sftp_yard: Yard, sftp: SftpServer) -> None:
    """Links, pipes and files with a second name stay where they are, with a reason; other files go."""
    out = sftp.root / "out"
    (sftp.root / "secret.csv").write_text("x", encoding="ascii")
    (out / "link.csv").symlink_to(sftp.root / "secret.csv")
    os.mkfifo(out / "pipe.csv")
    (out / "second.csv").hardlink_to(sftp.root / "secret.csv")
    sftp_yard.put("z.csv", *appointments(1))

    result = sftp_yard.ingest()

    assert states(result) == {"link.csv": "left", "pipe.csv": "left", "second.csv": "left", "z.csv": "done"}
    assert result.exit_code is Exit.FILE_REFUSED


@pytest.mark.parametrize("name", ["x/../../up.csv", "sub/a.csv", "/etc/passwd", "x" * 300 + ".csv"])
def test_names_stay_in_the_folder(sftp_yard: Yard, sftp: SftpServer, name: str) -> None:
    """A server that tells a name which leads elsewhere, or is none here, is not followed: the file is left with a reason."""
    (sftp.root / "up.csv").write_text("not to be read", encoding="ascii")
    shown = asyncssh.SFTPAttrs(size=10, permissions=0o100644, mtime=1)

    def scandir(_server: Any, _path: bytes) -> Any:
        async def told() -> Any:
            yield asyncssh.SFTPName(name.encode(), attrs=shown)

        return told()

    sftp.handler.scandir = scandir  # type: ignore[assignment]

    result = sftp_yard.ingest()

    assert (states(result), result.exit_code) == ({name: "left"}, Exit.FILE_REFUSED)
    assert not list((sftp_yard.desk.folder / "reports" / ".ingest").rglob("*.csv"))


@pytest.mark.parametrize(
    ("kind", "longer"),
    [(0o100644, b""), (0o40755, b""), (0o100644, b"x" * 1_800)],
    ids=["files", "folders", "long names"],
)
def test_listing_without_an_end(sftp_yard: Yard, sftp: SftpServer, kind: int, longer: bytes) -> None:
    """A server that tells names for ever is not heard to the end: the drop is refused, and nothing is taken."""
    told = 0

    def scandir(_server: Any, _path: bytes) -> Any:
        async def names() -> Any:
            nonlocal told
            while told < 200_000:
                told += 1
                yield asyncssh.SFTPName(
                    b"%d" % told + longer, attrs=asyncssh.SFTPAttrs(size=1, permissions=kind, mtime=1)
                )

        return names()

    sftp.handler.scandir = scandir  # type: ignore[assignment]

    result = sftp_yard.ingest()

    assert (result.exit_code, told < 150_000) == (Exit.USAGE, True)
    assert "More than 100,000 files lie in the drop" in result.news[0]


class _Garbled(asyncssh.SFTPName):
    def encode(self, sftp_version: int) -> bytes:
        return b"\0\0\1\0short"


def test_answer_that_cannot_be_read_costs_its_drop_only(sftp_yard: Yard, sftp: SftpServer) -> None:
    """A server whose answer breaks off is as good as one that does not answer; another drop's file is sent."""

    def scandir(_server: Any, _path: bytes) -> Any:
        async def told() -> Any:
            yield _Garbled(b"a.csv", attrs=asyncssh.SFTPAttrs(size=10, permissions=0o100644, mtime=1))

        return told()

    sftp.handler.scandir = scandir  # type: ignore[assignment]

    result = with_a_folder(sftp_yard)

    assert [drop.exit_code for drop in result.drops] == [Exit.STOPPED, Exit.DONE]
    assert "the server's answer cannot be read" in result.news[0]
    assert sftp_yard.creates() == ["8001"]


@pytest.mark.parametrize(
    "name",
    [b"line\nbreak.csv", b"right\xe2\x80\xaeto-left.csv", b"latin\xe9.csv", b"a'b\"c;$(x).csv", b"x" * 240 + b".csv"],
)
def test_odd_names(sftp_yard: Yard, name: bytes) -> None:
    """A name of any bytes is processed once and put away."""
    sftp_yard.put("plain.csv", *appointments(1))
    sftp_yard.shelf.rename("plain.csv", os.fsdecode(name))

    result = sftp_yard.ingest()

    assert (one(result).state, result.exit_code) == ("done", Exit.DONE)
    assert sftp_yard.files() == []
    assert len(sftp_yard.shelf.names("done")) == len(sftp_yard.shelf.folders("done")) == 1
    assert sftp_yard.ingest().drops[0].files == []


def test_connection_lost_in_mid_copy(sftp_yard: Yard, sftp: SftpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that vanishes while a file is copied is exit 5; nothing of the file is sent, and the next pass sends it whole."""
    sftp_yard.put("a.csv", *appointments(3))
    read = asyncssh.SFTPServer.read

    def cut(served: Any, *given: Any) -> Any:
        sftp.cut()
        return read(served, *given)

    with monkeypatch.context() as patched:
        patched.setattr(sftp.handler, "read", cut)
        first = sftp_yard.ingest()

    second = sftp_yard.ingest()

    assert (states(first), first.exit_code) == ({"a.csv": "waiting"}, Exit.STOPPED)
    assert (states(second), len(sftp_yard.creates())) == ({"a.csv": "done"}, 3)


def test_connection_lost_while_requests_are_sent(sftp_yard: Yard, sftp: SftpServer) -> None:
    """A connection that the server drops during the run is made again for the move."""
    sftp_yard.put("a.csv", *appointments(3))
    sftp_yard.desk.settings["at_any_hour"] = True
    sandbox = sftp_yard.desk.sandbox
    answer = sandbox.effects
    assert answer() == []
    job = sftp_yard.desk.job()

    class Cutting:
        is_kept = True

        def write(self, event: str, **_members: Any) -> None:
            if event == "run_closed":
                sftp.cut()

    result = ingest(replace(job, log=Cutting()), [sftp_yard.drop], checks=sftp_yard.checks)

    assert (one(result).state, result.news, sftp_yard.put_away()) == ("done", [], ["a.csv"])


def test_server_that_cannot_be_reached_again_keeps_its_file(sftp_yard: Yard, sftp: SftpServer) -> None:
    """Where the connection cannot be made again for the move, the file stays, is told, and is moved by a later pass."""
    sftp_yard.put("a.csv", *appointments(3))
    sftp_yard.desk.settings["at_any_hour"] = True
    known_hosts = sftp.home / "known_hosts"
    keys = known_hosts.read_text()

    class Cutting:
        is_kept = True

        def write(self, event: str, **_members: Any) -> None:
            if event == "run_closed":
                known_hosts.write_text("")
                sftp.cut()

    result = ingest(replace(sftp_yard.desk.job(), log=Cutting()), [sftp_yard.drop], checks=sftp_yard.checks)

    assert one(result).state == "done"
    assert "cannot be moved" in result.news[0]
    known_hosts.write_text(keys)
    assert sftp_yard.ingest().news == []
    assert sftp_yard.put_away() == ["a.csv"]
    assert len(sftp_yard.desk.sandbox.effects()) == 3


def test_move_never_overwrites(sftp_yard: Yard, sftp: SftpServer) -> None:
    """Where another file has the new name the move fails and both stay; what a half move left is made good."""
    sftp_yard.shelf.put("a.csv", b"mine")
    (sftp.root / "out" / "done").mkdir()
    sftp_yard.shelf.put("done/a.RUN.csv", b"another's")
    place = place_at(sftp.place, sftp_yard.drop, Settings())
    version, digest = str(place.look("a.csv")), sha256(b"mine").hexdigest()
    claim = Claim(1, "north", "a.csv", digest, 4, version, ClaimState.DONE, 0.0, moved_to="done/a.RUN.csv")

    with pytest.raises(FileExistsError):
        place.move(claim, "a.csv", lambda _step: None)
    assert (sftp_yard.files(), sftp_yard.shelf.read("done/a.RUN.csv")) == (["a.csv"], b"another's")
    sftp_yard.shelf.put("done/a.RUN.csv", b"mine")

    assert place.move(claim, "a.csv", lambda _step: None) is Whereabouts.MOVED
    assert (sftp_yard.files(), sftp_yard.shelf.names("done")) == ([], ["a.RUN.csv"])
    place.close()


def test_done_folder_that_is_a_link(sftp_yard: Yard, sftp: SftpServer) -> None:
    """A link in the place of the folder done is not followed; the file stays and is not sent again."""
    (sftp.root / "planted").mkdir()
    (sftp.root / "out" / "done").symlink_to(sftp.root / "planted")
    sftp_yard.put("a.csv", *appointments(1))

    first = sftp_yard.ingest()
    sftp_yard.ingest()

    assert list((sftp.root / "planted").iterdir()) == []
    assert "cannot be moved" in first.news[0]
    assert len(sftp_yard.creates()) == 1


def test_reports_go_to_a_bucket_or_a_folder(sftp_yard: Yard, tmp_path: Path) -> None:
    """With ``reports`` nothing but the file itself is put on the sender's server."""
    sftp_yard.how["reports"] = tmp_path / "reports of north"
    sftp_yard.put("a.csv", *appointments(1))

    run = one(sftp_yard.ingest()).run

    assert sftp_yard.shelf.folders("done") == []
    assert (tmp_path / "reports of north" / f"a.{run}.report" / "results.csv").exists()


def test_folder_in_the_home_of_the_user(sftp_yard: Yard, sftp: SftpServer) -> None:
    """A path behind ``/~/`` is meant from the user's home on the server."""
    sftp_yard.how["path"] = replace(sftp.place, path="out")
    sftp_yard.put("a.csv", *appointments(1))

    assert str(one(sftp_yard.ingest()).moved_to).startswith(f"sftp://clinic@127.0.0.1:{sftp.port}/~/out/done/a.")
