"""The keys by which memories know a record: one way to make them, so that no two records share one."""

from hashlib import blake2b

# Longer than any id that a library or a provider makes; only an application, or a hostile sender, makes longer ones.
_LONGEST = 128


def key_of(tenant: str, id_: str, within: str = "") -> str:
    """The key of an id that is unique ``within`` something of the tenant; different ones have different keys.

    What is long, or has NUL in it as the keys themselves, becomes a hash of all of it, so that memory is bounded in
    bytes. The plain id is most keys of an exporter without tenants, and takes no space of its own there.
    """
    if tenant or within:
        key = f"{tenant}\0{within}\0{id_}"
        if len(key) <= _LONGEST and key.count("\0") == 2:  # noqa: PLR2004  # the two between the parts
            return key
    elif len(id_) <= _LONGEST and "\0" not in id_:
        return id_
    parts = repr((tenant, within, id_)).encode("utf-8", "surrogatepass")
    return "\0" + blake2b(parts, digest_size=16).hexdigest()
