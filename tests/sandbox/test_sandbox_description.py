"""The sandbox is what its OpenAPI description says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from long_form import longer

from importer.sandbox.admin import description

if TYPE_CHECKING:
    import schemathesis
    from schemathesis.schemas import APIOperation

    from importer.sandbox import Sandbox

OPERATIONS = sorted(
    f"{method.upper()} {path}"
    for path, methods in description("http://127.0.0.1")["paths"].items()
    for method in methods
    if method != "parameters"
)


def operation_of(name: str) -> APIOperation:
    """Return an operation by its method and path. Loaded here, since each worker collects every test."""
    from schemathesis import openapi

    found = openapi.from_dict(description("http://127.0.0.1")).get_all_operations()
    return next(one.ok() for one in found if one.ok().label == name)


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_answers_as_described(name: str, mode: str, described: Sandbox) -> None:
    """Whatever schemathesis makes up, good or bad, is answered as the description promises."""
    from schemathesis import GenerationMode

    @given(case=operation_of(name).as_strategy(generation_mode=GenerationMode(mode)))
    @settings(
        max_examples=longer(12, 400),
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def holds(case: schemathesis.Case) -> None:
        headers = {"Authorization": "Bearer sandbox"}
        if not case.operation.body:  # OpenAPI has no way to ask for a Content-Type where there is no body
            headers["Content-Type"] = "application/json"
        case.call_and_validate(base_url=described.base_url, headers=headers)

    holds()
