"""The dashboard "The stack itself": whether the parts that watch everything else do their work."""
