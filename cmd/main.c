/* main.c: finds the command, parses its options and runs it. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "cmd/args.h"
#include "cmd/commands.h"
#include "cmd/guard.h"
#include "cmd/say.h"
#include "lib/core/fd.h"
#include "lib/core/version.h"

#define LEAST_STACK (1 << 20)

static int run_command(const struct command *c, int argc, char **argv, int first)
{
    struct args a;
    int rc = args_parse(&a, c, argc, argv, first);
    if (rc == 0 && args_has(&a, "help")) {
        struct mt_buf b = {0};
        print_command_help(c, &b);
        rc = print_result(&b);
    } else if (rc == 0 && (rc = guard_words(&a)) == 0) {
        rc = c->run(&a);
    }
    args_release(&a);
    return rc;
}

static bool looks_like_config(const char *word)
{
    const char *dot = strrchr(word, '.');
    struct stat st;
    return (dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"))) ||
           (stat(word, &st) == 0 && S_ISREG(st.st_mode));
}

/* The command word may stand behind options that take no value (metric-train --json list); the first word
 * that is not an option decides. */
static int first_word(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (argv[i][0] != '-')
            return i;
    return 0;
}

/* Every thread gets as much stack as the limit says, and too little would end the program without a word. */
static int check_stack(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) < 0 || limit.rlim_cur >= LEAST_STACK)
        return 0;
    fprintf(stderr,
            "metric-train: error: the stack is limited to %llu KiB, and %d KiB are needed; raise the limit "
            "(ulimit -s)\n",
            (unsigned long long)limit.rlim_cur / 1024, LEAST_STACK / 1024);
    return 1;
}

/* Where one of the three standard descriptors is closed, the next file that is opened would get its number,
 * and what is printed would go into that file. Standard output cannot be written through the stand-in either,
 * and that is found out. */
static int open_standard(void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && mt_fd_open("/dev/null", modes[fd], 0) != fd)
            return 1;
    return 0;
}

int main(int argc, char **argv)
{
    if (open_standard() || check_stack())
        return 1;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    struct mt_buf b = {0};
    int at = first_word(argc, argv);
    if (!at) {
        if (argc > 1 && !strcmp(argv[1], "--version")) {
            mt_buf_puts(&b, "metric-train " MT_VERSION "\nMIT license; no warranty\n");
            return print_result(&b);
        }
        print_overview(&b);
        if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
            return print_result(&b);
        fputs(b.data, stderr);
        mt_buf_release(&b);
        return 2;
    }
    const struct command *c = find_command(argv[at]);
    if (c) {
        memmove(argv + 2, argv + 1,
                (size_t)(at - 1) * sizeof *argv); /* options in front move behind the command word */
        argv[1] = (char *)(uintptr_t)c->name;
        return run_command(c, argc, argv, 2);
    }
    const struct command *train = find_command("train");
    if (train && looks_like_config(argv[at]))
        return run_command(train, argc, argv, 1);
    const char *near = nearest_command(argv[at]);
    say_line("metric-train: error: '%s' is neither a command nor a YAML file%s%s%s", argv[at],
             near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    say_line("try 'metric-train --help'");
    return 2;
}
