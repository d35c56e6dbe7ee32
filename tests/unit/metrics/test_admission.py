import pytest

from watchkeeper.metrics.admission import DEFAULT_LIMITS, OTHER, LabelAdmission


class Overflows(list[str]):
    """Remembers the labels whose overflow was told."""

    def __call__(self, label: str) -> None:
        """Hear of one overflow."""
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
    admission = LabelAdmission({"model": 1}, overflows)

    before = admission.known("model", "a")
    admission.admit("model", "a")

    assert (before, admission.known("model", "a"), admission.known("model", "")) == (OTHER, "a", "")
    assert overflows == []


def test_existing_series_keep_their_places() -> None:
    """What came back from before the restart is admitted whatever the limit, and nothing else then."""
    admission = LabelAdmission({"model": 1}, Overflows())

    admission.reserve_row(("model", "status", "model"), ("a", "ok", "b"))
    admission.reserve_row(("model",), (OTHER,))

    assert [admission.admit("model", value) for value in ("a", "b", "c")] == ["a", "b", OTHER]


def test_how_full_each_label_is() -> None:
    """Values and limit of every label can be told."""
    admission = LabelAdmission({"model": 7}, Overflows())
    admission.admit("model", "a")
    admission.admit("model", "")

    use = {item.label: (item.values, item.limit) for item in admission.use()}

    assert use["model"] == (1, 7)
    assert use["tool"] == (0, DEFAULT_LIMITS["tool"])
    assert set(use) == set(DEFAULT_LIMITS)
