"""Langfuse's secrets: the same one wherever two must agree, and nothing that a shell would touch."""

import hashlib
import re
from itertools import count

from watchkeeper.config.langfuse import LAST, langfuse_files


def made() -> dict[str, str]:
    """The files from a row of numbers, so that no two secrets are alike."""
    numbers = count(1)
    return langfuse_files(lambda size: f"{next(numbers):0{2 * size}x}")


def variables() -> dict[str, str]:
    """What Langfuse is reported."""
    return dict(re.findall(r"^export (\w+)=([\w:/@.-]+)$", made()[LAST], re.MULTILINE))


def test_the_stores_and_langfuse_have_the_same_passwords() -> None:
    """Each store from its own file, Langfuse from the variables."""
    files, reported = made(), variables()

    assert f":{files['secrets/postgres_password']}@" in reported["DATABASE_URL"]
    assert f"requirepass {reported['REDIS_AUTH']}\n" in files["secrets/valkey.cfg"]
    assert hashlib.sha256(reported["CLICKHOUSE_PASSWORD"].encode()).hexdigest() in files["users/langfuse.xml"]
    assert reported["ROOT_SECRET_KEY"] == reported["LANGFUSE_S3_EVENT_UPLOAD_SECRET_ACCESS_KEY"]
    assert reported["LANGFUSE_INIT_USER_PASSWORD"] == files["secrets/admin_password"]


def test_every_line_is_a_variable_without_quotes() -> None:
    """The shell that reads the file must not change a character."""
    assert len(variables()) == len(made()[LAST].splitlines())
    assert re.fullmatch(r"[0-9a-f]{64}", variables()["ENCRYPTION_KEY"])


def test_the_file_that_reports_that_all_are_there_comes_last() -> None:
    """Whoever is interrupted begins again."""
    assert list(made())[-1] == LAST


def test_clickhouse_keeps_no_user_without_a_password() -> None:
    """The default user, whom everyone on the network could be, goes."""
    assert '<default remove="remove"/>' in made()["users/langfuse.xml"]
