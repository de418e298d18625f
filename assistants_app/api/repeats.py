"""Repeated requests: each act is carried out once, and its answer can be given again.

Clients name a request with the header ``Idempotency-Key``, for 24 hours. The vendor's SDKs send
none. They count their retries instead, so a retry gets what the same request made shortly before
if the answer to that never left.
"""

import hashlib
import json
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from django.db import Error as AnyDatabaseError
from django.db.models import Model

from assistants_app.api.departures import Reached
from assistants_app.api.keeper import keeper, settled_now
from assistants_app.api.request import ApiRequest
from assistants_app.api.responses import AnyResponse, Response
from assistants_app.api.sse import log_position
from assistants_app.domain.errors import ApiError, InvalidRequest, Unavailable
from assistants_app.faults import fault_of
from assistants_app.services import receipts
from assistants_app.services.receipts import Attempt, Earlier, current_attempt

logger = logging.getLogger(__name__)

HEADER = "Idempotency-Key"
RETRIES = "x-stainless-retry-count"
KEY_LENGTH = 255
WAITED_SECONDS = 10.0  # for an earlier request that is still carried out
LOOK_EVERY = 0.05  # seconds
LOOKED_UP = 5  # times, while the database restarts
LOOKED_UP_EVERY = 0.2  # seconds
# The SDKs retry a 409 or 5xx unless this header says that it won't help.
NO_RETRY = {"x-should-retry": "false"}

MadeType = TypeVar("MadeType", bound=Model)
Call = Callable[[], AnyResponse]


class Repeated(ApiError):
    """Raised when a form turns out to be a repeated one, so that its bytes are discarded."""


class StillBusy(ApiError):
    """Raised while an earlier request is carried out. The next step may come after `LOOK_EVERY`."""


class Once:
    """One request, which is carried out unless an earlier one like it was.

    It may have to wait for the earlier one. No thread is held meanwhile, because the work is done
    in steps.
    """

    def __init__(self, request: ApiRequest, call: Call) -> None:
        """Read what distinguishes the request from others. Raises :class:`InvalidRequest`."""
        self._attempt = _attempt_of(request)
        self._call = call
        self._departure = request.connection.departure if request.connection else None
        self._until = time.monotonic() + WAITED_SECONDS
        self._claimed = False
        self._earlier: Earlier | None = None  # the receipt with the same key

    def step(self) -> AnyResponse:
        """Return the response of the call, or one with what an earlier request has made.

        Raises :class:`StillBusy` if another step is needed, and :class:`ApiError` with status 409
        if the idempotency key belongs to another request, or if the earlier one takes too long.
        """
        attempt = self._attempt
        if not self._claimed:
            self._claim()
        with receipts.attempting(attempt):
            try:
                if attempt.identified:
                    _look_for_earlier(attempt, self._earlier)
                else:
                    attempt.earlier = self._earlier
                response = _stored_answer(attempt) or self._call()
            except StillBusy:
                if self._may_wait():
                    raise
                response = _answer_after(_busy(ApiError), attempt, self._call)
            except Exception as error:  # noqa: BLE001 - raised again if nothing was made
                response = _answer_after(error, attempt, self._call)
            finally:
                receipts.drop_claim()
        self._settle(response)
        if attempt.earlier:
            response.headers["Idempotent-Replayed"] = "true"
        return response

    def abandon(self) -> None:
        """Give up between two steps, without waiting for the database."""
        # A receipt that isn't kept ends by itself after `HELD_SECONDS`.
        if self._attempt.kept:
            keeper.settle(self._attempt.receipt, Reached.LEFT)

    def _claim(self) -> None:
        attempt = self._attempt
        if attempt.identified and not attempt.key and not attempt.retried:
            # Nobody can have claimed it before, so there is nothing to wait for.
            receipts.claim_with_act(attempt)
            earlier = None
        else:
            earlier = receipts.claim(attempt)
        if earlier and not earlier.done:
            if attempt.identified and earlier.digest != attempt.digest:
                raise _key_reused()
            raise _busy(StillBusy if self._may_wait() else ApiError)
        self._claimed, self._earlier = True, earlier
        self._until = time.monotonic() + WAITED_SECONDS
        if earlier is None and self._departure:
            attempt.kept = True
            keeper.hold(attempt.receipt)

    def _may_wait(self) -> bool:
        return time.monotonic() < self._until

    def _settle(self, response: AnyResponse) -> None:
        attempt, answer = self._attempt, ""
        if attempt.key and isinstance(response, Response) and not attempt.earlier:
            answer = response.body.decode()
        if self._departure and attempt.kept and not attempt.key:
            self._departure.listen(partial(keeper.settle, attempt.receipt))
        else:
            _note(attempt, Reached.LEFT, answer=answer)


def identify_form(fields: object) -> None:
    """Tell this request's form from others to the same URL.

    Raises :class:`Repeated` if it was carried out before, and like :meth:`Once.step`.
    """
    attempt = current_attempt()
    if attempt is None or attempt.identified:
        return
    content = f"{attempt.digest} {json.dumps(fields, sort_keys=True)}"
    attempt.digest, attempt.of_url = _sha256(content.encode()), attempt.digest
    attempt.identified = True
    _look_for_earlier(attempt, attempt.earlier)
    if attempt.earlier:
        raise Repeated("This form was sent before.", http_status=409)


def made_before(kind: type[MadeType]) -> MadeType | None:
    """Return what an earlier request like this has made.

    For views that check the state of things before their act: the act itself has changed it.
    """
    attempt = current_attempt()
    if attempt is None or attempt.earlier is None or not attempt.identified:
        return None
    made = receipts.made_before(attempt.earlier)
    return made if isinstance(made, kind) else None


