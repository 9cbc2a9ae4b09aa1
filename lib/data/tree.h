/* tree.h: the files of a folder that has one folder per class, in an order that depends on their names alone.
 */
#ifndef MT_DATA_TREE_H
#define MT_DATA_TREE_H

#include <stdint.h>

#include "lib/core/err.h"

struct mt_tree {
    char **class_name; /* (classes), bytewise order */
    int classes;
    char **name;    /* (n) "class/file" or "class/folder/file": by class, then bytewise */
    int32_t *label; /* (n) */
    int64_t n, cap;
};

/* Folders inside a class belong to it; names that start with a dot, Thumbs.db and desktop.ini are skipped.
 * Links are followed, but no folder is entered twice. An error: no class, a class without files, an image
 * beside the classes, and what is neither folder nor file. */
int mt_tree_scan(struct mt_tree *t, const char *dir, struct mt_err *err);
void mt_tree_release(struct mt_tree *t);

#endif
