"""How each kind of destination is asked for one item."""
