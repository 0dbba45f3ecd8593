"""What may be wrong with a bucket, its server, its keys and its objects, and what a pass makes of it."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from desk import appointments
from drop_servers import KEY_ID, SECRET
from drop_yard import one, states
from s3_front import s3_front

from importer.errors import Exit
from importer.ingest.passes import ingest
from importer.ingest.places.place_at import place_at
from importer.ledger import open_ledger
from importer.model.drops import Bucket, Claim, ClaimState, Drop, Whereabouts
from importer.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drop_servers import Buckets
    from drop_yard import Yard
    from s3_front import Front


@pytest.fixture
def front(bucket_yard: Yard, bucket_server: Buckets) -> Iterator[Front]:
    """Let the yard's passes go through a server that can be made to fail."""
    with s3_front(bucket_server.endpoint) as made:
        bucket_yard.how["path"] = replace(bucket_yard.shelf.location, endpoint=made.endpoint)  # type: ignore[type-var]
        yield made


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait before another attempt."""
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


def with_a_folder(yard: Yard) -> Any:
    """Go over the yard's drop and over a folder in which a file waits; return the pass."""
    (yard.desk.folder / "south").mkdir()
    yard.desk.sheet(*appointments(1, externalEventId="8001"), name="south/a.csv")
    south = Drop("south", yard.desk.folder / "south", settle_s=0.0)
    return ingest(yard.desk.job(), [yard.drop, south], checks=yard.checks)


def test_wrong_bucket_costs_its_drop_only(bucket_yard: Yard) -> None:
    """A bucket that is not there is exit 2 and a sentence; the other drop's file is sent."""
    bucket_yard.how["path"] = replace(bucket_yard.shelf.location, bucket="no-such-bucket")  # type: ignore[type-var]

    result = with_a_folder(bucket_yard)

    assert [drop.exit_code for drop in result.drops] == [Exit.USAGE, Exit.DONE]
    assert result.news == ["The drop north: there is no bucket no-such-bucket. Correct its path."]
    assert bucket_yard.creates() == ["8001"]


@pytest.mark.usefixtures("no_waiting")
def test_refusals_of_the_server(front: Front, bucket_yard: Yard) -> None:
    """What a person must correct is exit 2, what passes by itself 5; nothing that the server wrote is shown but its code."""
    answers = {
        ("403", "AccessDenied"): (Exit.USAGE, "may not be listed"),
        ("403", "InvalidAccessKeyId"): (Exit.USAGE, "no valid AWS credentials"),
        ("403", "SignatureDoesNotMatch"): (Exit.USAGE, "no valid AWS credentials"),
        ("301", "PermanentRedirect"): (Exit.USAGE, "another region"),
        ("503", "SlowDown"): (Exit.STOPPED, "cannot be looked into"),
        ("500", "InternalError"): (Exit.STOPPED, "cannot be looked into"),
        ("500", "&lt;b&gt;canary"): (Exit.STOPPED, "cannot be looked into"),
    }
    for answer, (code, told) in answers.items():
        front.fault = lambda _method, _path, answer=answer: answer  # type: ignore[misc]
        result = bucket_yard.ingest()

        assert (answer, result.exit_code) == (answer, code)
        assert told in result.news[0]
        assert "canary" not in result.news[0]


WHOLE = {"Key": "a.csv", "ETag": "&quot;a&quot;", "Size": "1", "LastModified": "2026-11-29T10:00:00Z"}
BROKEN = [*({name: ""} for name in WHOLE), {"Size": "x"}, {"Size": "9" * 5_000}, {"LastModified": "yesterday"}]


@pytest.mark.parametrize("change", BROKEN, ids=lambda change: str(change)[:24])
@pytest.mark.usefixtures("no_waiting")
def test_listing_that_cannot_be_read_costs_its_drop_only(
    front: Front, bucket_yard: Yard, change: dict[str, str]
) -> None:
    """A part that is missing, or that is no number or no time, is exit 5 and no bug; the other drop's file is sent."""
    told = {name: text for name, text in {**WHOLE, **change}.items() if text}
    listing = "".join(f"<{name}>{text}</{name}>" for name, text in told.items())
    front.fault = lambda _method, _path: ("listing", listing)

    result = with_a_folder(bucket_yard)

    assert [drop.exit_code for drop in result.drops] == [Exit.STOPPED, Exit.DONE]
    assert "what cannot be read" in result.news[0]


def test_redirect_is_not_followed(front: Front, bucket_yard: Yard) -> None:
    """A server that points to another host is not followed there: exit 2, and the other host hears nothing."""
    with s3_front(front.endpoint) as other:
        front.fault = lambda _method, _path: ("elsewhere", other.endpoint)

        result = bucket_yard.ingest()

        assert (result.exit_code, other.seen) == (Exit.USAGE, [])
    assert "is not followed" in result.news[0]


