"""The web API: one router per resource."""
