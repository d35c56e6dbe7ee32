"""The filters at the top of the page, as label matchers."""

SERVICE = 'service=~"$service"'
FEATURE = f'{SERVICE}, feature=~"$feature"'
# What is compared with its own past; what runs side by side is on the page of prompt versions.
CHOSEN = f'{FEATURE}, against=""'
