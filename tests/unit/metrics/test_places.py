"""Who has a place of a label when they are taken: busy and known values, and the newest versions."""

from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.folding import OTHER
from watchkeeper.metrics.places import Evicting


def full_admission(**known: set[str]) -> LabelAdmission:
    """Twenty places for models, of which the sixteen open ones are taken."""
    admission = LabelAdmission({"model": 20}, lambda _label, _service: None, known)
    for n in range(16):
        assert admission.admit("model", f"first-{n}") == f"first-{n}"
    return admission


def test_the_last_places_are_earned_by_the_tenth_observation() -> None:
    """A value that comes again and again gets one, and counts under other until then."""
    admission = full_admission()

    reported = [admission.admit("model", "busy") for _ in range(11)]

    assert reported == [OTHER] * 9 + ["busy"] * 2


def test_names_made_up_once_each_never_take_the_last_places() -> None:
    """Ten thousand of them leave capacity for the real one that comes in between."""
    admission = full_admission()

    for n in range(10_000):
        assert admission.admit("model", f"made-up-{n}") == OTHER
        if n % 100 == 0:
            admission.admit("model", "real")

    assert admission.admit("model", "real") == "real"


def test_known_values_take_any_place_at_once() -> None:
    """What is known to be real need not come often."""
    admission = full_admission(model={"gpt-4o"})

    assert admission.admit("model", "gpt-4o") == "gpt-4o"


def test_even_known_values_stop_at_the_limit() -> None:
    """The limit bounds what a sender can make of real names too."""
    admission = full_admission(model={f"known-{n}" for n in range(10)})

    reported = [admission.admit("model", f"known-{n}") for n in range(10)]

    assert reported == [f"known-{n}" for n in range(4)] + [OTHER] * 6


def evicting(limit: int) -> Evicting:
    """Places of which a new value always gets one."""
    return Evicting(limit, str, frozenset())


def test_a_new_version_takes_the_place_of_the_one_unused_for_longest() -> None:
    """Use keeps a place, age does not lose it."""
    places = evicting(2)
    places.admit("v1", 1.0)
    places.admit("v2", 2.0)
    places.admit("v1", 3.0)

    assert places.admit("v3", 4.0) == "v3"

    assert sorted(places.values()) == ["v1", "v3"]
    assert places.admit("v2", 5.0) is None


def test_an_evicted_version_that_comes_often_has_its_name_again() -> None:
    """A rollback is seen by name after ten calls."""
    places = evicting(2)
    for now, version in enumerate(("v1", "v2", "v3")):
        places.admit(version, float(now))

    answers = [places.admit("v1", 10.0 + now) for now in range(11)]

    assert answers == [None] * 9 + ["v1"] * 2


def test_versions_made_up_once_each_push_out_each_other() -> None:
    """The versions that have come often keep their places, whatever is made up, and the newest is always there."""
    places = evicting(20)
    real = [f"real-{n}" for n in range(12)]
    for _ in range(10):
        for version in real:
            places.admit(version, 0.0)

    for number in range(5000):
        assert places.admit(f"made-up-{number}", float(number)) == f"made-up-{number}"

    assert set(real) <= set(places.values())
    assert len(places) == 20


def test_what_evicted_versions_take_is_bounded() -> None:
    """Memory does not grow with what is made up."""
    places = evicting(5)

    for number in range(10_000):
        places.admit(f"made-up-{number}", float(number))

    assert len(places) == 5
    assert len(places._evicted) <= 256
