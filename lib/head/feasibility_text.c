/* feasibility_text.c: what feasibility.c found, in words. */
#include <math.h>
#include <stdio.h>

#include "lib/head/feasibility.h"

#define DEGREES (180 / 3.14159265358979323846)

static const char *const how[] = {
    [MT_KNOWN_EXACT] = "exact", [MT_KNOWN_FOUND] = "by search", [MT_KNOWN_BOUND] = "a bound"};

static void print_logit(const struct mt_feasibility *f, struct mt_buf *out)
{
    double other = cos(f->spread.angle);
    mt_buf_printf(out,
                  "  label's cosine with margin, at its center  %.3f; the nearest other class %s %.3f: %s\n",
                  f->f0, f->spread.known == MT_KNOWN_BOUND ? "at least" : "has", other,
                  f->f0 > other ? "the margin can be met" : "THE MARGIN CANNOT BE MET");
    if (!isnan(f->m_most))
        mt_buf_printf(out, "  margin m                                   below %.3f; auto takes %.3f\n",
                      f->m_most, floor(1000 * f->m_fit) / 1000);
}

/* Where collapse pays, that is warned of. */
static bool is_local_minimum(const struct mt_feasibility *f)
{
    return !isnan(f->trapped) && !(f->collapsed < f->floor);
}

static void print_losses(const struct mt_feasibility *f, struct mt_buf *out)
{
    mt_buf_printf(out,
                  "  loss at the best arrangement               %s%.4g (right class: probability %.4f)\n",
                  f->crowding.known == MT_KNOWN_BOUND ? "at least " : "", f->floor, f->probability);
    mt_buf_printf(out, "  loss of the collapsed state                %.4g (by chance, ln C: %.4f)\n",
                  f->collapsed, f->chance);
    if (is_local_minimum(f))
        mt_buf_printf(
            out,
            "  a local minimum, all class weights alike   loss near %.4g, embeddings %.0f degrees from "
            "them; grad: detached has none\n",
            f->trapped, f->trap.theta * DEGREES);
    mt_buf_printf(out, "  collapse would pay without a pi_rule       from m = %.3f\n", f->m_collapse);
}

void mt_feasibility_print(const struct mt_feasibility *f, struct mt_buf *out)
{
    mt_buf_printf(out, "Feasibility of %d classes in %d dimensions\n", f->classes, f->dim);
    mt_buf_printf(out, "  largest angle that all can stand apart     %s%.2f degrees, %.4f rad (%s)\n",
                  f->spread.known == MT_KNOWN_BOUND ? "at most " : "", f->spread.angle * DEGREES,
                  f->spread.angle, how[f->spread.known]);
    if (!f->margin)
        return;
    print_logit(f, out);
    if (!isnan(f->s))
        print_losses(f, out);
    mt_buf_printf(out, "  %s   ",
                  isnan(f->s) ? "lengths of embeddings that serve as s   "
                              : "other views of s                        ");
    mt_buf_printf(out, "AdaCos %.2f; CosFace's bound %.2f for P = 0.9, %.2f for P = 0.999", f->s_adacos,
                  f->s_cosface[0], f->s_cosface[1]);
    if (!isnan(f->s_fit))
        mt_buf_printf(out, "; auto takes %.1f", f->s_fit);
    mt_buf_puts(out, "\n");
}

void mt_feasibility_line(const struct mt_feasibility *f, struct mt_buf *out)
{
    mt_buf_printf(out, "feasibility: %d classes in %d dimensions stand at most %.1f degrees apart",
                  f->classes, f->dim, f->spread.angle * DEGREES);
    if (!isnan(f->s))
        mt_buf_printf(out, "; loss at least %.3g, collapsed %.3g", f->floor, f->collapsed);
    if (is_local_minimum(f))
        mt_buf_printf(out, ", a local minimum near %.3g", f->trapped);
}

void mt_feasibility_json(const struct mt_feasibility *f, struct mt_buf *out)
{
    mt_buf_printf(out, "\"classes\": %d, \"dim\": %d", f->classes, f->dim);
    mt_buf_json_real(out, "angle_degrees", f->spread.angle * DEGREES, 9);
    mt_buf_printf(out, ", \"angle_known\": \"%s\"", how[f->spread.known]);
    mt_buf_json_real(out, "s", f->s, 9);
    mt_buf_json_real(out, "label_cosine_at_center", f->f0, 9);
    mt_buf_json_real(out, "m_limit", f->m_most, 9);
    mt_buf_json_real(out, "m_auto", floor(1000 * f->m_fit) / 1000, 9);
    mt_buf_json_real(out, "s_auto", f->s_fit, 9);
    mt_buf_json_real(out, "crowding", f->crowding.v, 9);
    mt_buf_printf(out, ", \"crowding_known\": \"%s\"", how[f->crowding.known]);
    mt_buf_json_real(out, "loss_floor", f->floor, 9);
    mt_buf_json_real(out, "loss_collapsed", f->collapsed, 9);
    mt_buf_json_real(out, "trap_degrees", f->trap.theta * DEGREES, 9);
    mt_buf_json_real(out, "loss_trapped", f->trapped, 9);
    mt_buf_json_real(out, "loss_chance", f->chance, 9);
    mt_buf_json_real(out, "probability", f->probability, 9);
    mt_buf_json_real(out, "m_collapse", f->m_collapse, 9);
    mt_buf_json_real(out, "s_adacos", f->s_adacos, 9);
    mt_buf_json_real(out, "s_cosface_0.9", f->s_cosface[0], 9);
    mt_buf_json_real(out, "s_cosface_0.999", f->s_cosface[1], 9);
    mt_buf_puts(out, ", \"warnings\": [");
    for (int i = 0; i < f->warnings; i++) {
        mt_buf_puts(out, i ? ", " : "");
        mt_buf_json_string(out, f->warning[i]);
    }
    mt_buf_puts(out, "]");
}
