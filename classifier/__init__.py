"""The classifier: the article's network, its training data, its weights, and its verbs.

`judge` and `classify` answer for crops of single digits, with the shipped network or with one of
your own: ``Network(sizes)``, trained by ``Network.SGD`` on `load_mnist`'s digits, kept by
`save_network`. A sample is a column there; `columns` and `one_hot` make them.
"""

from digitstring.classifier.deslanting import deslant
from digitstring.classifier.digits import Digits, columns, one_hot
from digitstring.classifier.download import download_mnist
from digitstring.classifier.errors import DataError, ModelError
from digitstring.classifier.judgement import Judgement, classify, judge, screen
from digitstring.classifier.mnist import load_mnist, mnist_folder
from digitstring.classifier.network import Epoch, Network, sigmoid, sigmoid_prime, softmax
from digitstring.classifier.stacked import StackedNetwork
from digitstring.classifier.weights import (
    load_line_networks,
    load_network,
    load_screener,
    save_network,
)

__all__ = [
    "DataError",
    "Digits",
    "Epoch",
    "Judgement",
    "ModelError",
    "Network",
    "StackedNetwork",
    "classify",
    "columns",
    "deslant",
    "download_mnist",
    "judge",
    "load_line_networks",
    "load_mnist",
    "load_network",
    "load_screener",
    "mnist_folder",
    "one_hot",
    "save_network",
    "screen",
    "sigmoid",
    "sigmoid_prime",
    "softmax",
]
