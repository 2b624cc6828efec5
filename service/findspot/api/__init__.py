"""The HTTP service: FastAPI routes over the same engine as the command.

Import :mod:`findspot.api.app` for the application and :mod:`findspot.api.server` to run it; this module itself stays
light.
"""
