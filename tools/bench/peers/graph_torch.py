"""The graph network of plugins/potentials in PyTorch: its gradients in double precision, and the time of a force and a training step.

usage: graph_torch.py FOLDER THREADS; FOLDER holds problem.json as tools/bench/graph/measure.ts writes it. Prints one line of JSON.
The check interpolates the filters from the same tables; the timed network evaluates its filter networks at every edge, as is usual.
"""
import json
import sys
import time

import numpy as np
import torch

folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
problem = json.load(open(folder + "/problem.json"))
arch, rows, shape = problem["architecture"], problem["rows"], problem["shape"]
F, LAYERS, N = arch["features"], arch["layers"], len(problem["species"])
grid = arch["nonbonded"]
edges_of_box = np.array(problem["box"]).reshape(3, 3).diagonal().copy()


def act(z):
    return 0.5 * (z + torch.sqrt(z * z + 4)) - 1


def edge_list(x):
    d = x[:, None] - x[None]
    d -= edges_of_box * np.round(d / edges_of_box)
    r = np.sqrt((d ** 2).sum(-1))
    np.fill_diagonal(r, 9)
    i, j = np.nonzero(r < grid["cutoff"])
    return torch.tensor(i), torch.tensor(j)


def split(flat):
    out, at = {}, 0
    sizes = [("embedding", arch["species"], F)]
    for l in range(LAYERS):
        sizes += [(f"send{l}", F, F), (f"update{l}", F, F), (f"updateBias{l}", F), (f"output{l}", F, F), (f"outputBias{l}", F)]
    sizes += [("readout", F, F), ("readoutBias", F), ("readoutOutput", F)]
    for name, *dims in sizes:
        size = int(np.prod(dims))
        out[name] = flat[at:at + size].reshape(dims)
        at += size
    return out


def energy(x, p, filters, species, i, j, box):
    d = x[i] - x[j]
    d = d - box * torch.round(d / box)
    r = torch.sqrt((d * d).sum(1))
    h = p["embedding"][species]
    w = filters(r)
    for l in range(LAYERS):
        m = torch.zeros_like(h).index_add(0, i, (h @ p[f"send{l}"])[j] * w[l])
        h = h + act(m @ p[f"update{l}"] + p[f"updateBias{l}"]) @ p[f"output{l}"] + p[f"outputBias{l}"]
    return arch["energyScale"] * (act(h @ p["readout"] + p["readoutBias"]) @ p["readoutOutput"]).sum()


def tabulated(tables):
    def filters(r):
        s = r * (grid["intervals"] / grid["cutoff"])
        k = torch.clamp(torch.floor(s.detach()).long(), max=grid["intervals"] - 1)
        t = (s - k)[:, None]
        u = 1 - t
        b = [u ** 3 / 6, (3 * t ** 3 - 6 * t ** 2 + 4) / 6, (3 * u ** 3 - 6 * u ** 2 + 4) / 6, t ** 3 / 6]
        return [sum(b[q] * tables[l][k + q] for q in range(4)) for l in range(LAYERS)]

    return filters


def exact(U, V, c):
    """Gaussians, a hidden layer and the envelope, evaluated at every edge."""
    K = shape["radialFunctions"]
    width = (shape["to"] - shape["from"]) / (K - 1)
    centre = torch.arange(K, dtype=torch.float32)

    def filters(r):
        g = torch.exp(-0.5 * ((r[:, None] - shape["from"]) / width - centre) ** 2)
        x = g @ U[:K] + U[K]
        q = r / grid["cutoff"]
        env = (shape["scale"] * (1 - q ** 6 * (28 - 48 * q + 21 * q * q)))[:, None]
        w = ((x + torch.sqrt(x * x + 1) - 1) @ V + c) * env
        return [w[:, l * F:(l + 1) * F] for l in range(LAYERS)]

    return filters


x0 = np.array(problem["positions"]).reshape(-1, 3)
i, j = edge_list(x0)
species = torch.tensor(problem["species"])

# ---- check, f64 ----
box = torch.tensor(edges_of_box)
flat = torch.tensor(problem["parameters"], dtype=torch.float64, requires_grad=True)
tables = torch.tensor(problem["tables"], dtype=torch.float64).reshape(LAYERS, rows, F).requires_grad_(True)
targets = torch.tensor(problem["targets"], dtype=torch.float64).reshape(-1, 3)
x = torch.tensor(x0, requires_grad=True)
slope = torch.autograd.grad(energy(x, split(flat), tabulated(tables), species, i, j, box), x, create_graph=True)[0]
direction = (-slope - targets).detach()
gradient, table_gradient = torch.autograd.grad((direction * slope).sum(), [flat, tables])


def error(ours, theirs):
    theirs = theirs.detach().numpy().ravel()
    return "%.1e" % (np.linalg.norm(np.array(ours) - theirs) / np.linalg.norm(theirs))


result = {
    "version": torch.__version__,
    "forceError": error(problem["forces"], -slope),
    "gradientError": error(problem["gradient"], gradient),
    "tableError": error(problem["tableGradient"], table_gradient),
}

# ---- time, f32 ----
torch.manual_seed(1)
K, H = shape["radialFunctions"], shape["hidden"]
dense = torch.tensor(problem["parameters"], dtype=torch.float32, requires_grad=True)
U = (torch.randn(K + 1, H) * 0.35).requires_grad_(True)
V = (torch.randn(H, LAYERS * F) * 1.5 / H ** 0.5).requires_grad_(True)
c = torch.zeros(1, LAYERS * F, requires_grad=True)
box = torch.tensor(edges_of_box, dtype=torch.float32)
targets = targets.float()
optimizer = torch.optim.Adam([dense, U, V, c], lr=1e-6)


def force():
    x = torch.tensor(x0, dtype=torch.float32, requires_grad=True)
    return -torch.autograd.grad(energy(x, split(dense), exact(U, V, c), species, i, j, box), x)[0]


def step():
    x = torch.tensor(x0, dtype=torch.float32, requires_grad=True)
    f = -torch.autograd.grad(energy(x, split(dense), exact(U, V, c), species, i, j, box), x, create_graph=True)[0]
    optimizer.zero_grad()
    ((f - targets) ** 2).mean().backward()
    optimizer.step()


def timed(call):
    for _ in range(5):
        call()
    each = []
    for _ in range(5):
        begin, calls = time.perf_counter(), 0
        while time.perf_counter() - begin < problem["seconds"] / 5:
            call()
            calls += 1
        each.append(1000 * (time.perf_counter() - begin) / calls)
    return sorted(each)[2]


result["force"] = timed(force)
result["step"] = timed(step)
print(json.dumps(result))
