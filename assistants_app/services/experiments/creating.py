"""Create experiments: everything that they run is copied, so that nothing changes it later."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain, count
from typing import Any

from django.contrib.auth.models import User

from assistants_app.domain import limits
from assistants_app.domain.checks.judging import PROMPT_DIGEST
from assistants_app.domain.configurations.frozen import FrozenConfiguration
from assistants_app.domain.configurations.variables import declared, marks
from assistants_app.domain.errors import InvalidRequest, NotFound, RunFailure
from assistants_app.domain.experiments.metrics import LONGEST, PASS, is_main_metric
from assistants_app.domain.experiments.requirement import Requirement
from assistants_app.domain.money.prices import Tariff
from assistants_app.domain.tapes.policy import MOCK, Policy
from assistants_app.domain.verdicts.verdict import MARGIN
from assistants_app.gateway.judging import place_of_judge
from assistants_app.gateway.prices import tariff_for
from assistants_app.models import (
    Experiment,
    ExperimentRow,
    ExperimentVariant,
    Project,
    TestRow,
    TestSet,
    VectorStore,
    VectorStoreFile,
)
from assistants_app.queries.assistants.assistants import last_names_of_assistants
from assistants_app.queries.assistants.mocks import mocks_of
from assistants_app.queries.test_sets.sets import rows_of_version
from assistants_app.services.act import act
from assistants_app.services.experiments.adding import insert_cells
from assistants_app.services.experiments.lifecycle import start
from assistants_app.services.locks import lock_test_set
from assistants_app.services.money.checks import current_caller, require_means
from assistants_app.services.people.texts import checked_text
from assistants_app.services.runs.frozen import Source, freeze
from assistants_app.services.space import require_space
from assistants_app.services.test_sets.sets import fix_version
from assistants_app.wire.assistants.variables import value_problems

ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class VariantChoice:
    """What a variant is to be. Without a `name`, it gets that of its assistant or model.

    `tape_policy` says how calls are answered from the tapes and mocks of rows. Without it, the
    tape's own policy applies. `variables` are values for all rows, which may have their own.
    """

    source: Source
    overrides: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    tape_policy: Policy | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How an experiment is carried out. `keys` names the rows of the set, or None for all.

    `main_metric` is as in `domain/experiments/metrics.py`, and `cap` is the budget in dollars.
    Without a `seed`, one is chosen. Without a `requirement`, the usual one applies.
    """

    name: str = ""
    main_metric: str = PASS
    margin: float = MARGIN
    repeats: int = 1
    at_once: int = 4
    cap: Decimal | None = None
    seed: int | None = None
    judge_model: str = ""
    keys: frozenset[str] | None = None
    requirement: Requirement | None = None


USUAL_TERMS = Terms()


def create_experiment(
    *,
    project: Project,
    user: User | None,
    set_id: str,
    variants: Sequence[VariantChoice],
    terms: Terms = USUAL_TERMS,
    starts: bool = False,
) -> Experiment:
    """Create an experiment with the rows of the test set as they are now.

    It isn't started yet, unless it `starts` in the same transaction. The first of the variants is
    the baseline. Raises :class:`NotFound` without the set, an assistant or a version, and
    :class:`InvalidRequest` for terms and settings that can't work. Its `param` begins with the
    variant, as in ``variants[1].temperature``.
    """
    _check_terms(terms, len(variants))
    if starts:
        require_means(project)
    frozen = [freeze_variant(project, place, choice) for place, choice in enumerate(variants)]
    # Before the transaction, because lists of models may have to be fetched.
    prices = {
        model: _tariff(project, model)
        for model in {str(one.values["model"]) for one in frozen} | _judges(project, set_id, terms)
    }
    _require_prices(prices, terms.cap)
    return _create_experiment(
        project=project,
        user=user,
        set_id=set_id,
        variants=list(zip(variants, frozen, strict=True)),
        terms=terms,
        prices=prices,
        starts=starts,
    )


@act(require_space)
def _create_experiment(
    *,
    project: Project,
    user: User | None,
    set_id: str,
    variants: Sequence[tuple[VariantChoice, FrozenConfiguration]],
    terms: Terms,
    prices: Mapping[str, Tariff | None],
    starts: bool,
) -> Experiment:
    test_set = lock_test_set(project, set_id)
    version = fix_version(test_set, user)
    there = rows_of_version(version)
    rows = _chosen(there, terms.keys)
    _require_rows(rows, terms.requirement)
    caller = current_caller()
    experiment = Experiment.objects.create(
        project=project,
        name=checked_text(terms.name, "name", limits.NAME) or test_set.name,
        author=user,
        person_id=caller.person_id or (user.pk if user else None),
        api_key_id=caller.key_id,
        test_set_id=test_set.pk,
        test_set_name=test_set.name,
        set_version_id=version.pk,
        set_version=version.number,
        left_out=len(there) - len(rows),
        main_metric=terms.main_metric,
        margin=terms.margin,
        requirement=terms.requirement.as_json() if terms.requirement else None,
        repeats=terms.repeats,
        at_once=terms.at_once,
        seed=random.SystemRandom().randrange(2**53) if terms.seed is None else terms.seed,
        judge_model=terms.judge_model,
        judge_digest=PROMPT_DIGEST,
        prices={model: _as_json(tariff) for model, tariff in sorted(prices.items())},
        stores=_stores_of(project, [frozen for _, frozen in variants]),
        cap=terms.cap,
    )
    inserted = _insert_variants(experiment, variants)
    insert_cells(experiment, inserted, copy_rows(experiment, rows))
    if starts:
        start(experiment)
    return experiment


