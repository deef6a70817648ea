"""Biases along x on the Mueller-Brown potential times 0.15 at kT 1: how a bias factor changes the slowest rate (numpy and scipy).

Overdamped dynamics of mobility 1 on a grid of 0.02 below 40 kT, with exp(-(u_j - u_i)/2)/h^2 as rates between neighbours and (1 - 1/gamma) F(x)
taken off. Writes for every bias factor the rate, the weight q of x > 0, and 2/(rate q (1 - q)).
"""
import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import eigsh

h, most = 0.02, 40
x, y = np.meshgrid(np.arange(-1.8, 1.5, h), np.arange(-0.8, 2.4, h), indexing="ij")
terms = zip((-200, -100, -170, 15), (-1, -1, -6.5, 0.7), (0, 0, 11, 0.6), (-10, -10, -6.5, 0.7), (1, 0, -0.5, -1), (0, 0.5, 1.5, 1))
u = sum(0.15 * A * np.exp(a * (x - X) ** 2 + b * (x - X) * (y - Y) + c * (y - Y) ** 2) for A, a, b, c, X, Y in terms)
inside = u < u.min() + most
number = np.where(inside, np.cumsum(inside).reshape(u.shape) - 1, -1)
weight = np.where(inside, np.exp(-(u - u.min())), 0).sum(axis=1) * h
free = np.where(weight > 0, -np.log(np.where(weight > 0, weight, 1)), 0)


def slowest(energy):
    count = inside.sum()
    rows, columns, values, out = [], [], [], np.zeros(count)
    for i, j in ((np.s_[:-1, :], np.s_[1:, :]), (np.s_[:, :-1], np.s_[:, 1:])):
        both = (number[i] >= 0) & (number[j] >= 0)
        a, b, step = number[i][both], number[j][both], (energy[j] - energy[i])[both]
        rows += [a, b]
        columns += [b, a]
        values += [np.full(a.size, -1 / h**2)] * 2
        np.add.at(out, a, np.exp(-step / 2) / h**2)
        np.add.at(out, b, np.exp(step / 2) / h**2)
    every = np.arange(count)
    rows, columns, values = (np.concatenate(parts) for parts in (rows + [every], columns + [every], values + [out]))
    symmetric = csc_matrix((values, (rows, columns)), shape=(count, count))
    return np.sort(eigsh(symmetric, k=2, sigma=-1e-6, return_eigenvectors=False))[1]


for factor in (1, 1.5, 2, 3, 6, np.inf):
    rate = slowest(u - (1 - 1 / factor) * free[:, None])
    biased = np.where(weight > 0, np.exp(-free / factor), 0)
    q = biased[x[:, 0] > 0].sum() / biased.sum()
    print(f"bias factor {factor}: rate {rate:.2e}, q {q:.4f}, t {2 / (rate * q * (1 - q)):.2e}")
