"""An experiment copies what it runs."""

from decimal import Decimal
from typing import Any

import pytest

from assistants_app.domain.errors import Forbidden, InvalidRequest, NotFound
from assistants_app.domain.tapes.policy import ASK, Policy
from assistants_app.domain.verdicts.plans import Plan
from assistants_app.gateway.prices import forget_prices
from assistants_app.models import Assistant, Experiment, FunctionMock, ModelPrice, WorkingRow
from assistants_app.providers.endpoint import Endpoint
from assistants_app.services.acting import Actor, acting
from assistants_app.services.experiments.creating import Terms, VariantChoice, create_experiment
from assistants_app.services.experiments.estimates import plan_experiment
from assistants_app.services.runs.frozen import Source
from assistants_app.services.test_sets.rows import delete_test_rows
from tests.cast import Cast
from tests.services.experiments.made import HELLO, cells_of, experiment_of, set_of
from tests.services.test_sets.sets import add_row, new_set, rows_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    """An endpoint elsewhere, whose models have no prices."""
    found = Endpoint(name="Far", base_url="https://models.example/v1", api_key="key")
    monkeypatch.setattr("assistants_app.gateway.endpoints.endpoints_of", lambda *_: [found])
    return found


def test_rows_and_configurations_stay_what_they_were(cast: Cast) -> None:
    test_set = set_of(cast, 3)
    experiment = experiment_of(cast, test_set, {"temperature": 0}, {"model": "b"}, repeats=2)
    keys = {working.key for working in rows_of(test_set)}
    delete_test_rows(project=cast.project, set_id=test_set.pk, keys=sorted(keys))
    Assistant.objects.all().delete()
    assert set(experiment.rows.values_list("key", flat=True)) == keys
    one, two = experiment.variants.order_by("position")
    assert (one.frozen.values["temperature"], two.model) == (0, "b")
    assert one.is_baseline
    assert one.digest == one.frozen.digest != two.digest
    assert [one.name, two.name] == ["Secret · m", "Secret · b"]
    cells = cells_of(experiment)
    assert [cell.place for cell in cells] == list(range(12))
    assert {(cell.row.key, cell.variant.position, cell.repeat) for cell in cells} == {
        (key, position, repeat) for key in keys for position in (0, 1) for repeat in (1, 2)
    }


def test_a_row_may_have_its_own_repeats(cast: Cast) -> None:
    test_set = set_of(cast, 1)
    add_row(cast, test_set, "Often", repeats=3)
    experiment = experiment_of(cast, test_set, {})
    assert sorted(cell.row.position for cell in cells_of(experiment)) == [0, 1, 1, 1]


def test_rows_of_one_thread_are_known(cast: Cast) -> None:
    test_set = set_of(cast, 1, metadata={"thread": "thread_1"})
    add_row(cast, test_set, "Odd", metadata={"thread": ["x"]})
    experiment = experiment_of(cast, test_set, {})
    assert list(experiment.rows.order_by("position").values_list("cluster", flat=True)) == [
        "thread_1",
        "",
    ]


def test_a_model_alone_takes_its_variables_from_the_rows(cast: Cast) -> None:
    overrides = {"instructions": "Answer in {{language}}."}
    choice = VariantChoice(Source(model="gpt"), overrides, name="Bare")
    experiment = create_experiment(
        project=cast.project, user=cast.bob, set_id=set_of(cast, 1).pk, variants=[choice]
    )
    [variant] = experiment.variants.all()
    assert (variant.name, variant.frozen.declarations) == ("Bare", [{"name": "language"}])
    assert (experiment.author, experiment.person_id) == (cast.bob, cast.bob.pk)


