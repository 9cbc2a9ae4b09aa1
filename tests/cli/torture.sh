# A little of what scripts/torture does at length: kills, signals and races, from a fixed seed.
# shellcheck shell=sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# The parts share what they draw with nobody: their figures differ with the machine, the number of wrong ones does not.
torture() { # PART
    case_begin "$2"
    if ! python3 -c '' 2>/dev/null; then
        skip "python3 is not installed"
        return
    fi
    METRIC_TRAIN=$program "$root/scripts/torture" --seconds 6 "$1" >stdout 2>stderr
    status=$?
    expect_exit 0
    expect_in stdout "| $1 |"
    [ "$status" -eq 0 ] || show stdout
}
torture kills "SIGKILL at random moments loses nothing"
torture signals "SIGTERM and SIGINT at random moments save and lose nothing"
torture races "of two starters exactly one works"

case_begin "parts are listed, and a part that is not there is refused"
if python3 -c '' 2>/dev/null; then
    "$root/scripts/torture" --list >stdout
    expect_in stdout "cuts " "kills " "races "
    "$root/scripts/torture" nonsense >stdout 2>stderr
    status=$?
    expect_exit 2
    expect_in stderr "there is no part nonsense"
else
    skip "python3 is not installed"
fi
cases_end
