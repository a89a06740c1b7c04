"""The only code that writes requests; one module a noun."""
