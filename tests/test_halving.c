/* Tests of successive halving: where the rungs lie, who is ahead of whom, and what is decided from run
 * folders. */
#include <math.h>

#include "lib/core/file.h"
#include "lib/launch/halving.h"
#include "tests/temp.h"

/* ---- arithmetic ---- */

/* "epochs:cells>keep ... end:cells" */
static const char *rungs(int cells, int64_t epochs, int64_t min_epochs, int64_t eta)
{
    static char out[512];
    struct mt_rungs r;
    size_t len = 0;
    mt_rungs_make(&r, cells, epochs, min_epochs, eta);
    for (int i = 0; i < r.n; i++)
        len += (size_t)snprintf(out + len, sizeof out - len, "%lld:%d>%d ", (long long)r.v[i].epochs,
                                r.v[i].cells, r.v[i].keep);
    snprintf(out + len, sizeof out - len, "%lld:%d", (long long)r.epochs, r.last);
    return out;
}

static void rungs_of_powers_and_others(void **state)
{
    (void)state;
    assert_string_equal(rungs(8, 8, 1, 2), "1:8>4 2:4>2 4:2>1 8:1");
    assert_string_equal(rungs(16, 40, 4, 3), "4:16>6 12:6>2 36:2>1 40:1");
    assert_string_equal(rungs(16, 40, 2, 4), "2:16>4 8:4>1 40:1");
    assert_string_equal(rungs(9, 9, 1, 3), "1:9>3 3:3>1 9:1");
    assert_string_equal(rungs(5, 100, 10, 2), "10:5>3 20:3>2 40:2>1 100:1");
    assert_string_equal(rungs(2, 3, 1, 1000), "1:2>1 3:1");
    assert_string_equal(rungs(100, 3, 1, 2), "1:100>50 2:50>25 3:25"); /* more cells than rungs can drop */
}

static void rungs_of_next_to_nothing(void **state)
{
    (void)state;
    assert_string_equal(rungs(1, 40, 4, 3), "40:1");
    assert_string_equal(rungs(16, 4, 4, 3), "4:16"); /* the first rung is the end */
    assert_string_equal(rungs(16, 4, 100, 3), "4:16");
    assert_string_equal(rungs(16, 4, 3, 3), "3:16>6 4:6");
    assert_string_equal(rungs(2, INT64_MAX, INT64_MAX - 1, 2),
                        "9223372036854775806:2>1 9223372036854775807:1");
}

static void no_sweep_has_more_rungs_than_there_is_room_for(void **state)
{
    struct mt_rungs r;
    (void)state;
    mt_rungs_make(&r, INT32_MAX - 1000, INT64_MAX, 1, 2);
    assert_true(r.n > 29 && r.n <= MT_RUNGS_MOST);
    assert_int_equal(r.last, 1);
}

static void epochs_are_added_up(void **state)
{
    struct mt_rungs r;
    (void)state;
    mt_rungs_make(&r, 16, 40, 4, 3);
    assert_int_equal(mt_rungs_total(&r, 0), 16 * 4 + 6 * 8 + 2 * 24 + 1 * 4);
    assert_int_equal(mt_rungs_total(&r, 2), 2 * 24 + 1 * 4);
    assert_int_equal(mt_rungs_total(&r, 3), 4);
    assert_int_equal(mt_rungs_total(&r, 4), 0);
    mt_rungs_make(&r, 1, 40, 4, 3);
    assert_int_equal(mt_rungs_total(&r, 0), 40);
}

static void standings(void **state)
{
    (void)state;
    static const int want[] = {2, 4, 3, 0, 6, 5, 1};
    struct mt_standing s[] = {{0, 0, 0.5}, {1, 2, 0.99}, {2, 0, 0.9}, {3, 0, 0.8},
                              {4, 0, 0.9}, {5, 1, 0.95}, {6, 0, NAN}};
    mt_standings_sort(s, 7);
    for (int i = 0; i < 7; i++)
        assert_int_equal(s[i].cell, want[i]);
}

/* ---- decisions ---- */

#define CELLS 4
#define SEEDS 2
#define EPOCHS 9

struct made {
    struct mt_sweep sweep;
    struct mt_sweep_section section;
    struct mt_sweep_task task[CELLS * SEEDS];
    char run[CELLS * SEEDS][16];
    char *value[CELLS * SEEDS][2], *parameter[2];
    struct mt_sweep_row row[CELLS * SEEDS];
    struct mt_sweep_index index;
    struct mt_halving h;
    int kept[CELLS];
    double mean[CELLS * MT_RUNGS_MOST];
    bool due[CELLS * SEEDS];
};

