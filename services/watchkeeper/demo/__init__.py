"""A support assistant as users write one, the model server that it calls, and the scenarios that go wrong in either."""
