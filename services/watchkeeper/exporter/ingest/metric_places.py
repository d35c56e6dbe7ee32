"""The places of names and values that senders of metrics make up: earned by use, freed by age, for each tenant.

As those of our own labels (metrics/admission.py): names that one sender invents never take another's places, nor keep
its own real ones out for good.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable

from watchkeeper.metrics.places import FirstCome

DAY_SECONDS = 86_400.0

# Longer values are sentences, not categories.
_MAX_VALUE_LENGTH = 128
_MAX_NAMES = 300
# All places of one tenant, some 1 MB of them, and tenants that have some; as many as a label of ours has.
_MOST_OF_TENANT = 6_000
_MOST_TENANTS = 50
# Looking for what was not used for a day takes 1 ms for 6000 places.
_LOOK_SECONDS = 600.0


class MetricPlaces:
    """Remembers the values of names: ``most_values`` each, of at most 300 names of a tenant; ``clock`` in seconds.

    Requests are looked at in several threads.
    """

    def __init__(self, most_values: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_values = most_values
        self._clock = clock
        self._places: dict[str, dict[str, FirstCome]] = {}
        self._taken: Counter[str] = Counter()
        self._looked = clock()
        self._lock = threading.Lock()

    def admits(self, tenant: str, name: str, value: str) -> bool:
        """Whether this value may become a series."""
        if len(value) > _MAX_VALUE_LENGTH:
            return False
        with self._lock:
            now = self._clock()
            if now - self._looked > _LOOK_SECONDS:
                self._free_unused(now)
            places = self._places_of(tenant, name)
            if places is None or (self._taken[tenant] >= _MOST_OF_TENANT and places.known(value) is None):
                return False
            before = len(places)
            is_admitted = places.admit(value, now) is not None
            self._taken[tenant] += len(places) - before
            return is_admitted

    def _places_of(self, tenant: str, name: str) -> FirstCome | None:
        of_tenant = self._places.get(tenant)
        if of_tenant is None:
            if len(self._places) >= _MOST_TENANTS:
                return None
            of_tenant = self._places[tenant] = {}
        places = of_tenant.get(name)
        if places is None and len(of_tenant) < _MAX_NAMES:
            places = of_tenant[name] = FirstCome(self._most_values, str, frozenset())
        return places

    def _free_unused(self, now: float) -> None:
        self._looked = now
        for tenant, of_tenant in list(self._places.items()):
            for name, places in list(of_tenant.items()):
                self._taken[tenant] -= len(places.free_unused(now - DAY_SECONDS))
                if not len(places):
                    del of_tenant[name]
            if not of_tenant:
                del self._places[tenant], self._taken[tenant]
