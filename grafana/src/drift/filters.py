"""The filters at the top of the page, as label matchers."""

SERVICE = 'service=~"$service"'
CHOSEN = f'{SERVICE}, feature=~"$feature"'
