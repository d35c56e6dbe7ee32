"""How often what looks wrong is not: samples, and what the symptoms say of them."""
