"""The dashboard "Quality and canaries": fixed questions with known answers, golden queries, and judges."""
