/* manifest.c: manifest.json, every file of a run with its size and SHA-256. Two runs of the same experiment
 * have the same manifest: files that hold times are only named. */
#include <stdlib.h>
#include <string.h>

#include "lib/train/layout.h"
#include "lib/train/rundir.h"

static int print_file(const struct mt_rundir *rd, const char *name, bool first, struct mt_buf *out,
                      struct mt_err *err)
{
    char hex[MT_SHA256_HEX];
    uint64_t size;
    char *path = mt_rundir_file(rd, name);
    int rc = path ? mt_file_sha256(path, hex, &size, err) : mt_err_memory(err, name, strlen(name));
    free(path);
    if (rc < 0)
        return -1;
    mt_buf_puts(out, first ? "\n    " : ",\n    ");
    mt_buf_json_string(out, name);
    mt_buf_printf(out, ": {\"size\": %llu, \"sha256\": \"%s\"}", (unsigned long long)size, hex);
    return 0;
}

static int print(const struct mt_rundir *rd, const struct mt_layout *l, struct mt_buf *out,
                 struct mt_err *err)
{
    bool first = true;
    mt_buf_puts(out, "{\n  \"files\": {");
    for (size_t i = 0; i < l->n; i++) {
        if (l->file[i].varies)
            continue;
        if (print_file(rd, l->file[i].name, first, out, err) < 0)
            return -1;
        first = false;
    }
    mt_buf_puts(out, "\n  },\n  \"times\": [");
    first = true;
    for (size_t i = 0; i < l->n; i++) {
        if (!l->file[i].varies)
            continue;
        mt_buf_puts(out, first ? "" : ", ");
        mt_buf_json_string(out, l->file[i].name);
        first = false;
    }
    mt_buf_puts(out, "]\n}\n");
    return out->failed ? mt_err_memory(err, MT_MANIFEST_FILE, out->len) : 0;
}

int mt_rundir_write_manifest(const struct mt_rundir *rd, struct mt_err *err)
{
    struct mt_layout l;
    struct mt_buf b = {0};
    if (mt_layout_list(&l, rd->path, err) < 0)
        return -1;
    int rc = print(rd, &l, &b, err);
    if (rc == 0)
        rc = mt_rundir_write(rd, MT_MANIFEST_FILE, b.data, b.len, err);
    mt_buf_release(&b);
    mt_layout_release(&l);
    return rc;
}
