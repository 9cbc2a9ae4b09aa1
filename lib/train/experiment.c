#include "lib/train/experiment.h"

#include "lib/data/dataset.h"
#include "lib/head/head.h"
#include "lib/nn/layer.h"
#include "lib/optim/optim.h"

const char *const mt_monitor_names[] = {"val_accuracy", "val_loss",   "val_margin_loss", "train_accuracy",
                                        "train_loss",   NULL};
static const char *const modes[] = {"max", "min", NULL};
static const char *const scales[] = {"none", "unit", "standardize", NULL};
static const char *const splits[] = {"train", "validation", "test", NULL};
static const char *const metrics[] = {"cosine", "euclidean", NULL};
static const char *const whiches[] = {"last", "best", NULL};

#define AT(member) offsetof(struct mt_experiment, member)

static const struct mt_field data_fields[] = {
    {.name = "train", .type = MT_VARIANT, .offset = AT(data.train), .flags = MT_F_REQUIRED, .table = &mt_format_table,
     .tag = "format", .tag_default = "split", .help = "Where the training samples come from."},
    {.name = "validation", .type = MT_VARIANT, .offset = AT(data.validation), .table = &mt_format_table, .tag = "format",
     .tag_default = "split", .help = "A source of its own, or a part of the training samples: {from: train, last: N} or {from: train, fraction: F}."},
    {.name = "test", .type = MT_VARIANT, .offset = AT(data.test), .table = &mt_format_table, .tag = "format",
     .tag_default = "split", .help = "Like validation. Without it the test outputs are left out."},
    {.name = "split_seed", .type = MT_INT, .offset = AT(data.split_seed), .def = "0", .min = 0, .max = 9007199254740992.0,
     .help = "Draws the fractions; apart from seed, so that repeats share their splits."},
    {.name = "scale", .type = MT_CHOICE, .offset = AT(data.scale), .def = "unit", .choices = scales,
     .help = "What is done to pixel values: nothing, division by max, or mean 0 and deviation 1 per channel of the training samples."},
    {.name = "max", .type = MT_REAL, .offset = AT(data.max), .min = 0, .max = 1e30, .flags = MT_F_ABOVE_MIN,
     .help = "Divisor of scale: unit; unset, the largest value of the stored type (255 for 8 bit)."},
    {0}};

static const struct mt_field model_fields[] = {
    {.name = "backbone", .type = MT_VARIANTS, .offset = AT(model.backbone), .flags = MT_F_REQUIRED, .table = &mt_layer_table,
     .help = "The layers in order, or the path of a file that holds the list. The last output is the embedding."},
    {.name = "normalize", .type = MT_BOOL, .offset = AT(model.normalize), .def = "false",
     .help = "Divide the embedding by its length before the head sees it."},
    {0}};

static const struct mt_field early_stop_fields[] = {
    {.name = "monitor", .type = MT_CHOICE, .offset = AT(train.early_stop.monitor), .def = "val_accuracy", .choices = mt_monitor_names,
     .help = "The column of metrics.csv to watch; it also chooses the best checkpoint."},
    {.name = "mode", .type = MT_CHOICE, .offset = AT(train.early_stop.mode), .choices = modes,
     .help = "Whether larger or smaller is better; unset, max for an accuracy and min for a loss."},
    {.name = "patience", .type = MT_INT, .offset = AT(train.early_stop.patience), .min = 0, .max = 1e9, .unit = "epochs",
     .help = "Stop when the monitor has not improved for this many epochs (Keras' rule); unset, never."},
    {.name = "min_delta", .type = MT_REAL, .offset = AT(train.early_stop.min_delta), .def = "0", .min = 0, .max = 1e30,
     .help = "Smallest change that counts as an improvement."},
    {.name = "restore_best", .type = MT_BOOL, .offset = AT(train.early_stop.restore_best), .def = "false",
     .help = "After an early stop, go back to the weights of the best epoch."},
    {0}};

