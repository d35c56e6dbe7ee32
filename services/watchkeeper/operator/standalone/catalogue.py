"""The engines of the bundle as data: which programs they are made of and where each can be had."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One executable: its Go package, its place in a container image, and that image if it is not the engine's own."""

    name: str
    package: str
    image_path: str
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """One engine; the first program is the server, the others are its tools.

    ``version_variable`` is the Go variable that ``--version`` prints, set at link time.
    ``stopgap_from`` is the oldest release, such as one of Debian's, that can replace it; empty when none can.
    """

    name: str
    title: str
    module: str
    version_variable: str
    programs: tuple[Program, ...]
    stopgap_from: str = ""

    @property
    def server(self) -> Program:
        """The program that runs; the others are its tools."""
        return self.programs[0]


_COMMON_VERSION = "github.com/prometheus/common/version.Version"
_LOKI_VERSION = "github.com/grafana/loki/v3/pkg/util/build.Version"

PROMETHEUS = Engine(
    name="prometheus",
    title="Prometheus",
    module="github.com/prometheus/prometheus",
    version_variable=_COMMON_VERSION,
    programs=(
        Program(
            name="prometheus",
            package="github.com/prometheus/prometheus/cmd/prometheus",
            image_path="/bin/prometheus",
        ),
        Program(name="promtool", package="github.com/prometheus/prometheus/cmd/promtool", image_path="/bin/promtool"),
    ),
    # Limits for all targets and rules that keep firing are read since then; what else is missing is rendered away.
    stopgap_from="3.5.0",
)

ALERTMANAGER = Engine(
    name="alertmanager",
    title="Alertmanager",
    module="github.com/prometheus/alertmanager",
    version_variable=_COMMON_VERSION,
    programs=(
        Program(
            name="alertmanager",
            package="github.com/prometheus/alertmanager/cmd/alertmanager",
            image_path="/bin/alertmanager",
        ),
        Program(name="amtool", package="github.com/prometheus/alertmanager/cmd/amtool", image_path="/bin/amtool"),
    ),
    # Inhibition rules have names since then.
    stopgap_from="0.30.0",
)

LOKI = Engine(
    name="loki",
    title="Loki",
    module="github.com/grafana/loki/v3",
    version_variable=_LOKI_VERSION,
    programs=(
        Program(name="loki", package="github.com/grafana/loki/v3/cmd/loki", image_path="/usr/bin/loki"),
        # The server's image has no logcli; it has an image of its own with the same tags.
        Program(
            name="logcli",
            package="github.com/grafana/loki/v3/cmd/logcli",
            image_path="/usr/bin/logcli",
            image="grafana/logcli",
        ),
    ),
)

PROMTAIL = Engine(
    name="promtail",
    title="Promtail",
    module="github.com/grafana/loki/v3",
    version_variable=_LOKI_VERSION,
    programs=(
        Program(
            name="promtail",
            package="github.com/grafana/loki/v3/clients/cmd/promtail",
            image_path="/usr/bin/promtail",
        ),
    ),
)

ENGINES = (PROMETHEUS, ALERTMANAGER, LOKI, PROMTAIL)
