"""Archived texts of those who are to be forgotten: by the names of the objects, which say whose they are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from watchkeeper.archive.names import NO_ONE, ObjectName, parse, short
from watchkeeper.archive.opened import OpenArchive
from watchkeeper.operator.forgetting.whose import SESSION, TRACE, USER, Holding


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Whose texts: ids and traces by label, as for lines; it goes into the exporter's container as JSON."""

    ids: Mapping[str, Sequence[str]]
    traces: Mapping[str, Sequence[str]]
    tenant: str = ""
    is_dry_run: bool = False


def asked_of(holding: Holding, *, is_dry_run: bool) -> Asked:
    """The same people as those of the lines."""
    traces = {label: sorted(traces) for label, traces in holding.traces.items()}
    return Asked(ids=holding.whose.ids, traces=traces, tenant=holding.whose.tenant, is_dry_run=is_dry_run)


def forget_texts(archive: OpenArchive, asked: Asked) -> int:
    """Remove their texts, or only count them. Raises: ArchiveError when the archive does not do its work."""
    keys = [name.key for name in _theirs(archive, asked)]
    if not asked.is_dry_run:
        archive.store.delete(keys)
    return len(keys)


def _theirs(archive: OpenArchive, asked: Asked) -> Iterator[ObjectName]:
    """Their texts, and those that name no one in their traces; listed twice, so that no list of all is held."""
    ids = {label: frozenset(_hashed(label, values)) for label, values in asked.ids.items()}
    traces = {label: {short(trace) for trace in found} for label, found in asked.traces.items()}
    for name in _names(archive, asked.tenant):
        for label, wanted in ids.items():
            if label in traces and name.trace != NO_ONE and _id_of(name, label) in wanted:
                traces[label].add(name.trace)
    for name in _names(archive, asked.tenant):
        is_named = any(_id_of(name, label) in wanted for label, wanted in ids.items())
        if is_named or any(_id_of(name, label) == NO_ONE and name.trace in found for label, found in traces.items()):
            yield name


def _names(archive: OpenArchive, tenant: str) -> Iterator[ObjectName]:
    for name in map(parse, archive.store.keys()):
        if name is not None and (not tenant or name.tenant == short(tenant)):
            yield name


def _id_of(name: ObjectName, label: str) -> str:
    return {USER: name.user, SESSION: name.session, TRACE: name.trace}[label]


def _hashed(label: str, ids: Iterable[str]) -> Iterable[str]:
    return ids if label == USER else map(short, ids)
