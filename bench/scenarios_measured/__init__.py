"""The demo's scenarios over the shipped rules: which alerts fire, how soon after the change, and what should not."""
