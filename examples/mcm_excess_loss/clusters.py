"""The clusters of phishing that the paper's program makes: a Gaussian mixture on a t-SNE embedding of the scaled samples.

`python clusters.py phishing.bz2 68 phishing-clusters.csv` wrote the file here, before it was packed by xz, in three minutes.
"""

from __future__ import annotations

import sys

import numpy as np
from sklearn.datasets import load_svmlight_file
from sklearn.manifold import TSNE
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import scale

CLUSTERS = 20
MOST = 10  # times that a cluster may be as large as another


def clusters(path: str, features: int) -> np.ndarray:
    """The cluster of each sample; the smallest takes half of the largest until none is more than MOST times another."""
    samples, labels = load_svmlight_file(path, n_features=features)
    signs = np.where(labels == labels.max(), 1.0, -1.0)
    labelled = np.column_stack([scale(samples.toarray()), signs])
    embedded = TSNE(random_state=25).fit_transform(scale(labelled))
    found = GaussianMixture(CLUSTERS, covariance_type="diag", random_state=25).fit(embedded).predict(embedded)
    counts = np.bincount(found, minlength=CLUSTERS)
    while counts.max() > MOST * counts.min():
        found[np.flatnonzero(found == counts.argmax())[: counts.max() // 2]] = counts.argmin()
        counts = np.bincount(found, minlength=CLUSTERS)
    return found


if __name__ == "__main__":
    np.savetxt(sys.argv[3], clusters(sys.argv[1], int(sys.argv[2])), fmt="%d")
