"""The dashboard "Canaries": fixed questions with known answers, and golden retrieval queries."""
