/* legend.c: which color stands for which class. */
#include <stdio.h>

#include "lib/report/chart.h"
#include "lib/report/palette.h"
#include "lib/report/svg.h"

#define MOST_NAMED 20
#define MOST_CHARACTERS 18
#define SIZE 11.0
#define ROW 18.0
#define SWATCH 10.0

static const char *name_of(const struct mt_chart_classes *c, int k, char room[48])
{
    if (c->name && c->name[k] && *c->name[k])
        return c->name[k];
    snprintf(room, 48, "%d", k);
    return room;
}

/* Draws when b is there; returns the height. */
static double lay_out(struct mt_buf *b, double width, const struct mt_chart_classes *c)
{
    double x = 0.0, y = ROW;
    char room[48];
    int named = c->n > MOST_NAMED ? MOST_NAMED : c->n;
    for (int k = 0; k <= named; k++) {
        const char *text = room;
        if (k < named)
            text = name_of(c, k, room);
        else if (c->n > named)
            snprintf(room, sizeof room, "and %d more; colors come again", c->n - named);
        else
            break;
        double wide = mt_svg_text_width(text, SIZE), most = MOST_CHARACTERS * 0.6 * SIZE;
        double step = SWATCH + 5 + (k < named && wide > most ? most : wide) + 14;
        if (x > 0.0 && x + step > width) {
            x = 0.0;
            y += ROW;
        }
        if (b && k < named)
            mt_svg_rect(b, x, y - SWATCH, SWATCH, SWATCH,
                        &(struct mt_svg_style){.fill = mt_palette_class(k)});
        if (b)
            mt_svg_text(b, x + (k < named ? SWATCH + 5 : 0), y - 1, text,
                        &(struct mt_svg_text){.size = SIZE, .most = k < named ? MOST_CHARACTERS : 0});
        x += step;
    }
    return y + 4;
}

void mt_chart_legend(struct mt_buf *b, double width, const struct mt_chart_classes *c)
{
    lay_out(b, width, c);
}

double mt_chart_legend_height(double width, const struct mt_chart_classes *c)
{
    return lay_out(NULL, width, c);
}
