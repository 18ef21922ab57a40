"""Properties of rules are about what they say, not about how busy the machine is: no deadline for one example."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
