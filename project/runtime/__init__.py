"""The default set-up: embedded PostgreSQL and Valkey, web server, workers and beat under one supervisor.

Production names its own services by ``DATABASE_URL`` and ``REDIS_URL`` and may use the same commands
(``python -m project.runtime web``, ``worker urgent`` …) without the supervisor.
"""