def stream_position(thread_id: str) -> str:
    """Return where this request's stream begins in the thread's log. Raises like `log_position`."""
    attempt = current_attempt()
    if attempt and attempt.earlier:
        return attempt.earlier.after
    after = log_position(thread_id)
    if attempt:
        attempt.after = after
    return after


def _attempt_of(request: ApiRequest) -> Attempt:
    key, given = request.key, request.headers.get(HEADER.lower()) or None
    if given and (len(given) > KEY_LENGTH or "\0" in given):
        raise InvalidRequest(
            f"The header '{HEADER}' can have up to {KEY_LENGTH} characters, and no NUL.",
            code="invalid_idempotency_key",
        )
    # A form names itself once it is read (identify_form): it may be large, and its boundary is
    # another one in each retry.
    is_form = request.is_form
    url = f"{request.method} {request.url}"
    sender = "" if given else f"{key.id} "
    return Attempt(
        project_id=key.project_id,
        key=given,
        digest=_sha256(f"{sender}{url}\n".encode() + (b"" if is_form else request.body)),
        identified=not is_form,
        retried=request.headers.get(RETRIES, "0") not in ("", "0"),
        recognized=bool(given) or RETRIES in request.headers,
    )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _look_for_earlier(attempt: Attempt, earlier: Earlier | None) -> None:
    if earlier and earlier.digest != attempt.digest:
        raise _key_reused()
    attempt.earlier = earlier
    if attempt.key or not attempt.retried:
        return
    digests = [attempt.digest, attempt.of_url] if attempt.of_url else [attempt.digest]
    # In this order: what is answered or lost between the two is found by the second.
    are_busy = receipts.are_others_busy(attempt, digests=digests)
    if not _take_over(attempt) and are_busy:
        raise _busy(StillBusy)


def _take_over(attempt: Attempt, *, open_streams: bool = False) -> bool:
    earlier = receipts.take_over(attempt, open_streams=open_streams)
    if earlier is None:
        return False
    _note(attempt, Reached.LEFT)
    attempt.receipt, attempt.earlier = earlier.id, earlier
    if attempt.kept:
        keeper.hold(attempt.receipt)
    return True


def _busy(kind: type[ApiError]) -> ApiError:
    return kind(
        "The same request is still being carried out. Try again in a moment.",
        type="idempotency_error",
        code="idempotency_key_in_use",
        http_status=409,
        headers={"Retry-After": "1"},
    )


def _key_reused() -> ApiError:
    return ApiError(
        f"This '{HEADER}' was already used for a request with another URL or body. Use a new key.",
        type="idempotency_error",
        code="idempotency_key_reused",
        http_status=409,
        headers=NO_RETRY,
    )


def _stored_answer(attempt: Attempt) -> Response | None:
    earlier = attempt.earlier
    if earlier is None or not attempt.identified or not earlier.answer:
        return None
    return Response(earlier.answer.encode())


def _answer_after(error: Exception, attempt: Attempt, call: Call) -> AnyResponse:
    # Once something was made, the client gets it whatever happens. Else the request did nothing,
    # and the client may correct or retry it.
    try:
        if isinstance(error, Repeated) or _was_made_after_all(error, attempt):
            return call()
    except ApiError:
        _note(attempt, Reached.LEFT)
        raise
    except Exception as another:
        logger.exception("No answer to a request that may have been carried out")
        _note(attempt, Reached.BROKEN)
        is_fault = bool(fault_of(error) or fault_of(another))
        raise _no_answer(attempt, is_fault=is_fault) from error
    _release(attempt)
    raise error


def _was_made_after_all(error: Exception, attempt: Attempt) -> bool:
    if attempt.earlier:
        return False
    if attempt.recorded:
        found = _find_receipt(attempt.receipt)
        if found is None or not found.done:
            return False
        logger.error("Carried out in spite of an error", exc_info=error)
        attempt.earlier, attempt.identified = found, True
        return True
    # A retry can be in the way of its own run, whose stream still seems to be read.
    is_refused = isinstance(error, ApiError) and error.http_status == InvalidRequest.http_status
    is_retry = attempt.retried and not attempt.key
    return is_refused and is_retry and _take_over(attempt, open_streams=True)


def _find_receipt(receipt: int) -> Earlier | None:
    for _ in range(LOOKED_UP - 1):
        try:
            return receipts.find_receipt(receipt)
        except AnyDatabaseError:
            time.sleep(LOOKED_UP_EVERY)
    return receipts.find_receipt(receipt)


def _no_answer(attempt: Attempt, *, is_fault: bool) -> ApiError:
    if is_fault and attempt.recognized:
        return Unavailable()  # the retry gets what was made, if anything was
    return ApiError(
        "The request may have been carried out, but the server had an error before it could "
        "answer. Look before you send it again.",
        type="server_error",
        http_status=503 if is_fault else 500,
        headers=NO_RETRY,
    )


def _release(attempt: Attempt) -> None:
    # A key is free at once, because a corrected request may follow with it.
    if attempt.key and attempt.receipt:
        try:
            receipts.release(attempt.receipt)
        except AnyDatabaseError as error:
            logger.warning("The key of a refused request stays in use for a while: %s", error)
    _note(attempt, Reached.LEFT)


def _note(attempt: Attempt, reached: Reached, *, answer: str = "") -> None:
    # The requests of tests come through no server that would report how they end.
    if not attempt.receipt:
        return
    if attempt.kept:
        keeper.settle(attempt.receipt, reached, answer=answer)
        return
    try:
        settled_now(attempt.receipt, reached, answer=answer)
    except AnyDatabaseError as error:
        logger.warning("Couldn't store an answer for repeated requests: %s", error)
