"""The shell of the product: settings, URLs and Celery; imports every app, is imported by none.

Below it live the packages that all apps stand on: `customers` (who may do what), `mail` (letters in and out),
`errors` and `money`.
"""
