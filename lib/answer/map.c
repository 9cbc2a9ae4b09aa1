#include "lib/answer/map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/answer/grouping.h"
#include "lib/answer/numbering.h"

#define MOST_PLACES 40 /* along a side */
#define MOST_MAPS 9

static int read_axis(struct mt_map_axis *x, const struct mt_answer *a, int parameter, struct mt_err *err)
{
    x->parameter = parameter;
    x->value = calloc((size_t)a->n_cells + 1, sizeof *x->value);
    x->text = calloc((size_t)a->n_cells + 1, sizeof *x->text);
    if (!x->value || !x->text)
        return mt_err_memory(err, "a map", (size_t)a->n_cells * sizeof *x->text);
    if (parameter < 0) {
        x->n = 1;
        x->text[0] = "";
        return 0;
    }
    return (x->n = mt_cell_values(a, parameter, x->value, x->text, err)) < 0 ? -1 : 0;
}

static void axis_release(struct mt_map_axis *x)
{
    free(x->value);
    free(x->text);
    *x = (struct mt_map_axis){0};
}

static void take_axis(struct mt_map_axis *to, struct mt_map_axis *from)
{
    axis_release(to);
    *to = *from;
    *from = (struct mt_map_axis){0};
}

/* The two parameters with the most values, of which the one that was named first runs downward. */
static int choose_axes(struct mt_map *m, struct mt_err *err)
{
    struct mt_map_axis most = {.parameter = -1}, next = {.parameter = -1}, own = {0};
    int rc = 0;
    for (int p = 0; p < m->a->sweep->n_parameters && rc == 0; p++) {
        if (p == m->a->sweep->seed_parameter || (rc = read_axis(&own, m->a, p, err)) < 0)
            continue;
        if (own.n > most.n) {
            take_axis(&next, &most);
            take_axis(&most, &own);
        } else if (own.n > next.n && own.n > 1) {
            take_axis(&next, &own);
        }
        axis_release(&own);
    }
    axis_release(&own);
    if (rc == 0 && next.n < 2) { /* one row */
        axis_release(&next);
        rc = read_axis(&next, m->a, -1, err);
    }
    bool swap = next.parameter < 0 || next.parameter < most.parameter;
    m->y = swap ? next : most;
    m->x = swap ? most : next;
    return rc;
}

/* Numbers the combinations of the other parameters. */
static int choose_maps(struct mt_map *m, struct mt_err *err)
{
    const struct mt_answer *a = m->a;
    struct mt_buf *text = calloc((size_t)a->n_cells + 1, sizeof *text);
    const char **all = calloc((size_t)a->n_cells + 1, sizeof *all);
    bool failed = !text || !all;
    for (int i = 0; i < a->n_cells && !failed; i++) {
        for (int p = 0; p < a->sweep->n_parameters; p++)
            if (p != a->sweep->seed_parameter && p != m->x.parameter && p != m->y.parameter)
                mt_buf_printf(&text[i], "%s%s = %s", text[i].len ? ", " : "", a->sweep->parameter[p],
                              mt_cell_value(a, i, p));
        mt_buf_puts(&text[i], "");
        failed = text[i].failed;
        all[i] = text[i].data ? text[i].data : "";
    }
    m->n_maps = failed ? -1 : mt_number_texts(all, a->n_cells, m->rest);
    m->averaged = m->n_maps > MOST_MAPS;
    for (int i = 0; i < a->n_cells && m->n_maps > 1 && !m->averaged && !failed; i++)
        if (!m->title[m->rest[i]])
            failed = !(m->title[m->rest[i]] = strdup(all[i]));
    for (int i = 0; i < a->n_cells && m->averaged; i++)
        m->rest[i] = 0;
    m->n_maps = m->averaged ? 1 : m->n_maps;
    for (int i = 0; i < a->n_cells && text; i++)
        mt_buf_release(&text[i]);
    free(text);
    free(all);
    return failed || m->n_maps < 0 ? mt_err_memory(err, "a map", (size_t)a->n_cells) : 0;
}

