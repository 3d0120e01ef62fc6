"""The public edge: a thin ASGI layer in front of Django for what shop pages ask for all day.

Routes are registered by the upper rooms (:mod:`project.core.edge.routes`); answers are bytes prepared once
per change (:mod:`project.core.edge.prepared`) and told for how long they may be shown
(:mod:`project.core.edge.lease`).
"""
