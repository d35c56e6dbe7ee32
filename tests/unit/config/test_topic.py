"""The topic of SNS, on plain trees."""

from pathlib import Path
from typing import Any

from watchkeeper.config.notify import Sns
from watchkeeper.config.receivers import secret_files
from watchkeeper.config.topic import with_topic, without_credentials

ENTRY = {"topic_arn": "arn:aws:sns:us-east-1:000000000000:example", "sigv4": {"region": "us-east-1", "profile": "p"}}
CONFIG: dict[str, Any] = {"receivers": [{"name": "critical", "sns_configs": [ENTRY], "slack_configs": [{}]}]}
TOPIC = "arn:aws-cn:sns:cn-north-1:123456789012:alerts.fifo"


def test_without_a_topic_there_is_no_sns() -> None:
    """The other integrations stay."""
    assert with_topic(CONFIG, None, Path("/s"))["receivers"] == [{"name": "critical", "slack_configs": [{}]}]


def test_the_topic_says_its_region_and_needs_credentials() -> None:
    """What only setup reads is taken out again."""
    config = with_topic(CONFIG, Sns(topic_arn=TOPIC), Path("/s"))

    assert secret_files(config) == {"/s/aws_credentials": "aws_credentials_file"}
    (entry,) = without_credentials(config)["receivers"][0]["sns_configs"]
    assert entry == {"topic_arn": TOPIC, "sigv4": {"region": "cn-north-1", "profile": "p"}}


def test_a_file_without_receivers_is_no_trouble() -> None:
    """Nothing is added to it."""
    assert with_topic({}, Sns(topic_arn=TOPIC), Path("/s")) == {}
