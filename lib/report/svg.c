#include "lib/report/svg.h"

#include <math.h>
#include <string.h>

#include "lib/core/plain.h"
#include "lib/report/markup.h"

#define LARGEST 1e6 /* coordinates beyond are cut: renderers hold them in floats */

/* An integer count of 10^-decimals, without zeros that say nothing: 1250 of two decimals is 12.5, -50 is -.5.
 */
static void put_fixed(struct mt_buf *b, long value, int decimals)
{
    char text[32];
    int n = sizeof text;
    unsigned long v = value < 0 ? (unsigned long)-(value + 1) + 1 : (unsigned long)value;
    for (; decimals > 0 && v % 10 == 0; decimals--)
        v /= 10;
    for (int i = 0; i < decimals; i++, v /= 10)
        text[--n] = (char)('0' + v % 10);
    if (decimals > 0)
        text[--n] = '.';
    for (bool first = decimals == 0; v || first; first = false, v /= 10)
        text[--n] = (char)('0' + v % 10);
    if (value < 0)
        text[--n] = '-';
    mt_buf_append(b, text + n, sizeof text - (size_t)n);
}

static long rounded(double v, double per_unit)
{
    return isfinite(v) ? lround(fmin(fmax(v, -LARGEST), LARGEST) * per_unit) : 0;
}

void mt_svg_number(struct mt_buf *b, double value)
{
    put_fixed(b, rounded(value, 100.0), 2);
}

static void attribute(struct mt_buf *b, const char *name, double value)
{
    mt_buf_printf(b, " %s=\"", name);
    mt_svg_number(b, value);
    mt_buf_puts(b, "\"");
}

static void text_attribute(struct mt_buf *b, const char *name, const char *value)
{
    if (!value)
        return;
    mt_buf_printf(b, " %s=\"", name);
    mt_markup_text(b, value);
    mt_buf_puts(b, "\"");
}

static void text_element(struct mt_buf *b, const char *name, const char *text)
{
    if (!text)
        return;
    mt_buf_printf(b, "<%s>", name);
    mt_markup_text(b, text);
    mt_buf_printf(b, "</%s>", name);
}

static void style_attributes(struct mt_buf *b, const struct mt_svg_style *s)
{
    if (!s)
        return;
    text_attribute(b, "fill", s->fill);
    text_attribute(b, "stroke", s->stroke);
    if (s->width > 0.0)
        attribute(b, "stroke-width", s->width);
    if (s->opacity > 0.0 && s->opacity < 1.0)
        attribute(b, "opacity", s->opacity);
    text_attribute(b, "stroke-dasharray", s->dash);
    if (s->round)
        mt_buf_puts(b, " stroke-linecap=\"round\" stroke-linejoin=\"round\"");
}

/* Closes the start tag, with the tip as its content. */
static void end_shape(struct mt_buf *b, const char *name, const char *tip)
{
    if (!tip) {
        mt_buf_puts(b, "/>\n");
        return;
    }
    mt_buf_puts(b, ">");
    text_element(b, "title", tip);
    mt_buf_printf(b, "</%s>\n", name);
}

/* --- the drawing and its groups --- */

void mt_svg_begin(struct mt_buf *b, const struct mt_svg *svg)
{
    mt_buf_puts(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"");
    attribute(b, "width", svg->width);
    attribute(b, "height", svg->height);
    mt_buf_puts(b, " viewBox=\"0 0 ");
    mt_svg_number(b, svg->width);
    mt_buf_puts(b, " ");
    mt_svg_number(b, svg->height);
    mt_buf_puts(b, "\" font-family=\"sans-serif\" font-size=\"12\" fill=\"none\">\n");
    text_element(b, "title", svg->title);
    text_element(b, "desc", svg->desc);
    mt_buf_puts(b, "\n");
    if (svg->standalone)
        mt_buf_puts(b, "<style>svg{color:#1c1e21;background:#fff}"
                       "@media(prefers-color-scheme:dark){svg{color:#e3e5e8;background:#16181c}}</style>\n");
}

void mt_svg_end(struct mt_buf *b)
{
    mt_buf_puts(b, "</svg>\n");
}

void mt_svg_group(struct mt_buf *b, const struct mt_svg_style *style)
{
    mt_buf_puts(b, "<g");
    style_attributes(b, style);
    mt_buf_puts(b, ">\n");
    if (style)
        text_element(b, "title", style->tip);
}

void mt_svg_group_at(struct mt_buf *b, double x, double y)
{
    mt_buf_puts(b, "<g transform=\"translate(");
    mt_svg_number(b, x);
    mt_buf_puts(b, " ");
    mt_svg_number(b, y);
    mt_buf_puts(b, ")\">\n");
}

void mt_svg_group_end(struct mt_buf *b)
{
    mt_buf_puts(b, "</g>\n");
}

/* A drawing within the drawing cuts off what leaves it, and needs no id, as a clip path would. */
void mt_svg_clip(struct mt_buf *b, double x, double y, double width, double height)
{
    mt_buf_puts(b, "<svg");
    attribute(b, "x", x);
    attribute(b, "y", y);
    attribute(b, "width", width);
    attribute(b, "height", height);
    mt_buf_puts(b, " viewBox=\"");
    mt_svg_number(b, x);
    mt_buf_puts(b, " ");
    mt_svg_number(b, y);
    mt_buf_puts(b, " ");
    mt_svg_number(b, width);
    mt_buf_puts(b, " ");
    mt_svg_number(b, height);
    mt_buf_puts(b, "\" overflow=\"hidden\">\n");
}

