"""What the first runs of a canary were like, against which later ones are held; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from watchkeeper.analyzer.endpoints.answer import Answer

# At temperature 0 the repeats of one run differ little; providers balance over machines, so a few runs see more of it.
RUNS = 3
_MAX_ANSWERS = 12
# What is remembered of an answer; similarity reads no more.
_MAX_TEXT = 4096


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """The first runs of a canary against a target: how many, their mean score, and what came back.

    ``input_tokens`` are the numbers seen for the same question; with the same tokenizer there is one.
    """

    runs: int
    score: float
    answers: tuple[str, ...]
    models: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()
    input_tokens: tuple[int, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether nothing more is learnt."""
        return self.runs >= RUNS


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRun:
    """One run against one target: its answers, and the score of each from 0 to 1."""

    answers: tuple[Answer, ...]
    scores: tuple[float, ...]

    @property
    def score(self) -> float:
        """The mean score."""
        return sum(self.scores) / len(self.scores)


def is_worse(run: TargetRun, baseline: Baseline | None, limit: float) -> bool:
    """Whether a run is below the limit and below the first runs.

    A canary that never reached its limit shows nothing new by missing it again.
    """
    return baseline is not None and run.score < limit and run.score < baseline.score


def learnt(baseline: Baseline | None, run: TargetRun, limit: float) -> Baseline:
    """The baseline with one more run, until it is complete; a run that is worse is no part of it."""
    if baseline is not None and (baseline.is_complete or is_worse(run, baseline, limit)):
        return baseline
    before = baseline or Baseline(runs=0, score=0.0, answers=())
    return Baseline(
        runs=before.runs + 1,
        score=(before.score * before.runs + run.score) / (before.runs + 1),
        answers=_more(before.answers, [answer.text[:_MAX_TEXT] for answer in run.answers]),
        models=_more(before.models, [answer.model for answer in run.answers]),
        fingerprints=_more(before.fingerprints, [answer.fingerprint for answer in run.answers]),
        input_tokens=tuple(
            dict.fromkeys((*before.input_tokens, *(a.input_tokens for a in run.answers if a.input_tokens is not None)))
        ),
    )


def changes(run: TargetRun, baseline: Baseline) -> dict[str, bool]:
    """What the provider says of itself, and whether it is new; without what the baseline or the run does not know."""
    seen: dict[str, tuple[set[str | int], set[str | int]]] = {
        "model": ({a.model for a in run.answers if a.model}, set(baseline.models)),
        "fingerprint": ({a.fingerprint for a in run.answers if a.fingerprint}, set(baseline.fingerprints)),
        "input_tokens": (
            {a.input_tokens for a in run.answers if a.input_tokens is not None},
            set(baseline.input_tokens),
        ),
    }
    return {what: not now <= before for what, (now, before) in seen.items() if now and before}


def _more(before: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *filter(None, new))))[:_MAX_ANSWERS]
