"""One change that was accepted, and what it is about."""

import msgspec

# Every feature of a service.
ALL = "*"


class AcceptedChange(msgspec.Struct, frozen=True):
    """A change of a feature of a service, or of all, that was intended; ``since`` is in Unix seconds.

    ``feature`` is the name of one series, as in ``score/faithfulness``, or of all of them, as in ``score``.
    """

    service: str
    feature: str
    since: float

    def is_about(self, service: str, feature: str) -> bool:
        """Whether it is about a series."""
        names = (ALL, feature)
        return self.service == service and (self.feature in names or feature.startswith(f"{self.feature}/"))


Accepted = tuple[AcceptedChange, ...]


def accepted_since(changes: Accepted, service: str, feature: str) -> float | None:
    """When a change of a series was last accepted, in Unix seconds; None when none was."""
    return max((one.since for one in changes if one.is_about(service, feature)), default=None)
