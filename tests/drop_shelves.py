"""What a sender does with the files of a drop, and what is found there afterwards: in a folder, or in a bucket."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from importer.model.drops import Bucket, Location


class Shelf(Protocol):
    """A drop from the sender's side; a name leads from the drop on, with ``/``."""

    @property
    def location(self) -> Location:
        """Where a pass finds it."""

    def put(self, name: str, content: bytes) -> None:
        """Put a file there, or write it anew."""

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""

    def names(self, folder: str = "") -> list[str]:
        """Return the names of the files in a folder, in order; none where there is no such folder."""

    def folders(self, folder: str) -> list[str]:
        """Return the names of the folders in a folder, in order."""

    def rename(self, old: str, new: str) -> None:
        """Give a file another name."""

    def remove(self, name: str) -> None:
        """Take a file away."""


@dataclass(frozen=True)
class FolderShelf:
    """A folder of this machine; ``location``: also where a server shows it to others."""

    path: Path
    location: Location

    def put(self, name: str, content: bytes) -> None:
        (self.path / name).write_bytes(content)

    def read(self, name: str) -> bytes:
        return (self.path / name).read_bytes()

    def names(self, folder: str = "") -> list[str]:
        place = self.path / folder
        found = place.iterdir() if place.is_dir() else ()
        return sorted(os.fsdecode(each.name) for each in found if not each.is_dir())

    def folders(self, folder: str) -> list[str]:
        place = self.path / folder
        return sorted(each.name for each in place.iterdir() if each.is_dir()) if place.is_dir() else []

    def rename(self, old: str, new: str) -> None:
        (self.path / old).rename(self.path / new)

    def remove(self, name: str) -> None:
        (self.path / name).unlink()


@dataclass(frozen=True)
class BucketShelf:
    """A prefix of a bucket, by a client of its own."""

    location: Bucket
    client: Any

    def put(self, name: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.location.bucket, Key=self.location.prefix + name, Body=content)

    def read(self, name: str) -> bytes:
        answer = self.client.get_object(Bucket=self.location.bucket, Key=self.location.prefix + name)
        return bytes(answer["Body"].read())

    def names(self, folder: str = "") -> list[str]:
        return sorted({name for name in self._below(folder) if "/" not in name})

    def folders(self, folder: str) -> list[str]:
        return sorted({name.partition("/")[0] for name in self._below(folder) if "/" in name})

    def _below(self, folder: str) -> list[str]:
        prefix = self.location.prefix + (f"{folder}/" if folder else "")
        found = self.client.list_objects_v2(Bucket=self.location.bucket, Prefix=prefix).get("Contents", ())
        return [name for each in found if (name := str(each["Key"]).removeprefix(prefix))]

    def rename(self, old: str, new: str) -> None:
        self.put(new, self.read(old))
        self.remove(old)

    def remove(self, name: str) -> None:
        self.client.delete_object(Bucket=self.location.bucket, Key=self.location.prefix + name)
