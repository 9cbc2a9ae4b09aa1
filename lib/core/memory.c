#include "lib/core/memory.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The number that a file holds, or UINT64_MAX: "max", and no such file. */
static uint64_t read_limit(const char *path)
{
    uint64_t v = UINT64_MAX;
    FILE *f = fopen(path, "re");
    if (!f)
        return v;
    if (fscanf(f, "%" SCNu64, &v) != 1)
        v = UINT64_MAX;
    fclose(f);
    return v;
}

/* The number behind `field` in a file of lines "field number"; 0 without it. */
static uint64_t read_field(const char *path, const char *field)
{
    char line[256];
    uint64_t v = 0;
    size_t n = strlen(field);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, field, n) && (line[n] == ' ' || line[n] == '\t'))
            v = strtoull(line + n, NULL, 10);
    if (f)
        fclose(f);
    return v;
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* ---- control groups ---- */

struct group_files {
    const char *mount, *limit, *used, *cache[2]; /* the last are fields of memory.stat */
};

static const struct group_files version_1 = {"/memory",
                                             "memory.limit_in_bytes",
                                             "memory.usage_in_bytes",
                                             {"total_active_file", "total_inactive_file"}};
static const struct group_files version_2 = {
    "", "memory.max", "memory.current", {"active_file", "inactive_file"}};

struct allowed { /* bytes; UINT64_MAX: any number */
    uint64_t in_all, left;
};

static bool group_path(char path[PATH_MAX], const char *root, const struct group_files *files,
                       const char *group, const char *file)
{
    int n = snprintf(path, PATH_MAX, "%s/sys/fs/cgroup%s%s/%s", root, files->mount, group, file);
    return n > 0 && n < PATH_MAX;
}

/* What one group allows: its caches are given up before a process is ended. */
static void limit_by_group(struct allowed *a, const char *root, const struct group_files *files,
                           const char *group)
{
    char path[PATH_MAX];
    uint64_t limit = group_path(path, root, files, group, files->limit) ? read_limit(path) : UINT64_MAX;
    if (limit == UINT64_MAX)
        return;
    a->in_all = less(a->in_all, limit);
    uint64_t used = group_path(path, root, files, group, files->used) ? read_limit(path) : 0, cache = 0;
    if (used == UINT64_MAX)
        used = 0;
    for (int i = 0; i < 2 && group_path(path, root, files, group, "memory.stat"); i++)
        cache += read_field(path, files->cache[i]);
    a->left = less(a->left, minus(limit, minus(used, cache)));
}

/* A group and those above it: `group` is cut at each slash from the end. */
static void limit_by_groups(struct allowed *a, const char *root, const struct group_files *files, char *group)
{
    for (;;) {
        limit_by_group(a, root, files, group);
        char *slash = strrchr(group, '/');
        if (!slash)
            return;
        *slash = 0;
    }
}

/* Lines of /proc/self/cgroup are "number:controllers:/group"; version 2 is "0::/group". Inside a container
 * the group may name what is not mounted there: the mount itself is then the group, which the last turn looks
 * at. */
static struct allowed allowed_by_groups(const char *root)
{
    char path[PATH_MAX], line[PATH_MAX];
    struct allowed a = {UINT64_MAX, UINT64_MAX};
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group)
            continue;
        *group++ = 0;
        controllers++;
        if (!*controllers)
            limit_by_groups(&a, root, &version_2, group);
        else if (strstr(controllers, "memory"))
            limit_by_groups(&a, root, &version_1, group);
    }
    if (f)
        fclose(f);
    return a;
}

/* ---- */

static uint64_t machine_bytes(void)
{
    return (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t own_limit(int resource)
{
    struct rlimit r;
    return getrlimit(resource, &r) < 0 || r.rlim_cur == RLIM_INFINITY ? UINT64_MAX : (uint64_t)r.rlim_cur;
}

uint64_t mt_memory_total_under(const char *root, uint64_t machine)
{
    return less(allowed_by_groups(root).in_all, machine);
}

uint64_t mt_memory_total(void)
{
    return less(mt_memory_total_under("", machine_bytes()),
                less(own_limit(RLIMIT_AS), own_limit(RLIMIT_DATA)));
}

/* Bytes that this process has mapped, that it holds, and that it can write to alone. */
static void own_memory(const char *root, uint64_t *mapped, uint64_t *held, uint64_t *data)
{
    char path[PATH_MAX];
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), v[6] = {0};
    snprintf(path, sizeof path, "%s/proc/self/statm", root);
    FILE *f = fopen(path, "re");
    for (int i = 0; f && i < 6 && fscanf(f, "%" SCNu64, &v[i]) == 1; i++)
        continue;
    if (f)
        fclose(f);
    *mapped = v[0] * page;
    *held = v[1] * page;
    *data = v[5] * page;
}

void mt_memory_there_under(struct mt_memory_there *m, const char *root, uint64_t ulimit_v, uint64_t ulimit_d)
{
    char path[PATH_MAX];
    uint64_t mapped, held, data;
    own_memory(root, &mapped, &held, &data);
    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    uint64_t available = read_field(path, "MemAvailable:") * 1024;
    if (available == 0)
        available = minus(machine_bytes(), held);
    uint64_t groups = allowed_by_groups(root).left;
    uint64_t v = ulimit_v == UINT64_MAX ? ulimit_v : minus(ulimit_v, mapped);
    uint64_t d = ulimit_d == UINT64_MAX ? ulimit_d : minus(ulimit_d, data);
    *m = (struct mt_memory_there){
        .left = less(available, groups),
        .real = held + less(available, groups),
        .real_by = groups < available ? "the control group" : "the machine",
        .addresses = less(v, d),
        .addresses_by = d < v ? "ulimit -d" : "ulimit -v",
    };
}

void mt_memory_there(struct mt_memory_there *m)
{
    mt_memory_there_under(m, "", own_limit(RLIMIT_AS), own_limit(RLIMIT_DATA));
}

int mt_memory_check(const struct mt_memory_there *m, uint64_t bytes, uint64_t reserved, const char *what,
                    const char *remedy, struct mt_err *err)
{
    if (bytes > m->left)
        return mt_err_set(err, MT_ERR_RUN, "%s needs %.1f MiB of memory more, and %s has %.1f MiB left: %s",
                          what, (double)bytes / 0x1p20, m->real_by, (double)m->left / 0x1p20, remedy);
    if (bytes + reserved > m->addresses)
        return mt_err_set(
            err, MT_ERR_RUN, "%s needs %.1f MiB of address space more, and %s leaves %.1f MiB: %s", what,
            (double)(bytes + reserved) / 0x1p20, m->addresses_by, (double)m->addresses / 0x1p20, remedy);
    return 0;
}

uint64_t mt_memory_peak(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_maxrss * 1024;
}
