"""What tokens cost: tables of prices, their order, and the price of a call, for all processes.

``book`` prices calls; ``tables`` asks the tables, ``genai`` and ``litellm``, in their order; ``files`` reads them.
"""