struct mt_place *mt_place_at(const struct mt_map *m, int map, int y, int x)
{
    return &m->place[(map * m->y.n + y) * m->x.n + x];
}

static int fill_places(struct mt_map *m, struct mt_err *err)
{
    const struct mt_comparison *c = &m->a->from_baseline;
    int n = m->n_maps * m->y.n * m->x.n;
    if (!(m->place = calloc((size_t)n + 1, sizeof *m->place)))
        return mt_err_memory(err, "a map", (size_t)n * sizeof *m->place);
    for (int i = m->a->n_cells - 1; i >= 0; i--) {
        struct mt_place *p = mt_place_at(m, m->rest[i], m->y.value[i], m->x.value[i]);
        p->cells++;
        p->cell = i;
    }
    for (int k = 0; k < n; k++)
        m->place[k].mean = NAN;
    for (int i = 0; i < m->a->n_cells; i++) { /* a mean of means: every cell counts the same */
        struct mt_place *p = mt_place_at(m, m->rest[i], m->y.value[i], m->x.value[i]);
        double mean = c->figure[i * c->n_metrics + m->a->reported].seeds.mean;
        if (!isnan(mean) && !mt_cell_fate(&m->a->cell[i]))
            p->mean = (isnan(p->mean) ? 0 : p->mean) + mean;
    }
    m->low = INFINITY;
    m->high = -INFINITY;
    for (int k = 0; k < n; k++) {
        struct mt_place *p = &m->place[k];
        int counted = 0;
        for (int i = p->cell; i < m->a->n_cells && p->cells; i++)
            counted += mt_place_at(m, m->rest[i], m->y.value[i], m->x.value[i]) == p &&
                       !isnan(c->figure[i * c->n_metrics + m->a->reported].seeds.mean) &&
                       !mt_cell_fate(&m->a->cell[i]);
        p->mean /= counted ? counted : 1;
        m->low = isnan(p->mean) ? m->low : fmin(m->low, p->mean);
        m->high = isnan(p->mean) ? m->high : fmax(m->high, p->mean);
    }
    return 0;
}

void mt_place_states(const struct mt_map *m, const struct mt_place *p, int in_state[MT_TASK_STATES])
{
    memset(in_state, 0, MT_TASK_STATES * sizeof *in_state);
    for (int i = p->cell; i < m->a->n_cells; i++)
        if (mt_place_at(m, m->rest[i], m->y.value[i], m->x.value[i]) == p)
            for (int s = 0; s < MT_TASK_STATES; s++)
                in_state[s] += m->a->cell[i].in_state[s];
}

bool mt_place_holds(const struct mt_map *m, const struct mt_place *p, int cell)
{
    return cell >= 0 && mt_place_at(m, m->rest[cell], m->y.value[cell], m->x.value[cell]) == p;
}

static bool is_map(const struct mt_map *m)
{
    return m->x.parameter >= 0 && m->x.n > 1 && m->x.n <= MOST_PLACES && m->y.n <= MOST_PLACES &&
           m->y.n * m->x.n <= 2 * m->a->n_cells;
}

int mt_map_make(struct mt_map *m, const struct mt_answer *a, struct mt_err *err)
{
    *m = (struct mt_map){.a = a};
    if (a->reported < 0)
        return 0;
    m->rest = calloc((size_t)a->n_cells + 1, sizeof *m->rest);
    m->title = calloc((size_t)a->n_cells + 1, sizeof *m->title);
    if (!m->rest || !m->title)
        return mt_err_memory(err, "a map", (size_t)a->n_cells * sizeof *m->title);
    if (choose_axes(m, err) < 0)
        return -1;
    if (!is_map(m))
        return 0;
    return choose_maps(m, err) < 0 || fill_places(m, err) < 0 ? -1 : 1;
}

void mt_map_release(struct mt_map *m)
{
    for (int i = 0; m->title && i < m->a->n_cells; i++)
        free(m->title[i]);
    free(m->title);
    free(m->rest);
    free(m->place);
    axis_release(&m->x);
    axis_release(&m->y);
}
