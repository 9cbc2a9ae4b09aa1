# Training steps beside PyTorch in float64, where there is one (apt-get install python3-torch).
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$(dirname "$0")/lib.sh"

case_begin "20 steps of each network in lockstep with PyTorch"
export PYTHONDONTWRITEBYTECODE=1 OMP_WAIT_POLICY=PASSIVE # other tests want the processors
if /usr/bin/python3 -c 'import numpy, torch' 2>/dev/null; then
    /usr/bin/python3 "$root/scripts/check-lockstep" "$(dirname "$program")/../tests/lockstep" >stdout 2>stderr
    status=$?
    sed 's/^/# /' stdout
    expect_exit 0
    expect_stdout "n1-softmax loss" "n2-curricularface loss" "n2-arcface loss"
else
    skip "python3-torch is not there"
fi
cases_end
