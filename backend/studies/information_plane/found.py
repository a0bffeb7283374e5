"""What the information-plane study's figures and findings look at."""

from backend.studies.information_plane.facts import PlaneFacts
from backend.studies.information_plane.params import PlaneParams
from backend.studies.kit.found import Found

Planes = Found[PlaneParams, PlaneFacts]
