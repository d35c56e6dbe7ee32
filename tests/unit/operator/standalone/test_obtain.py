"""The order of the sources, and the sentence when none provides."""

from watchkeeper.operator.standalone.catalogue import ENGINES, LOKI
from watchkeeper.operator.standalone.image_reference import ImageReference
from watchkeeper.operator.standalone.obtain import first_that_provides, refusal_sentence
from watchkeeper.operator.standalone.pins import Pin
from watchkeeper.operator.standalone.sources import Provided, Refused, Source

PIN = Pin(image=ImageReference(name="grafana/loki", tag="3.7.8"), built_version="3.7.8")


def source(asked: list[str], name: str, answer: Provided | Refused) -> Source:
    """Make a source that notes that it was asked."""

    def ask(_engine: object, _pin: object) -> Provided | Refused:
        asked.append(name)
        return answer

    return ask


def test_the_first_that_provides_wins() -> None:
    """Later and slower sources are not even asked."""
    asked: list[str] = []
    built = Provided(version="3.7.8", programs={}, origin="built")
    sources = [
        source(asked, "cache", Refused(reason="not cached")),
        source(asked, "path", built),
        source(asked, "docker", Refused(reason="never asked")),
    ]

    answer = first_that_provides(sources, LOKI, PIN)

    assert answer is built
    assert asked == ["cache", "path"]


def test_all_reasons_are_kept_when_none_provides() -> None:
    """Each source's reason is there for the sentence."""
    sources = [source([], "a", Refused(reason="no Docker")), source([], "b", Refused(reason="no network"))]

    answer = first_that_provides(sources, LOKI, PIN)

    assert answer == [Refused(reason="no Docker"), Refused(reason="no network")]


def test_the_sentence_reports_what_was_tried_and_the_fix() -> None:
    """A person reads which engine, why not, and what to do."""
    sentence = refusal_sentence(LOKI, PIN, [Refused(reason="no Docker engine answers")])

    assert sentence.startswith("Loki 3.7.8 cannot be obtained: no Docker engine answers.")
    assert "Put loki 3.7.8 on PATH" in sentence
    assert "GOPROXY" in sentence


def test_stopgaps_are_named_engines_only() -> None:
    """Only Prometheus and Alertmanager may be stood in for."""
    assert {engine.name for engine in ENGINES if engine.stopgap_from} == {"prometheus", "alertmanager"}
