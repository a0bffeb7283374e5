"""The digits and the form every data set has."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits

from backend.datasets.digits import TRAIN_EXAMPLES, load_digits_dataset


@pytest.fixture(scope="module")
def digits():
    return load_digits_dataset()


def test_the_split_is_fixed_and_stratified(digits):
    assert (digits.n_train, digits.n_test) == (TRAIN_EXAMPLES, 360) == (1437, 360)
    train, test = np.bincount(digits.labels[:1437]), np.bincount(digits.labels[1437:])
    assert np.abs(train / 1437 - test / 360).max() < 0.002
    assert digits.fingerprint == load_digits_dataset().fingerprint
    assert digits.fingerprint.startswith("6d6d8b919fa6")  # experiments are stored under it


def test_names_lead_back_to_the_original_images(digits):
    source = load_digits()
    original = np.array([int(name.removeprefix("digits/")) for name in digits.names])
    assert sorted(original) == list(range(1797))
    assert (np.diff(original[:1437]) > 0).all()
    assert (np.diff(original[1437:]) > 0).all()
    assert (digits.labels == source.target[original]).all()
    assert np.abs(digits.images / 255 - source.images[original] / 16).max() < 0.5 / 255 + 1e-9


def test_the_form(digits):
    assert digits.images.dtype == np.uint8
    assert digits.images.shape == (1797, 8, 8)
    assert (digits.images.min(), digits.images.max()) == (0, 255)
    assert digits.classes == tuple("0123456789")


def test_the_fingerprint_follows_the_content(digits):
    images = digits.images.copy()
    images[0, 0, 0] += 1
    changed = [
        replace(digits, images=images),
        replace(digits, n_train=1436),
        replace(digits, classes=tuple("abcdefghij")),
    ]
    assert len({digits.fingerprint, *(dataset.fingerprint for dataset in changed)}) == 4
    assert replace(digits, id="other").fingerprint == digits.fingerprint


def test_scikit_learn_is_imported_only_when_digits_are_read():
    code = "import sys, backend.studies, backend.datasets.digits; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
