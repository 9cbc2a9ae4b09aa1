/* bf16_engines.h: the engines with instructions of their own; only bf16.c chooses among them. */
#ifndef MT_MATH_BF16_ENGINES_H
#define MT_MATH_BF16_ENGINES_H

#include "lib/math/bf16.h"

extern const struct mt_bf16_engine mt_bf16_amx, mt_bf16_avx512;

#endif
