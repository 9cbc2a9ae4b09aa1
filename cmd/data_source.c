#include "cmd/data_source.h"

#include <stdlib.h>
#include <string.h>

/* "28x28" as numbers; returns how many, or 0 when it is not that. */
static int parse_shape(const char *text, int64_t dim[3])
{
    int n = 0;
    for (const char *p = text; n < 3; p++) {
        char *end;
        if (*p < '0' || *p > '9')
            return 0;
        dim[n++] = strtol(p, &end, 10);
        if (dim[n - 1] < 1 || dim[n - 1] > 65536)
            return 0;
        if (*end == 0)
            return n;
        if (*end != 'x')
            return 0;
        p = end;
    }
    return 0;
}

/* The place of an option's word in `words`, 0 when absent; -1 with err set. */
static int choice(const struct args *a, const char *option, const char *const *words, struct mt_err *err)
{
    const char *given = args_get(a, option);
    for (int i = 0; given && words[i]; i++)
        if (!strcmp(given, words[i]))
            return i;
    return given ? mt_err_set(err, MT_ERR_USAGE, "--%s: expected %s, %s or %s, got '%s'", option, words[0],
                              words[1], words[2], given)
                 : 0;
}

struct source {
    struct mt_images_cfg images;
    struct mt_csv_cfg csv;
    struct mt_idx_cfg idx;
    int64_t dim[3];
};

int data_source_check(const struct args *a, const struct mt_kind *kind, struct mt_err *err)
{
    static const struct {
        const char *option;
        const struct mt_kind *kind[2];
    } fits[] = {
        {"labels", {&mt_format_idx.kind}},      {"label", {&mt_format_csv.kind}},
        {"header", {&mt_format_csv.kind}},      {"shape", {&mt_format_csv.kind, &mt_format_images.kind}},
        {"channels", {&mt_format_images.kind}},
    };
    const char *wrong = kind && !args_has(a, "augment") && args_has(a, "set") ? "set" : NULL;
    for (size_t i = 0; i < sizeof fits / sizeof fits[0]; i++)
        if (args_has(a, fits[i].option) && fits[i].kind[0] != kind && fits[i].kind[1] != kind)
            wrong = fits[i].option;
    return wrong ? mt_err_set(err, MT_ERR_USAGE, "%s: is read as %s, to which --%s does not apply",
                              a->word[0], kind ? kind->name : "an experiment", wrong)
                 : 0;
}

static int take_images(struct mt_images_cfg *c, const struct args *a, const int64_t dim[3], int n,
                       struct mt_err *err)
{
    static const char *const channels[] = {"auto", "gray", "rgb", NULL};
    if (n == 2) {
        c->height = dim[0];
        c->width = dim[1];
    }
    if (args_has(a, "channels") && (c->channels = choice(a, "channels", channels, err)) < 0)
        return -1;
    return 0;
}

static int take_csv(struct mt_csv_cfg *c, const struct args *a, int64_t dim[3], int n, struct mt_err *err)
{
    static const char *const headers[] = {"auto", "yes", "no", NULL};
    if (n)
        c->shape = (struct mt_ints){dim, n};
    if (args_has(a, "label"))
        c->label = (char *)(uintptr_t)args_get(a, "label");
    if (args_has(a, "header") && (c->header = choice(a, "header", headers, err)) < 0)
        return -1;
    return 0;
}

/* Lays the options over what the format's struct says, and makes `variant` point to it. */
static int take_options(struct source *s, const struct args *a, const struct mt_kind *kind,
                        struct mt_variant *variant, struct mt_err *err)
{
    const char *shape = args_get(a, "shape"), *key;
    int n = shape ? parse_shape(shape, s->dim) : 0;
    bool images = kind == &mt_format_images.kind, csv = kind == &mt_format_csv.kind;
    if (data_source_check(a, kind, err) < 0)
        return -1;
    if (shape && (n == 0 || (images && n != 2)))
        return mt_err_set(err, MT_ERR_USAGE, "--shape: expected height x width like 28x28%s, got '%s'",
                          csv ? " or channels before it like 3x32x32" : "", shape);
    if ((images && take_images(&s->images, a, s->dim, n, err) < 0) ||
        (csv && take_csv(&s->csv, a, s->dim, n, err) < 0))
        return -1;
    s->idx.labels = (char *)(uintptr_t)args_get(a, "labels");
    *variant = (struct mt_variant){kind, images ? (void *)&s->images
                                         : csv  ? (void *)&s->csv
                                                : (void *)&s->idx};
    return kind->check ? kind->check(variant->cfg, &key, err) : 0;
}

/* What the options leave open: as in `like`, as far as that is not of its own samples alone. */
static struct source source_like(const struct mt_variant *like, const struct mt_kind *kind, const char *path)
{
    char *at = (char *)(uintptr_t)path;
    struct source s = {.images = {.dir = at, .height = MT_UNSET_INT, .width = MT_UNSET_INT},
                       .csv = {.file = at, .classes = MT_UNSET_INT},
                       .idx = {.images = at, .classes = MT_UNSET_INT}};
    if (!like || like->kind != kind)
        return s;
    if (kind == &mt_format_images.kind) {
        s.images = *(const struct mt_images_cfg *)like->cfg;
        s.images.dir = at;
    } else if (kind == &mt_format_csv.kind) {
        s.csv = *(const struct mt_csv_cfg *)like->cfg;
        s.csv.file = at;
        s.csv.classes = MT_UNSET_INT;
    } else {
        s.idx.layout = ((const struct mt_idx_cfg *)like->cfg)->layout;
    }
    return s;
}

int data_source_open(struct data_inspection *in, const struct args *a, const struct mt_variant *like,
                     struct mt_pool *pool, struct mt_dataset *d, struct mt_view *view, struct mt_err *err)
{
    struct mt_variant variant;
    const struct mt_kind *kind = mt_format_guess(a->word[0], err);
    struct mt_load_options o = {.pool = pool, .labels = kind != &mt_format_idx.kind || args_has(a, "labels")};
    struct source s = source_like(like, kind, a->word[0]);
    if (!kind || take_options(&s, a, kind, &variant, err) < 0)
        return -1;
    if (kind == &mt_format_images.kind) {
        if (mt_images_survey(s.images.dir, pool, &in->survey, err) < 0)
            return -1;
        bool mixed = in->survey.min_h != in->survey.max_h || in->survey.min_w != in->survey.max_w;
        in->mixed = mixed && s.images.height == MT_UNSET_INT;
        if (in->mixed)
            s.images.height = s.images.width = MIXED_SIDE;
    }
    if (mt_dataset_load(&variant, &o, d, err) < 0)
        return -1;
    if (mt_view_all(view, d, err) < 0)
        return -1;
    in->part[in->n++] = (struct data_part){.format = kind->name, .view = view, .sources = d};
    return 0;
}
