"""Requests in the portal: the list, one request, and the acts on it."""