static const struct mt_field train_fields[] = {
    {.name = "epochs", .type = MT_INT, .offset = AT(train.epochs), .flags = MT_F_REQUIRED, .min = 1, .max = 1e6, .unit = "epochs",
     .help = "Passes over the training samples."},
    {.name = "batch_size", .type = MT_INT, .offset = AT(train.batch_size), .def = "32", .min = 1, .max = 65536, .unit = "samples",
     .help = "Samples per step."},
    {.name = "shuffle", .type = MT_BOOL, .offset = AT(train.shuffle), .def = "true",
     .help = "Draw a new order of the samples each epoch."},
    {.name = "drop_last", .type = MT_BOOL, .offset = AT(train.drop_last), .def = "false",
     .help = "Leave out the last batch of an epoch when it is smaller than the others."},
    {.name = "optimizer", .type = MT_VARIANT, .offset = AT(train.optimizer), .def = "adam", .table = &mt_optim_table, .tag = "type",
     .help = "How weights follow their gradients."},
    {.name = "schedule", .type = MT_VARIANT, .offset = AT(train.schedule), .def = "constant", .table = &mt_schedule_table,
     .tag = "type", .help = "How the learning rate changes."},
    {.name = "clip_norm", .type = MT_REAL, .offset = AT(train.clip_norm), .min = 0, .max = 1e30, .flags = MT_F_ABOVE_MIN,
     .help = "Scale all gradients down together when their norm is larger than this; unset, never."},
    {.name = "early_stop", .type = MT_MAP, .map = early_stop_fields, .help = "When to stop before the last epoch, and what best means."},
    {.name = "init_from", .type = MT_PATH, .offset = AT(train.init_from),
     .help = "A run folder or safetensors file whose weights to start from, matched by name and shape."},
    {0}};

static const struct mt_field eval_fields[] = {
    {.name = "knn_k", .type = MT_INT, .offset = AT(eval.knn_k), .def = "5", .min = 1, .max = 1000, .unit = "neighbors",
     .help = "Neighbors that vote in the kNN accuracy."},
    {.name = "metric", .type = MT_CHOICE, .offset = AT(eval.metric), .def = "cosine", .choices = metrics,
     .help = "Distance between embeddings for centers and kNN."},
    {.name = "checkpoint", .type = MT_CHOICE, .offset = AT(eval.checkpoint), .def = "last", .choices = whiches,
     .help = "Which weights the final evaluation uses."},
    {0}};

static const struct mt_field output_fields[] = {
    {.name = "dir", .type = MT_STRING, .offset = AT(output.dir), .def = "runs", .flags = MT_F_NOT_IN_ID,
     .help = "The folder that run folders are created in, relative to the current directory."},
    {.name = "embeddings", .type = MT_CHOICES, .offset = AT(output.embeddings), .def = "[test]", .choices = splits,
     .flags = MT_F_NOT_IN_ID, .help = "The splits whose embeddings are written."},
    {0}};

const struct mt_field mt_experiment_fields[] = {
    {.name = "name", .type = MT_STRING, .offset = AT(name), .flags = MT_F_NOT_IN_ID,
     .help = "Begins the run folder's name; unset, the experiment file's name."},
    {.name = "seed", .type = MT_INT, .offset = AT(seed), .def = "0", .min = 0, .max = 9007199254740992.0,
     .help = "Names every random number of the run except the splits."},
    {.name = "data", .type = MT_MAP, .map = data_fields, .help = "What to learn from."},
    {.name = "model", .type = MT_MAP, .map = model_fields, .help = "The network."},
    {.name = "head", .type = MT_VARIANT, .offset = AT(head), .flags = MT_F_REQUIRED, .table = &mt_head_table, .tag = "type",
     .help = "The loss on the embedding."},
    {.name = "train", .type = MT_MAP, .map = train_fields, .help = "How it is trained."},
    {.name = "eval", .type = MT_MAP, .map = eval_fields, .help = "How it is judged at the end."},
    {.name = "output", .type = MT_MAP, .map = output_fields, .help = "Where results go."},
    {0}};
