"""How gunicorn serves: threads, so that a slow download does not hold a whole worker."""

import os

bind = f"{os.environ.get('HELPDESK_BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
preload_app = True
max_requests = 10_000
max_requests_jitter = 1_000
timeout = 60
graceful_timeout = 30
keepalive = 15
worker_tmp_dir = "/dev/shm"  # noqa: S108 - the workers' heartbeat must not wait for a disk
control_socket_disable = True  # it would lie in the home folder, one for all installations of a user
accesslog = None  # helpdesk.middleware.RequestContext writes one line for each request, without what addresses may carry
