"""How many samples a scrape may show, and what each service may take of them: a floor, and a share of the rest.

Source of the share: A. K. Choudhury, E. L. Hahne, "Dynamic queue length thresholds in a shared memory ATM switch", IEEE
INFOCOM 1996: no one takes more than what is still free, so that of n services that would take everything each has
1 / (n + 1) of the rest, and as much is left for one that comes later.
"""

# Services that have a floor of their own, as many as the label takes values.
SERVICES = 200
# A fifth of all capacity is reserved for floors: with 150,000 samples 150 for each service.
_RESERVED_SHARE = 5


class SeriesCapacity:
    """Counts samples in all and by service; ``folded`` counts by service and label what had to lose detail."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.floor = limit // (_RESERVED_SHARE * SERVICES)
        self.used = 0
        self.used_by: dict[str, int] = {}
        self.folded: dict[tuple[str, str], int] = {}
        self._below_floor = 0

    def take(self, service: str, samples: int) -> None:
        """Count samples of a service that are there from now on; a negative number of them is gone."""
        before = self.used_by.get(service, 0)
        after = before + samples
        self.used += samples
        self._below_floor += min(after, self.floor) - min(before, self.floor)
        if after:
            self.used_by[service] = after
        else:
            self.used_by.pop(service, None)

    def has_capacity(self, service: str, samples: int) -> bool:
        """Whether a service may take so many more samples."""
        mine = self.used_by.get(service, 0)
        if mine + samples <= self.floor:
            return True
        reserved = self.floor * max(SERVICES, len(self.used_by)) - self._below_floor
        free = self.limit - self.used - reserved
        return max(mine - self.floor, 0) + samples <= free

    def count_folded(self, service: str, label: str) -> None:
        """Count one loss of detail."""
        key = (service, label)
        self.folded[key] = self.folded.get(key, 0) + 1
