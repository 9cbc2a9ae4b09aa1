#include "lib/core/memory.h"

#include <inttypes.h>
#include <limits.h>
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

/* The least limit of a group and of those above it: `group` is cut at each slash from the end. */
static uint64_t group_limit(const char *root, const char *mount, char *group, const char *file)
{
    char path[PATH_MAX];
    uint64_t least = UINT64_MAX;
    for (;;) {
        size_t n = (size_t)snprintf(path, sizeof path, "%s/sys/fs/cgroup%s%s/%s", root, mount, group, file);
        uint64_t v = n < sizeof path ? read_limit(path) : UINT64_MAX;
        least = v < least ? v : least;
        char *slash = strrchr(group, '/');
        if (!slash)
            return least;
        *slash = 0;
    }
}

/* Lines of /proc/self/cgroup are "number:controllers:/group"; version 2 is "0::/group". Inside a container
 * the group may name what is not mounted there: the mount itself is then the group, which the last turn looks
 * at. */
static uint64_t groups_limit(const char *root)
{
    char path[PATH_MAX], line[PATH_MAX];
    uint64_t least = UINT64_MAX;
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group)
            continue;
        *group++ = 0;
        controllers++;
        uint64_t v = UINT64_MAX;
        if (!*controllers)
            v = group_limit(root, "", group, "memory.max");
        else if (strstr(controllers, "memory"))
            v = group_limit(root, "/memory", group, "memory.limit_in_bytes");
        least = v < least ? v : least;
    }
    if (f)
        fclose(f);
    return least;
}

uint64_t mt_memory_total_under(const char *root, uint64_t machine)
{
    uint64_t groups = groups_limit(root);
    return groups < machine ? groups : machine;
}

uint64_t mt_memory_total(void)
{
    return mt_memory_total_under("", (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE));
}

uint64_t mt_memory_peak(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_maxrss * 1024;
}
