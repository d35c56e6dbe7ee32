"""The dashboard "Silent failures": runs that go wrong although nothing fails, and whether contracts can judge them."""
