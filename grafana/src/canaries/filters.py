"""The filters at the top of the page, as label matchers."""

CHOSEN = 'canary=~"$canary", target=~"$target"'
# Golden queries have no target: the search is what is asked.
SEARCHES = 'canary=~"$canary"'
