#include "cmd/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/say.h"
#include "lib/core/buf.h"
#include "lib/core/file.h"

#define REDRAW 0.1 /* seconds between two drawings */
#define HEARTBEAT 30.0
#define WARM 10 /* steps before a rate is believed */

int progress_init(struct progress *p, const char *mode, bool quiet)
{
    static const char *const name[] = {"none", "lines", "bar", "json"};
    memset(p, 0, sizeof *p);
    p->quiet = quiet;
    p->last = p->step_at = mt_clock();
    if (!mode || !strcmp(mode, "auto")) {
        const char *term = getenv("TERM");
        p->mode = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") ? PROGRESS_BAR : PROGRESS_LINES;
        return 0;
    }
    for (int i = 0; i < 4; i++) {
        if (!strcmp(mode, name[i])) {
            p->mode = (enum progress_mode)i;
            return 0;
        }
    }
    say_line("metric-train: error: --progress: expected auto, bar, lines, none or json, got '%s'", mode);
    return 2;
}

void progress_clear(struct progress *p)
{
    if (p->drawn)
        fputs("\r\033[K", stderr);
    p->drawn = false;
}

int progress_columns(void)
{
    struct winsize w;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 1 ? w.ws_col : 80;
}

void progress_time(double seconds, char *text, size_t size)
{
    long s = (long)(seconds + 0.5);
    if (seconds < 9.95)
        snprintf(text, size, "%.1f s", seconds);
    else if (s < 60)
        snprintf(text, size, "%ld s", s);
    else if (s < 3600)
        snprintf(text, size, "%ldm%02lds", s / 60, s % 60);
    else
        snprintf(text, size, "%ldh%02ldm", s / 3600, s / 60 % 60);
}

static void draw(struct progress *p, const struct mt_talk *t)
{
    char left[32] = "--:--", all[32] = "--:--", line[256];
    if (p->steps_seen > WARM) {
        double rest = p->rate * (double)(t->batches - t->batch);
        progress_time(rest, left, sizeof left);
        progress_time(rest + p->rate * (double)t->batches * (double)(t->epochs - t->epoch), all, sizeof all);
    }
    char bar[64] = "";
    int full = (int)(13 * t->batch / (t->batches ? t->batches : 1));
    for (int i = 0; i < 13; i++)
        strcat(bar, i < full ? "━" : "─");
    int len = snprintf(line, sizeof line,
                       "Epoch %lld/%lld  %lld/%lld %s  loss %.4f  accuracy %.4f  ETA %s (run %s)",
                       (long long)t->epoch, (long long)t->epochs, (long long)t->batch, (long long)t->batches,
                       bar, t->loss, t->accuracy, left, all);
    int width = len - 2 * 13; /* each bar cell is three bytes wide in UTF-8 and one on the screen */
    int room = progress_columns() - 1;
    if (width > room) { /* without the bar, all of it ASCII */
        snprintf(line, sizeof line, "Epoch %lld/%lld  %lld/%lld", (long long)t->epoch, (long long)t->epochs,
                 (long long)t->batch, (long long)t->batches);
        line[room < 255 ? room : 255] = 0;
    }
    fprintf(stderr, "\r\033[K%s", line);
    p->drawn = true;
}

static void on_step(struct progress *p, const struct mt_talk *t)
{
    double now = mt_clock(), took = now - p->step_at;
    p->step_at = now;
    p->rate = p->steps_seen++ < WARM ? took : 0.95 * p->rate + 0.05 * took;
    if (p->mode == PROGRESS_BAR && now - p->last >= REDRAW) {
        draw(p, t);
        p->last = now;
    } else if (p->mode == PROGRESS_LINES && now - p->last >= HEARTBEAT) {
        fprintf(stderr, "epoch %lld/%lld  batch %lld/%lld  loss %.4f  accuracy %.4f\n", (long long)t->epoch,
                (long long)t->epochs, (long long)t->batch, (long long)t->batches, t->loss, t->accuracy);
        p->last = now;
    }
}

static void on_epoch(struct progress *p, const struct mt_talk *t)
{
    char seconds[32];
    progress_time(t->seconds, seconds, sizeof seconds);
    progress_clear(p);
    fprintf(stderr, "epoch %lld/%lld  loss %.4f  accuracy %.4f", (long long)t->epoch, (long long)t->epochs,
            t->loss, t->accuracy);
    if (!isnan(t->val_accuracy))
        fprintf(stderr, "  val_loss %.4f  val_accuracy %.4f", t->val_loss, t->val_accuracy);
    say_line("  %s%s", seconds, t->best ? "  *" : "");
    p->last = mt_clock();
    p->step_at = p->last;
}

static void json(const struct mt_talk *t)
{
    static const char *const kind[] = {"note", "warning", "step", "epoch"};
    struct mt_buf b = {0};
    mt_buf_printf(&b, "{\"event\": \"%s\"", kind[t->kind]);
    if (t->text) {
        mt_buf_puts(&b, ", \"text\": ");
        mt_buf_json_string(&b, t->text);
    } else {
        mt_buf_printf(&b, ", \"epoch\": %lld, \"epochs\": %lld, \"batch\": %lld, \"batches\": %lld",
                      (long long)t->epoch, (long long)t->epochs, (long long)t->batch, (long long)t->batches);
        mt_buf_puts(&b, ", \"loss\": ");
        mt_buf_json_number(&b, t->loss, 9);
        mt_buf_puts(&b, ", \"accuracy\": ");
        mt_buf_json_number(&b, t->accuracy, 9);
        mt_buf_puts(&b, ", \"val_loss\": ");
        mt_buf_json_number(&b, t->val_loss, 9);
        mt_buf_puts(&b, ", \"val_accuracy\": ");
        mt_buf_json_number(&b, t->val_accuracy, 9);
    }
    mt_buf_puts(&b, "}\n");
    if (!b.failed)
        fputs(b.data, stderr);
    mt_buf_release(&b);
}

static void say(void *arg, const struct mt_talk *t)
{
    struct progress *p = arg;
    if (p->quiet && t->kind != MT_TALK_WARNING)
        return;
    if (p->mode == PROGRESS_JSON) {
        json(t);
    } else if (t->kind == MT_TALK_STEP) {
        on_step(p, t);
    } else if (t->kind == MT_TALK_EPOCH) {
        if (p->mode != PROGRESS_NONE)
            on_epoch(p, t);
    } else if (p->mode != PROGRESS_NONE || t->kind == MT_TALK_WARNING) {
        progress_clear(p);
        say_line("%s%s", t->kind == MT_TALK_WARNING ? "warning: " : "", t->text);
    }
}

struct mt_talker progress_talker(struct progress *p)
{
    return (struct mt_talker){say, p};
}