def copy_rows(
    experiment: Experiment, rows: Sequence[TestRow], *, first: int = 0
) -> list[ExperimentRow]:
    """Insert copies of these rows into the experiment, from this position on."""
    copies = [
        ExperimentRow(
            experiment=experiment,
            position=position,
            row_id=row.pk,
            key=row.key,
            content=row.content,
            repeats=row.content.get("repeats") or experiment.repeats,
            cluster=_cluster_of(row.content),
            tape_id=row.tape_id,
        )
        for position, row in enumerate(rows, first)
    ]
    return ExperimentRow.objects.bulk_create(copies, batch_size=ROWS_AT_ONCE)


def _cluster_of(content: Mapping[str, Any]) -> str:
    thread_id = content.get("metadata", {}).get("thread")
    # What an import has there may be anything.
    return thread_id[:64] if isinstance(thread_id, str) else ""


def _chosen(rows: list[TestRow], keys: frozenset[str] | None) -> list[TestRow]:
    if keys is None:
        return rows
    chosen = [row for row in rows if row.key in keys]
    if missing := keys - {row.key for row in chosen}:
        raise _no_row(min(missing), "rows")
    if not chosen:
        raise InvalidRequest("Choose at least one row.", param="rows")
    return chosen


def _require_rows(rows: Sequence[TestRow], requirement: Requirement | None) -> None:
    named = requirement.required if requirement else None
    if missing := (named or frozenset()) - {row.key for row in rows}:
        raise _no_row(min(missing), "gate.required_rows")


def _no_row(key: str, param: str) -> NotFound:
    error = NotFound("row", key)
    error.param = param
    return error


def _check_terms(terms: Terms, variants: int) -> None:
    if not 1 <= variants <= limits.EXPERIMENT_VARIANTS:
        raise InvalidRequest(
            f"An experiment has 1 to {limits.EXPERIMENT_VARIANTS} variants, and this one has "
            f"{variants}.",
            param="variants",
        )
    if not is_main_metric(terms.main_metric):
        raise InvalidRequest(
            "The main metric is 'pass', 'score', or 'metric:' and the name of a metric. It has at "
            f"most {LONGEST} characters.",
            param="main_metric",
        )
    if not 0 < terms.margin <= 1:
        raise InvalidRequest("The margin is above 0 and at most 1.", param="margin")
    if terms.requirement and not 0 <= terms.requirement.margin <= 1:
        raise InvalidRequest("The margin of a gate is from 0 to 1.", param="gate.margin")
    if not 1 <= terms.repeats <= limits.EXPERIMENT_REPEATS:
        raise InvalidRequest(
            f"A row can be repeated 1 to {limits.EXPERIMENT_REPEATS} times.", param="repeats"
        )
    if not 1 <= terms.at_once <= limits.EXPERIMENT_AT_ONCE:
        raise InvalidRequest(
            f"From 1 to {limits.EXPERIMENT_AT_ONCE} cells can run at once.", param="at_once"
        )
    cap = Decimal(0) if terms.cap is None else terms.cap
    # Something that isn't a number can't be compared.
    if not (cap.is_finite() and 0 <= cap <= limits.EXPERIMENT_DOLLARS):
        raise InvalidRequest(
            f"The budget is from 0 to {limits.EXPERIMENT_DOLLARS:,} dollars.", param="cap"
        )
    if terms.seed is not None and not 0 <= terms.seed < 2**53:
        raise InvalidRequest("The seed is a whole number from 0 to 2^53 - 1.", param="seed")


def freeze_variant(project: Project, place: int, choice: VariantChoice) -> FrozenConfiguration:
    """Return the configuration of the variant at this place. Raises as when it is created."""
    try:
        frozen = freeze(project=project, source=choice.source, overrides=choice.overrides)
        if not frozen.assistant_id:
            # A model alone declares nothing, so what its instructions name comes from the rows.
            names = marks(frozen.values["instructions"])
            frozen = replace(frozen, declarations=[{"name": name} for name in names])
        problems = value_problems(declared(frozen.declarations), choice.variables)
        # What is missing here may come with the rows.
        for name in choice.variables:
            if name in problems:
                raise problems[name]
    except (InvalidRequest, NotFound) as error:
        error.param = f"variants[{place}].{error.param or 'assistant'}"
        raise
    return frozen


