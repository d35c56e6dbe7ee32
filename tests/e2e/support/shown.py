"""What panels show after the seeded traffic: which are empty, of what size the values are, and which are the same."""

# Queries that show nothing after that traffic, and why that is right; other tests may have made some of them show more.
RIGHTLY_EMPTY = {
    r"[\w-]+/annotation (Prices|Alerts)/": "no price changed, and no alert need have fired",
    r"([\w-]+/.* by .*|watchkeeper-ingest/(Detail lost at the series limit|Ended series))/B": (
        "the rest beside the ten largest: there are no eleven of them"
    ),
    r"llm-(latency|overview)/(Latency \(p50, p95, p99\)|Time to first token)/D": "the data is far from the threshold",
    r"(llm-agents/Tool latency \(p95\)|llm-latency/Latency by prompt version \(p95\))/A": "it asks for dots alone",
    r"llm-agents/Tool latency \(p95\)/C": "the data is far from the threshold",
    r"(llm-retrieval/Latency by retriever|llm-tokens/Context window usage) \(p95\)/B": (
        "the data is far from the threshold"
    ),
    r"llm-errors/Error rate by service/B": "the data is far from the threshold",
    r"llm-branches/(Last hour and day before/[AC]|Human-review rate/B)": "it compares with the day before",
    r"llm-errors/Model calls per run/B": "it compares with the day before",
    r"llm-cost/Cost of the last hour and usual/B": "what is usual is known after three days",
    r"llm-cost/Month forecast/A": "it adds up what was recorded at full ten minutes",
    r"llm-agents/(Loops by agent|Hand-offs)/A": "no agent need have repeated itself, or handed work to another one",
    r"llm-agents/(Failed MCP initializations in 10 minutes/[AB]|MCP protocol errors/B)": (
        "every session came about, and the data is far from the threshold, or is not there"
    ),
    r"llm-overview/Services/E": "what is usual is known after three days",
    r"llm-overview/(Budget used/A|Silent failures/A|Drift/A|Canary scores/[AB]|Time since the last canary run/A)": (
        "the shipped configuration has no budget, and no one measures drift, silent failures and canaries"
    ),
    r"llm-quality/(Failed evaluations|Categorical scores|Latest failed checks)/A": (
        "no evaluation failed, and no score of that traffic is a word"
    ),
    r"llm-retrieval/Latest failed searches/A": "no search failed",
    r"llm-canaries/.*": "the shipped watchkeeper.yml has no canary; tests/e2e/test_canaries.py runs some",
    r"llm-judges/.*": "the shipped watchkeeper.yml has no judge",
    r"inference/.*": "no inference server is scraped; tests/config/test_inference_servers.py reads what some expose",
    r"gateways/.*": "no gateway is scraped; tests/config/test_gateways.py reads what LiteLLM's proxy exposes",
    r"llm-coding-agents/Quota usage.*": "the shipped watchkeeper.yml has no quota",
    r"llm-drift/.*": "the analyzer compares the distributions of days",
    r"llm-comparison/(Distributions of .*|How far B is from A)/[A-G]": "the analyzer compares the versions of days",
    r"llm-silent-failures/(Share of .*|Runs by result|Why runs are not evaluated|Contracts)/[AB]": (
        "the shipped watchkeeper.yml has no contract"
    ),
    r"watchkeeper-alerts/Share of the largest causes/A": "no alert need have been explained",
    r"llm-slos/.*": "the shipped watchkeeper.yml has no SLO and no budget",
    r"llm-tokens/Estimated/A": "no client estimated tokens",
    r"llm-traces/Steps of the run/A": "no run is chosen",
    r"llm-cost/Prices missing or in dispute/[AB]": "every model may have a price, about which the tables agree",
    r"llm-cost/Bill and estimate/[ABC]": "the shipped watchkeeper.yml has no bill; tests/e2e/test_bills.py reads some",
    r"llm-cost/Models that are retired/A": "an hour is seconds here, and a model must be in use on two days",
    r"services/(5xx rate|Request latency \(p95\)|CPU usage|Memory usage|Disk usage)/B": (
        "the data is far from the threshold, or is not there"
    ),
    r"services/(Database query latency \(p95\)|Connection pool usage|Cache hit rate)/[AB]": (
        "no service of one's own is scraped"
    ),
    r"services/(CPU|Memory) usage/A": "no machine runs node_exporter",
    r"services/Free disk space in a day \(forecast\)/A": "a forecast needs an hour of history",
    r"services/Targets down/A": "none is down",
    r"(watchkeeper-alerts|llm-overview)/Firing alerts/A": "none need fire",
    r"watchkeeper-alerts/(Longest|Fired|Resolved|Mean time to resolve|Fired by severity|Noisiest alerts)/A": (
        "no alert need have fired"
    ),
    r"watchkeeper-alerts/(By service|By team|Alert history|Last successful drill)/A": "no alert need have fired",
    r"watchkeeper-ingest/(Detail lost at the series limit|Ended series|Failed forwarding to other backends)/A": (
        "nothing was lost"
    ),
    r"watchkeeper-ingest/(Rejected and dropped records/[AB]|Warnings and errors of the exporter/A)": "nothing was lost",
    r"watchkeeper-stack/(Errors of the components|Loki 5xx rate|Runs that did not succeed)/A": "nothing failed",
    r"watchkeeper-stack/(Failed and missed rule evaluations|Lost log lines)/[ABC]": "nothing failed",
    r"watchkeeper-ingest/(Costs apart|Cost here and in Langfuse|Why costs differ|Calls of Langfuse known here)/[AB]": (
        "the shipped watchkeeper.yml has no project of Langfuse"
    ),
    r"watchkeeper-ingest/(Missing|Samples looked for) at other backends/[AB]": (
        "the shipped watchkeeper.yml forwards nothing; tests/e2e/test_forward_audit.py asks some"
    ),
    r"(watchkeeper-ingest/(Behind|Observations of) Langfuse|llm-quality/(Waiting|Longest wait) for review)/A": (
        "the shipped watchkeeper.yml has no project of Langfuse"
    ),
    r"llm-silent-failures/Where is most of it\?/A": "an hour is seconds here, and few runs fail silently",
    r"watchkeeper-stack/Time since the last compactor run of Loki/A": "the compactor first runs after ten minutes",
}
# The lowest and the highest value that a panel may show after that traffic: of the right order of magnitude, for other
# tests send something, too, and conversations go on for as long as the panels are asked. Every conversation of the seed
# is of the demo, whose numbers these are.
EXPECTED = {
    "llm-overview/Error rate/A": (0.001, 1.0),
    "llm-overview/Latency (p95)/A": (0.5, 30),
    "llm-overview/Calls/s/A": (0.01, 1000),
    "llm-overview/Cost today/A": (0.01, 10),
    "llm-overview/Context used/A": (0.001, 0.9),
    "llm-cost/Per 1000 calls/A": (0.1, 10),
    "llm-cost/Cache savings/A": (0.005, 5),
    "llm-prompts/Cost per call/A": (1e-5, 0.05),
    "llm-prompts/Tokens/call/A": (100, 20_000),
    "llm-latency/Latency p50/A": (0.05, 5),
    "llm-latency/1st token p95/A": (0.1, 10),
    "llm-latency/Tokens/s (p50)/A": (10, 1000),
    "llm-errors/Rate-limited/A": (0, 0.5),
    "llm-tokens/Calls/A": (100, 20_000),
    "llm-tokens/Input tokens/A": (10_000, 20_000_000),
    "llm-tokens/Output tokens/A": (1_000, 2_000_000),
    "llm-agents/Steps (p95)/A": (1, 20),
    "llm-agents/Cost per run/A": (1e-5, 0.05),
    "llm-agents/Tools per run/A": (0.1, 5),
    "llm-branches/Share of each branch/A": (0, 1),
    "llm-quality/Score by criterion/A": (0, 1),
    "llm-retrieval/Cache hits/A": (0.5, 0.99),
    "llm-retrieval/Latency (p95)/A": (0.05, 20),
    "watchkeeper-ingest/Received/A": (500, 100_000),
    "watchkeeper-ingest/Samples/A": (500, 50_000),
}
# Panels that show one number: asked for the same moment they give the same.
SAME = (
    ("llm-overview/Cost today/A", "llm-cost/Today/A"),
    ("llm-overview/Unpriced calls/A", "llm-cost/Unpriced calls/A"),
    ("llm-overview/Error rate/A", "llm-errors/Error rate/A"),
    ("llm-overview/Calls/s/A", "llm-errors/Calls/s/A"),
    ("llm-overview/Rate-limited/A", "llm-errors/Rate-limited/A"),
    ("llm-overview/Latency (p95)/A", "llm-latency/Latency p95/A"),
    ("llm-overview/Gates failed/A", "llm-quality/Gates failed/A"),
    ("watchkeeper-alerts/Last Watchdog/A", "watchkeeper-stack/Last Watchdog/A"),
)
# Panels whose values add up to one number of another panel.
PARTS = (
    ("llm-overview/Services/A", "llm-overview/Calls/s/A"),
    ("llm-cost/Models/A", "llm-cost/Time shown/A"),
    ("llm-cost/Teams/A", "llm-cost/Time shown/A"),
    ("llm-cost/Tenants/A", "llm-cost/Time shown/A"),
)
