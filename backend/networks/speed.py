"""How fast two CPU cores train networks: what plans are priced with."""

from dataclasses import dataclass

from backend.networks.ladders import ROUNDED_FROM, Cost

ROUNDED = 1 / 3  # how long a product takes in bfloat16


def is_rounded(precision: str, of_one: Cost) -> bool:
    """Return whether products of such models are in bfloat16, on hardware that has it, at that precision."""
    return precision == "bfloat16" or (precision == "auto" and of_one.multiply_adds >= ROUNDED_FROM)


@dataclass(frozen=True)
class Speed:
    """How fast two CPU cores train one kind of network; fitted to measured runs.

    `step`: seconds a step costs whatever it holds; `model`: seconds a step costs for each weight of each
    model; `example`: seconds to fetch one number of one example; `product`: seconds per multiply-add in
    float32; `output`: seconds per output of a layer; `each`: seconds a step costs for each model whatever it
    holds, where models go through their layers one by one.
    """

    step: float
    model: float
    example: float
    product: float
    output: float
    each: float = 0.0

    def seconds(
        self,
        of_one: Cost,
        models: int,
        *,
        steps: int,
        visits: int,
        asked: int,
        features: int,
        rounded: bool = False,
    ) -> float:
        """Return the time to train models side by side.

        Each takes `steps` steps on `visits` examples of that many `features` in all, and answers `asked`
        times. A training step computes three times what a forward pass does.
        """
        product_s = of_one.multiply_adds * self.product * (ROUNDED if rounded else 1)
        computed = (3 * visits + asked) * (product_s + of_one.outputs * self.output)
        fetched = visits * features * self.example
        stepping = steps * (of_one.parameters * self.model + self.each)
        return steps * self.step + models * (stepping + fetched + computed)


@dataclass(frozen=True)
class Training:
    """What models are put through, side by side: everything that prices need beside speed and cost.

    Each passes `epochs` times over so many `examples` of `features` numbers, and answers `asked` times.
    """

    examples: int
    features: int
    epochs: float
    batch_size: int
    asked: float
    precision: str

    def seconds(self, speed: Speed, of_one: Cost, models: int) -> float:
        """Return the expected time on two CPU cores."""
        return speed.seconds(
            of_one,
            models,
            steps=round(self.epochs * -(-self.examples // self.batch_size)),
            visits=round(self.epochs * self.examples),
            asked=round(self.asked),
            features=self.features,
            rounded=is_rounded(self.precision, of_one),
        )


PERCEPTRON = Speed(2e-4, 5e-10, 2.5e-9, 1.2e-11, 0.0)
CONVOLUTIONAL = Speed(2e-4, 5e-10, 2.5e-9, 6e-12, 1.3e-9)
ALEXNET = Speed(2e-4, 5e-10, 2.5e-9, 6.7e-12, 1.5e-9, each=1e-3)
INCEPTION = Speed(2e-4, 5e-10, 2.5e-9, 7.6e-12, 2.2e-9, each=6e-3)
