#include "lib/bench/workloads.h"

#include <stddef.h>

/* The files named as data do not exist and are never opened. */
#define DATA "data: {train: {format: idx, images: random, labels: random}}\n"
#define HEAD "head: {type: arcface, s: 30, m: 0.5}\n"

static const char n0[] =
    "name: n0\n" DATA HEAD "train: {epochs: 1000, batch_size: 32, optimizer: {type: adam, lr: 1e-3}}\n"
    "model:\n"
    "  backbone:\n"
    "    - conv2d: {filters: 10, kernel: 3, padding: same, activation: relu}\n"
    "    - conv2d: {filters: 10, kernel: 3, padding: same, activation: relu}\n"
    "    - max_pool: {size: 2}\n"
    "    - conv2d: {filters: 20, kernel: 3, padding: same, activation: relu}\n"
    "    - conv2d: {filters: 20, kernel: 3, padding: same, activation: relu}\n"
    "    - max_pool: {size: 2}\n"
    "    - flatten\n"
    "    - dense: {units: 50, activation: relu}\n"
    "    - dense: {units: 3}\n";

static const char n1[] =
    "name: n1\n" DATA HEAD "train: {epochs: 1000, batch_size: 64, optimizer: {type: adam, lr: 1e-3}}\n"
    "model:\n"
    "  backbone:\n"
    "    - conv2d: {filters: 64, kernel: 3, padding: same, activation: relu}\n"
    "    - max_pool: {size: 2}\n"
    "    - batch_norm\n"
    "    - conv2d: {filters: 32, kernel: 3, padding: same, activation: relu}\n"
    "    - max_pool: {size: 2}\n"
    "    - batch_norm\n"
    "    - flatten\n"
    "    - dense: {units: 128, activation: relu}\n"
    "    - batch_norm\n"
    "    - dense: {units: 20}\n"
    "    - dropout: {rate: 0.2}\n";

static const char n2[] =
    "name: n2\n" DATA HEAD "train: {epochs: 1000, batch_size: 1024, optimizer: {type: adam, lr: 1e-3}}\n"
    "model:\n"
    "  backbone:\n"
    "    - zero_pad: {padding: 2}\n"
    "    - conv2d: {filters: 32, kernel: 3, padding: same, activation: relu, l2: 1e-5}\n"
    "    - max_pool: {size: 2}\n"
    "    - conv2d: {filters: 64, kernel: 3, padding: same, activation: relu, l2: 1e-5}\n"
    "    - max_pool: {size: 2}\n"
    "    - conv2d: {filters: 128, kernel: 3, padding: same, activation: relu, l2: 1e-5}\n"
    "    - max_pool: {size: 2}\n"
    "    - flatten\n"
    "    - dropout: {rate: 0.5}\n"
    "    - dense: {units: 3}\n";

static const char n4[] =
    "name: n4\n" DATA HEAD "train: {epochs: 1000, batch_size: 32, optimizer: {type: adam, lr: 1e-3}}\n"
    "model:\n"
    "  backbone:\n"
    "    - conv2d: {filters: 32, kernel: 3, padding: valid, activation: relu}\n"
    "    - avg_pool: {size: 3}\n"
    "    - batch_norm\n"
    "    - dropout: {rate: 0.2}\n"
    "    - flatten\n"
    "    - dense: {units: 64, activation: relu}\n"
    "    - batch_norm\n";

const struct mt_bench_workload mt_bench_workloads[] = {
    {"n0", "28x28 digits, 3-D embeddings, batches of 32.", n0, {8192, {1, 28, 28}, 10}},
    {"n1",
     "28x28 digits, batch normalization and dropout, 20-D embeddings, batches of 64.",
     n1,
     {8192, {1, 28, 28}, 10}},
    {"n2", "28x28 digits padded to 32x32, 3-D embeddings, batches of 1024.", n2, {8192, {1, 28, 28}, 10}},
    {"n4",
     "224x224 color images, 11.2 million weights in one dense layer, 64-D embeddings, batches of 32.",
     n4,
     {256, {3, 224, 224}, 4}},
    {0},
};
