#include "lib/conf/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct mt_arena_chunk {
    struct mt_arena_chunk *next;
    size_t used, size;
    max_align_t data[];
};

#define FIRST_CHUNK 8192
#define LARGEST_CHUNK (1 << 20)

static struct mt_arena_chunk *grow(struct mt_arena *arena, size_t bytes)
{
    size_t size = arena->chunk ? arena->chunk->size * 2 : FIRST_CHUNK;
    if (size > LARGEST_CHUNK)
        size = LARGEST_CHUNK;
    if (size < bytes)
        size = bytes;
    struct mt_arena_chunk *chunk = calloc(1, sizeof *chunk + size);
    if (!chunk)
        return NULL;
    chunk->size = size;
    chunk->next = arena->chunk;
    arena->chunk = chunk;
    return chunk;
}

void *mt_arena_alloc(struct mt_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 4)
        return NULL;
    bytes = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (bytes == 0)
        bytes = alignof(max_align_t);
    struct mt_arena_chunk *chunk = arena->chunk;
    if ((!chunk || chunk->size - chunk->used < bytes) && !(chunk = grow(arena, bytes)))
        return NULL;
    void *p = (char *)chunk->data + chunk->used;
    chunk->used += bytes;
    return p;
}

char *mt_arena_copy(struct mt_arena *arena, const char *text, size_t len)
{
    char *copy = mt_arena_alloc(arena, len + 1, 1);
    if (copy && len)
        memcpy(copy, text, len);
    return copy;
}

void mt_arena_release(struct mt_arena *arena)
{
    while (arena->chunk) {
        struct mt_arena_chunk *chunk = arena->chunk;
        arena->chunk = chunk->next;
        free(chunk);
    }
}
