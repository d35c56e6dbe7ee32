"""The page "Inference servers"."""
