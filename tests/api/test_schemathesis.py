"""Whatever the OpenAPI document allows, and much that it does not, the API answers without a fault."""

import contextlib
import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.deployment import Deployment

EXAMPLES = int(os.environ.get("EXAMPLES", "8"))  # of each operation; a soak asks for many
BUDGET = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_breaks_the_api(
    explored: tuple[Deployment, dict[str, Any]], mode: GenerationMode, subtests: pytest.Subtests
) -> None:
    deployment, experiment = explored
    checked: list[str] = []
    schema = schemathesis.openapi.from_asgi("/openapi.json", deployment.client.app)
    for result in schema.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
        )
        def check(case: schemathesis.Case) -> None:
            if "experiment_id" in (case.path_parameters or {}) and case.method != "DELETE":
                case.path_parameters["experiment_id"] = experiment["id"]  # reach behind the 404
            case.call_and_validate(checks=CHECKS)

        with subtests.test(operation.label), contextlib.suppress(Unsatisfiable):  # nothing to get wrong
            check()
            checked.append(operation.label)
    assert len(checked) > 10
