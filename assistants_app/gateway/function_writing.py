"""Write a function's definition from a description, with a chat model."""

import re
import threading
from typing import Any

from assistants_app.domain.errors import InvalidRequest, RunFailure, RunStopped
from assistants_app.gateway import endpoints
from assistants_app.gateway.metering import FUNCTION, Meter
from assistants_app.gateway.prices import place_of_endpoint
from assistants_app.providers import connect
from assistants_app.providers.chat import ChatRequest, StopSignal
from assistants_app.providers.chat_model import whole_text
from assistants_app.wire.functions.checks import function_in, read_object
from assistants_app.wire.functions.names import plain_name

SECONDS = 60.0
MOST_TOKENS = 8_000  # reasoning counts, too
LONGEST = 20_000  # characters of a description
INSTRUCTIONS = (
    "You define functions that an AI model can call. The user describes one. Answer with JSON "
    'alone, an object with these keys: "name" (letters, digits and underscores), "description" '
    "(what the function does and when to call it, in the language of the user) and "
    '"parameters" (a JSON schema of type "object" with "properties", each with a type and a '
    'description, and "required").'
)
FENCED = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)


def write_function(
    *, project_id: str, model: str, description: str, meter: Meter
) -> dict[str, Any]:
    """Return the function that the model writes. It may still be invalid.

    Raises :class:`InvalidRequest` if the model doesn't write one.
    """
    if not description:
        raise InvalidRequest("Describe the function first.")
    if len(description) > LONGEST:
        raise InvalidRequest(f"Describe the function in at most {LONGEST:,} characters.")
    if not model:
        raise InvalidRequest("Choose a model for the assistant first. It writes the function.")
    return _function_in_answer(_answer(project_id, model, description, meter), model)


def _answer(project_id: str, model: str, description: str, meter: Meter) -> str:
    over = StopSignal()
    timer = threading.Timer(SECONDS, over.set)
    timer.daemon = True
    timer.start()
    try:
        endpoint = endpoints.endpoint_serving(project_id, model)
        with meter.asking(FUNCTION, model, place_of_endpoint(endpoint)) as use:
            answer, usage = whole_text(connect(endpoint), _request(model, description), stop=over)
            use.add(usage.counts())
        return answer
    except RunStopped as stopped:
        raise InvalidRequest(
            f"{model} took longer than {SECONDS:.0f} seconds. Try again, or choose another model."
        ) from stopped
    except RunFailure as failure:
        raise InvalidRequest(failure.message) from failure
    finally:
        timer.cancel()


def _request(model: str, description: str) -> ChatRequest:
    return ChatRequest(
        model=model,
        messages=[
            {"role": "system", "content": INSTRUCTIONS},
            {"role": "user", "content": description},
        ],
        tools=[],
        response_format={"type": "json_object"},
        max_completion_tokens=MOST_TOKENS,
    )


def _function_in_answer(answer: str, model: str) -> dict[str, Any]:
    fenced = FENCED.search(answer)
    read = read_object(fenced[1] if fenced else answer)
    function = function_in(read) if isinstance(read, dict) else {}
    name, parameters = function.get("name"), function.get("parameters", {})
    if not isinstance(name, str) or not isinstance(parameters, dict):
        raise InvalidRequest(
            f"{model} didn't write a function. Describe it in other words, or choose a more "
            "capable model for the assistant."
        )
    # Models often leave these out if there are no parameters.
    parameters = {"type": "object", "properties": {}, **parameters}
    return {**function, "name": plain_name(name) or name, "parameters": parameters}
