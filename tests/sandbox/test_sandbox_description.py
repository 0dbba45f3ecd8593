"""The sandbox is what its OpenAPI description says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from long_form import longer
from schemathesis import GenerationMode

from importer.sandbox.admin import description

if TYPE_CHECKING:
    from importer.sandbox import Sandbox

schema = schemathesis.openapi.from_dict(description("http://127.0.0.1"))
schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@schema.parametrize()
@settings(
    max_examples=longer(4, 200),
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_answers_as_described(case: schemathesis.Case, described: Sandbox) -> None:
    """Whatever schemathesis makes up, good or bad, is answered as the description promises."""
    headers = {"Authorization": "Bearer sandbox"}
    if not case.operation.body:  # OpenAPI has no way to ask for a Content-Type where there is no body
        headers["Content-Type"] = "application/json"

    case.call_and_validate(base_url=described.base_url, headers=headers)
