/* page_parts.h: what the parts of the report share. Private to lib/present.
 *
 * Parts append HTML to page->out, whose failed allocation is checked once, at the end. Texts from outside go
 * through mt_markup_text, and those inside the JSON of a script through mt_page_json_string. */
#ifndef MT_PRESENT_PAGE_PARTS_H
#define MT_PRESENT_PAGE_PARTS_H

#include <stdio.h>

#include "lib/compare/results.h"
#include "lib/present/page.h"
#include "lib/present/run_data.h"

#define MT_PAGE_VIEWS 4      /* embeddings and three projections */
#define MT_PAGE_POINTS 10000 /* of a run are drawn, at most */

/* The samples that are drawn: every k-th; classes as the page numbers them. */
struct mt_page_samples {
    int64_t n, of;
    int32_t *index, *class, *pred; /* (n); class and pred -1: none */
};

struct mt_page_view { /* one picture of a run's points */
    const char *title;
    int dim;                     /* 2 or 3 */
    bool unit;                   /* drawn at length 1 */
    bool axes;                   /* coordinates mean something by themselves */
    struct mt_page_samples own;  /* of a projection that took others than the run's; else n is 0 */
    float *x;                    /* (samples, dim), not-a-number where one has no place */
    int64_t n_placed;            /* of the samples */
    float *center;               /* (classes of the page, dim), not-a-number where there is none; or NULL */
    float *unit_x, *unit_center; /* their directions, where `unit`; else NULL */
};

struct mt_page_run {
    struct mt_result result;
    const char *label; /* the name of its folder */
    const char *split; /* that it was judged on: "test" or "validation" */
    struct mt_class_names names;
    int *class_of; /* (names.n) number in the page's list of classes */
    struct mt_curves curves;
    struct mt_points embeddings, centers;
    struct mt_predicted predicted;
    struct mt_page_samples samples; /* of the embeddings */
    struct mt_page_view view[MT_PAGE_VIEWS];
    int n_views;
};

struct mt_page {
    struct mt_buf *out;
    const struct mt_page_input *input;
    struct mt_page_run *run;
    int n_runs;
    char **class_name; /* (n_classes) of all runs together */
    int n_classes;
    int *class_slot; /* (n_slots) table of the names by their hash: number + 1; 0: free */
    size_t n_slots;
    int32_t *class_numbers; /* (n_classes) 0, 1, ... */
};

/* page_runs.c */
int mt_page_read(struct mt_page *p, struct mt_err *err);
/* page_views.c: fills what is drawn, once the classes of all runs are known. */
int mt_page_make_views(const struct mt_page *p, struct mt_page_run *r, struct mt_err *err);
const struct mt_page_samples *mt_page_samples_of(const struct mt_page_run *r, const struct mt_page_view *v);
void mt_page_release_views(struct mt_page_run *r);
void mt_page_release(struct mt_page *p);

/* page_sweep.c */
int mt_page_sweep(const struct mt_page *p, struct mt_err *err);

/* page_tables.c */
void mt_page_results(const struct mt_page *p);
void mt_page_settings(const struct mt_page *p);
int mt_page_circumstances(const struct mt_page *p, struct mt_err *err);

/* page_plots.c; page_angles.c; page_points.c: what the scripts draw from */
void mt_page_scatters(const struct mt_page *p);
void mt_page_training(const struct mt_page *p);
void mt_page_angles(const struct mt_page *p);
void mt_page_points(const struct mt_page *p);
void mt_page_json_string(struct mt_buf *b, const char *text);
void mt_page_base64(struct mt_buf *b, const void *data, size_t len);

/* page_classes.c */
void mt_page_classes(const struct mt_page *p);

/* page_mistakes.c */
int mt_page_mistakes(const struct mt_page *p, struct mt_err *err);

/* <section id=ID> with its heading; and for each run a box that begins with its name. */
void mt_page_section(const struct mt_page *p, const char *id, const char *title);
void mt_page_section_end(const struct mt_page *p);
void mt_page_box(const struct mt_page *p, const struct mt_page_run *r);

#endif
