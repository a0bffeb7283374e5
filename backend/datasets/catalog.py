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
    """One downloadable data set: `reader` is its class in torchvision, `files` what that class reads.

    Files of the folder that torchvision is given, with the folders that they lie in; `archive` is the one
    that it downloads and unpacks them from.
    """

    title: str
    reader: str
    files: tuple[str, ...]
    n_train: int
    n_test: int
    side: int
    channels: int
    classes: tuple[str, ...]
    download_bytes: int
    archive: str | None = None

    @property
    def shape(self) -> Shape:
        """The form of the data set."""
        return Shape(self.n_train, self.n_test, len(self.classes), self.side, self.side, self.channels)


def _idx(folder: str) -> tuple[str, ...]:
    kinds = ("images-idx3-ubyte", "labels-idx1-ubyte")
    return tuple(f"{folder}/raw/{part}-{kind}" for part in ("train", "t10k") for kind in kinds)


_BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "batches.meta")


CATALOG: dict[str, Known] = {
    "mnist": Known(
        "MNIST, handwritten digits", "MNIST", _idx("MNIST"), 60_000, 10_000, 28, 1, _DIGITS, 11_594_722
    ),
    "fashion_mnist": Known(
        "Fashion-MNIST, clothes",
        "FashionMNIST",
        _idx("FashionMNIST"),
        60_000,
        10_000,
        28,
        1,
        _FASHION,
        30_878_645,
    ),
    "kmnist": Known(
        "KMNIST, cursive Japanese", "KMNIST", _idx("KMNIST"), 60_000, 10_000, 28, 1, _KUZUSHIJI, 21_240_888
    ),
    "svhn": Known(
        "SVHN, house numbers",
        "SVHN",
        ("train_32x32.mat", "test_32x32.mat"),
        73_257,
        26_032,
        32,
        3,
        _DIGITS,
        246_316_178,
    ),
    "cifar10": Known(
        "CIFAR-10, small photographs",
        "CIFAR10",
        tuple(f"cifar-10-batches-py/{name}" for name in _BATCHES),
        50_000,
        10_000,
        32,
        3,
        _CIFAR10,
        170_498_071,
        "cifar-10-python.tar.gz",
    ),
    "cifar100": Known(
        "CIFAR-100, small photographs",
        "CIFAR100",
        tuple(f"cifar-100-python/{name}" for name in ("train", "test", "meta")),
        50_000,
        10_000,
        32,
        3,
        _CIFAR100,
        169_001_437,
        "cifar-100-python.tar.gz",
    ),
}
