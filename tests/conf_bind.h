/* conf_bind.h: texts of experiments bound to structs. */
#ifndef MT_TESTS_CONF_BIND_H
#define MT_TESTS_CONF_BIND_H

#include "tests/test.h"

#include "lib/conf/conf.h"

struct bound {
    struct mt_conf *conf;
    max_align_t room[256];
};

/* Binds `name: value` to a struct with this field alone; returns whether that went well. */
static inline bool takes(const struct mt_field *f, const char *value, void *out)
{
    const struct mt_field one[2] = {*f, {0}};
    struct mt_diag diag = {0};
    struct mt_conf *conf;
    char text[256];
    int len = snprintf(text, sizeof text, value ? "%s: %s\n" : "{}\n", f->name, value);
    assert_int_equal(mt_conf_load_text(&conf, "t.yaml", ".", text, (size_t)len, NULL, 0, &diag), 0);
    static max_align_t room[1024];
    assert_true(f->offset < sizeof room - 64);
    memset(room, 0, sizeof room);
    int rc = mt_conf_bind(conf, one, room, &diag);
    if (out)
        memcpy(out, (char *)room + f->offset, 8);
    mt_conf_free(conf);
    mt_diag_release(&diag);
    return rc == 0;
}

#endif
