"""Changes whose cause is known, and what is said to have caused them."""
