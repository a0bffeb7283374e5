"""The data sets that torchvision can download, with what is known of them before anybody does."""

from dataclasses import dataclass

from backend.datasets.base import Shape

_DIGITS = tuple("0123456789")
_FASHION = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
_KUZUSHIJI = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
_CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_CIFAR100 = (
    "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle", "bowl",
    "boy", "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle", "chair",
    "chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur", "dolphin",
    "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard", "lamp",
    "lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain",
    "mouse", "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck",
    "pine_tree", "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road",
    "rocket", "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider",
    "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone", "television", "tiger",
    "tractor", "train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf", "woman",
    "worm",
)  # fmt: skip


@dataclass(frozen=True)
class Known:
    """One downloadable data set: `reader` is its class in torchvision, `files` what that class looks for."""

    title: str
    reader: str
    files: str
    n_train: int
    n_test: int
    side: int
    channels: int
    classes: tuple[str, ...]
    download_bytes: int

    @property
    def shape(self) -> Shape:
        """The form of the data set."""
        return Shape(self.n_train, self.n_test, len(self.classes), self.side, self.side, self.channels)


CATALOG: dict[str, Known] = {
    "mnist": Known(
        "MNIST, handwritten digits", "MNIST", "MNIST/raw", 60_000, 10_000, 28, 1, _DIGITS, 11_594_722
    ),
    "fashion_mnist": Known(
        "Fashion-MNIST, clothes",
        "FashionMNIST",
        "FashionMNIST/raw",
        60_000,
        10_000,
        28,
        1,
        _FASHION,
        30_878_645,
    ),
    "kmnist": Known(
        "KMNIST, cursive Japanese", "KMNIST", "KMNIST/raw", 60_000, 10_000, 28, 1, _KUZUSHIJI, 21_240_888
    ),
    "svhn": Known("SVHN, house numbers", "SVHN", "*_32x32.mat", 73_257, 26_032, 32, 3, _DIGITS, 246_316_178),
    "cifar10": Known(
        "CIFAR-10, small photographs",
        "CIFAR10",
        "cifar-10-batches-py",
        50_000,
        10_000,
        32,
        3,
        _CIFAR10,
        170_498_071,
    ),
    "cifar100": Known(
        "CIFAR-100, small photographs",
        "CIFAR100",
        "cifar-100-python",
        50_000,
        10_000,
        32,
        3,
        _CIFAR100,
        169_001_437,
    ),
}
