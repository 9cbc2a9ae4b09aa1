/* curve_panels.h: which columns of metrics.csv are drawn together, and how: for the plots and the report. */
#ifndef MT_PRESENT_CURVE_PANELS_H
#define MT_PRESENT_CURVE_PANELS_H

#include "lib/present/run_data.h"
#include "lib/report/chart.h"

#define MT_CURVE_SERIES 4

struct mt_curve_panel {
    const char *title;
    struct {
        const char *column, *name;
        const char *plain; /* the column it repeats where there is no margin: then it is left out */
    } series[MT_CURVE_SERIES];
    bool may_be_log;
};
extern const struct mt_curve_panel mt_curve_panels[]; /* ends with title NULL */

/* The chart of a panel, its series in `series`. false: there is nothing to draw. */
bool mt_curve_panel_fill(const struct mt_curve_panel *p, const struct mt_curves *c,
                         struct mt_chart_lines *lines, struct mt_chart_series series[MT_CURVE_SERIES]);

#endif
