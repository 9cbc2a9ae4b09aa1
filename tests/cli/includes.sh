# The include-direction check passes on the tree and fails on planted violations.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$0")/lib.sh"

check() { # FOLDER
    sh "$root/scripts/check-includes" "$1" >stdout 2>stderr
    status=$?
}
plant() { # NAME FILE LINE MESSAGE: a line added to a file of a copy of the tree is found, and named
    case_begin "$1"
    cp -R "$root/lib" "$root/cmd" .
    printf '%s\n' "$3" >>"$2"
    check .
    expect_exit 1
    expect_stdout "$2:" "$4"
}

case_begin "the tree keeps its directions"
check "$root"
expect_exit 0
expect_empty stdout
expect_empty stderr

plant "a lower room includes a higher one" lib/core/buf.c '#include "lib/nn/net.h"' "room core may not include room nn"
plant "neighbors stay apart" lib/head/head.h '#  include "lib/nn/layer.h"' "room head may not include room nn"
plant "lib includes cmd" lib/core/err.c '#include "cmd/command.h"' "includes cmd/command.h"
plant "a path that is not from the root" lib/core/err.c '#include "err.h"' "includes err.h"
plant "a private header" cmd/main.c '#include "lib/math/conv_impl.h"' "private to room math"
plant "a header that calls itself private" cmd/main.c '#include "lib/conf/merge.h"' "private to room conf"
plant "a source file" cmd/main.c '#include "lib/core/err.c"' "no header"
plant "yaml.h outside its file" lib/train/experiment.c '#include <yaml.h>' "belongs in lib/conf/yaml.c"
plant "cblas.h outside its file" lib/nn/layer_table.c '#include <cblas.h>' "belongs in lib/math/gemm.c"
plant "setlocale" cmd/main.c 'void f(void) { setlocale(LC_ALL, ""); }' "calls setlocale"
plant "lib prints" lib/core/err.c 'void f(void) { printf("x"); }' "neither prints nor exits"
plant "lib exits" lib/core/err.c 'void f(void) { exit(1); }' "neither prints nor exits"
plant "a room without a row" lib/utils.c 'int x;' "not in the table"

case_begin "a comment or a string is no call"
cp -R "$root/lib" "$root/cmd" .
printf '/* exit(1) and\n * printf("x") */\nstatic const char *s = "stderr exit(1)"; // abort()\n' >>lib/core/err.c
check .
expect_exit 0
cases_end
