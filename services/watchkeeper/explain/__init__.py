"""Why a number moved: the exact parts of a change, the largest of them by name, and how sure that is. Pure."""