static void make(struct made *m, int64_t eta)
{
    static const char *const number[] = {"0", "1", "2", "3"};
    memset(m, 0, sizeof *m);
    m->section = (struct mt_sweep_section){.metric = {"val_accuracy", -1}, .eta = eta, .min_epochs = 1};
    m->parameter[0] = (char *)"head.s";
    m->parameter[1] = (char *)"seed";
    for (int t = 0; t < CELLS * SEEDS; t++) {
        snprintf(m->run[t], sizeof m->run[t], "w-%08d", t);
        m->value[t][0] = (char *)number[t / SEEDS];
        m->value[t][1] = (char *)number[t % SEEDS];
        m->task[t] = (struct mt_sweep_task){t / SEEDS, t % SEEDS, m->value[t], m->run[t]};
    }
    m->sweep = (struct mt_sweep){.dir = temp_dir,
                                 .section = &m->section,
                                 .parameter = m->parameter,
                                 .n_parameters = 2,
                                 .seed_parameter = 1,
                                 .task = m->task,
                                 .n_tasks = CELLS * SEEDS,
                                 .n_cells = CELLS};
    m->index = (struct mt_sweep_index){&m->sweep, m->row};
    m->h = (struct mt_halving){.sweep = &m->sweep, .kept = m->kept, .mean = m->mean};
    mt_rungs_make(&m->h.rungs, CELLS, EPOCHS, 1, eta);
}

/* A run that has come to an epoch, with the same figure after each. */
static void come(struct made *m, int task, int64_t epochs, double figure)
{
    char name[64];
    struct mt_buf text = {0};
    mt_buf_puts(&text, "epoch,val_loss,val_accuracy\n");
    for (int64_t e = 1; e <= epochs; e++)
        mt_buf_printf(&text, "%lld,%g,%g\n", (long long)e, 1 - figure, figure);
    snprintf(name, sizeof name, "runs/%s", m->run[task]);
    assert_int_equal(mt_file_mkdirs(temp_path(name), NULL), 0);
    snprintf(name, sizeof name, "runs/%s/metrics.csv", m->run[task]);
    assert_int_equal(mt_file_write(temp_path(name), text.data, text.len, NULL), 0);
    mt_buf_release(&text);
    m->row[task].begun = true;
    m->row[task].status =
        (struct mt_status){.state = MT_RUN_INTERRUPTED, .epochs_done = epochs, .epochs = EPOCHS};
}

static void all_come(struct made *m, int64_t epochs, const double *figure)
{
    for (int t = 0; t < CELLS * SEEDS; t++)
        if (!mt_halving_dropped(&m->h, m->task[t].cell))
            come(m, t, epochs, figure[t / SEEDS]);
}

static int advance(struct made *m)
{
    struct mt_err err;
    return mt_halving_advance(&m->h, &m->index, m->due, &err);
}

/* "++-+": cells that are still in */
static const char *still_in(const struct made *m)
{
    static char out[CELLS + 1];
    for (int c = 0; c < CELLS; c++)
        out[c] = mt_halving_dropped(&m->h, c) ? '-' : '+';
    return out;
}

static void a_rung_waits_for_all(void **state)
{
    struct made m;
    (void)state;
    make(&m, 2);
    assert_int_equal(advance(&m), 0);
    assert_true(m.due[0] && m.due[CELLS * SEEDS - 1]);
    for (int t = 0; t < CELLS * SEEDS - 1; t++)
        come(&m, t, 1, 0.5);
    assert_int_equal(advance(&m), 0);
    assert_false(m.due[0]);
    assert_true(m.due[CELLS * SEEDS - 1]);
    assert_int_equal(mt_halving_pause(&m.h), 1);
    come(&m, CELLS * SEEDS - 1, 1, 0.6);
    assert_int_equal(advance(&m), 1);
    assert_string_equal(still_in(&m), "+--+"); /* 0.55, and the first of those with 0.5 */
    assert_int_equal(mt_halving_pause(&m.h), 2);
    assert_true(m.due[0] && !m.due[2] && m.due[7]);
}

