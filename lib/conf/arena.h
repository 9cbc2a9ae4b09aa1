/* arena.h: memory that is given back all at once. Private to lib/conf. */
#ifndef MT_CONF_ARENA_H
#define MT_CONF_ARENA_H

#include <stddef.h>

struct mt_arena_chunk;

struct mt_arena {
    struct mt_arena_chunk *chunk;
};

/* `count` zeroed elements of `size` bytes, aligned for anything; NULL without memory. */
void *mt_arena_alloc(struct mt_arena *arena, size_t count, size_t size);
char *mt_arena_copy(struct mt_arena *arena, const char *text, size_t len); /* with a NUL behind */
void mt_arena_release(struct mt_arena *arena);

#endif
