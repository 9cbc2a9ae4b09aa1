/* slurm_script.c: the scripts that Slurm runs, in plain sh. What they hold of names and paths is quoted. */
#include "lib/launch/slurm.h"

static void put_names(const struct mt_slurm_request *r, struct mt_buf *out)
{
    mt_buf_puts(out, "program=");
    mt_buf_shell_word(out, r->program);
    mt_buf_puts(out, "\nsweep=");
    mt_buf_shell_word(out, r->dir);
    mt_buf_puts(out, "\n");
}

void mt_slurm_task_script(const struct mt_slurm_request *r, struct mt_buf *out)
{
    mt_buf_puts(out,
                "#!/bin/sh\n"
                "# task.sh OFFSET: one element of a job array; its task is OFFSET + the element's index.\n"
                "set -u\n");
    put_names(r, out);
    mt_buf_puts(
        out,
        "job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\n"
        "task='' stopping=''\n"
        "\n"
        "state() {\n"
        "    squeue -h -j \"$job\" -o %T\n"
        "}\n"
        "# The signal ahead of the time limit comes to this shell alone and has to be handed on. Where the "
        "job is being\n"
        "# ended, by scancel or for a job of higher priority, all of its processes have got one: a second "
        "one would\n"
        "# end the task before it has saved.\n"
        "stop() {\n"
        "    stopping=yes\n"
        "    [ -z \"$task\" ] || [ \"$(state)\" = COMPLETING ] || kill -s TERM \"$task\"\n"
        "}\n"
        "trap stop TERM\n"
        "\n"
        "\"$program\" sweep task \"$sweep\" $(($1 + SLURM_ARRAY_TASK_ID)) --threads "
        "\"${SLURM_CPUS_PER_TASK:-1}\"");
    for (const char *const *option = r->options; *option; option++) {
        mt_buf_puts(out, " ");
        mt_buf_shell_word(out, *option);
    }
    mt_buf_puts(
        out,
        " &\n"
        "task=$!\n"
        "[ -z \"$stopping\" ] || stop\n"
        "while :; do # a signal ends `wait`, not the task\n"
        "    wait \"$task\"\n"
        "    code=$?\n"
        "    kill -s 0 \"$task\" 2>/dev/null || break\n"
        "done\n"
        "task=''\n"
        "\n"
        "# 75: stopped and saved. 6: another process has the run; after a node was lost that may be this "
        "task's\n"
        "# earlier start. A job that is being ended is left alone: after scancel it must not come back.\n"
        "again=''\n"
        "case $code in\n"
        "75) again=yes ;;\n"
        "6) [ \"${SLURM_RESTART_COUNT:-0}\" -ge 10 ] || again=yes ;;\n"
        "esac\n"
        "if [ -n \"$again\" ]; then\n"
        "    case $(state) in\n"
        "    RUNNING | '') # '': the question was not answered\n"
        "        trap '' TERM\n"
        "        scontrol requeue \"$job\"\n"
        "        ;;\n"
        "    esac\n"
        "fi\n"
        "exit \"$code\"\n");
}

void mt_slurm_collect_script(const struct mt_slurm_request *r, struct mt_buf *out)
{
    mt_buf_puts(out, "#!/bin/sh\n"
                     "# collect.sh: the answer of the sweep, once every task has ended.\n"
                     "set -u\n");
    put_names(r, out);
    mt_buf_puts(out, "exec \"$program\" sweep collect \"$sweep\"\n");
}
