import pytest

from watchkeeper.metrics.admission import DEFAULT_LIMITS, OLDER, LabelAdmission
from watchkeeper.metrics.folding import OTHER
from watchkeeper.metrics.lifetime import Lifetime


class Overflows(list[str]):
    """Remembers the labels whose overflow was reported."""

    def __call__(self, label: str, _service: str) -> None:
        """Take one overflow."""
        self.append(label)


def test_values_are_admitted_up_to_the_limit() -> None:
    """The value after the last place becomes other, and is counted each time."""
    overflows = Overflows()
    admission = LabelAdmission({"model": 2}, overflows)

    admitted = [admission.admit("model", value) for value in ("a", "b", "c", "a", "c")]

    assert admitted == ["a", "b", OTHER, "a", OTHER]
    assert overflows == ["model", "model"]


def test_each_label_has_places_of_its_own() -> None:
    """A full label takes nothing from another."""
    admission = LabelAdmission({"model": 1, "tool": 1}, Overflows())

    assert [admission.admit("model", "a"), admission.admit("tool", "b")] == ["a", "b"]


def test_nothing_takes_no_place() -> None:
    """An empty value stays empty, even where no place is left."""
    admission = LabelAdmission({"model": 1}, Overflows())
    admission.admit("model", "a")

    assert admission.admit("model", "") == ""


@pytest.mark.parametrize(
    ("value", "label"),
    [
        pytest.param("x" * 300, "x" * 128, id="long text is cut"),
        pytest.param("a\nb\x00c", "a b c", id="control characters become spaces"),
        pytest.param("a\ud800b", "a b", id="lone surrogates are replaced"),
        pytest.param('say "hi" \\', 'say "hi" \\', id="quotes and backslashes stay"),
        pytest.param("große Würfel 骰子", "große Würfel 骰子", id="any letters stay"),
    ],
)
def test_what_a_label_looks_like(value: str, label: str) -> None:
    """A label's value is printable text of bounded length."""
    assert LabelAdmission({}, Overflows()).admit("model", value) == label


def test_asking_admits_nothing() -> None:
    """``known`` repeats the answer without giving a place."""
    overflows = Overflows()
    admission = LabelAdmission({"service": 1}, overflows)

    before = admission.known("service", "a")
    admission.admit("service", "a")

    assert (before, admission.known("service", "a"), admission.known("service", "")) == (OTHER, "a", "")
    assert overflows == []


def test_existing_series_keep_their_places() -> None:
    """What came back from before the restart is admitted whatever the limit, and nothing else then."""
    admission = LabelAdmission({"model": 1, "prompt_version": 1}, Overflows())

    for model in ("a", "b", OTHER):
        admission.reserve_row(("service", "model", "status"), ("shop", model, "ok"), 0.0)
    admission.reserve_row(("service", "prompt", "prompt_version"), ("shop", "answer", OLDER), 0.0)

    assert [admission.admit("model", value, "shop") for value in ("a", "b", "c")] == ["a", "b", OTHER]
    assert admission.admit("prompt_version", "v1", "shop", "answer") == "v1"


def test_a_long_value_is_remembered_as_it_is_shown() -> None:
    """A megabyte of a model's name takes no megabyte, and two that look the same are one value."""
    admission = LabelAdmission({"model": 1}, Overflows())

    admitted = [admission.admit("model", "m" * length, "shop") for length in (10**6, 2 * 10**6)]

    assert admitted == ["m" * 128] * 2
    assert max(len(value) for places in admission._places.values() for value in places._values) == 128


def test_each_service_has_places_of_its_own() -> None:
    """What one sender makes up takes no place of another."""
    admission = LabelAdmission({"model": 2}, Overflows())

    for number in range(1000):
        admission.admit("model", f"made-up-{number}", "noisy")

    assert [admission.admit("model", value, "quiet") for value in ("a", "b", "c")] == ["a", "b", OTHER]


def test_each_prompt_has_places_for_its_versions() -> None:
    """The newest version always has its name; the one that was unused for longest becomes older."""
    life = Lifetime()
    admission = LabelAdmission({"prompt_version": 2}, Overflows(), life=life)
    for version in ("v1", "v2", "v3"):
        life.seconds += 60
        assert admission.admit("prompt_version", version, "shop", "answer") == version

    assert admission.admit("prompt_version", "v1", "shop", "answer") == OLDER
    assert admission.admit("prompt_version", "v1", "shop", "summary") == "v1"
    assert admission.admit("prompt_version", "v1", "bank", "answer") == "v1"


def test_places_that_no_one_uses_are_free_again() -> None:
    """A value that came since keeps its place."""
    life = Lifetime()
    admission = LabelAdmission({"model": 2}, Overflows(), life=life)
    admission.admit("model", "old", "shop")
    admission.admit("model", "used", "shop")
    life.seconds = 100
    admission.admit("model", "used", "shop")

    assert admission.free_unused(50, 0) == []
    assert [admission.admit("model", value, "shop") for value in ("used", "new", "old")] == ["used", "new", OTHER]


def test_nothing_is_left_of_a_service_that_no_one_uses() -> None:
    """Memory is given back, and a label without a value is not shown."""
    admission = LabelAdmission({}, Overflows())
    for label in DEFAULT_LIMITS:
        admission.admit(label, "a", "shop", "answer")

    admission.admit("service", "shop")

    assert admission.free_unused(1, -1) == []
    assert [use.label for use in admission.use()] == ["service"]
    assert sorted(admission.free_unused(1, 1)) == ["a", "shop"]
    assert admission.use() == []


def test_how_full_labels_are() -> None:
    """Of each service the label with most values, of each label the service with most."""
    admission = LabelAdmission({"model": 7}, Overflows())
    admission.admit("service", "shop")
    for label, values in (("model", ("a", "")), ("tool", ("x", "y"))):
        for value in values:
            admission.admit(label, value, "shop")
    for model in ("a", "b", "c"):
        admission.admit("model", model, "bank")
    for prompt in ("answer", "summary"):
        for version in ("v1", "v2"):
            admission.admit("prompt_version", version, "bank", prompt)

    assert {(use.label, use.service, use.values, use.limit) for use in admission.use()} == {
        ("service", "", 1, DEFAULT_LIMITS["service"]),
        ("tool", "shop", 2, DEFAULT_LIMITS["tool"]),
        ("model", "bank", 3, 7),
        ("prompt_version", "bank", 4, DEFAULT_LIMITS["prompt_version"]),
    }
