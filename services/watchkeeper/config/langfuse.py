"""The secrets of the profile `langfuse`, made once: of its stores, of its own, and the exporter's key to it.

Pure: ``random_hex`` gives the randomness, `setup` writes the files. Langfuse reads secrets from variables only;
a file that its shell reads keeps them out of Docker's descriptions of containers.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping

# The last one to be written: it reports that all are there.
LAST = "secrets/env"

# Source: https://langfuse.com/self-hosting/configuration: ENCRYPTION_KEY is 256 bits as hexadecimal digits.
_KEY_BYTES = 32
_PASSWORD_BYTES = 24
_S3_USER = "langfuse"

_USERS = """<clickhouse>
  <users>
    <default remove="remove"/>
    <langfuse>
      <password_sha256_hex>{digest}</password_sha256_hex>
      <networks><ip>::/0</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
    </langfuse>
  </users>
</clickhouse>
"""

# Langfuse's queues must not lose entries to a full memory.
_VALKEY = """requirepass {password}
maxmemory-policy noeviction
appendonly yes
dir /data
"""


def langfuse_files(random_hex: Callable[[int], str]) -> dict[str, str]:
    """Every file by its path below the folder of Langfuse's volumes; the digits need no quoting anywhere."""
    passwords = {store: random_hex(_PASSWORD_BYTES) for store in ("postgres", "clickhouse", "valkey", "s3", "admin")}
    public, secret = f"pk-lf-{random_hex(16)}", f"sk-lf-{random_hex(16)}"
    basic = base64.b64encode(f"{public}:{secret}".encode()).decode()
    digest = hashlib.sha256(passwords["clickhouse"].encode()).hexdigest()
    return {
        "secrets/postgres_password": passwords["postgres"],
        "secrets/admin_password": passwords["admin"],
        "secrets/valkey.cfg": _VALKEY.format(password=passwords["valkey"]),
        "users/langfuse.xml": _USERS.format(digest=digest),
        "key/headers": f"Authorization: Basic {basic}\n",
        LAST: _as_shell(_variables(passwords, public, secret, random_hex)),
    }


def _variables(
    passwords: Mapping[str, str], public: str, secret: str, random_hex: Callable[[int], str]
) -> dict[str, str]:
    s3 = passwords["s3"]
    return {
        "DATABASE_URL": f"postgresql://langfuse:{passwords['postgres']}@langfuse-postgres:5432/langfuse",
        "CLICKHOUSE_PASSWORD": passwords["clickhouse"],
        "REDIS_AUTH": passwords["valkey"],
        "LANGFUSE_S3_EVENT_UPLOAD_ACCESS_KEY_ID": _S3_USER,
        "LANGFUSE_S3_EVENT_UPLOAD_SECRET_ACCESS_KEY": s3,
        "LANGFUSE_S3_MEDIA_UPLOAD_ACCESS_KEY_ID": _S3_USER,
        "LANGFUSE_S3_MEDIA_UPLOAD_SECRET_ACCESS_KEY": s3,
        "ROOT_ACCESS_KEY": _S3_USER,
        "ROOT_SECRET_KEY": s3,
        "SALT": random_hex(_PASSWORD_BYTES),
        "ENCRYPTION_KEY": random_hex(_KEY_BYTES),
        "NEXTAUTH_SECRET": random_hex(_KEY_BYTES),
        "LANGFUSE_INIT_PROJECT_PUBLIC_KEY": public,
        "LANGFUSE_INIT_PROJECT_SECRET_KEY": secret,
        "LANGFUSE_INIT_USER_PASSWORD": passwords["admin"],
    }


def _as_shell(variables: Mapping[str, str]) -> str:
    return "".join(f"export {name}={value}\n" for name, value in variables.items())
