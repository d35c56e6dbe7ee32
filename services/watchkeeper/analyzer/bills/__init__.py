"""What providers bill, beside what calls are estimated to cost here."""
