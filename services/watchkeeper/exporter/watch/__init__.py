"""Watch: what one fact alone cannot tell. Pure steps over owned, bounded state."""
