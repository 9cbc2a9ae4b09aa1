# `bench`: what it prints is complete and possible; no figure is compared with a time.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

expect_json() { # PYTHON: an expression that holds for the JSON document `d` on stdout; good() wants finite numbers above 0
    is_skipped && return
    command -v python3 >/dev/null || {
        skip "python3 is not there"
        return
    }
    python3 - "$1" <<'PYTHON' 2>errors || fail "$1 does not hold: $(tail -n 1 errors); $(head -c 2000 stdout)"
import json, math, sys
def refuse(text):
    raise ValueError(text + " is no JSON")
d = json.load(open("stdout"), parse_constant=refuse)
def good(*values):
    return all(isinstance(v, (int, float)) and math.isfinite(v) and v > 0 for v in values)
assert eval(sys.argv[1])
PYTHON
}

case_begin "an experiment on its own data"
run bench "$root/configs/quickstart/arcface.yaml" --seconds 0.05 --threads 2 --json
expect_exit 0
expect_json 'good(d["train_images_per_s"], d["infer_images_per_s"], d["fma_peak_gflops"], d["share_of_peak"], d["peak_rss_mib"])'
expect_json 'good(d["fma_peak_one_thread_gflops"], d["bandwidth_gbytes_per_s"], d["planned_mib"], d["train_mflop_per_image"], d["share_of_bandwidth"])'
expect_json 'd["train_images_per_s_min"] <= d["train_images_per_s"] <= d["train_images_per_s_max"]'
expect_json '[l["name"] for l in d["layers"]][:2] == ["input", "conv1"] and d["layers"][-1]["name"] == "rest"'
expect_json 'all(good(l["forward_ms"], l["backward_ms"], l["gflops"]) and l["kernel"] for l in d["layers"] if l["type"].startswith("conv2d"))'
expect_json 'd["threads"] == 2 and d["shape"] == [1, 8, 8] and d["classes"] == 10'
[ ! -e runs ] || fail "bench wrote a run folder"

case_begin "operations are counted as a direct convolution does them"
cat >small.yaml <<'YAML'
data: {train: {format: csv, file: nothing.csv}}
model:
  backbone:
    - zero_pad: {padding: 1}
    - conv2d: {filters: 5, kernel: 3, padding: valid}
    - max_pool: {size: 2}
    - conv2d: {filters: 7, kernel: 3, padding: same, activation: relu}
    - flatten
    - dense: {units: 4}
head: {type: softmax}
train: {epochs: 2, batch_size: 20}
YAML
run bench small.yaml --random 50 --shape 2x9x9 --classes 3 --seconds 0.05 --json
expect_exit 0
# conv1 makes 9x9 outputs from 2 channels, conv2 4x4 from 5, dense 4 from 112, the head 3 from 4.
expect_json '[round(l["forward_mflop_per_image"] * 1e6) for l in d["layers"]] == [0, 0, 2*5*2*9*81, 2*7*5*9*16, 0, 2*4*112, 2*3*4, 0, 0]'
expect_json '[l["backward_mflop_per_image"] / (l["forward_mflop_per_image"] or 1) for l in d["layers"]] == [0, 0, 1, 2, 0, 2, 2, 0, 0]'
expect_json 'd["images"] == 50 and d["batch_size"] == 20 and d["classes"] == 3'
# Stages have batches of their own.
run bench small.yaml --set 'train.stages=[{epochs: 2, batch_size: 30}]' --random 50 --shape 2x9x9 --classes 3 --seconds 0.05 --json
expect_exit 0
expect_json 'd["batch_size"] == 30'
run bench small.yaml --set 'train.stages=[{epochs: 2, batch_size: 60}]' --random 50 --shape 2x9x9 --classes 3 --seconds 0.05
expect_exit 2
expect_stderr "of a stage, is 60" "--random 60"

case_begin "a published network"
run bench --workload n0 --random 64 --seconds 0.05 --scaling --threads 3
expect_exit 0
expect_stdout "n0" "conv4" "of peak %" "planned in all" "times one"
run bench -w n0 --random 64 --seconds 0.05 --scaling --threads 3 --json
expect_json '[s["threads"] for s in d["scaling"]] == [1, 2, 3] and all(good(s["train_images_per_s"]) for s in d["scaling"])'
expect_json 'round(d["train_mflop_per_image"], 2) == 11.16'
run bench -w n2 --random 16 --set train.batch_size=16 --seconds 0.01 --json
expect_json 'round(d["train_mflop_per_image"], 2) == 57.84'

case_begin "bf16: shares of its own peak, where layers multiply it"
run bench -w n2 --random 16 --set train.batch_size=16 --set train.precision=bf16 --seconds 0.01 --json
expect_exit 0
expect_json 'd["bf16"] and good(d["bf16_peak_gflops"], d["bf16_peak_one_thread_gflops"], d["share_of_bf16_peak"])'
expect_json 'all(("share_of_bf16_peak" in l) == l["kernel"].startswith("bf16 " + d["bf16"]) for l in d["layers"])'
expect_json '[l["kernel"].startswith("bf16") for l in d["layers"] if l["name"] in ("conv2", "conv3", "dense1")] == [True, True, False]'
expect_json 'math.isclose(d["share_of_bf16_peak"] * d["bf16_peak_gflops"], d["train_gflops"], rel_tol=1e-6)'
run bench -w n2 --random 16 --set train.batch_size=16 --seconds 0.01 --json
expect_json '"share_of_bf16_peak" not in d and d["bf16"] and not any("share_of_bf16_peak" in l for l in d["layers"])'
# Plain kernels are slow under a sanitizer: planes of 8x8 are enough for them.
run bench -w n0 --random 16 --shape 1x8x8 --set train.batch_size=16 --set train.precision=bf16 --seconds 0.01 --cpu c --json
expect_json 'd["bf16"] == "c" and d["bf16_peak_gflops"] == d["fma_peak_gflops"]'
expect_json 'any(l["kernel"].startswith("bf16 c") for l in d["layers"])'

case_begin "plain kernels"
run bench -w n0 --set train.batch_size=16 --random 16 --shape 1x8x8 --seconds 0.01 --cpu c --json
expect_exit 0
expect_json 'd["kernels"] == "c" and d["batch_size"] == 16'

case_begin "what cannot be measured is said"
run bench --workload n3
expect_exit 2
expect_stderr "--workload" "n3"
run bench small.yaml --workload n0
expect_exit 2
expect_stderr "exclude each other"
run bench --seconds 0
expect_exit 2
expect_stderr "--seconds" "expected a number from 0.01"
run bench --seconds nan
expect_exit 2
run bench --cpu neon
expect_exit 2
expect_stderr "avx512, avx2 or c" "neon"
run bench --shape 28x28
expect_exit 2
expect_stderr "--shape" "1x28x28"
run bench "$root/configs/quickstart/arcface.yaml" --classes 3
expect_exit 2
expect_stderr "--random"
run bench -w n0 --random 8 --seconds 0.01
expect_exit 2
expect_stderr "train.batch_size" "use --random 32 or more"
run bench -w n4 --random 100000000 --shape 3x999x999 --seconds 0.01
expect_exit 2
expect_stderr "lower --random or --shape"
run bench -w n0 --random 64 --shape 1x1x64 --seconds 0.01 \
    --set 'model.backbone=[flatten, dense: {units: 1000000}, dense: {units: 100000}]'
expect_exit 1
expect_stderr "the run needs more memory than the" "train.batch_size"
run bench nothing.yaml
expect_exit 3
expect_stderr "nothing.yaml"
cases_end
