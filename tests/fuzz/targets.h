/* targets.h: the harnesses by name, for the replay: a row for each fuzz_TARGET.c, as in meson.build. */
#ifndef MT_TESTS_FUZZ_TARGETS_H
#define MT_TESTS_FUZZ_TARGETS_H

#define FUZZ_TARGETS(X)                                                                                      \
    X(idx)                                                                                                   \
    X(gzip) X(csv) X(png) X(jpeg) X(yaml) X(config) X(json) X(safetensors) X(checkpoint) X(run_json)         \
        X(run_csv) X(tasks)

#endif
