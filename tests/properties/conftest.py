"""Properties are tried on the same inputs each time: a failure here fails everywhere."""

from importlib import import_module
from pkgutil import walk_packages

from hypothesis import HealthCheck, settings

import watchkeeper

settings.register_profile(
    "steady",
    derandomize=True,
    database=None,
    deadline=None,  # the machine's load is no property
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("steady")

# Hypothesis also draws constants that it finds in the modules loaded so far: without all of them the inputs would
# depend on which test ran before.
for _module in walk_packages(watchkeeper.__path__, "watchkeeper."):
    if not _module.name.endswith("__main__"):
        import_module(_module.name)
