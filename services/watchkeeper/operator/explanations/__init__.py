"""Why a number moved, asked from a shell."""
