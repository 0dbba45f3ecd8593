"""
A drop in an S3 bucket, Amazon's or another's.

boto3 and not one of the file systems above it, because those replace objects silently and follow a redirect to another host.
Here an object is read only as the one that was listed (``If-Match`` with its ETag), written only where nothing is
(``If-None-Match: *``), and deleted only while it is the listed one. All requests go to one host. Keys are data: a name is what
stands behind the prefix, and one with ``/`` lies in another folder.

Objects appear whole, so nothing need settle. There is no move: the object is put under its new key, then the old one is deleted.
Killed in between, the same bytes lie under both keys, of which ``moved_to`` knows one.
"""

from __future__ import annotations

import errno
import math
import re
import tempfile
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlsplit

import boto3
import botocore.exceptions as faults
from botocore.config import Config

from importer.errors import DropUnreachable, SettingsError
from importer.ingest.places.place import REASON, Source, new_names, report_folder
from importer.ingest.places.remote import (
    ANSWER_S,
    COPY_S,
    Found,
    Wait,
    endpoint_of_environment,
    has_content,
    listing_of,
    timed_session,
)
from importer.model.drops import Whereabouts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from importer.ingest.listing import Entry, Listing
    from importer.ingest.places.remote import Network
    from importer.interrupts import StopSignal
    from importer.model.drops import Bucket, Claim, Drop

REDIRECTS: Final = range(300, 400)
MADE_UP_REGION: Final = "us-east-1"
"""A server that is not Amazon's has no regions, but a signature wants one."""

IN_MEMORY_BYTES: Final = 16_000_000
_CODE: Final = re.compile(r"[A-Za-z0-9]{1,60}")
_CREDENTIALS: Final = frozenset(
    {
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "ExpiredToken",
        "InvalidToken",
        "RequestTimeTooSkewed",
        "TokenRefreshRequired",
    }
)
_REFUSED: Final = frozenset({"AccessDenied", "AllAccessDisabled", "AccountProblem", "403", "401"})
_ELSEWHERE: Final = frozenset(
    {"PermanentRedirect", "TemporaryRedirect", "Redirect", "301", "302", "307", "308", "AuthorizationHeaderMalformed",
     "IllegalLocationConstraintException"}
)  # fmt: skip
_NO_BUCKET: Final = frozenset({"NoSuchBucket", "InvalidBucketName"})
_NOT_THERE: Final = frozenset({"NoSuchKey", "404", "NotFound", "NoSuchVersion"})
_CHANGED: Final = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})
_OF_OURS: Final = (
    faults.NoCredentialsError,
    faults.PartialCredentialsError,
    faults.CredentialRetrievalError,
    faults.ProfileNotFound,
)


class _OtherHostError(Exception):
    """A request would go to another host than the ones before."""


class _UnreadableError(Exception):
    """An answer is none of S3's, or the answers have no end."""


class _EndedError(Exception):
    """A call was ended by us; why says the ``Wait``."""


_FAULTS: Final = (faults.BotoCoreError, faults.ClientError, _OtherHostError, _UnreadableError, _EndedError)


