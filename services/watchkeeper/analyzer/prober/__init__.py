"""Canaries and golden retrieval queries: asks fixed questions, and reads nothing that anyone else sent."""
