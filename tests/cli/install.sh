# meson install puts program, manual page, completions and experiments in place, and an installed experiment runs.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$0")/lib.sh"

case_begin "meson install"
build=$(dirname "$program")/..
if [ -f "$build/build.ninja" ] && command -v meson >/dev/null; then
    DESTDIR=$PWD/there meson install -C "$build" --no-rebuild >stdout 2>stderr
    status=$?
    expect_exit 0
    for file in bin/metric-train share/man/man1/metric-train.1 share/bash-completion/completions/metric-train \
        share/zsh/site-functions/_metric-train share/fish/vendor_completions.d/metric-train.fish \
        share/metric-train/configs/backbones/n2.yaml; do
        expect_file "there/usr/local/$file"
    done
    program=$PWD/there/usr/local/bin/metric-train
    run train there/usr/local/share/metric-train/configs/quickstart/arcface.yaml --set train.epochs=1
    expect_exit 0
    expect_file runs/*/embeddings/test.csv
else
    skip "the program is not in a build folder"
fi
cases_end
