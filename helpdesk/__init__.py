"""The shell of the product: settings, URLs and Celery; imports every app, is imported by none.

Below it live the packages that all apps stand on: `customers` (who may do what), `mail` (letters in and out),
`errors` and `money`. The Celery application is loaded with it, so that tasks of every process find their broker.
"""

from helpdesk.celery import app as celery_app

__all__ = ["celery_app"]
