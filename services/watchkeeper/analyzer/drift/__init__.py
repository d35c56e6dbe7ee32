"""The statistics of drift, one a file: pure functions of counts, without I/O, clock or randomness."""