@pytest.mark.usefixtures("no_waiting")
def test_server_that_is_gone(bucket_yard: Yard) -> None:
    """A server that cannot be reached is exit 5, and costs its drop only."""
    bucket_yard.how["path"] = replace(bucket_yard.shelf.location, endpoint="http://127.0.0.1:9")  # type: ignore[type-var]

    result = with_a_folder(bucket_yard)

    assert [drop.exit_code for drop in result.drops] == [Exit.STOPPED, Exit.DONE]


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
@pytest.mark.parametrize("address", ["http://files.example", "https://key:secret@files.example", "ftp://files.example"])
def test_endpoint_of_the_environment(
    bucket_yard: Yard, monkeypatch: pytest.MonkeyPatch, name: str, address: str
) -> None:
    """An endpoint in the environment is held to the same rules as one in the settings: TLS but on this machine, no password."""
    monkeypatch.setenv(name, address)
    bucket_yard.how["path"] = replace(bucket_yard.shelf.location, endpoint=None)  # type: ignore[type-var]

    result = bucket_yard.ingest()

    assert (result.exit_code, name in result.news[0], "secret" in result.news[0]) == (Exit.USAGE, True, False)


def test_endpoint_of_the_environment_is_used(bucket_yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an endpoint of its own the drop lies where AWS_ENDPOINT_URL says; proxies of the environment are not used."""
    place = bucket_yard.shelf.location
    assert isinstance(place, Bucket)
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(place.endpoint))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    bucket_yard.how["path"] = replace(place, endpoint=None)
    bucket_yard.put("a.csv", *appointments(1))

    assert one(bucket_yard.ingest()).state == "done"


def test_keys_are_data(bucket_yard: Yard) -> None:
    """Markers and keys in other folders are passed over, also with ``..`` in them; odd names are sent and put away."""
    for name in ("", "sub/", "sub/a.csv", "../up.csv", "..", "in2/", "../../etc/x.csv", ".hidden.csv", "a.csv.part"):
        bucket_yard.shelf.put(name, b"not to be read")
    odd = ["a b+c&d=e?f#g%2e.csv", "Übersicht – März.csv", "it's;$(x).csv"]
    for number, name in enumerate(odd):
        bucket_yard.put(name, *appointments(number + 1))
    before = bucket_yard.shelf.folders("")

    result = bucket_yard.ingest()

    assert states(result) == dict.fromkeys(odd, "done")
    assert sorted(bucket_yard.creates()) == ["1001", "1002", "1003"]
    assert bucket_yard.put_away() == sorted(odd)
    assert set(bucket_yard.shelf.folders("")) == {*before, "done"}


def test_empty_prefix_and_root_of_a_bucket(bucket_yard: Yard) -> None:
    """A prefix with nothing in it is an empty drop; the root of a bucket is a drop like any other."""
    place = bucket_yard.shelf.location
    assert isinstance(place, Bucket)
    bucket_yard.how["path"] = replace(place, prefix="nothing/")
    assert (bucket_yard.ingest().exit_code, bucket_yard.ingest().drops[0].files) == (Exit.DONE, [])
    bucket_yard.how["path"] = root = replace(place, prefix="")
    bucket_yard.shelf = replace(bucket_yard.shelf, location=root)  # type: ignore[type-var]
    bucket_yard.put("a.csv", *appointments(1))

    assert one(bucket_yard.ingest()).moved_to == f"s3://{place.bucket}/done/{bucket_yard.shelf.names('done')[0]}"


def test_version_and_etag_are_recorded(bucket_yard: Yard, bucket_server: Buckets) -> None:
    """The claim holds the ETag that was listed and the id of the version that was copied."""
    bucket_yard.put("a.csv", *appointments(1))
    place = bucket_yard.shelf.location
    assert isinstance(place, Bucket)
    about = bucket_server.client.head_object(Bucket=place.bucket, Key="in/a.csv")
    bucket_yard.ingest()

    with open_ledger(str(bucket_yard.desk.folder / "ledger.db"), read_only=True) as ledger:
        claim = ledger.claims.newest("north")

    assert claim is not None
    assert (claim.version, claim.version_id) == (about["ETag"].strip('"'), about["VersionId"])


@pytest.mark.parametrize("refused", ["PUT", "DELETE"])
def test_no_right_to_move(front: Front, bucket_yard: Yard, refused: str) -> None:
    """Seen, not moved: told once, never sent again, exit 0; moved by the first pass that may, and no second copy is left."""
    bucket_yard.put("a.csv", *appointments(1))
    front.fault = lambda method, _path: ("403", "AccessDenied") if method == refused else None

    first, second = bucket_yard.ingest(), bucket_yard.ingest()

    assert "is done with, but cannot be moved: the credentials do not allow it. It is not sent again." in first.news[0]
    assert (first.exit_code, second.exit_code, second.news) == (Exit.DONE, Exit.DONE, [])
    assert bucket_yard.files() == ["a.csv"]
    front.fault = lambda _method, _path: None
    assert one(bucket_yard.ingest()).moved_to is not None
    assert (bucket_yard.files(), bucket_yard.put_away()) == ([], ["a.csv"])
    assert len(bucket_yard.creates()) == 1


@pytest.mark.parametrize("fault", ["cut", "longer"])
def test_server_that_vanishes_or_lies_in_mid_copy(front: Front, bucket_yard: Yard, fault: str) -> None:
    """Of an object that comes in part, or longer than it was listed, nothing is sent; the next pass sends it whole."""
    bucket_yard.put("a.csv", *appointments(3))
    front.fault = lambda method, path: (fault, "") if method == "GET" and path.endswith("a.csv") else None
    first = bucket_yard.ingest()
    front.fault = lambda _method, _path: None

    second = bucket_yard.ingest()

    assert (states(first), first.exit_code) == ({"a.csv": "waiting"}, Exit.STOPPED if fault == "cut" else Exit.DONE)
    assert (states(second), len(bucket_yard.creates())) == ({"a.csv": "done"}, 3)


def claim_of(name: str, version: str, sha256: str, size: int) -> Claim:
    moved = "done/a.RUN.csv"
    return Claim(1, "north", name, sha256, size, version, ClaimState.DONE, 0.0, moved_to=moved)


def test_move_never_overwrites(bucket_yard: Yard) -> None:
    """Where another object has the new key the move fails and both stay; where the sender replaced the old one it stays."""
    bucket_yard.shelf.put("a.csv", b"mine")
    bucket_yard.shelf.put("done/a.RUN.csv", b"another's")
    place = place_at(bucket_yard.shelf.location, bucket_yard.drop, Settings())
    claim = claim_of("a.csv", str(place.look("a.csv")), sha256(b"mine").hexdigest(), 4)

    with pytest.raises(FileExistsError):
        place.move(claim, "a.csv", lambda _step: None)
    bucket_yard.shelf.remove("done/a.RUN.csv")
    bucket_yard.shelf.put("a.csv", b"newer")

    assert place.move(claim, "a.csv", lambda _step: None) is Whereabouts.GONE
    assert (bucket_yard.shelf.read("a.csv"), bucket_yard.shelf.names("done")) == (b"newer", [])
    place.close()


def test_object_replaced_while_it_is_moved(bucket_yard: Yard) -> None:
    """An object that the sender puts between the copy under the new key and the delete is not deleted."""
    bucket_yard.shelf.put("a.csv", b"mine")
    place = place_at(bucket_yard.shelf.location, bucket_yard.drop, Settings())
    claim = claim_of("a.csv", str(place.look("a.csv")), sha256(b"mine").hexdigest(), 4)

    where = place.move(
        claim, "a.csv", lambda step: bucket_yard.shelf.put("a.csv", b"newer") if step == "linked" else None
    )

    assert where is Whereabouts.MOVED
    assert (bucket_yard.shelf.read("a.csv"), bucket_yard.shelf.read("done/a.RUN.csv")) == (b"newer", b"mine")
    place.close()


def test_reports_go_to_another_prefix(bucket_yard: Yard) -> None:
    """With ``reports`` a file's report lies there and not beside the file."""
    place = bucket_yard.shelf.location
    assert isinstance(place, Bucket)
    bucket_yard.how["reports"] = replace(place, prefix="reports/")
    bucket_yard.put("a.csv", *appointments(1))

    run = one(bucket_yard.ingest()).run

    assert bucket_yard.shelf.folders("done") == []
    reports = replace(bucket_yard.shelf, location=replace(place, prefix="reports/"))  # type: ignore[type-var]
    assert reports.folders("") == [f"a.{run}.report"]
    assert "results.xlsx" in reports.names(f"a.{run}.report")


def test_credentials_are_nowhere(bucket_yard: Yard, front: Front) -> None:
    """Neither key nor secret is in the pass, in the ledger, or in what is said of a failure; only the key's id is sent, in a header."""
    bucket_yard.put("a.csv", *appointments(1))
    results = [bucket_yard.ingest()]
    front.fault = lambda _method, _path: ("403", "InvalidAccessKeyId")
    results.append(bucket_yard.ingest())

    files = [path for path in bucket_yard.desk.folder.rglob("*") if path.is_file()]
    texts = [str(results).encode(), *(path.read_bytes() for path in files)]
    assert len(files) > 5
    for text in texts:
        assert KEY_ID.encode() not in text
        assert SECRET.encode() not in text
    assert SECRET not in str(front.headers) + str(front.seen)
