"""Live push: one subscription per process, one frame per change, one write per open connection.

News of a change is a number (:mod:`project.core.live.news`). The hub (:mod:`project.core.live.hub`) has
each topic with local subscribers built once, compares it with what its subscribers were last told, encodes
the difference once and writes the same bytes to every connection. The same news have the pages looked at
again that are connected (:mod:`project.core.live.guests`): whose origin was taken off the list is turned away.
"""
