/* page_sweep.c: what a sweep came to, from the files that `sweep collect` has left, and which of its runs are
 * shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/file.h"
#include "lib/present/csv_file.h"
#include "lib/present/page_parts.h"
#include "lib/report/markup.h"

#define LONGEST_TEXT ((size_t)16 << 20)
#define LONGEST_PICTURE ((size_t)2 << 20)
#define MOST_CELLS 100000
#define RUNS_SHOWN 8

/* --- results.md: headings, paragraphs and tables, as lib/report/table.h writes them --- */

/* One line's text up to `end`, its backslashes taken away. */
static void put_text(struct mt_buf *b, const char *text, const char *end)
{
    struct mt_buf plain = {0};
    for (const char *at = text; at < end; at++) {
        at += *at == '\\' && at + 1 < end;
        mt_buf_append(&plain, at, 1);
    }
    if (plain.data)
        mt_markup_text(b, plain.data);
    b->failed |= plain.failed;
    mt_buf_release(&plain);
}

static void put_row(struct mt_buf *b, const char *line, const char *end, bool head)
{
    mt_buf_puts(b, "<tr>");
    for (const char *at = line + 1; at < end;) { /* behind the first bar */
        const char *to = at;
        while (to < end && *to != '|')
            to += *to == '\\' && to + 1 < end ? 2 : 1;
        const char *from = at, *last = to;
        for (; from < last && *from == ' '; from++)
            continue;
        for (; last > from && last[-1] == ' '; last--)
            continue;
        mt_buf_puts(b, head ? "<th scope=col>" : "<td>");
        put_text(b, from, last);
        at = to + 1;
    }
    mt_buf_puts(b, "</tr>\n");
}

static void put_markdown(struct mt_buf *b, const char *text)
{
    bool table = false;
    for (const char *line = text, *end; *line; line = *end ? end + 1 : end) {
        end = line + strcspn(line, "\n");
        bool row = *line == '|';
        if (table && !row)
            mt_buf_puts(b, "</table></div>\n");
        if (row && !table)
            mt_buf_puts(
                b, "<div class=scroll tabindex=0 role=region aria-label=\"Figures of the sweep\"><table>\n");
        if (row && strncmp(line, "| ---", 5))
            put_row(b, line, end, !table);
        else if (!row && end > line) {
            size_t marks = strspn(line, "# ");
            mt_buf_puts(b, marks ? "<h3>" : "<p>");
            put_text(b, line + marks, end);
            mt_buf_puts(b, marks ? "</h3>\n" : "</p>\n");
        }
        table = row;
    }
    mt_buf_puts(b, table ? "</table></div>\n" : "");
}

/* --- the section --- */

/* A file of the sweep folder; *text is NULL where there is none, or it is too large. -1 where it cannot be
 * read just now. */
static int read_file(const char *sweep, const char *name, size_t most, char **text, size_t *len,
                     struct mt_err *err)
{
    struct mt_err why;
    char *path = mt_path_join(sweep, name);
    *text = NULL;
    int rc = path ? mt_file_read(path, most, text, len, &why) : mt_err_memory(&why, "a path", 1);
    free(path);
    return rc < 0 && why.kind == MT_ERR_RUN ? mt_err_set(err, why.kind, "%s", why.text) : 0;
}

/* As an image the drawing can run nothing, whatever it holds. */
static int heat_map(const struct mt_page *p, struct mt_err *err)
{
    size_t len;
    char *svg;
    int rc = read_file(p->input->sweep, "heatmap.svg", LONGEST_PICTURE, &svg, &len, err);
    if (svg) {
        mt_buf_puts(p->out, "<figure class=map><img alt=\"Map of the figures over two parameters; the tables "
                            "below hold the same\" "
                            "src=\"data:image/svg+xml;base64,");
        mt_page_base64(p->out, svg, len);
        mt_buf_puts(p->out, "\"></figure>\n");
    }
    free(svg);
    return rc;
}

