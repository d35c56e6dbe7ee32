"""No two records share a key of a memory."""

from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.exporter.watch.keys import key_of

# Few characters, of which some separate the parts of a key, so that parts run into each other often.
PARTS = st.text(st.sampled_from("a2\0 ,'"), max_size=4) | st.text("a\0", min_size=126, max_size=130)
IDS = st.tuples(PARTS, PARTS, PARTS)


@given(one=IDS, other=IDS)
def test_keys_are_the_same_for_the_same_only(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    """A tenant, an id and what it is within give one key, and no others give it."""
    assert (key_of(*one) == key_of(*other)) is (one == other)


@given(parts=PARTS, cut=st.integers(0, 4), other_cut=st.integers(0, 4))
def test_the_same_text_cut_elsewhere(parts: str, cut: int, other_cut: int) -> None:
    """The characters of a tenant and an id in a row do not show where one ends."""
    cut, other_cut = min(cut, len(parts)), min(other_cut, len(parts))

    keys = {key_of(parts[:at], parts[at:]) for at in (cut, other_cut)}

    assert len(keys) == len({cut, other_cut})
