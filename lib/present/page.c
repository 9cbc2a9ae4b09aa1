#include "lib/present/page.h"

#include <stdlib.h>
#include <string.h>

#include "lib/core/version.h"
#include "lib/present/page_assets.h"
#include "lib/present/page_parts.h"
#include "lib/report/markup.h"
#include "lib/report/palette.h"

bool mt_page_has_scenes(void)
{
    return mt_page_assets.plotly != NULL;
}

/* --- pieces for the parts --- */

void mt_page_section(const struct mt_page *p, const char *id, const char *title)
{
    mt_buf_printf(p->out, "<section id=%s aria-labelledby=%s-title>\n<h2 id=%s-title>%s</h2>\n", id, id, id,
                  title);
}

void mt_page_section_end(const struct mt_page *p)
{
    mt_buf_puts(p->out, "</section>\n");
}

void mt_page_box(const struct mt_page *p, const struct mt_page_run *r)
{
    mt_buf_puts(p->out, "<div><h3>");
    mt_markup_text(p->out, r->label);
    mt_buf_puts(p->out, "</h3>\n");
}

/* --- the head of the page --- */

/* Styles may stand inline, for Plotly sets some; what they could fetch, the policy forbids. */
static void policy(struct mt_buf *b)
{
    mt_buf_puts(b, "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; script-src '");
    mt_buf_puts(b, mt_page_assets.script_hash);
    if (mt_page_has_scenes())
        mt_buf_printf(b, "' '%s", mt_page_assets.plotly_hash);
    mt_buf_puts(
        b, "'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'\">\n");
}

static void title(const struct mt_page *p)
{
    if (p->input->sweep) {
        const char *slash = strrchr(p->input->sweep, '/');
        mt_markup_text(p->out, slash && slash[1] ? slash + 1 : p->input->sweep);
    } else if (p->n_runs == 1) {
        mt_markup_text(p->out, p->run[0].label);
    } else {
        mt_buf_printf(p->out, "%d runs", p->n_runs);
    }
}

static void head(const struct mt_page *p)
{
    mt_buf_puts(p->out, "<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n");
    policy(p->out);
    mt_buf_puts(p->out, "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
                        "<meta name=generator content=\"metric-train " MT_VERSION "\">\n<title>");
    title(p);
    mt_buf_puts(p->out, " &middot; metric-train report</title>\n<style>\n");
    mt_buf_append(p->out, mt_page_assets.style, mt_page_assets.style_len);
    mt_buf_puts(
        p->out,
        "</style>\n</head>\n<body>\n<a class=skip href=#results>Skip to the results</a>\n<header><div>\n"
        "<p class=soft>metric-train " MT_VERSION " report</p>\n<h1>");
    title(p);
    mt_buf_puts(p->out, "</h1>\n<p class=soft>");
    for (int i = 0; i < p->n_runs; i++) {
        mt_buf_puts(p->out, i ? "<br>" : "");
        mt_markup_text(p->out, p->run[i].result.path);
        mt_buf_printf(p->out, ", %s", mt_run_state_names[p->run[i].result.status.state]);
        mt_markup_text(p->out, p->run[i].result.status.ended[0] ? " " : "");
        mt_markup_text(p->out, p->run[i].result.status.ended);
    }
    mt_buf_puts(p->out, "</p></div>\n<button type=button id=theme hidden>Dark colors</button>\n</header>\n"
                        "<nav aria-label=Contents><ul>\n");
    static const char *const link[][2] = {
        {"results", "Results"},   {"settings", "Settings"}, {"points", "Embeddings"},
        {"training", "Training"}, {"angles", "Angles"},     {"confusion", "Confusion"},
        {"classes", "Classes"},   {"mistakes", "Mistakes"}, {"circumstances", "Data and environment"},
    };
    if (p->input->sweep)
        mt_buf_puts(p->out, "<li><a href=#sweep>The sweep</a>\n");
    for (size_t i = 0; i < sizeof link / sizeof *link; i++)
        mt_buf_printf(p->out, "<li><a href=#%s>%s</a>\n", link[i][0], link[i][1]);
    mt_buf_puts(p->out, "</ul></nav>\n<main>\n");
}

/* --- its end: what the scripts need, and they --- */

static void scripts(const struct mt_page *p)
{
    mt_page_points(p);
    if (mt_page_has_scenes()) {
        mt_buf_puts(p->out, "<script type=\"text/plain\" id=plotly>");
        mt_buf_append(p->out, mt_page_assets.plotly, mt_page_assets.plotly_len);
        mt_buf_puts(p->out, "</script>\n");
    }
    mt_buf_puts(p->out, "<script>");
    mt_buf_append(p->out, mt_page_assets.script, mt_page_assets.script_len);
    mt_buf_puts(p->out, "</script>\n");
}

static int body(const struct mt_page *p, struct mt_err *err)
{
    head(p);
    if (p->input->sweep && mt_page_sweep(p, err) < 0)
        return -1;
    mt_page_results(p);
    mt_page_settings(p);
    mt_page_scatters(p);
    mt_page_training(p);
    mt_page_angles(p);
    mt_page_classes(p);
    if (mt_page_mistakes(p, err) < 0 || mt_page_circumstances(p, err) < 0)
        return -1;
    mt_buf_puts(p->out, "</main>\n");
    scripts(p);
    mt_buf_puts(p->out, "</body>\n</html>\n");
    return p->out->failed ? mt_err_memory(err, "the report", p->out->len) : 0;
}

int mt_page(struct mt_buf *out, const struct mt_page_input *input, struct mt_err *err)
{
    struct mt_page p = {.out = out, .input = input};
    int rc = mt_page_read(&p, err);
    if (rc == 0)
        rc = body(&p, err);
    mt_page_release(&p);
    return rc;
}