void mt_svg_clip_end(struct mt_buf *b)
{
    mt_buf_puts(b, "</svg>\n");
}

/* --- shapes --- */

void mt_svg_rect(struct mt_buf *b, double x, double y, double width, double height,
                 const struct mt_svg_style *style)
{
    mt_buf_puts(b, "<rect");
    attribute(b, "x", x);
    attribute(b, "y", y);
    attribute(b, "width", fmax(width, 0.0));
    attribute(b, "height", fmax(height, 0.0));
    style_attributes(b, style);
    end_shape(b, "rect", style ? style->tip : NULL);
}

void mt_svg_circle(struct mt_buf *b, double x, double y, double radius, const struct mt_svg_style *style)
{
    mt_buf_puts(b, "<circle");
    attribute(b, "cx", x);
    attribute(b, "cy", y);
    attribute(b, "r", fmax(radius, 0.0));
    style_attributes(b, style);
    end_shape(b, "circle", style ? style->tip : NULL);
}

void mt_svg_line(struct mt_buf *b, double x1, double y1, double x2, double y2,
                 const struct mt_svg_style *style)
{
    mt_buf_puts(b, "<line");
    attribute(b, "x1", x1);
    attribute(b, "y1", y1);
    attribute(b, "x2", x2);
    attribute(b, "y2", y2);
    style_attributes(b, style);
    end_shape(b, "line", style ? style->tip : NULL);
}

void mt_svg_text(struct mt_buf *b, double x, double y, const char *text, const struct mt_svg_text *style)
{
    static const struct mt_svg_text plain;
    const struct mt_svg_text *s = style ? style : &plain;
    mt_buf_puts(b, "<text");
    attribute(b, "x", x);
    attribute(b, "y", y);
    if (s->size > 0.0)
        attribute(b, "font-size", s->size);
    text_attribute(b, "text-anchor", s->anchor);
    text_attribute(b, "fill", s->fill ? s->fill : "currentColor");
    if (s->bold)
        mt_buf_puts(b, " font-weight=\"bold\"");
    if (s->turn != 0.0) {
        mt_buf_puts(b, " transform=\"rotate(");
        mt_svg_number(b, s->turn);
        mt_buf_puts(b, " ");
        mt_svg_number(b, x);
        mt_buf_puts(b, " ");
        mt_svg_number(b, y);
        mt_buf_puts(b, ")\"");
    }
    mt_buf_puts(b, ">");
    if (s->most > 0)
        mt_markup_short(b, text, s->most);
    else
        mt_markup_text(b, text);
    mt_buf_puts(b, "</text>\n");
}

/* Letters of sans-serif fonts are 0.55 of their size wide, on average; those of East Asia are as wide as
 * high. */
double mt_svg_text_width(const char *text, double size)
{
    double width = 0.0;
    for (const char *p = text; *p;) {
        int n = mt_utf8_len(p);
        width += n == 1 && (unsigned char)*p >= ' ' && *p != 127 ? 0.55 : n == 2 ? 0.6 : 1.0;
        p += n ? n : 1;
    }
    return width * size;
}

/* --- paths --- */

void mt_svg_path_begin(struct mt_svg_path *p, struct mt_buf *b, const struct mt_svg_style *style)
{
    *p = (struct mt_svg_path){.b = b, .tip = style ? style->tip : NULL};
    mt_buf_puts(b, "<path");
    style_attributes(b, style);
    mt_buf_puts(b, " d=\"");
}

/* The pen goes by (dx, dy) tenths. A minus sign is separator enough. */
static void put_pair(struct mt_svg_path *p, char command, long dx, long dy)
{
    mt_buf_append(p->b, &command, 1);
    put_fixed(p->b, dx, 1);
    if (dy >= 0)
        mt_buf_append(p->b, " ", 1);
    put_fixed(p->b, dy, 1);
    p->x += dx;
    p->y += dy;
}

void mt_svg_path_move(struct mt_svg_path *p, double x, double y)
{
    p->down = isfinite(x) && isfinite(y);
    if (!p->down)
        return;
    put_pair(p, p->any ? 'm' : 'M', rounded(x, 10.0) - p->x, rounded(y, 10.0) - p->y);
    p->start_x = p->x;
    p->start_y = p->y;
    p->any = true;
}

void mt_svg_path_line(struct mt_svg_path *p, double x, double y)
{
    if (!p->down || !isfinite(x) || !isfinite(y)) {
        mt_svg_path_move(p, x, y);
        return;
    }
    put_pair(p, 'l', rounded(x, 10.0) - p->x, rounded(y, 10.0) - p->y);
}

void mt_svg_path_lift(struct mt_svg_path *p)
{
    p->down = false;
}

void mt_svg_path_close(struct mt_svg_path *p)
{
    if (!p->down)
        return;
    mt_buf_puts(p->b, "z");
    p->x = p->start_x;
    p->y = p->start_y;
    p->down = false;
}

void mt_svg_path_dot(struct mt_svg_path *p, double x, double y)
{
    mt_svg_path_move(p, x, y);
    if (p->down)
        mt_buf_puts(p->b, "h0");
    p->down = false;
}

void mt_svg_path_end(struct mt_svg_path *p)
{
    mt_buf_puts(p->b, p->any ? "\"" : "M0 0\"");
    end_shape(p->b, "path", p->tip);
}
