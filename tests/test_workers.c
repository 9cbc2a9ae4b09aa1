/* Tests of lib/launch/worker.c: child processes that end, fail, are killed and asked to stop. */
#include "tests/test.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/launch/worker.h"

enum { ENDS, WARNS, FAILS, IS_KILLED, STOPS, WAITS };

static int job(void *arg, int which, struct mt_board *board)
{
    (void)arg;
    switch (which) {
    case WARNS:
        mt_err_set(&board->warning, MT_ERR_RUN, "no room");
        return MT_ERR_RUN;
    case FAILS:
        mt_err_set(&board->err, MT_ERR_DATA, "no data");
        return MT_ERR_DATA;
    case IS_KILLED:
        raise(SIGKILL);
        break;
    case STOPS:
        board->done = 0.25;
        while (!board->stop)
            usleep(1000);
        return MT_ERR_STOPPED;
    case WAITS:
        pause();
    }
    return 0;
}

static struct mt_workers *new_workers(int n)
{
    struct mt_workers *w;
    assert_int_equal(mt_workers_new(&w, n, NULL), 0);
    return w;
}

static struct mt_job_end end_of(struct mt_workers *w, int which)
{
    struct mt_job_end end;
    assert_int_equal(mt_workers_start(w, which, job, NULL, NULL), 0);
    while (!mt_workers_wait(w, 10, &end))
        ;
    assert_int_equal(end.job, which);
    return end;
}

static void ends_of_children(void **state)
{
    (void)state;
    struct mt_workers *w = new_workers(1);
    struct mt_job_end end = end_of(w, ENDS);
    assert_int_equal(end.code, 0);
    end = end_of(w, WARNS);
    assert_string_equal(end.warning.text, "no room");
    assert_string_equal(end.err.text, ""); /* not why it ended */
    end = end_of(w, FAILS);
    assert_int_equal(end.code, MT_ERR_DATA);
    assert_string_equal(end.err.text, "no data");
    assert_string_equal(end.warning.text, "");
    end = end_of(w, IS_KILLED);
    assert_int_equal(end.signal, SIGKILL);
    assert_int_equal(end.code, 128 + SIGKILL);
    assert_string_equal(end.err.text, ""); /* nothing of the one before */
    assert_true(mt_workers_idle(w));
    mt_workers_free(w);
}

static void children_stop_when_asked(void **state)
{
    (void)state;
    struct mt_workers *w = new_workers(2);
    struct mt_job_end end;
    for (int i = 0; i < 2; i++)
        assert_int_equal(mt_workers_start(w, STOPS, job, NULL, NULL), 0);
    assert_false(mt_workers_idle(w));
    while (mt_workers_done(w) < 0.5)
        assert_int_equal(mt_workers_wait(w, 0.001, &end), 0);
    mt_workers_stop(w);
    for (int i = 0; i < 2; i++) {
        while (!mt_workers_wait(w, 10, &end))
            ;
        assert_int_equal(end.code, MT_ERR_STOPPED);
    }
    assert_int_equal(mt_workers_wait(w, 10, &end), 0); /* at once: none runs */
    mt_workers_free(w);
}

/* A child holds the writing end of a pipe: it is closed when the child is gone. */
static void children_go_with_their_parent(void **state)
{
    (void)state;
    int end[2];
    char none;
    assert_int_equal(pipe(end), 0);
    pid_t parent = fork();
    assert_true(parent >= 0);
    if (parent == 0) {
        struct mt_workers *w = new_workers(1);
        close(end[0]);
        mt_workers_start(w, WAITS, job, NULL, NULL);
        raise(SIGKILL);
    }
    close(end[1]);
    assert_int_equal(read(end[0], &none, 1), 0);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    close(end[0]);
}

static pid_t only_child(void)
{
    char path[64];
    int pid = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(path, "r");
    if (f) {
        if (fscanf(f, "%d", &pid) != 1)
            pid = 0;
        fclose(f);
    }
    return pid;
}

/* From the moment when it is there: the default action would end it. */
static void a_signal_asks_a_child_to_stop(void **state)
{
    (void)state;
    struct mt_workers *w = new_workers(1);
    for (int i = 0; i < 50; i++) {
        struct mt_job_end end;
        assert_int_equal(mt_workers_start(w, STOPS, job, NULL, NULL), 0);
        pid_t child = only_child();
        if (!child)
            print_message("the kernel does not list children: the signal is left out\n");
        if (child) {
            kill(child, SIGINT); /* is for the parent */
            kill(child, SIGTERM);
        } else {
            mt_workers_stop(w);
        }
        while (!mt_workers_wait(w, 10, &end))
            ;
        assert_int_equal(end.code, MT_ERR_STOPPED);
    }
    mt_workers_free(w);
}

static void freed_workers_leave_no_child(void **state)
{
    (void)state;
    struct mt_workers *w = new_workers(1);
    assert_int_equal(mt_workers_start(w, WAITS, job, NULL, NULL), 0);
    mt_workers_free(w);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_of_children),
        cmocka_unit_test(children_stop_when_asked),
        cmocka_unit_test(children_go_with_their_parent),
        cmocka_unit_test(a_signal_asks_a_child_to_stop),
        cmocka_unit_test(freed_workers_leave_no_child),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