def _judges(project: Project, set_id: str, terms: Terms) -> set[str]:
    """Return the models that judge replies: the usual one, and those that checks name."""
    test_set = TestSet.objects.filter(project=project, pk=set_id).first()
    if test_set is None:
        return {terms.judge_model} - {""}
    contents = test_set.working_rows.values_list("row__content", flat=True)
    return judges_of(contents.iterator(chunk_size=ROWS_AT_ONCE), terms.judge_model)


def judges_of(contents: Iterable[Mapping[str, Any]], usual: str) -> set[str]:
    """Return the models that judge replies to these rows: the usual one, and those of checks."""
    checks = (check for content in contents for check in judging_checks(content))
    return {usual, *(check.get("model") or "" for check in checks)} - {""}


def judging_checks(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the row's checks that ask a judge, of the thread and of single turns."""
    by_turn = content.get("turn_checks", {}).values()
    checks = [*content.get("checks", []), *(one for each in by_turn for one in each)]
    return [check for check in checks if check["kind"].startswith("judge_")]


def _tariff(project: Project, model: str) -> Tariff | None:
    try:
        return tariff_for(project.pk, place_of_judge(project_id=project.pk, model=model), model)
    except RunFailure as failure:
        raise InvalidRequest(failure.message, param="variants") from failure


def _require_prices(prices: Mapping[str, Tariff | None], cap: Decimal | None) -> None:
    unpriced = sorted(model for model, tariff in prices.items() if not (tariff and tariff.price))
    if cap is not None and unpriced:
        raise InvalidRequest(
            f"A budget needs the price of each model, and {unpriced[0]} has none. Ask an owner to "
            "set it, or leave out the budget.",
            param="cap",
        )


def _as_json(tariff: Tariff | None) -> dict[str, Any]:
    price = tariff.price.texts() if tariff and tariff.price else None
    return {"price": price, "origin": tariff.origin if tariff else ""}


def _stores_of(project: Project, frozen: Sequence[FrozenConfiguration]) -> dict[str, Any]:
    ids = {
        store_id
        for one in frozen
        for store_id in (one.values["tool_resources"].get("file_search") or {}).get(
            "vector_store_ids", ()
        )
    }
    found: dict[str, Any] = {}
    for store in VectorStore.objects.filter(project=project, pk__in=ids).order_by("pk"):
        files = VectorStoreFile.objects.filter(store=store)
        found[store.pk] = {
            "name": store.name,
            "files": files.count(),
            "newest": files.order_by("-pk").values_list("pk", flat=True).first(),
        }
    return found


def _insert_variants(
    experiment: Experiment, variants: Sequence[tuple[VariantChoice, FrozenConfiguration]]
) -> list[ExperimentVariant]:
    ids = {frozen.assistant_id for _, frozen in variants if frozen.assistant_id}
    known = last_names_of_assistants(experiment.project, ids)
    names = _distinct(
        checked_text(choice.name, f"variants[{position}].name", limits.NAME)
        or _name_of(frozen, known[frozen.assistant_id].name if frozen.assistant_id else "")
        for position, (choice, frozen) in enumerate(variants)
    )
    return ExperimentVariant.objects.bulk_create(
        ExperimentVariant(
            experiment=experiment,
            position=position,
            name=names[position],
            configuration=frozen.as_json(),
            digest=frozen.digest,
            tape_policy=_policy_of(experiment.project, frozen, choice.tape_policy),
            variables=dict(choice.variables),
        )
        for position, (choice, frozen) in enumerate(variants)
    )


def _distinct(names: Iterable[str]) -> list[str]:
    """Return the names with a number after those that came before, so that verdicts are clear."""
    found: list[str] = []
    for name in names:
        numbered = (f"{name[: limits.NAME - 4]} ({number})" for number in count(2))
        found.append(next(one for one in chain([name], numbered) if one not in found))
    return found


def _policy_of(
    project: Project, frozen: FrozenConfiguration, chosen: Policy | None
) -> dict[str, Any] | None:
    if chosen is not None:
        return chosen.as_json()
    rows = mocks_of(project, frozen.assistant_id) if frozen.assistant_id else {}
    if not rows:
        return None
    # As they are now: the assistant's mocks may change before the last cell has run.
    mocks = {name: row.definition for name, row in rows.items()}
    return Policy(on_miss=MOCK, mocks=mocks).as_json()


def _name_of(frozen: FrozenConfiguration, assistant: str) -> str:
    model = str(frozen.values["model"])
    if not assistant:
        return model[: limits.NAME]
    number = 0 if frozen.used_draft else frozen.version_number
    version = f" v{number}" if number else ""
    return f"{assistant}{version} · {model}"[: limits.NAME]
