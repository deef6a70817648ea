"""Eigenfunctions of the generator trained in PyTorch: the same points, loss, network, batches and steps as ours, gradients by autograd.

usage: eigenfunctions_torch.py FOLDER SEED; FOLDER holds problem.json as tools/bench/eigenfunctions/measure.ts writes it. Prints one line of JSON:
seconds of the training alone, eigenvalues over all points, and how far loss and gradient of the first batch are from ours.
"""
import json
import math
import sys
import time

import numpy as np
import torch

folder, seed = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(1)
torch.manual_seed(seed)
p = json.load(open(folder + "/problem.json"))
K, KT, OMEGA, ALPHA = p["components"], p["kT"], p["omega"], p["penalty"]
points = np.array(p["x"]).reshape(-1, p["sizes"][0])
METRIC = np.array(p["metric"]).reshape(p["sizes"][0], -1)


def network(dtype):
    layers = []
    for k, (i, o) in enumerate(zip(p["sizes"][:-1], p["sizes"][1:])):
        layers.append(torch.nn.Linear(i, o, dtype=dtype))
        if k < len(p["sizes"]) - 2:
            layers.append(torch.nn.Tanh())
    return torch.nn.Sequential(*layers)


def outputs(model, x, graph):
    """Values, and the gradient of each by the inputs."""
    x = x.detach().requires_grad_()
    f = model(x)
    return f, [torch.autograd.grad(f[:, i].sum(), x, create_graph=graph, retain_graph=True)[0] for i in range(K)]


def loss_of(model, x, metric):
    f, g = outputs(model, x, True)
    f = f - f.mean(0)
    cov = f.T @ f / len(x)
    quotient = torch.stack([KT * ((gi @ metric) * gi).sum(1).mean() for gi in g]) / cov.diagonal()
    ordered = quotient[torch.argsort(quotient)]
    excess = torch.triu(cov - torch.eye(K, dtype=cov.dtype))
    return sum(w * torch.log(q) for w, q in zip(OMEGA, ordered)) + ALPHA * (excess ** 2).sum()


def check():
    model = network(torch.float64)
    at, flat = 0, torch.tensor(p["parameters"], dtype=torch.float64)
    with torch.no_grad():
        for w in model.parameters():
            w.copy_(flat[at:at + w.numel()].reshape(w.shape))
            at += w.numel()
    value = loss_of(model, torch.tensor(points[:p["batch"]]), torch.tensor(METRIC))
    value.backward()
    own = torch.cat([w.grad.flatten() for w in model.parameters()])
    other = torch.tensor(p["gradient"], dtype=torch.float64)
    return abs(value.item() / p["loss"] - 1), ((own - other).norm() / own.norm()).item()


def train():
    model = network(torch.float32)
    x = torch.tensor(points[p["training"]], dtype=torch.float32)
    metric = torch.tensor(METRIC, dtype=torch.float32)
    steps = p["epochs"] * (len(x) // p["batch"])
    optimizer = torch.optim.Adam(model.parameters(), lr=p["learningRate"])
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * n / steps)))
    for _ in range(p["epochs"]):
        for batch in torch.randperm(len(x)).split(p["batch"]):
            optimizer.zero_grad()
            loss_of(model, x[batch], metric).backward()
            optimizer.step()
            rate.step()
    return model


lossError, gradientError = check()
started = time.perf_counter()
model = train()
seconds = time.perf_counter() - started
f, g = outputs(model.double(), torch.tensor(points), False)
f = (f - f.mean(0)).detach().numpy()
g = [gi.detach().numpy() for gi in g]
form = np.array([[KT * ((a @ METRIC) * b).sum(1).mean() for b in g] for a in g])
eigenvalues = np.sort(np.linalg.eigvals(np.linalg.solve(f.T @ f / len(f), form)).real)
print(json.dumps({"version": torch.__version__, "seconds": seconds, "eigenvalues": eigenvalues.tolist(),
                  "lossError": lossError, "gradientError": gradientError}))