class BucketPlace:
    """A ``Place`` in a bucket; nothing is asked of the server before the first call."""

    def __init__(self, bucket: Bucket, drop: Drop, network: Network, stop: StopSignal | None = None) -> None:
        self._bucket = bucket
        self._drop = drop
        self._network = network
        self._wait = Wait(stop)
        self._client: Any = None
        self._session: Any = None
        self._host: str | None = None

    def listing(self) -> Listing:
        """Look into the bucket; see ``Place``."""
        try:
            return listing_of(self._drop, self._objects(self._bucket.prefix))
        except _FAULTS as error:
            self._refuse(error)

    def look(self, raw: str) -> str | None:
        """Return an object's ETag; see ``Place``."""
        return self._etag(self._key(raw))

    @contextmanager
    def reading(self, entry: Entry) -> Iterator[Source | None]:
        """Open an object as long as it is the listed one; see ``Place``."""
        with self._wait.leaving():
            try:
                answer = self._call("get_object", Key=self._key(entry.raw), IfMatch=_quoted(entry.version))
            except _ChangedError:
                yield None
                return
            with self._body_of(answer) as read:
                yield Source(read, answer.get("VersionId") or "")

    def free_name(self, folder: str, name: str, mark: str) -> str:
        """Return a name under which there is no object, and no report beside it; see ``Place``."""
        for new in new_names(name, mark):
            place = f"{folder}/{new}"
            if self._etag(self._key(place)) is None and not self.names_in(report_folder(place)):
                return place
        raise FileExistsError(errno.EEXIST, "no name is free")

    def put_report(self, folder: str, reports: Mapping[str, Path], reason: str) -> None:
        """Put a report under a folder's keys; see ``Place``."""
        if reason:
            self._put(f"{folder}/{REASON}", reason.encode("utf-8", "backslashreplace") + b"\n")
        for name, report in reports.items():
            with report.open("rb") as content:
                self._put(f"{folder}/{name}", content)

    def put(self, name: str, content: bytes) -> None:
        """Write a small object of ours."""
        self._put(name, content, must_be_new=True)

    def move(self, claim: Claim, raw: str, step: Callable[[str], None]) -> Whereabouts:
        """Put an object under its new key, then delete the old one; see ``Place``."""
        is_source = self.look(raw) == claim.version
        if self._etag(self._key(claim.moved_to)) is not None:
            if not self._is_ours(claim):
                raise FileExistsError(errno.EEXIST, "another file has its new name")
        elif not is_source or not self._put_again(claim, raw):
            return Whereabouts.GONE
        step("linked")
        if is_source:
            self._delete_listed(self._key(raw), claim.version)
        step("unlinked")
        return Whereabouts.MOVED

    def has_grown(self, claim: Claim) -> bool:  # noqa: ARG002 - of Place
        """Return False: an object never grows, and one that is put in its place is another object."""
        return False

    def full_name(self, moved_to: str) -> str:
        """Return an object's address."""
        return f"s3://{self._bucket.bucket}/{self._key(moved_to)}"

    def names_in(self, folder: str) -> Collection[str]:
        """Return the names of a folder's objects; see ``Place``."""
        try:
            return [each.raw for each in self._objects(self._key(f"{folder}/"))]
        except _FAULTS as error:
            raise self._told(error) from None

    def content(self, name: str, most: int) -> bytes:
        """Return a small object's beginning; see ``Place``."""
        try:
            answer = self._call("get_object", Key=self._key(name))
        except FileNotFoundError:
            return b""
        with self._body_of(answer) as read:
            return read(most)

    def remove(self, name: str) -> None:
        """Delete an object."""
        self._call("delete_object", Key=self._key(name))

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()
            self._session.close()
            self._client = self._session = None

    def _key(self, name: str) -> str:
        return self._bucket.prefix + name

    def _objects(self, prefix: str) -> Iterator[Found]:
        """Yield the objects right behind a prefix; folders and their markers are passed over."""
        pages = self._connected().get_paginator("list_objects_v2")
        until = time.monotonic() + COPY_S
        with _readable():
            self._wait.begin(COPY_S)
            for page in pages.paginate(Bucket=self._bucket.bucket, Prefix=prefix, Delimiter="/"):
                self._wait.begin(until - time.monotonic())
                for each in page.get("Contents", ()):
                    raw = str(each["Key"]).removeprefix(prefix)
                    if raw and "/" not in raw:
                        yield Found(raw, _plain(each["ETag"]), int(each["Size"]), each["LastModified"].timestamp())

    def _etag(self, key: str) -> str | None:
        try:
            found = self._call("head_object", Key=key)
        except FileNotFoundError:
            return None
        # A file that nothing tells from others cannot be the listed one.
        return _plain(found.get("ETag", ""))

    def _is_ours(self, claim: Claim) -> bool:
        """Whether the object under the claim's new key has the claim's bytes: a pass was killed before it deleted the old one."""
        answer = self._call("get_object", Key=self._key(claim.moved_to))
        with self._body_of(answer) as read:
            return has_content(read, claim.sha256, claim.size)

    def _put_again(self, claim: Claim, raw: str) -> bool:
        """Put the bytes of an object under its claim's new key, where nothing is; False if it is not the claimed one any more."""
        try:
            answer = self._call("get_object", Key=self._key(raw), IfMatch=_quoted(claim.version))
        except (_ChangedError, FileNotFoundError):
            return False
        kept = {name: answer[name] for name in ("ContentType", "Metadata") if answer.get(name)}
        with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES) as content:
            with self._body_of(answer) as read:
                if not has_content(read, claim.sha256, claim.size, into=content):
                    return False
            content.seek(0)
            self._put(claim.moved_to, content, must_be_new=True, **kept)
        return True

    def _put(self, name: str, content: Any, *, must_be_new: bool = False, **kept: Any) -> None:
        try:
            self._call("put_object", Key=self._key(name), Body=content, IfNoneMatch="*", **kept)
        except _ChangedError:
            if must_be_new:
                raise FileExistsError(errno.EEXIST, "another file has its new name") from None

    def _delete_listed(self, key: str, etag: str) -> None:
        try:
            self._call("delete_object", Key=key, IfMatch=_quoted(etag))
        except _ChangedError:
            return  # the sender has put another object there, which is the next one to take
        except _NotOfferedError:
            if self._etag(key) == etag:
                self._call("delete_object", Key=key)

    def _call(self, method: str, **how: Any) -> Any:
        """
        Ask the server for something about an object; where it is given one, that may take as long as a file takes.

        Raises:
            OSError: it does not do it; the text says why in our words.
        """
        try:
            ask = getattr(self._connected(), method)
            self._wait.begin(COPY_S if "Body" in how else ANSWER_S)
            with _readable():
                return ask(Bucket=self._bucket.bucket, **how)
        except _FAULTS as error:
            raise self._told(error) from None

    def _connected(self) -> Any:
        if self._client is None:
            self._client = self._made_client()
        return self._client

    def _made_client(self) -> Any:
        endpoint = self._bucket.endpoint or endpoint_of_environment()
        network = self._network
        session = boto3.session.Session(profile_name=self._bucket.aws_profile, region_name=self._bucket.region)
        verify = str(network.ca_bundle) if network.ca_bundle else True
        # As for the API, proxies of the environment are not used.
        proxies = {"https": network.proxy} if network.proxy else {}
        client = session.client(
            "s3",
            endpoint_url=endpoint,
            region_name=session.region_name or (MADE_UP_REGION if endpoint else None),
            verify=verify,
            config=Config(
                connect_timeout=network.connect_s,
                read_timeout=ANSWER_S,
                retries={"mode": "standard", "total_max_attempts": 3},
                proxies=proxies,
                ignore_configured_endpoint_urls=True,
                # Sums that not every server knows; the ETag and our own hash say what was read.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
        timeout = (network.connect_s, ANSWER_S)
        self._session = timed_session(self._wait, verify=verify, proxies=proxies, timeout=timeout)
        client.meta.events.register("before-send.s3", self._sent)
        # boto3 asks the region of a bucket behind a redirect, and of that answer the region, and so on without an end.
        client.meta.events.register_first("needs-retry.s3", self._refuse_again)
        return client

    def _sent(self, request: Any, **_others: Any) -> Any:
        """Send a request, but to no other host than the first one's: a server, or an error of it, must not lead us elsewhere."""
        parts = urlsplit(request.url)
        where = f"{parts.scheme}://{parts.netloc}"
        self._host = self._host or where
        if where != self._host:
            raise _OtherHostError
        answer = self._session.send(request)
        if answer.status_code >= min(REDIRECTS):
            try:
                answer.content  # noqa: B018 - reads the text of a refusal, of whose faults botocore makes none of its own
            except Exception:  # noqa: BLE001
                raise faults.ConnectionClosedError(endpoint_url=self._host) from None
        return answer

    def _refuse_again(self, response: Any, **_others: Any) -> None:
        """Try nothing again that was ended by us, or that leads elsewhere."""
        if self._wait.fault is not None:
            raise _EndedError
        if response is not None and (
            response[0].status_code in REDIRECTS or response[1].get("Error", {}).get("Code") in _ELSEWHERE
        ):
            raise _OtherHostError

    def _told(self, error: Exception) -> OSError:
        """Return a fault in our words, the one of ours if it was ended by us."""
        return self._wait.fault or _as_os_error(error)

    @contextmanager
    def _body_of(self, answer: Mapping[str, Any]) -> Iterator[Callable[[int], bytes]]:
        """Give what reads an answer's bytes, and close it in the end."""
        body = answer["Body"]
        self._wait.begin(COPY_S, math.inf)

        def read(most: int) -> bytes:
            try:
                return bytes(body.read(most))
            except (faults.BotoCoreError, OSError) as error:
                raise self._told(error) from None

        try:
            yield read
        finally:
            body.close()

    def _refuse(self, error: Exception) -> NoReturn:
        """Say why the drop cannot be looked into, and whether that is a matter of the settings."""
        self._wait.leave_if_stopped()
        code, drop, bucket = _code(error), self._drop.name, self._bucket
        if code in _NO_BUCKET:
            raise SettingsError(
                f"The drop {drop}: there is no bucket {bucket.bucket}.", fix="Correct its path."
            ) from None
        if isinstance(error, _OtherHostError) or code in _ELSEWHERE:
            raise SettingsError(
                f"The drop {drop}: the bucket {bucket.bucket} lies in another region or on another server, which is not followed.",
                fix="Name the region, or the endpoint, in the drop.",
            ) from None
        if isinstance(error, _OF_OURS) or code in _CREDENTIALS:
            raise SettingsError(
                f"The drop {drop}: there are no valid AWS credentials for {bucket} ({code or type(error).__name__}).",
                fix="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name an aws_profile in the drop.",
            ) from None
        if code in _REFUSED:
            raise SettingsError(
                f"The drop {drop}: {bucket} may not be listed with these credentials.",
                fix="Allow s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject there.",
            ) from None
        told = self._told(error)
        raise DropUnreachable(
            f"The drop {drop} cannot be looked into: {bucket}: {told.strerror}.",
            fix="Look whether the server can be reached.",
        ) from None


class _ChangedError(OSError):
    """The object is not the one that was meant any more, or one is there where none should be."""


class _NotOfferedError(OSError):
    """The server does not know what was asked of it."""


@contextmanager
def _readable() -> Iterator[None]:
    """Raise ``_UnreadableError`` where the library, or we, stumble over an answer: a part is missing, or no number, or no time."""
    try:
        yield
    except (faults.BotoCoreError, faults.ClientError):
        raise
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, TimeoutError):
        raise _UnreadableError from None


def _plain(etag: str) -> str:
    return etag.strip('"')


def _quoted(etag: str) -> str:
    return f'"{etag}"'


def _code(error: Exception) -> str:
    """Return the code of a server's answer, "" where there is none or it is none of S3's."""
    found = str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, faults.ClientError) else ""
    return found if _CODE.fullmatch(found) else ""


