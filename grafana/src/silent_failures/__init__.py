"""The dashboard "Silent failures": runs that go wrong although nothing fails, and what contracts say of them."""
