"""What a model server does otherwise than usual, as data. Shares are 0..1, factors multiply what is usual."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How the model server answers.

    ``failing_status`` is the HTTP status of the calls that fail; 0 hangs until the client gives up. ``cited_share`` is
    how much of an answer rests on what the tools found. ``ramp_minutes`` is how long slowness and citations take to get
    from what is usual to what they are here. ``invents_models`` answers under a name that no one else has.
    """

    failing_share: float = 0.005
    failing_status: int = 500
    slowness_factor: float = 1.0
    cut_off_share: float = 0.01
    cited_share: float = 0.93
    confidence: float = 0.85
    skipped_tools_share: float = 0.0
    looping_share: float = 0.0
    gibberish_share: float = 0.0
    refusing_share: float = 0.0
    invents_models: bool = False
    ramp_minutes: float = 0.0

    def after(self, minutes: float) -> "Behaviour":
        """What it has come to after some minutes."""
        if minutes >= self.ramp_minutes:
            return self
        part = minutes / self.ramp_minutes
        return _between(USUAL, self, part)


def _between(usual: Behaviour, there: Behaviour, part: float) -> Behaviour:
    return replace(
        there,
        slowness_factor=usual.slowness_factor + part * (there.slowness_factor - usual.slowness_factor),
        cited_share=usual.cited_share + part * (there.cited_share - usual.cited_share),
    )


USUAL = Behaviour()
