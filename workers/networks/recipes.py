"""The recipe of SGD that parameters name."""

from backend.studies.kit.training import Trained
from workers.engine.run import Recipe
from workers.engine.schedule import Schedule


def recipe_of(params: Trained) -> Recipe:
    """Return how every model is trained."""
    return Recipe(
        epochs=params.epochs,
        batch_size=params.batch_size,
        learning_rate=params.learning_rate,
        momentum=params.momentum,
        nesterov=params.nesterov,
        weight_decay=params.weight_decay,
        schedule=Schedule(params.schedule),
        warmup_epochs=params.warmup_epochs,
        crop=params.crop,
        flip=params.flip,
    )