def _as_os_error(error: Exception) -> OSError:
    """Return the same in our words; nothing that the server wrote is shown but its code."""
    code = _code(error)
    for codes, kind, number, text in _WORDS:
        if code in codes:
            return kind(number, text)
    if code:
        return OSError(errno.EIO, f"the server refuses it ({code})")
    for kinds, kind, number, text in _WORDS_OF_KINDS:
        if isinstance(error, kinds):
            return kind(number, text)
    return ConnectionError(errno.ECONNRESET, "the server cannot be reached")


_WORDS: Final[tuple[tuple[frozenset[str], type[OSError], int, str], ...]] = (
    (_NO_BUCKET | _NOT_THERE, FileNotFoundError, errno.ENOENT, "it is not there"),
    (_CHANGED, _ChangedError, errno.ESTALE, "it has changed"),
    (_REFUSED, PermissionError, errno.EACCES, "the credentials do not allow it"),
    (_CREDENTIALS, PermissionError, errno.EACCES, "the credentials are not valid"),
    (frozenset({"NotImplemented", "501"}), _NotOfferedError, errno.ENOSYS, "the server does not offer it"),
    (frozenset({"InvalidObjectState"}), PermissionError, errno.EACCES, "the object is archived"),
)
_WORDS_OF_KINDS: Final[tuple[tuple[Any, type[OSError], int, str], ...]] = (
    (_OtherHostError, OSError, errno.EIO, "the server sends us to another host"),
    (_UnreadableError, ConnectionError, errno.ECONNRESET, "the server answers what cannot be read"),
    (faults.SSLError, ConnectionError, errno.ECONNREFUSED, "the certificate of the server is not accepted"),
    (_OF_OURS, PermissionError, errno.EACCES, "there are no valid credentials"),
    (faults.ClientError, OSError, errno.EIO, "the server refuses it"),
    (TimeoutError, TimeoutError, errno.ETIMEDOUT, "its bytes come too slowly"),
)
