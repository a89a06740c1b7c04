"""The one error that people may read."""


class DomainError(Exception):
    """A rule of the product forbids the act; the text is a Czech sentence that says what to do instead.

    Subclasses stand above the service that raises them. Only `helpdesk.middleware.DomainErrors` catches it.
    """
