/* verdict.c: lists of findings, and how they are printed. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/report/table.h"
#include "lib/verify/check.h"

const char *const mt_finding_names[] = {"good", "present", "unlisted", "absent", "missing", "damaged"};

bool mt_finding_is_bad(const struct mt_finding *f)
{
    return f->state == MT_FOUND_MISSING || f->state == MT_FOUND_DAMAGED;
}

bool mt_verdict_is_bad(const struct mt_verdict *v, int n, const char *file)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(v->finding[i].file, file) && mt_finding_is_bad(&v->finding[i]))
            return true;
    return false;
}

static struct mt_finding *add(struct mt_verdict *v)
{
    if (v->n == v->cap) {
        int cap = v->cap ? 2 * v->cap : 32;
        struct mt_finding *grown = realloc(v->finding, (size_t)cap * sizeof *grown);
        if (!grown)
            return NULL;
        v->finding = grown;
        v->cap = cap;
    }
    return &v->finding[v->n];
}

int mt_verdict_add(struct mt_verdict *v, struct mt_err *err, const char *file, enum mt_finding_state state,
                   const char *fmt, ...)
{
    struct mt_finding *f = add(v);
    char *name = strdup(file), *says = NULL;
    va_list ap;
    va_start(ap, fmt);
    int len = vasprintf(&says, fmt, ap);
    va_end(ap);
    if (!f || !name || len < 0) {
        free(name);
        if (len >= 0)
            free(says);
        return mt_err_memory(err, v->path, sizeof *f);
    }
    *f = (struct mt_finding){name, state, says};
    v->n++;
    v->good += state == MT_FOUND_GOOD;
    v->bad += mt_finding_is_bad(f);
    return 0;
}

int mt_verdict_fault(struct mt_verdict *v, struct mt_err *err, const char *file, const struct mt_err *why)
{
    if (why->kind == MT_ERR_RUN)
        return mt_err_set(err, why->kind, "%s", why->text);
    return mt_verdict_add(v, err, file, MT_FOUND_DAMAGED, "%s", why->text);
}

struct mt_verdict *mt_verdicts_add(struct mt_verdicts *list, const char *path, struct mt_err *err)
{
    if (list->n == list->cap) {
        int cap = list->cap ? 2 * list->cap : 8;
        struct mt_verdict *grown = realloc(list->v, (size_t)cap * sizeof *grown);
        if (!grown) {
            mt_err_memory(err, path, (size_t)cap * sizeof *grown);
            return NULL;
        }
        list->v = grown;
        list->cap = cap;
    }
    struct mt_verdict *v = &list->v[list->n];
    *v = (struct mt_verdict){.path = strdup(path)};
    if (!v->path) {
        mt_err_memory(err, path, strlen(path));
        return NULL;
    }
    list->n++;
    return v;
}

void mt_verdicts_cut(struct mt_verdicts *list, int n)
{
    while (list->n > n) {
        struct mt_verdict *v = &list->v[--list->n];
        for (int k = 0; k < v->n; k++) {
            free(v->finding[k].file);
            free(v->finding[k].says);
        }
        free(v->finding);
        free(v->path);
        mt_buf_release(&v->about);
        mt_buf_release(&v->remedy);
    }
}

void mt_verdicts_release(struct mt_verdicts *list)
{
    mt_verdicts_cut(list, 0);
    free(list->v);
    *list = (struct mt_verdicts){0};
}

/* --- printing --- */

static void print_findings(const struct mt_verdict *v, struct mt_buf *out)
{
    size_t width = 0;
    for (int i = 0; i < v->n; i++) {
        size_t len = mt_buf_plain(NULL, v->finding[i].file);
        if (v->finding[i].state > MT_FOUND_PRESENT && len > width && len <= 60)
            width = len;
    }
    for (int i = 0; i < v->n; i++) {
        const struct mt_finding *f = &v->finding[i];
        if (f->state <= MT_FOUND_PRESENT)
            continue;
        mt_buf_puts(out, "  ");
        mt_buf_pad(out, f->file, -(int)width);
        mt_buf_printf(out, "  %-8s  ", mt_finding_names[f->state]);
        mt_buf_plain(out, f->says);
        mt_buf_puts(out, "\n");
    }
}

void mt_verdicts_text(const struct mt_verdicts *list, struct mt_buf *out)
{
    for (int i = 0; i < list->n; i++) {
        const struct mt_verdict *v = &list->v[i];
        mt_buf_plain(out, v->path);
        mt_buf_puts(out, ": ");
        mt_buf_plain(out, v->about.data ? v->about.data : "");
        if (v->bad)
            mt_buf_printf(out, ": DAMAGED: %d %s missing or damaged, %d good\n", v->bad,
                          v->bad == 1 ? "file is" : "files are", v->good);
        else
            mt_buf_printf(out, ": good: %d %s, %.1f MiB compared\n", v->good, v->good == 1 ? "file" : "files",
                          (double)v->bytes / 1048576.0);
        print_findings(v, out);
        if (v->remedy.len) {
            mt_buf_puts(out, "  what to do: ");
            mt_buf_plain(out, v->remedy.data);
            mt_buf_puts(out, "\n");
        }
        out->failed |= v->about.failed || v->remedy.failed;
    }
}

static void print_json(const struct mt_verdict *v, struct mt_buf *out)
{
    mt_buf_puts(out, "{");
    mt_buf_json_text(out, "path", v->path);
    mt_buf_json_text(out, "about", v->about.data);
    mt_buf_json_key(out, "good");
    mt_buf_printf(out, "%s", v->bad ? "false" : "true");
    mt_buf_json_key(out, "bytes");
    mt_buf_printf(out, "%llu", (unsigned long long)v->bytes);
    mt_buf_json_text(out, "remedy", v->remedy.data);
    mt_buf_json_key(out, "files");
    mt_buf_puts(out, "[");
    for (int i = 0; i < v->n; i++) {
        mt_buf_puts(out, i ? ",\n    {" : "\n    {");
        mt_buf_json_text(out, "file", v->finding[i].file);
        mt_buf_json_text(out, "state", mt_finding_names[v->finding[i].state]);
        mt_buf_json_text(out, "says", v->finding[i].says);
        mt_buf_puts(out, "}");
    }
    mt_buf_puts(out, "]}");
    out->failed |= v->about.failed || v->remedy.failed;
}

void mt_verdicts_json(const struct mt_verdicts *list, struct mt_buf *out)
{
    mt_buf_puts(out, "[");
    for (int i = 0; i < list->n; i++) {
        mt_buf_puts(out, i ? ",\n" : "");
        print_json(&list->v[i], out);
    }
    mt_buf_puts(out, "]\n");
}
