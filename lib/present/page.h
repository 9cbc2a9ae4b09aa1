/* page.h: the report: one HTML file that says what runs came to, and needs nothing else: no network, no other
 * file.
 *
 * Scripts put live pictures in the places of static ones; the page is whole without them. Its
 * Content-Security-Policy lets it fetch nothing and run nothing but those scripts, which are named by their
 * hashes. Everything that runs, data or paths say is taken as hostile text. */
#ifndef MT_PRESENT_PAGE_H
#define MT_PRESENT_PAGE_H

#include "lib/core/buf.h"
#include "lib/core/err.h"

struct mt_page_input {
    const char *const *run; /* (n_runs) run folders, at least one */
    int n_runs;
    const char *sweep; /* the sweep folder they are of; or NULL */
    bool images;       /* show the images of mistakes, for which their data is read */
};

#define MT_PAGE_MOST_RUNS 24

/* The runs of a sweep folder that a page shows: one of each cell, the best and the baseline first, eight at
 * most. Released by the caller on success only. MT_ERR_DATA where none has begun or a table is damaged. */
struct mt_page_runs {
    char **run; /* (n) */
    int n;
};
bool mt_page_is_sweep(const char *path);
int mt_page_sweep_runs(struct mt_page_runs *out, const char *sweep, struct mt_err *err);
void mt_page_runs_release(struct mt_page_runs *runs);

/* Appends the page. MT_ERR_DATA: a folder is no run, or a file in it is damaged. */
int mt_page(struct mt_buf *out, const struct mt_page_input *input, struct mt_err *err);

/* Whether the program holds what live 3-D scenes need. */
bool mt_page_has_scenes(void);

#endif