def test_mocks_of_the_assistant_are_frozen(cast: Cast) -> None:
    FunctionMock.objects.create(
        project=cast.project, assistant=cast.assistant, function="f", definition={"output": 1}
    )
    source = Source(cast.assistant.pk)
    experiment = create_experiment(
        project=cast.project,
        user=cast.bob,
        set_id=set_of(cast, 1).pk,
        variants=[VariantChoice(source), VariantChoice(source, tape_policy=Policy(on_miss=ASK))],
    )
    FunctionMock.objects.all().delete()
    one, two = experiment.variants.order_by("position")
    assert one.tape_policy["mocks"] == {"f": {"output": 1}}
    assert (two.tape_policy["on_miss"], two.tape_policy["mocks"]) == (ASK, {})


@pytest.mark.parametrize(
    ("terms", "param"),
    [
        ({"main_metric": "tone"}, "main_metric"),
        ({"margin": 0.0}, "margin"),
        ({"margin": float("nan")}, "margin"),
        ({"repeats": 0}, "repeats"),
        ({"repeats": 101}, "repeats"),
        ({"at_once": 33}, "at_once"),
        ({"at_once": 0}, "at_once"),
        ({"cap": Decimal(-1)}, "cap"),
        ({"cap": Decimal("NaN")}, "cap"),
        ({"seed": -1}, "seed"),
        ({"keys": frozenset()}, "rows"),
        ({"name": "x" * 300}, "name"),
    ],
)
def test_terms_that_cannot_work_are_refused(cast: Cast, terms: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        experiment_of(cast, set_of(cast, 1), **terms)
    assert caught.value.param == param
    assert not Experiment.objects.exists()


def test_errors_of_variants_name_them(cast: Cast) -> None:
    test_set = set_of(cast, 1)
    with pytest.raises(InvalidRequest) as caught:
        experiment_of(cast, test_set, {}, {"temperature": 9})
    assert caught.value.param == "variants[1].temperature"
    with pytest.raises(InvalidRequest) as caught:
        create_experiment(
            project=cast.project,
            user=cast.bob,
            set_id=test_set.pk,
            variants=[VariantChoice(Source(cast.assistant.pk), variables={"x": 1})],
        )
    assert caught.value.param == "variants[0].variables.x"
    with pytest.raises(InvalidRequest, match="1 to 8 variants"):
        experiment_of(cast, test_set, *[{}] * 9)


def test_other_projects_and_rows_do_not_exist(cast: Cast) -> None:
    test_set = set_of(cast, 1)
    variants = [VariantChoice(Source(cast.assistant.pk))]
    with pytest.raises(NotFound):
        create_experiment(
            project=cast.other_project, user=None, set_id=test_set.pk, variants=variants
        )
    with pytest.raises(NotFound, match="No row found"):
        experiment_of(cast, test_set, keys=frozenset(["nobody"]))
    with pytest.raises(InvalidRequest, match="no rows"):
        experiment_of(cast, new_set(cast))


def test_viewers_create_none(cast: Cast) -> None:
    test_set = set_of(cast, 1)
    viewer = Actor(cast.project.pk, "viewer", user_id=cast.vera.pk)
    with acting(viewer), pytest.raises(Forbidden):
        experiment_of(cast, test_set)


def test_a_budget_needs_prices_of_models_and_judges(cast: Cast) -> None:
    judged = {"kind": "judge_rubric", "rubric": "Polite", "model": "judge-1"}
    test_set = set_of(cast, 1, checks=[judged])
    dollar = {"prompt": 1, "cached": 1, "completion": 1}
    with pytest.raises(InvalidRequest, match="judge-1 has none") as caught:
        experiment_of(cast, test_set, {}, cap=Decimal(1))
    assert caught.value.param == "cap"
    # Without a budget, nothing needs a price.
    assert experiment_of(cast, test_set, {}).prices["judge-1"] == {"price": None, "origin": "none"}
    ModelPrice.objects.create(project=cast.project, model="m", **dollar)
    ModelPrice.objects.create(project=cast.project, model="judge-1", **dollar)
    forget_prices(cast.project.pk)
    experiment = experiment_of(cast, test_set, {}, cap=Decimal(1))
    assert experiment.prices["m"] == {"price": ["1", "1", "1"], "origin": "set"}


def test_variants_of_one_name_are_numbered(cast: Cast) -> None:
    same = {"temperature": 0.1}, {"temperature": 0.2}, {"model": "m", "temperature": 0.3}
    experiment = experiment_of(cast, set_of(cast, 1), *same)
    first, *others = (variant.name for variant in experiment.variants.order_by("position"))
    assert others == [f"{first} (2)", f"{first} (3)"]


def test_a_plan_says_what_an_experiment_takes(cast: Cast) -> None:
    ModelPrice.objects.create(
        project=cast.project, model="m", prompt=1_000, cached=1_000, completion=1_000
    )
    test_set = set_of(cast, 20)
    choice = VariantChoice(Source(cast.assistant.pk), {"max_completion_tokens": 100})
    plan = plan_experiment(
        project=cast.project, set_id=test_set.pk, variants=[choice, choice], terms=Terms(repeats=3)
    )
    assert (plan.rows, plan.cells, plan.seconds) == (20, 120, None)
    assert 0 < plan.dollars <= plan.most_dollars < 20
    assert plan.smallest is not None
    assert WorkingRow.objects.filter(test_set=test_set).count() == 20
    assert (plan.unchecked, plan.unpriced, plan.alike) == (0, (), ("A", "B"))
    other = VariantChoice(Source(cast.assistant.pk), {"max_completion_tokens": 99})
    apart = plan_experiment(
        project=cast.project, set_id=test_set.pk, variants=[choice, other], terms=Terms()
    )
    assert apart.alike is None


def test_a_plan_counts_rows_with_repeats_of_their_own_and_without_checks(cast: Cast) -> None:
    test_set = set_of(cast, 2, repeats=5)
    judge = {"kind": "judge_rubric", "rubric": "Polite", "model": "j", "metric": "polite"}
    add_row(cast, test_set, "Judged?", turn_checks={"0": [judge]})
    add_row(cast, test_set, "Unchecked?")
    add_row(cast, test_set, "Informed?", checks=[{**HELLO, "weight": 0, "metric": "polite"}])
    choice = VariantChoice(Source(cast.assistant.pk))

    def planned(**terms: Any) -> Plan:
        return plan_experiment(
            project=cast.project,
            set_id=test_set.pk,
            variants=[choice, choice],
            terms=Terms(repeats=2, **terms),
        )

    plan = planned()
    # As many as it has once it is created.
    assert plan.cells == 32 == len(cells_of(experiment_of(cast, test_set, {}, {}, repeats=2)))
    assert (plan.rows, plan.unchecked, plan.unpriced) == (5, 2, ("j", "m"))
    assert planned(main_metric="metric:polite").unchecked == 3
    first = rows_of(test_set)[0].key
    chosen = planned(keys=frozenset({first}), main_metric="metric:polite")
    assert (chosen.rows, chosen.cells, chosen.unchecked, chosen.smallest) == (1, 10, 1, None)
    said = " ".join(map(str, plan.describe()))
    assert "3 rows are too few to show any difference." in said
    assert "2 rows have no check for the main metric" in said
    assert "The price of j is unknown" in said


def test_a_plan_counts_the_judges_of_single_messages(cast: Cast) -> None:
    for model in ("m", "j"):
        ModelPrice.objects.create(
            project=cast.project, model=model, prompt=1, cached=1, completion=1000
        )
    forget_prices(cast.project.pk)
    judge = {"kind": "judge_rubric", "rubric": "Polite", "model": "j"}
    choice = VariantChoice(Source(cast.assistant.pk))

    def dollars(**fields: Any) -> Decimal:
        test_set = set_of(cast, 1, **fields)
        return plan_experiment(
            project=cast.project, set_id=test_set.pk, variants=[choice], terms=Terms()
        ).dollars

    of_thread, of_turn = dollars(checks=[judge]), dollars(checks=[], turn_checks={"0": [judge]})
    assert of_turn == of_thread > dollars(checks=[])
    assert dollars(checks=[{**judge, "kind": "judge_pair", "reference": "Hi"}]) > of_thread