int mt_page_sweep(const struct mt_page *p, struct mt_err *err)
{
    size_t len;
    char *text;
    if (read_file(p->input->sweep, "results.md", LONGEST_TEXT, &text, &len, err) < 0)
        return -1;
    mt_page_section(p, "sweep", "The sweep");
    int rc = heat_map(p, err);
    if (text)
        put_markdown(p->out, text);
    else
        mt_buf_puts(p->out, "<p class=soft>There is no results.md in the sweep folder; <code>metric-train "
                            "sweep collect</code> writes "
                            "it.</p>\n");
    mt_buf_printf(
        p->out,
        "<p class=soft>Below: %d of its runs, one of a cell, the best cell and the baseline first.</p>\n",
        p->n_runs);
    mt_page_section_end(p);
    free(text);
    return rc;
}

/* --- which runs are shown --- */

/* Marks the cells that results.csv calls best or baseline. */
static int mark_cells(bool *marked, const char *sweep, struct mt_err *err)
{
    static const char *const column[] = {"best", "baseline"};
    struct mt_csv_file f;
    int cell, rc = mt_csv_file_open(&f, sweep, "results.csv", err);
    if (rc <= 0)
        return rc;
    rc = mt_csv_file_need(&f, "cell", &cell, err);
    while (rc == 0 && (rc = mt_csv_file_next(&f, err)) == 1) {
        int64_t k;
        rc = mt_csv_file_whole(&f, cell, MOST_CELLS - 1, &k, err);
        for (int i = 0; i < 2 && rc == 0 && k >= 0; i++) {
            int at = mt_csv_file_find(&f, column[i]);
            char *word = at < 0 ? NULL : mt_csv_text(&f.row[at]);
            marked[k] |= word && !strcmp(word, "true");
            free(word);
        }
    }
    mt_csv_file_release(&f);
    return rc;
}

/* Adds the first run that there is of each cell, of marked or of other ones. */
static int add_runs(struct mt_page_runs *out, const char *sweep, bool *taken, const bool *marked, bool wanted,
                    struct mt_err *err)
{
    struct mt_csv_file f;
    int cell, run, rc = mt_csv_file_open(&f, sweep, "tasks.csv", err);
    if (rc <= 0)
        return rc;
    rc = mt_csv_file_need(&f, "cell", &cell, err) < 0 || mt_csv_file_need(&f, "run", &run, err) < 0 ? -1 : 0;
    while (rc == 0 && out->n < RUNS_SHOWN && (rc = mt_csv_file_next(&f, err)) == 1) {
        int64_t k;
        rc = mt_csv_file_whole(&f, cell, MOST_CELLS - 1, &k, err);
        if (rc < 0 || k < 0 || taken[k] || marked[k] != wanted)
            continue;
        struct mt_buf path = {0}, config = {0};
        char *name = mt_csv_text(&f.row[run]);
        mt_buf_printf(&path, "%s/runs/%s", sweep, name ? name : "");
        mt_buf_printf(&config, "%s/config.yaml", path.failed ? "" : path.data);
        if (name && !strchr(name, '/') && !config.failed && mt_file_exists(config.data)) {
            out->run[out->n++] = path.data;
            path = (struct mt_buf){0};
            taken[k] = true;
        }
        free(name);
        mt_buf_release(&path);
        mt_buf_release(&config);
    }
    mt_csv_file_release(&f);
    return rc < 0 ? -1 : 0;
}

bool mt_page_is_sweep(const char *path)
{
    return mt_file_holds(path, "tasks.csv");
}

int mt_page_sweep_runs(struct mt_page_runs *out, const char *sweep, struct mt_err *err)
{
    bool *marked = calloc(MOST_CELLS, 2 * sizeof *marked);
    memset(out, 0, sizeof *out);
    out->run = calloc(RUNS_SHOWN, sizeof *out->run);
    int rc = marked && out->run ? mark_cells(marked, sweep, err) : mt_err_memory(err, sweep, MOST_CELLS);
    for (int pass = 1; pass >= 0 && rc >= 0; pass--)
        rc = add_runs(out, sweep, marked + MOST_CELLS, marked, pass, err);
    if (rc >= 0 && out->n == 0)
        rc = mt_err_set(err, MT_ERR_DATA, "%s: no run of this sweep has begun; run the sweep first", sweep);
    free(marked);
    if (rc < 0)
        mt_page_runs_release(out);
    return rc < 0 ? -1 : 0;
}

void mt_page_runs_release(struct mt_page_runs *runs)
{
    for (int i = 0; i < runs->n; i++)
        free(runs->run[i]);
    free(runs->run);
    memset(runs, 0, sizeof *runs);
}
