/* files.c: what is in a run folder against what its manifest says. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/verify/check.h"

/* A file of another size is not read: a sparse one may seem to hold terabytes. */
static int sum_up(const char *path, uint64_t expected, char hex[MT_SHA256_HEX], uint64_t *size,
                  struct mt_err *err)
{
    int fd = mt_file_open(path, size, err);
    if (fd < 0)
        return -1;
    close(fd);
    return *size == expected ? mt_file_sha256(path, hex, size, err) : 0;
}

static int compare(struct mt_check *c, const struct mt_manifest_file *m, struct mt_err *err)
{
    struct mt_verdict *v = c->verdict;
    struct mt_err why;
    char hex[MT_SHA256_HEX], *path = mt_path_join(c->run, m->name);
    uint64_t size = 0;
    if (!path)
        return mt_err_memory(err, c->run, strlen(c->run));
    int rc = sum_up(path, m->size, hex, &size, &why);
    free(path);
    if (rc < 0)
        return mt_verdict_fault(v, err, m->name, &why);
    if (size != m->size)
        return mt_verdict_add(v, err, m->name, MT_FOUND_DAMAGED,
                              "has %llu bytes, and had %llu when it was written", (unsigned long long)size,
                              (unsigned long long)m->size);
    v->bytes += size;
    if (strcmp(hex, m->sha256))
        return mt_verdict_add(v, err, m->name, MT_FOUND_DAMAGED,
                              "its SHA-256 is not that of what was written");
    return mt_verdict_add(v, err, m->name, MT_FOUND_GOOD, "%s", "");
}

static int check_named(struct mt_check *c, const struct mt_manifest_file *m, struct mt_err *err)
{
    const struct mt_layout_file *f = mt_layout_find(&c->files, m->name);
    if (f && f->kind == MT_FILE_FOREIGN)
        return mt_verdict_add(c->verdict, err, m->name, MT_FOUND_DAMAGED,
                              "is no regular file of the run, and was one");
    if (!f)
        return mt_verdict_add(c->verdict, err, m->name, MT_FOUND_MISSING,
                              "is in the manifest, but not in the folder");
    if (m->times)
        return mt_verdict_add(c->verdict, err, m->name, MT_FOUND_PRESENT,
                              "holds times, so it has no checksum");
    return compare(c, m, err);
}

/* Files beside those of the manifest; spare checkpoints have their own checksum, and drawings none. */
static int check_unnamed(struct mt_check *c, const struct mt_layout_file *f, struct mt_err *err)
{
    static const char *const says[] = {
        [MT_FILE_SAME] = "is not in the manifest",
        [MT_FILE_VARIES] = "is not in the manifest",
        [MT_FILE_TEMPORARY] = "was left by a writer that was stopped; the next start of the run removes it",
        [MT_FILE_FOREIGN] = "is no file of a run's, and left alone",
    };
    if (f->kind == MT_FILE_MANIFEST || f->kind == MT_FILE_DRAWN || f->kind == MT_FILE_SPARE ||
        mt_manifest_find(&c->manifest, f->name))
        return 0;
    if (f->kind == MT_FILE_TEMPORARY && c->known && c->status.state == MT_RUN_RUNNING)
        return 0; /* the writer is at work */
    return mt_verdict_add(c->verdict, err, f->name, MT_FOUND_UNLISTED, "%s", says[f->kind]);
}

int mt_check_manifest(struct mt_check *c, struct mt_err *err)
{
    struct mt_err why;
    int there = c->ended ? mt_manifest_read(&c->manifest, c->run, &why) : 0, rc = 0;
    if (c->ended && there == 0)
        return mt_verdict_add(c->verdict, err, MT_MANIFEST_FILE, MT_FOUND_MISSING,
                              "the run has ended, and should have one; its files cannot be checked");
    if (there < 0)
        return mt_verdict_fault(c->verdict, err, MT_MANIFEST_FILE, &why);
    for (size_t i = 0; i < c->manifest.n && rc == 0; i++)
        rc = check_named(c, &c->manifest.file[i], err);
    for (size_t i = 0; i < c->files.n && rc == 0; i++)
        if (there || c->files.file[i].kind == MT_FILE_FOREIGN || c->files.file[i].kind == MT_FILE_TEMPORARY)
            rc = check_unnamed(c, &c->files.file[i], err);
    return rc;
}