static void the_mean_over_seeds_decides(void **state)
{
    struct made m;
    static const double figure[] = {0.7, 0.7, 0.7, 0.7};
    (void)state;
    make(&m, 4);
    all_come(&m, 1, figure);
    come(&m, 2, 1, 0.99); /* of cell 1, whose other seed is worse by more */
    come(&m, 3, 1, 0.3);
    come(&m, 5, 1, 0.71);
    assert_int_equal(advance(&m), 1);
    assert_string_equal(still_in(&m), "--+-");
    m.section.metric.goal = 1; /* minimize */
    m.h.rung = 0;
    memset(m.kept, 0, sizeof m.kept);
    assert_int_equal(advance(&m), 1);
    assert_string_equal(still_in(&m), "-+--");
}

/* Whoever looks again, and however far the runs have come since, decides the same. */
static void decisions_do_not_hang_on_when_they_are_made(void **state)
{
    struct made m, again;
    static const double figure[] = {0.5, 0.9, 0.8, 0.7};
    (void)state;
    make(&m, 2);
    all_come(&m, 1, figure);
    assert_int_equal(advance(&m), 1);
    all_come(&m, 2, figure);
    assert_int_equal(advance(&m), 1);
    assert_string_equal(still_in(&m), "-+--");
    come(&m, 2, 7, 0.9);
    come(&m, 3, 7, 0.9);
    make(&again, 2);
    memcpy(again.row, m.row, sizeof m.row);
    assert_int_equal(advance(&again), 2);
    assert_string_equal(still_in(&again), "-+--");
    assert_int_equal(mt_halving_dropped(&again.h, 0), 1);
    assert_int_equal(mt_halving_dropped(&again.h, 2), 2);
}

static void what_ended_badly_comes_last(void **state)
{
    struct made m;
    static const double figure[] = {0.9, 0.8, 0.7, 0.6};
    (void)state;
    make(&m, 2);
    all_come(&m, 1, figure);
    m.row[0].status.state = MT_RUN_DIVERGED; /* before the rung */
    m.row[0].status.epochs_done = 0;
    snprintf(m.row[2].status.reason, sizeof m.row[2].status.reason,
             "paused after epoch 1; collapsed: on one line");
    m.row[4].status.state = MT_RUN_DIVERGED; /* in the epoch behind it */
    assert_int_equal(advance(&m), 1);
    assert_string_equal(still_in(&m), "--++");
}

/* status.json may be ahead of metrics.csv where a process was killed between the two. */
static void a_row_that_was_not_written_is_waited_for(void **state)
{
    struct made m;
    static const double figure[] = {0.9, 0.8, 0.7, 0.6};
    (void)state;
    make(&m, 2);
    all_come(&m, 1, figure);
    come(&m, 3, 0, 0.8);
    m.row[3].status.epochs_done = 1;
    assert_int_equal(advance(&m), 0);
    assert_true(m.due[3]);
    assert_false(m.due[2]);
}

static void decisions_are_written_down(void **state)
{
    struct made m;
    struct mt_err err;
    static const double figure[] = {0.5, 0.9, 0.8, 0.75};
    char *text;
    size_t len;
    (void)state;
    make(&m, 2);
    all_come(&m, 1, figure);
    assert_int_equal(advance(&m), 1);
    assert_int_equal(mt_halving_write(&m.h, &err), 0);
    assert_int_equal(mt_file_read(temp_path(MT_SWEEP_HALVING), 10000, &text, &len, &err), 0);
    assert_string_equal(text, "rung,epochs,cell,head.s,runs,val_accuracy,outcome\n1,1,0,0,2,0.5,dropped\n"
                              "1,1,1,1,2,0.9,kept\n1,1,2,2,2,0.8,kept\n1,1,3,3,2,0.75,dropped\n");
    free(text);
    struct mt_buf words = {0};
    mt_halving_words(&m.h, 0, &words);
    assert_string_equal(words.data,
                        "rung 1, after epoch 1: 2 of 4 cells go on, val_accuracy 0.9000 to 0.8000");
    mt_buf_release(&words);
}

int main(void)
{
#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, temp_setup, temp_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rungs_of_powers_and_others),
        cmocka_unit_test(rungs_of_next_to_nothing),
        cmocka_unit_test(no_sweep_has_more_rungs_than_there_is_room_for),
        cmocka_unit_test(epochs_are_added_up),
        cmocka_unit_test(standings),
        IN_A_FOLDER(a_rung_waits_for_all),
        IN_A_FOLDER(the_mean_over_seeds_decides),
        IN_A_FOLDER(decisions_do_not_hang_on_when_they_are_made),
        IN_A_FOLDER(what_ended_badly_comes_last),
        IN_A_FOLDER(a_row_that_was_not_written_is_waited_for),
        IN_A_FOLDER(decisions_are_written_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
