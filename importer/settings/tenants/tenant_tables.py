"""The shape of a ``[tenant.NAME]`` table, and the ``Tenant`` that it makes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from importer.settings.places import resolved_ledger, resolved_path
from importer.settings.profiles import Shape
from importer.settings.values import base_url as api_address

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
NO_NAME: Final = "file"
"""A tenant of this name would have its token where ``IMPORTER_TOKEN_FILE`` names a file."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class TenantShape(Shape):
    """The keys of ``Tenant``, but for its name."""

    ledger: Text
    token_file: Text | None = None
    keyring: bool = False
    base_url: Annotated[str, AfterValidator(api_address)] | None = None
    rate: Annotated[float, Field(ge=0, strict=False)] | None = None
    profiles: list[Text] = Field(default_factory=list)
    drops: list[Text] = Field(default_factory=list)

    @model_validator(mode="after")
    def names_each_once(self) -> TenantShape:
        """Refuse a profile or drop that is named twice."""
        for key in ("profiles", "drops"):
            names = getattr(self, key)
            if len(set(names)) < len(names):
                raise ValueError(f"each name once in {key}")
        return self


MEANINGS_OF_TENANT = {
    "ledger": "Its own ledger: a file, or the URL of a PostgreSQL schema of its own; no other tenant's",
    "token_file": "A file that holds its API token and that only its owner may read; else `IMPORTER_TOKEN_NAME` of the environment (its name in capitals, `-` as `_`)",
    "keyring": "`true`: its token is in the system's keyring (service appointment-importer, user `token NAME`)",
    "base_url": "The API's address; default: the setting `base_url`",
    "rate": "At most so many requests per second; default: the setting `rate`",
    "profiles": "Its profiles, the usual one first; default: all of them",
    "drops": "Its drops; each `[drop.NAME]` belongs to exactly one tenant",
}


@dataclass(frozen=True, slots=True)
class Tenant:
    """
    One tenant. ``ledger``: its URL. ``profiles`` is empty for all. ``own``: the keys of its table about ledger and token.

    ``said``: what its table says of settings that others have, too: address and rate.
    """

    name: str
    ledger: str = field(repr=False)
    token_file: Path | None = None
    keyring: bool = False
    profiles: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    said: dict[str, Any] = field(default_factory=dict)


def tenant_from(name: str, shape: TenantShape, base: Path) -> Tenant:
    """
    Return the tenant, its paths meant from ``base``, the settings file's folder.

    Raises:
        ValueError: its name cannot stand in ``TENANT/DROP`` and in the name of a folder.
    """
    if not NAME.fullmatch(name) or name.casefold() == NO_NAME:
        raise ValueError(f"a name of letters, digits, - and _, other than {NO_NAME}")
    given = shape.model_fields_set
    return Tenant(
        name,
        resolved_ledger(shape.ledger, base),
        None if shape.token_file is None else resolved_path(shape.token_file, base),
        shape.keyring,
        tuple(shape.profiles),
        tuple(shape.drops),
        tuple(key for key in ("ledger", "token_file", "keyring") if key in given),
        {key: getattr(shape, key) for key in ("base_url", "rate") if key in given},
    )
