"""The OpenAPI description of the routes that this server has beside the vendor's."""

from collections.abc import Mapping
from typing import Any

from assistants_app.domain import limits
from assistants_app.domain.experiments.requirement import RESULTS
from assistants_app.domain.experiments.states import CELL_STATES, EXPERIMENT_STATES

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_NUMBER: Json = {"type": "number"}
_SHARE: Json = {"type": "number", "minimum": 0, "maximum": 1}
_DIFFERENCE: Json = {"type": "number", "minimum": -1, "maximum": 1}
_TEXTS: Json = {"type": "array", "items": _TEXT}
_PAIR: Json = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}


def _maybe(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(properties: Mapping[str, Json], *, required: tuple[str, ...] | None = None) -> Json:
    names = list(properties) if required is None else list(required)
    return {
        "type": "object",
        "properties": dict(properties),
        "required": names,
        "additionalProperties": False,
    }


_HEAD: Json = {
    "id": {"type": "string", "pattern": "^exp_"},
    "object": {"type": "string", "enum": ["playground.experiment"]},
    "created_at": _COUNT,
    "started_at": _maybe(_COUNT),
    "finished_at": _maybe(_COUNT),
    "name": _TEXT,
    "status": {"type": "string", "enum": list(EXPERIMENT_STATES)},
    "pause_reason": _maybe(_TEXT),
    "test_set": _object({"id": _TEXT, "name": _TEXT, "version": _COUNT}),
    "main_metric": _TEXT,
    "margin": _SHARE,
    "repeats": _COUNT,
    "at_once": _COUNT,
    "seed": _COUNT,
    "judge_model": _maybe(_TEXT),
    "budget": _maybe(_NUMBER),
    "cost": _NUMBER,
    "extensions": _COUNT,
}
_VARIANT: Json = {"name": _TEXT, "baseline": {"type": "boolean"}, "digest": _TEXT}
_VERDICT = _object(
    {
        "kind": {"type": "string", "enum": ["better", "worse", "same", "too_few", "none"]},
        "reason": _maybe({"type": "string", "enum": ["faults", "missing", "no_rows"]}),
        "headline": _TEXT,
        "basis": _TEXTS,
        "notes": _TEXTS,
        "details": _TEXTS,
        "rows": _COUNT,
        "n": _COUNT,
        "repeats": _COUNT,
        "baseline_mean": _SHARE,
        "variant_mean": _SHARE,
        "difference": _maybe(_DIFFERENCE),
        "interval": _maybe(_PAIR),
        "points": _maybe(_PAIR),
        "confidence": _maybe(_SHARE),
        "better": _COUNT,
        "worse": _COUNT,
        "p_value": _maybe(_SHARE),
        "more_rows": _maybe(_COUNT),
        "more_repeats": _maybe(_COUNT),
        "preference": _maybe(
            _object(
                {
                    "headline": _TEXT,
                    "share": _SHARE,
                    "interval": _PAIR,
                    "votes": _COUNT,
                    "rows": _COUNT,
                }
            )
        ),
    }
)
_PEOPLE = _object(
    {
        "people": _COUNT,
        "graded": _COUNT,
        "grade": _maybe(_SHARE),
        "compared": _COUNT,
        "preference": _maybe(_SHARE),
    }
)
_REFUSAL = _object({"code": _TEXT, "message": _TEXT, "rows": _TEXTS})
_RESULT: Json = {"type": "string", "enum": list(RESULTS)}
_ROWS: Json = {"anyOf": [{"type": "string", "enum": ["all"]}, _TEXTS]}

OWN_SCHEMAS: dict[str, Json] = {
    "PlaygroundExperiment": _object(
        {
            **_HEAD,
            "gate": _object(
                {"margin": _SHARE, "required_rows": _ROWS, "no_worse_row": {"type": "boolean"}}
            ),
            "result": _maybe(_RESULT),
            "progress": _object(
                {
                    "cells": _COUNT,
                    "ended": _COUNT,
                    "seconds_left": _maybe(_NUMBER),
                    "faults": _COUNT,
                    "states": _object(dict.fromkeys(CELL_STATES, _COUNT)),
                }
            ),
            "variants": {
                "type": "array",
                "items": _object(
                    {
                        **_VARIANT,
                        "assistant_id": _maybe(_TEXT),
                        "version": _maybe(_COUNT),
                        "model": _TEXT,
                        "cells": _COUNT,
                        "passed": _COUNT,
                        "failed": _COUNT,
                        "without_result": _COUNT,
                        "faults": _COUNT,
                        "mean": _maybe(_SHARE),
                        "cost": _NUMBER,
                        "first_token_seconds": _maybe(_NUMBER),
                        "duration_seconds": _maybe(_NUMBER),
                        "people": _maybe(_PEOPLE),
                        "verdict": _maybe(_VERDICT),
                        "gate": _maybe(
                            _object(
                                {
                                    "result": _RESULT,
                                    "refusals": {"type": "array", "items": _REFUSAL},
                                }
                            )
                        ),
                    }
                ),
            },
        }
    ),
    "PlaygroundExperiments": _object(
        {
            "object": {"type": "string", "enum": ["list"]},
            "data": {
                "type": "array",
                "items": _object(
                    {
                        **_HEAD,
                        "progress": _object({"cells": _COUNT, "ended": _COUNT}),
                        "variants": {"type": "array", "items": _object(_VARIANT)},
                    }
                ),
            },
            "first_id": _maybe(_TEXT),
            "last_id": _maybe(_TEXT),
            "has_more": {"type": "boolean"},
        }
    ),
    "RaiseBudgetOfPlaygroundExperiment": _object(
        {"budget": {"type": "number", "minimum": 0, "maximum": limits.EXPERIMENT_DOLLARS}}
    ),
    "CreatePlaygroundExperiment": _object(
        {
            "test_set": {"type": "string", "minLength": 1, "maxLength": limits.NAME},
            "variants": {
                "type": "array",
                "minItems": 1,
                "maxItems": limits.EXPERIMENT_VARIANTS,
                # And all settings of a run, as in `CreateRunRequest`.
                "items": {
                    "type": "object",
                    "properties": {
                        "assistant": _TEXT,
                        "version": {"type": "integer", "minimum": 1},
                        "model": _TEXT,
                        "name": _TEXT,
                        "variables": {"type": "object"},
                        "instructions": _TEXT,
                        "temperature": {"type": "number", "minimum": 0, "maximum": 2},
                    },
                },
            },
            "name": _TEXT,
            "rows": {"type": "array", "items": _TEXT},
            "main_metric": _TEXT,
            "margin": _SHARE,
            "repeats": {"type": "integer", "minimum": 1, "maximum": limits.EXPERIMENT_REPEATS},
            "at_once": {"type": "integer", "minimum": 1, "maximum": limits.EXPERIMENT_AT_ONCE},
            "budget": {"type": "number", "minimum": 0},
            "seed": {"type": "integer", "minimum": 0},
            "judge_model": _TEXT,
            "gate": _object(
                {"margin": _SHARE, "required_rows": _ROWS, "no_worse_row": {"type": "boolean"}},
                required=(),
            ),
            "start": {"type": "boolean"},
        },
        required=("test_set", "variants"),
    ),
}


def _operation(name: str, answers: Json, *parameters: Json, body: str = "") -> Json:
    found: Json = {
        "operationId": name,
        "tags": ["Experiments"],
        "parameters": list(parameters),
        "responses": {"200": {"description": "OK", "content": answers}},
    }
    if body:
        schema = {"$ref": f"#/components/schemas/{body}"}
        content = {"application/json": {"schema": schema}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _json(schema: str) -> Json:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _parameter(name: str, schema: Json, *, place: str = "query") -> Json:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


_ONE = _json("PlaygroundExperiment")
_ID = _parameter("experiment_id", _TEXT, place="path")
_PATH = "/playground/experiments"

OWN_PATHS: dict[str, Json] = {
    _PATH: {
        "get": _operation(
            "listPlaygroundExperiments",
            _json("PlaygroundExperiments"),
            _parameter("limit", {"type": "integer", "minimum": 1, "maximum": limits.PAGE_MAX}),
            _parameter("order", {"type": "string", "enum": ["asc", "desc"]}),
            _parameter("after", _TEXT),
            _parameter("before", _TEXT),
            _parameter("test_set_id", _TEXT),
            _parameter("status", {"type": "string", "enum": list(EXPERIMENT_STATES)}),
        ),
        "post": _operation("createPlaygroundExperiment", _ONE, body="CreatePlaygroundExperiment"),
    },
    f"{_PATH}/{{experiment_id}}": {"get": _operation("getPlaygroundExperiment", _ONE, _ID)},
    f"{_PATH}/{{experiment_id}}/cancel": {
        "post": _operation("cancelPlaygroundExperiment", _ONE, _ID)
    },
    f"{_PATH}/{{experiment_id}}/budget": {
        "post": _operation(
            "raiseBudgetOfPlaygroundExperiment",
            _ONE,
            _ID,
            body="RaiseBudgetOfPlaygroundExperiment",
        )
    },
    f"{_PATH}/{{experiment_id}}/results": {
        "get": _operation(
            "getPlaygroundExperimentResults",
            {"application/xml": {}, "text/csv": {}},
            _ID,
            _parameter("format", {"type": "string", "enum": ["junit", "csv"]}),
        )
    },
}
