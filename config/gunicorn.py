"""gunicorn: few threads, patient with slow clients, gentle when it ends. WEB_WORKERS and WEB_THREADS change the numbers."""

import os

workers = int(os.environ.get("WEB_WORKERS", "1"))
threads = int(os.environ.get("WEB_THREADS", "8"))
worker_class = "gthread"
timeout = 60
graceful_timeout = 25
keepalive = 5
max_requests, max_requests_jitter = 20_000, 2_000  # memory that leaks anywhere is given back
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112
control_socket_disable = True  # the supervisor and the container speak to it by signals
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
accesslog = None  # django-structlog writes a line for each request, with its id
