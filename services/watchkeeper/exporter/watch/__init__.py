"""Watch: what one fact alone cannot say. Pure steps over owned, bounded state."""
